//! One atomic change of a directory, as handed to the store.

use serde::{Deserialize, Serialize};

use crate::model::ids::{CommitId, DirectoryId, Seq};
use crate::model::row::Row;

/// Where a source's next read goes on. Stored in the commit of the rows it covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// A hash of everything that makes the token mean what it means (tenant, host, selection, scope), in hex.
    pub scope: String,
    /// The connector's own text.
    pub token: String,
    /// Milliseconds since 1970 of the last complete full read.
    pub full_at: i64,
}

/// All that becomes durable together, or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The commit's own id; a directory's last one, sent again, is answered with its [`Seq`].
    pub id: CommitId,
    /// The directory.
    pub directory: DirectoryId,
    /// The head it was drafted on; the store refuses it when the head has moved.
    pub base: Seq,
    /// A lease's fence, for stores shared by several nodes.
    pub fence: Option<u64>,
    /// Rows, references, tombstones and member blocks, each under its own key once.
    pub rows: Vec<Row>,
    /// The source's new cursor, where this commit moves it.
    pub cursor: Option<Cursor>,
    /// Run state, plans and the like that belong to these rows.
    pub entries: Vec<EntryWrite>,
    /// Who did what to whom, and why.
    pub audit: Vec<AuditRecord>,
}

/// One write of an entry (sessions, reports, plans, pins, leases: bytes that never move [`Seq`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryWrite {
    /// The kind of entry, such as `run` or `plan`.
    pub space: String,
    /// Its key within the space.
    pub key: String,
    /// The new bytes; `None` deletes.
    pub value: Option<Vec<u8>>,
    /// Milliseconds since 1970 after which it is gone.
    pub expires_at: Option<i64>,
    /// The version it must have for the write to happen (0: must be absent). `None`: whatever is there.
    pub expect: Option<u64>,
}

/// One stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key within the space.
    pub key: String,
    /// The bytes.
    pub value: Vec<u8>,
    /// Rises with every write of this entry, from 1.
    pub version: u64,
    /// Milliseconds since 1970 after which it is gone.
    pub expires_at: Option<i64>,
}

/// One record of the audit trail: one per touched user or group, a first load is one summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Who: `sync`, `operator ops`, an application's name.
    pub actor: String,
    /// What: `user deactivated`, `group renamed`, …
    pub action: String,
    /// To whom or what, by name.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// The run it belongs to, if any.
    pub run: Option<String>,
}
