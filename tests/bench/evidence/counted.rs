//! The real store, with a count of the writes of entries and their bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use throng::model::commit::{AuditRecord, Commit, Entry, EntryWrite};
use throng::model::{DirectoryId, Epoch, Seq};
use throng::store::Store;
use throng::store::api::{AuditQuery, Changes, Durability, Page, Result, RowSink};
use tokio::sync::watch;

/// Passes everything on.
pub(crate) struct Counted {
    store: Arc<dyn Store>,
    calls: AtomicU64,
    bytes: AtomicU64,
}

impl Counted {
    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            calls: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// Writes of entries so far, and their bytes.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (
            self.calls.load(Ordering::SeqCst),
            self.bytes.load(Ordering::SeqCst),
        )
    }
}

#[async_trait]
impl Store for Counted {
    fn epoch(&self) -> Epoch {
        self.store.epoch()
    }

    async fn directories(&self) -> Result<Vec<DirectoryId>> {
        self.store.directories().await
    }

    async fn load(&self, directory: &DirectoryId, sink: &mut dyn RowSink) -> Result<Seq> {
        self.store.load(directory, sink).await
    }

    async fn commit(&self, commit: Commit) -> Result<Seq> {
        self.store.commit(commit).await
    }

    async fn changes_after(&self, directory: &DirectoryId, after: Seq) -> Result<Changes> {
        self.store.changes_after(directory, after).await
    }

    async fn entry(&self, space: &str, key: &str, now: i64) -> Result<Option<Entry>> {
        self.store.entry(space, key, now).await
    }

    async fn entries(&self, space: &str, now: i64) -> Result<Vec<Entry>> {
        self.store.entries(space, now).await
    }

    async fn put_entries(&self, writes: Vec<EntryWrite>, durability: Durability) -> Result<()> {
        let values = writes.iter().filter_map(|write| write.value.as_ref());
        let bytes = values.map(|value| value.len() as u64).sum();
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.bytes.fetch_add(bytes, Ordering::SeqCst);
        self.store.put_entries(writes, durability).await
    }

    async fn audit(&self, query: AuditQuery) -> Result<Page<AuditRecord>> {
        self.store.audit(query).await
    }

    fn watch(&self, directory: &DirectoryId) -> watch::Receiver<Seq> {
        self.store.watch(directory)
    }

    async fn close(&self) -> Result<()> {
        self.store.close().await
    }
}
