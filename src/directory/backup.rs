//! Backups: one set of snapshots as lines of JSON, with entries and the audit trail, counted and checksummed.
//!
//! The first line says what it is, the last one how many lines came before it, with their SHA-256: a file that was cut
//! short or touched is never restored. Tokens and sessions are not in it, hashes of passwords are: keep it as a secret.

use std::collections::VecDeque;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::snapshot::Snapshot;
use crate::model::commit::{AuditRecord, Cursor};
use crate::model::{DirectoryId, Row, Seq};
use crate::store::api::AuditQuery;
use crate::store::{self, Store};

/// The number of the format.
pub(super) const FORMAT: u32 = 1;
/// A chunk is sent when it has so many bytes.
const CHUNK: usize = 64 * 1024;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    /// The first one.
    ThrongBackup(Opening),
    /// A directory begins.
    Directory(Beginning),
    /// One of its rows.
    Row(Row),
    /// An entry, its value in base64.
    Entry {
        space: String,
        key: String,
        value: String,
        expires_at: Option<i64>,
    },
    /// An audit record; the newest comes first.
    Audit(AuditRecord),
    /// The last one.
    End(Closing),
}

/// What the first line says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Opening {
    pub(super) format: u32,
    /// The version of throng that wrote it.
    pub(super) version: String,
    /// Milliseconds since 1970.
    pub(super) at: i64,
}

/// What begins a directory.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Beginning {
    pub(super) id: DirectoryId,
    /// The commit that it shows; restored directories begin anew.
    pub(super) seq: Seq,
    pub(super) cursor: Option<Cursor>,
}

/// What the last line says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Directories.
    pub directories: u64,
    /// Users, without the removed ones.
    pub users: u64,
    /// Groups, without the removed ones.
    pub groups: u64,
    /// Direct memberships.
    pub memberships: u64,
    /// Entries.
    pub entries: u64,
    /// Audit records.
    pub audit: u64,
}

impl Contents {
    pub(super) fn count(&mut self, line: &Line) {
        match line {
            Line::Directory(_) => self.directories += 1,
            Line::Row(Row::User(_)) => self.users += 1,
            Line::Row(Row::Group(_)) => self.groups += 1,
            Line::Row(Row::Members(block)) => self.memberships += block.ids.len() as u64,
            Line::Entry { .. } => self.entries += 1,
            Line::Audit(_) => self.audit += 1,
            Line::Row(_) | Line::ThrongBackup(_) | Line::End(_) => {}
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Closing {
    pub(super) lines: u64,
    /// Of all bytes before this line, in hex.
    pub(super) sha256: String,
    pub(super) contents: Contents,
}

/// A backup that is being written.
pub struct Backup {
    store: Arc<dyn Store>,
    now: i64,
    snapshots: VecDeque<Arc<Snapshot>>,
    rows: Option<Box<dyn Iterator<Item = Row> + Send>>,
    spaces: VecDeque<&'static str>,
    audit: Trail,
    sum: Sum,
}

/// How far the audit trail is written.
enum Trail {
    /// Before this place; `None`: from its end.
    Before(Option<u64>),
    Done,
}

/// What has been written.
#[derive(Default)]
struct Sum {
    started: bool,
    ended: bool,
    lines: u64,
    hash: Sha256,
    contents: Contents,
}

impl Backup {
    /// Of these snapshots, with the entries of `spaces`, at `now` milliseconds since 1970.
    pub fn new(
        store: Arc<dyn Store>,
        snapshots: Vec<Arc<Snapshot>>,
        spaces: &[&'static str],
        now: i64,
    ) -> Self {
        Self {
            store,
            now,
            snapshots: snapshots.into(),
            rows: None,
            spaces: spaces.iter().copied().collect(),
            audit: Trail::Before(None),
            sum: Sum::default(),
        }
    }

    /// The next piece of the file; `None` after the last.
    ///
    /// # Errors
    /// What the store says.
    pub async fn next(&mut self) -> store::Result<Option<Vec<u8>>> {
        let mut chunk = Vec::new();
        while chunk.len() < CHUNK && !self.sum.ended {
            self.step(&mut chunk).await?;
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    async fn step(&mut self, chunk: &mut Vec<u8>) -> store::Result<()> {
        if !self.sum.started {
            self.sum.started = true;
            let version = env!("CARGO_PKG_VERSION").to_owned();
            let (format, at) = (FORMAT, self.now);
            self.sum
                .write(chunk, &Line::ThrongBackup(Opening { format, version, at }));
        } else if let Some(rows) = &mut self.rows {
            match rows.next() {
                Some(row) => self.sum.write(chunk, &Line::Row(row)),
                None => self.rows = None,
            }
        } else if let Some(snapshot) = self.snapshots.pop_front() {
            let id = snapshot.directory().clone();
            let (seq, cursor) = (snapshot.seq(), snapshot.cursor().cloned());
            self.sum
                .write(chunk, &Line::Directory(Beginning { id, seq, cursor }));
            self.rows = Some(Box::new(super::rows::all(snapshot)));
        } else if let Some(space) = self.spaces.pop_front() {
            self.entries(space, chunk).await?;
        } else if let Trail::Before(after) = self.audit {
            self.records(after, chunk).await?;
        } else {
            self.sum.end(chunk);
        }
        Ok(())
    }

    async fn entries(&mut self, space: &str, chunk: &mut Vec<u8>) -> store::Result<()> {
        for entry in self.store.entries(space, self.now).await? {
            let line = Line::Entry {
                space: space.to_owned(),
                key: entry.key,
                value: STANDARD.encode(entry.value),
                expires_at: entry.expires_at,
            };
            self.sum.write(chunk, &line);
        }
        Ok(())
    }

    async fn records(&mut self, after: Option<u64>, chunk: &mut Vec<u8>) -> store::Result<()> {
        let query = AuditQuery {
            after,
            limit: 1_000,
            ..AuditQuery::default()
        };
        let page = self.store.audit(query).await?;
        for record in page.items {
            self.sum.write(chunk, &Line::Audit(record));
        }
        self.audit = page.next.map_or(Trail::Done, |next| Trail::Before(Some(next)));
        Ok(())
    }
}

impl Sum {
    fn write(&mut self, chunk: &mut Vec<u8>, line: &Line) {
        let from = chunk.len();
        serde_json::to_writer(&mut *chunk, line).expect("rows and entries have string keys only");
        chunk.push(b'\n');
        self.hash.update(&chunk[from..]);
        self.lines += 1;
        self.contents.count(line);
    }

    fn end(&mut self, chunk: &mut Vec<u8>) {
        self.ended = true;
        let closing = Closing {
            lines: self.lines,
            sha256: format!("{:x}", std::mem::take(&mut self.hash).finalize()),
            contents: self.contents,
        };
        self.write(chunk, &Line::End(closing));
    }
}
