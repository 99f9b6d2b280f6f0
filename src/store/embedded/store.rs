//! The embedded store as the rest of the house sees it: asks the writer's thread, decodes its answers.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};

use super::disk::FreeSpace;
use super::open;
use super::request::{Reply, Request, Watchers};
use super::step::StepHook;
use super::writer::Ended;
use super::{audit, load, space};
use crate::clock::Clock;
use crate::model::commit::{AuditRecord, Commit, Entry, EntryWrite};
use crate::model::{DirectoryId, Epoch, Seq};
use crate::store::api::{AuditQuery, Changes, Durability, Page, Result, RowSink, Store, StoreError};

/// How a store is opened.
pub struct Options {
    /// Tells which entries have expired.
    pub clock: Arc<dyn Clock>,
    /// Tests: is told every step of a write.
    #[doc(hidden)]
    pub hook: Option<StepHook>,
    /// Tests: what the disk has free.
    #[doc(hidden)]
    pub free_space: Option<FreeSpace>,
}

impl Options {
    /// Those of a daemon.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            hook: None,
            free_space: None,
        }
    }
}

/// A store in a folder of this machine.
pub struct EmbeddedStore {
    epoch: Epoch,
    requests: Sender<Request>,
    watchers: Arc<Watchers>,
    ended: Ended,
    pins: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// The database's file, for messages about what its answers hold.
    pub(crate) file: std::path::PathBuf,
}

impl EmbeddedStore {
    /// Opens the folder, or makes a new store in an empty one. Blocks while it recovers.
    ///
    /// # Errors
    /// `Locked`, `Newer`, `Full`, `Io`; `Damaged` for a folder with a sign of life but without a healthy database.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        Self::open_with(path, Options::new(clock))
    }

    /// Opens with options.
    ///
    /// # Errors
    /// As [`EmbeddedStore::open`].
    pub fn open_with(path: &Path, options: Options) -> Result<Arc<Self>> {
        let (requests, receiver) = channel();
        let (opened, open) = channel();
        let watchers = Arc::new(Watchers::default());
        let ended: Ended = Arc::new(OnceLock::new());
        let folder = path.to_owned();
        let (told, reason) = (Arc::clone(&watchers), Arc::clone(&ended));
        let work = move || match open::open(&folder, options, told) {
            Ok(writer) => {
                if opened
                    .send(Ok((writer.meta.epoch, writer.engine.file().to_owned())))
                    .is_ok()
                {
                    writer.run(&receiver, &reason);
                }
            }
            Err(error) => drop(opened.send(Err(error))),
        };
        let thread = thread::Builder::new().name("store".to_owned()).spawn(work);
        let thread = thread.map_err(super::files::failed("start the writer of", path))?;
        let opening = open
            .recv()
            .unwrap_or_else(|_| Err(super::files::damaged(path, "what made its opening panic")));
        let (epoch, file) = opening?;
        Ok(Arc::new(Self {
            epoch,
            requests,
            watchers,
            ended,
            pins: AtomicU64::new(0),
            thread: Mutex::new(Some(thread)),
            file,
        }))
    }

    /// Sends a request; the receiver is its answer.
    pub(crate) fn send<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> oneshot::Receiver<Result<T>> {
        let (reply, answer) = oneshot::channel();
        // Unbounded, but each asker waits for its answer. A dead thread drops the reply, which `answer` tells.
        drop(self.requests.send(request(reply)));
        answer
    }

    /// Waits for an answer.
    pub(crate) async fn answer<T>(&self, answer: oneshot::Receiver<Result<T>>) -> Result<T> {
        answer.await.unwrap_or_else(|_| {
            let reason = self
                .ended
                .get()
                .cloned()
                .unwrap_or_else(|| "its writer ended without an answer".to_owned());
            Err(StoreError::Stopped(reason))
        })
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T> {
        self.answer(self.send(request)).await
    }

    /// A new pin, for a request that holds a directory still until this is dropped.
    pub(crate) fn pin(&self) -> PinGuard<'_> {
        PinGuard {
            store: self,
            number: self.pins.fetch_add(1, Ordering::Relaxed),
        }
    }

    fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the store's thread panicked");
        }
    }
}

/// Releases a directory when dropped, even when the load's future was dropped halfway.
pub(crate) struct PinGuard<'a> {
    store: &'a EmbeddedStore,
    number: u64,
}

impl PinGuard<'_> {
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for PinGuard<'_> {
    fn drop(&mut self) {
        drop(self.store.requests.send(Request::Unpin(self.number)));
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        let (reply, _) = oneshot::channel();
        drop(self.requests.send(Request::Close(reply)));
        self.join();
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    async fn directories(&self) -> Result<Vec<DirectoryId>> {
        self.ask(Request::Directories).await
    }

    async fn load(&self, directory: &DirectoryId, sink: &mut dyn RowSink) -> Result<Seq> {
        load::load(self, directory, sink).await
    }

    async fn commit(&self, commit: Commit) -> Result<Seq> {
        self.ask(|reply| Request::Commit(commit, reply)).await
    }

    async fn changes_after(&self, directory: &DirectoryId, after: Seq) -> Result<Changes> {
        let head = self.ask(|reply| Request::Head(directory.clone(), reply)).await?;
        Ok(if head == after {
            Changes::Rows(Vec::new(), head)
        } else {
            Changes::Gone
        })
    }

    async fn entry(&self, space: &str, key: &str, now: i64) -> Result<Option<Entry>> {
        let entry = self
            .ask(|reply| Request::Entry(space.to_owned(), key.to_owned(), reply))
            .await?;
        Ok(entry.filter(|entry| super::entries::living(entry, now)))
    }

    async fn entries(&self, space: &str, now: i64) -> Result<Vec<Entry>> {
        let content = self
            .ask(|reply| Request::Entries(space.to_owned(), reply))
            .await?;
        space::entries(&self.file, content, now)
    }

    async fn put_entries(&self, writes: Vec<EntryWrite>, durability: Durability) -> Result<()> {
        self.ask(|reply| Request::PutEntries(writes, durability, reply))
            .await
    }

    async fn audit(&self, query: AuditQuery) -> Result<Page<AuditRecord>> {
        audit::page(self, query).await
    }

    fn watch(&self, directory: &DirectoryId) -> watch::Receiver<Seq> {
        self.watchers.watch(directory)
    }

    async fn close(&self) -> Result<()> {
        self.ask(Request::Close).await?;
        self.join();
        Ok(())
    }
}
