//! The store that forgets: the whole Store promise, except that nothing outlives the process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::watch;

use super::api::{AUDIT_PAGE, AuditQuery, Changes, Durability, Page, Result, RowSink, Store, StoreError};
use crate::clock::{Clock, SystemClock};
use crate::model::commit::{AuditRecord, Commit, Cursor, Entry, EntryWrite};
use crate::model::{CommitId, DetailKey, DirectoryId, Epoch, MemberKind, Owner, Row, Seq};

/// The fewest entries among which expired ones are looked for.
const SWEEP_FROM: usize = 1_000;

/// A store in memory.
pub struct MemoryStore {
    epoch: Epoch,
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    directories: HashMap<DirectoryId, Kept>,
    entries: BTreeMap<(String, String), Entry>,
    /// At so many entries the expired ones go.
    sweep_at: usize,
    audit: Vec<AuditRecord>,
    heads: HashMap<DirectoryId, watch::Sender<Seq>>,
    closed: bool,
}

#[derive(Default)]
struct Kept {
    seq: Seq,
    last: Option<CommitId>,
    rows: BTreeMap<Key, Row>,
    cursor: Option<Cursor>,
}

/// The slot that a row has: users, references, tombstones share one per row id.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    User(u32),
    Group(u32),
    Members(u32, MemberKind, Owner, u32),
    Edge(u32, u32),
    Detail(DetailKey),
}

impl Key {
    fn of(row: &Row) -> Self {
        match row {
            Row::User(row) => Self::User(row.id.0),
            Row::UserReference(known) => Self::User(known.id),
            Row::UserTombstone(gone) => Self::User(gone.id),
            Row::Group(row) => Self::Group(row.id.0),
            Row::GroupReference(known) => Self::Group(known.id),
            Row::GroupTombstone(gone) => Self::Group(gone.id),
            Row::Members(block) => Self::Members(block.group.0, block.kind, block.owner, block.high),
            Row::EdgeTombstone(edge) => Self::Edge(edge.parent.0, edge.child.0),
            Row::Detail(key, _) => Self::Detail(*key),
        }
    }
}

impl MemoryStore {
    /// An empty store with an epoch of its own and the machine's clock.
    pub fn new() -> Arc<Self> {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store that asks this clock which entries have expired.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Arc<Self> {
        let mut epoch = [0; 16];
        if let Err(error) = getrandom::fill(&mut epoch) {
            tracing::warn!(%error, "no randomness for the epoch");
        }
        Arc::new(Self {
            epoch: Epoch(epoch),
            clock,
            inner: Mutex::default(),
        })
    }

    fn open(&self) -> Result<MutexGuard<'_, Inner>> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.closed {
            Err(StoreError::Stopped("it was closed".to_owned()))
        } else {
            Ok(inner)
        }
    }
}

impl Inner {
    /// The version that the next write of an entry finds; an expired entry is absent.
    fn version(&self, key: &(String, String), now: i64) -> u64 {
        let entry = self.entries.get(key).filter(|entry| living(entry, now));
        entry.map_or(0, |entry| entry.version)
    }

    fn check(&self, writes: &[EntryWrite], now: i64) -> Result<()> {
        for write in writes {
            let key = (write.space.clone(), write.key.clone());
            let version = self.version(&key, now);
            if write.expect.is_some_and(|expected| expected != version) {
                return Err(StoreError::EntryConflict {
                    space: key.0,
                    key: key.1,
                });
            }
        }
        Ok(())
    }

    fn write(&mut self, writes: Vec<EntryWrite>, now: i64) {
        for write in writes {
            let key = (write.space, write.key);
            let version = self.version(&key, now) + 1;
            match write.value {
                None => drop(self.entries.remove(&key)),
                Some(value) => {
                    let entry = Entry {
                        key: key.1.clone(),
                        value,
                        version,
                        expires_at: write.expires_at,
                    };
                    self.entries.insert(key, entry);
                }
            }
        }
        if self.entries.len() >= self.sweep_at.max(SWEEP_FROM) {
            self.entries.retain(|_, entry| living(entry, now));
            self.sweep_at = self.entries.len() * 2;
        }
    }
}

fn living(entry: &Entry, now: i64) -> bool {
    entry.expires_at.is_none_or(|at| at > now)
}

#[async_trait]
impl Store for MemoryStore {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    async fn directories(&self) -> Result<Vec<DirectoryId>> {
        let inner = self.open()?;
        let committed = inner.directories.iter().filter(|(_, kept)| kept.seq > Seq(0));
        let mut all: Vec<_> = committed.map(|(id, _)| id.clone()).collect();
        all.sort_unstable();
        Ok(all)
    }

    async fn load(&self, directory: &DirectoryId, sink: &mut dyn RowSink) -> Result<Seq> {
        let inner = self.open()?;
        let Some(kept) = inner.directories.get(directory) else {
            return Ok(Seq(0));
        };
        for row in kept.rows.values() {
            sink.row(row.clone())?;
        }
        if let Some(cursor) = &kept.cursor {
            sink.cursor(cursor.clone())?;
        }
        Ok(kept.seq)
    }

    async fn commit(&self, commit: Commit) -> Result<Seq> {
        let mut inner = self.open()?;
        let kept = inner.directories.entry(commit.directory.clone()).or_default();
        if kept.seq != commit.base {
            if kept.last == Some(commit.id) && kept.seq == commit.base.next() {
                return Ok(kept.seq);
            }
            let (head, base) = (kept.seq, commit.base);
            return Err(StoreError::Conflict {
                directory: commit.directory,
                head,
                base,
            });
        }
        let now = self.clock.now();
        inner.check(&commit.entries, now)?;
        let Some(kept) = inner.directories.get_mut(&commit.directory) else {
            return Ok(commit.base);
        };
        for row in commit.rows {
            match &row {
                Row::Members(block) if block.ids.is_empty() => drop(kept.rows.remove(&Key::of(&row))),
                Row::Detail(key, None) => drop(kept.rows.remove(&Key::Detail(*key))),
                _ => drop(kept.rows.insert(Key::of(&row), row)),
            }
        }
        kept.seq = commit.base.next();
        kept.last = Some(commit.id);
        if commit.cursor.is_some() {
            kept.cursor = commit.cursor;
        }
        let seq = kept.seq;
        inner.write(commit.entries, now);
        inner.audit.extend(commit.audit);
        if let Some(head) = inner.heads.get(&commit.directory) {
            head.send_replace(seq);
        }
        Ok(seq)
    }

    async fn changes_after(&self, directory: &DirectoryId, after: Seq) -> Result<Changes> {
        let inner = self.open()?;
        let head = inner.directories.get(directory).map_or(Seq(0), |kept| kept.seq);
        Ok(if head == after {
            Changes::Rows(Vec::new(), head)
        } else {
            Changes::Gone
        })
    }

    async fn entry(&self, space: &str, key: &str, now: i64) -> Result<Option<Entry>> {
        let inner = self.open()?;
        let entry = inner.entries.get(&(space.to_owned(), key.to_owned()));
        Ok(entry.filter(|entry| living(entry, now)).cloned())
    }

    async fn entries(&self, space: &str, now: i64) -> Result<Vec<Entry>> {
        let inner = self.open()?;
        let all = inner
            .entries
            .iter()
            .filter(|((of, _), entry)| of == space && living(entry, now));
        Ok(all.map(|(_, entry)| entry.clone()).collect())
    }

    async fn put_entries(&self, writes: Vec<EntryWrite>, _: Durability) -> Result<()> {
        let mut inner = self.open()?;
        let now = self.clock.now();
        inner.check(&writes, now)?;
        inner.write(writes, now);
        Ok(())
    }

    async fn audit(&self, query: AuditQuery) -> Result<Page<AuditRecord>> {
        let inner = self.open()?;
        let limit = if query.limit == 0 { AUDIT_PAGE } else { query.limit };
        let before = query.after.unwrap_or(u64::MAX);
        let numbered = (0u64..).zip(&inner.audit).collect::<Vec<_>>();
        let mut found = numbered
            .into_iter()
            .rev()
            .filter(|(at, record)| *at < before && query.wants(record));
        let items: Vec<_> = found.by_ref().take(limit).collect();
        let next = found.next().and(items.last().map(|(at, _)| *at));
        Ok(Page {
            items: items.into_iter().map(|(_, record)| record.clone()).collect(),
            next,
        })
    }

    fn watch(&self, directory: &DirectoryId) -> watch::Receiver<Seq> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let head = inner.directories.get(directory).map_or(Seq(0), |kept| kept.seq);
        inner
            .heads
            .entry(directory.clone())
            .or_insert_with(|| watch::channel(head).0)
            .subscribe()
    }

    async fn close(&self) -> Result<()> {
        self.open()?.closed = true;
        Ok(())
    }
}
