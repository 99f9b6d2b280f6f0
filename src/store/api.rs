//! The Store seam.

use async_trait::async_trait;
use tokio::sync::watch;

use crate::model::commit::{AuditRecord, Commit, Cursor, Entry, EntryWrite};
use crate::model::{CommitId, DirectoryId, Epoch, Row, Seq};

/// What a store answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a store could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory's head has moved past the commit's base; read again, draft again.
    #[error("directory `{directory}` moved on to {head} while a commit was drafted on {base}")]
    Conflict {
        /// The directory.
        directory: DirectoryId,
        /// Its head now.
        head: Seq,
        /// What the commit was drafted on.
        base: Seq,
    },
    /// An entry did not have the version that a write expected.
    #[error("entry `{space}/{key}` has changed since it was read")]
    EntryConflict {
        /// The entry's space.
        space: String,
        /// The entry's key.
        key: String,
    },
    /// A record is missing, or its checksum or its schema byte is wrong. Nothing is served from it.
    #[error(
        "the store is damaged: {what} in `{file}`; hint: stop throng, move the data folder aside and start again: \
         a full read brings every pulled directory back with the same Crowd keys"
    )]
    Damaged {
        /// The file to look at.
        file: String,
        /// What was found.
        what: String,
    },
    /// Another process has the data folder.
    #[error(
        "data folder `{path}` is in use by another process; hint: stop that one, or give this one its own `store.path`"
    )]
    Locked {
        /// The folder.
        path: String,
    },
    /// Written by a newer version.
    #[error("data folder `{path}` was written by a newer throng (format {found}); hint: start that version")]
    Newer {
        /// The folder.
        path: String,
        /// Its format number.
        found: u32,
    },
    /// The disk has less than the watch demands.
    #[error(
        "the disk of `{path}` has {free} bytes free, {needed} are needed; hint: free some space, nothing is written until then"
    )]
    Full {
        /// The folder.
        path: String,
        /// Free bytes.
        free: u64,
        /// Demanded bytes.
        needed: u64,
    },
    /// The engine failed after it may have written: state unknown, writes stop until a restart.
    #[error("the store has stopped: {0}; hint: restart throng, it recovers from its files")]
    Stopped(String),
    /// An operation on a file failed.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl StoreError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "STORE_CONFLICT",
            Self::EntryConflict { .. } => "STORE_ENTRY_CONFLICT",
            Self::Damaged { .. } => "STORE_DAMAGED",
            Self::Locked { .. } => "STORE_LOCKED",
            Self::Newer { .. } => "STORE_NEWER",
            Self::Full { .. } => "STORE_DISK_FULL",
            Self::Stopped(_) => "STORE_STOPPED",
            Self::Io { .. } => "STORE_IO",
        }
    }
}

/// Takes what a load reads, in any order.
pub trait RowSink: Send {
    /// One row (blocks of one group may come apart).
    fn row(&mut self, row: Row) -> Result<()>;
    /// The directory's cursor, at most once.
    fn cursor(&mut self, cursor: Cursor) -> Result<()>;
}

/// How other nodes follow.
#[derive(Debug)]
pub enum Changes {
    /// The rows after the asked Seq, and the head they lead to.
    Rows(Vec<Row>, Seq),
    /// Not kept: load anew.
    Gone,
}

/// How soon a write of entries must be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When the call returns.
    Now,
    /// With the next commit, or after half a second.
    Soon,
}

/// Which audit records are wanted, newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only of this subject.
    pub subject: Option<String>,
    /// Only of this run.
    pub run: Option<String>,
    /// Continue after this position (a former answer's `next`).
    pub after: Option<u64>,
    /// At most so many (0: 100).
    pub limit: usize,
}

/// How many audit records a page has when nobody says.
pub(crate) const AUDIT_PAGE: usize = 100;

impl AuditQuery {
    /// Whether it asks for this record.
    pub fn wants(&self, record: &AuditRecord) -> bool {
        let subject = self
            .subject
            .as_ref()
            .is_none_or(|subject| record.subject == *subject);
        subject
            && self
                .run
                .as_ref()
                .is_none_or(|run| record.run.as_ref() == Some(run))
    }
}

/// A page of an answer.
#[derive(Debug)]
pub struct Page<T> {
    /// What was found.
    pub items: Vec<T>,
    /// Where to go on, if there is more.
    pub next: Option<u64>,
}

/// A directory's last commit, as the store knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: Seq,
    /// Its id; `None` before the first.
    pub commit: Option<CommitId>,
}

/// The durable memory of directories. One of the three seams.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Sixteen random bytes made with the store.
    fn epoch(&self) -> Epoch;
    /// Every directory that was ever committed to, by id.
    async fn directories(&self) -> Result<Vec<DirectoryId>>;
    /// Feeds every row of the directory, then its cursor, to the sink; consistent at the answered head. A directory
    /// never committed to has head 0 and no rows.
    async fn load(&self, directory: &DirectoryId, sink: &mut dyn RowSink) -> Result<Seq>;
    /// Makes the commit effective, all of it or nothing, durable when `Ok`. Answers base + 1. `Conflict` when the
    /// head is not the base, except that the directory's last commit sent again is answered with its own Seq.
    async fn commit(&self, commit: Commit) -> Result<Seq>;
    /// What came after a Seq. An embedded engine answers no rows at the head, else `Gone`.
    async fn changes_after(&self, directory: &DirectoryId, after: Seq) -> Result<Changes>;
    /// One entry; expired ones (at `now`, milliseconds since 1970) are absent.
    async fn entry(&self, space: &str, key: &str, now: i64) -> Result<Option<Entry>>;
    /// All entries of a space, by key.
    async fn entries(&self, space: &str, now: i64) -> Result<Vec<Entry>>;
    /// Writes entries, all or none: an unmet `expect` fails the whole call.
    async fn put_entries(&self, writes: Vec<EntryWrite>, durability: Durability) -> Result<()>;
    /// Audit records, newest first.
    async fn audit(&self, query: AuditQuery) -> Result<Page<AuditRecord>>;
    /// A hint that the head moved, never the truth.
    fn watch(&self, directory: &DirectoryId) -> watch::Receiver<Seq>;
    /// Makes everything durable, ends the writer, releases the files. Later calls answer `Stopped`.
    async fn close(&self) -> Result<()>;
}
