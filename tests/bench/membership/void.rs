//! A store that keeps nothing, so that the figures are those of the directory.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use throng::model::commit::{AuditRecord, Commit, Entry, EntryWrite};
use throng::model::{DirectoryId, Epoch, Seq};
use throng::store::Store;
use throng::store::api::{AuditQuery, Changes, Durability, Page, Result, RowSink};
use tokio::sync::watch;

/// Says yes to every commit and forgets it.
#[derive(Default)]
pub(super) struct Void {
    head: AtomicU64,
}

#[async_trait]
impl Store for Void {
    fn epoch(&self) -> Epoch {
        Epoch([7; 16])
    }

    async fn directories(&self) -> Result<Vec<DirectoryId>> {
        Ok(Vec::new())
    }

    async fn load(&self, _: &DirectoryId, _: &mut dyn RowSink) -> Result<Seq> {
        Ok(Seq(0))
    }

    async fn commit(&self, commit: Commit) -> Result<Seq> {
        self.head.store(commit.base.0 + 1, Ordering::SeqCst);
        Ok(Seq(commit.base.0 + 1))
    }

    async fn changes_after(&self, _: &DirectoryId, _: Seq) -> Result<Changes> {
        Ok(Changes::Gone)
    }

    async fn entry(&self, _: &str, _: &str, _: i64) -> Result<Option<Entry>> {
        Ok(None)
    }

    async fn entries(&self, _: &str, _: i64) -> Result<Vec<Entry>> {
        Ok(Vec::new())
    }

    async fn put_entries(&self, _: Vec<EntryWrite>, _: Durability) -> Result<()> {
        Ok(())
    }

    async fn audit(&self, _: AuditQuery) -> Result<Page<AuditRecord>> {
        Ok(Page {
            items: Vec::new(),
            next: None,
        })
    }

    fn watch(&self, _: &DirectoryId) -> watch::Receiver<Seq> {
        watch::channel(Seq(self.head.load(Ordering::SeqCst))).1
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
