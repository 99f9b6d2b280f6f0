//! The steps of a write, told to whoever wants to stop or to record the writer there.
//!
//! Only tests do: crash tests end the process at a step, ordering tests hold the writer at one.

use std::sync::Arc;

use crate::model::DirectoryId;

/// Where the writer is.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A big commit's redo file has all its bytes, not yet synced.
    RedoWritten(DirectoryId),
    /// The redo file and its folder are synced; nothing names the file.
    RedoSynced(DirectoryId),
    /// A batch is in the engine, not yet synced.
    Applied,
    /// The batch is durable.
    Synced,
    /// The heads file tells of it; next comes the acknowledgement.
    HeadsWritten,
    /// The batch is acknowledged.
    Acknowledged(Vec<DirectoryId>),
    /// One more chunk of a redo file is in the trees.
    ChunkFolded(DirectoryId),
    /// All chunks are in the trees and durable; the head still names the file.
    FoldSynced(DirectoryId),
    /// The head names the file no more.
    NameDropped(DirectoryId),
    /// The file is gone.
    FileRemoved(DirectoryId),
}

/// Is told each step, on the writer's thread.
#[doc(hidden)]
pub type StepHook = Arc<dyn Fn(&Step) + Send + Sync>;
