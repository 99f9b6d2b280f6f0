//! Every backend of the store keeps every promise of the seam.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use throng::clock::StoppedClock;
use throng::store::Store;
use throng::store::conformance::{self, Backend};
use throng::store::embedded::EmbeddedStore;
use throng::store::memory::MemoryStore;

struct Memory;

#[async_trait]
impl Backend for Memory {
    async fn open(&self, clock: Arc<StoppedClock>) -> Arc<dyn Store> {
        MemoryStore::with_clock(clock)
    }

    fn persists(&self) -> bool {
        false
    }
}

struct Embedded(TempDir);

#[async_trait]
impl Backend for Embedded {
    async fn open(&self, clock: Arc<StoppedClock>) -> Arc<dyn Store> {
        EmbeddedStore::open(self.0.path(), clock).unwrap()
    }

    fn persists(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn the_memory_store_keeps_every_promise() {
    conformance::run(|| Memory).await;
}

#[tokio::test]
async fn the_embedded_store_keeps_every_promise() {
    conformance::run(|| Embedded(tempfile::tempdir().unwrap())).await;
}
