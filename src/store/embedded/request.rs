//! What is asked of the writer's thread, and how it answers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sled::IVec;
use tokio::sync::{oneshot, watch};

use super::codec::records::{HeadRecord, StoredEntry};
use super::engine::Pair;
use crate::model::commit::{Commit, Entry, EntryWrite};
use crate::model::{DirectoryId, Seq};
use crate::store::api::{Durability, Result};

/// Where an answer goes; nobody may be waiting any more.
pub(crate) type Reply<T> = oneshot::Sender<Result<T>>;

/// One wish.
pub(crate) enum Request {
    Commit(Commit, Reply<Seq>),
    PutEntries(Vec<EntryWrite>, Durability, Reply<()>),
    /// Holds a directory still while it is loaded.
    Pin(u64, DirectoryId, Reply<Option<HeadRecord>>),
    Unpin(u64),
    /// Some rows of a directory, after a key.
    Rows(u32, Option<IVec>, Reply<Vec<Pair>>),
    Entry(String, String, Reply<Option<Entry>>),
    Entries(String, Reply<SpaceContent>),
    /// Some audit records, before a number.
    Audit(Option<u64>, Reply<AuditChunk>),
    Head(DirectoryId, Reply<Seq>),
    /// All that have a head, by id.
    Directories(Reply<Vec<DirectoryId>>),
    Close(Reply<()>),
}

/// The entries of a space, not yet decoded, and what is written but not yet in the engine.
pub(crate) struct SpaceContent {
    pub(crate) stored: Vec<Pair>,
    pub(crate) pending: Vec<(String, Option<StoredEntry>)>,
}

/// Audit values, the last one first, whole records; those before `from` and not before `to`.
pub(crate) struct AuditChunk {
    pub(crate) pairs: Vec<Pair>,
    /// The number of the record before which they lie.
    pub(crate) before: u64,
}

/// Tells each directory's head to whoever watches.
#[derive(Default)]
pub(crate) struct Watchers(Mutex<HashMap<DirectoryId, watch::Sender<Seq>>>);

impl Watchers {
    pub(crate) fn tell(&self, directory: &DirectoryId, seq: Seq) {
        self.sender(directory, |head| {
            head.send_replace(seq);
        });
    }

    pub(crate) fn watch(&self, directory: &DirectoryId) -> watch::Receiver<Seq> {
        self.sender(directory, watch::Sender::subscribe)
    }

    fn sender<T>(&self, directory: &DirectoryId, with: impl FnOnce(&watch::Sender<Seq>) -> T) -> T {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        with(
            heads
                .entry(directory.clone())
                .or_insert_with(|| watch::channel(Seq(0)).0),
        )
    }
}

/// Answers; an asker who has gone needs none.
pub(crate) fn answer<T>(reply: Reply<T>, answer: Result<T>) {
    drop(reply.send(answer));
}
