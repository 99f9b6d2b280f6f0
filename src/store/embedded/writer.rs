//! The writer's thread: the only one that uses sled; gathers requests, makes them durable, answers.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock};

use super::codec::records::{HeadRecord, Meta};
use super::disk::Disk;
use super::encode::{BATCH_BYTES, BATCH_VALUES};
use super::engine::Engine;
use super::entries::{Soon, Sweep};
use super::fold::Fold;
use super::folder::Folder;
use super::group::Group;
use super::heads::{Acknowledged, Heads};
use super::request::{Reply, Request, Watchers, answer};
use super::step::{Step, StepHook};
use crate::clock::Clock;
use crate::model::DirectoryId;
use crate::store::api::Result;

/// How many requests one group may gather.
const GROUP: usize = 256;

/// Why the thread ended, once it has.
pub(crate) type Ended = Arc<OnceLock<String>>;

/// Everything that the thread owns.
pub(crate) struct Writer {
    pub(crate) engine: Engine,
    pub(crate) folder: Folder,
    pub(crate) noted: Heads,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) disk: Disk,
    pub(crate) hook: Option<StepHook>,
    pub(crate) meta: Meta,
    pub(crate) heads: HashMap<DirectoryId, HeadRecord>,
    pub(crate) soon: Soon,
    pub(crate) sweep: Sweep,
    pub(crate) folds: VecDeque<Fold>,
    /// Something ended for which requests may be waiting: the next round comes at once.
    pub(crate) released: bool,
    /// Directories that are being loaded.
    pub(crate) pins: HashMap<u64, DirectoryId>,
    /// What waits for a fold or a load, in the order of arrival.
    pub(crate) waiting: VecDeque<Request>,
    pub(crate) watchers: Arc<Watchers>,
}

impl Writer {
    /// Works until it is closed or until a write fails.
    pub(crate) fn run(mut self, requests: &Receiver<Request>, ended: &Ended) {
        loop {
            let Some(gathered) = self.gather(requests) else {
                self.leave(None, ended);
                return;
            };
            let round = catch_unwind(AssertUnwindSafe(|| self.round(gathered)));
            match round {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(closing))) => {
                    self.leave(Some(closing), ended);
                    return;
                }
                Ok(Err(error)) => return self.fail(error.to_string(), ended),
                Err(_) => return self.fail("its thread panicked".to_owned(), ended),
            }
        }
    }

    /// Waits for requests, but not longer than something else is due; `None` when nobody can ask any more.
    fn gather(&self, requests: &Receiver<Request>) -> Option<Vec<Request>> {
        let mut gathered = Vec::new();
        if self.folds.is_empty() && !self.released {
            let sweep = self.sweep.wait();
            let wait = self.soon.wait().map_or(sweep, |soon| soon.min(sweep));
            match requests.recv_timeout(wait) {
                Ok(request) => gathered.push(request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        while gathered.len() < GROUP
            && let Ok(request) = requests.try_recv()
        {
            gathered.push(request);
        }
        Some(gathered)
    }

    /// Writes first, then reads: whoever reads sees only what is durable. Answers who asked to close.
    fn round(&mut self, gathered: Vec<Request>) -> Result<Option<Reply<()>>> {
        let (mut group, mut reads, mut closing) = (Group::default(), Vec::new(), None);
        self.released = false;
        self.sweep(&mut group)?;
        let waiting = std::mem::take(&mut self.waiting);
        for request in waiting.into_iter().chain(gathered) {
            match request {
                Request::Commit(commit, reply) => self.commit(commit, reply, &mut group)?,
                Request::PutEntries(writes, durability, reply) => {
                    self.put_entries(writes, durability, reply, &mut group)?;
                }
                Request::Close(reply) => closing = Some(reply),
                Request::Unpin(pin) => self.unpin(pin),
                read => reads.push(read),
            }
            if group.staging.values() >= BATCH_VALUES || group.staging.bytes() >= BATCH_BYTES {
                self.land(std::mem::take(&mut group))?;
            }
        }
        self.flush_soon(&mut group)?;
        self.land(group)?;
        for read in reads {
            self.read(read);
        }
        self.fold()?;
        if closing.is_some() {
            self.finish()?;
        }
        Ok(closing)
    }

    /// Brings everything that was accepted into the trees. Who waits for a load that goes on is answered `Stopped`.
    fn finish(&mut self) -> Result<()> {
        while !self.folds.is_empty() {
            self.fold()?;
        }
        let mut group = Group::default();
        for request in std::mem::take(&mut self.waiting) {
            match request {
                Request::Commit(commit, reply) => self.commit(commit, reply, &mut group)?,
                Request::PutEntries(writes, durability, reply) => {
                    self.put_entries(writes, durability, reply, &mut group)?;
                }
                read => self.read(read),
            }
        }
        self.begin(&mut group)?;
        self.land(group)?;
        while !self.folds.is_empty() {
            self.fold()?;
        }
        self.engine.sync()
    }

    fn leave(self, closing: Option<Reply<()>>, ended: &Ended) {
        ended.get_or_init(|| "it was closed".to_owned());
        let closed = catch_unwind(AssertUnwindSafe(|| drop(self)));
        if closed.is_err() {
            tracing::warn!("the engine panicked while it was closed; everything was durable before");
        }
        if let Some(reply) = closing {
            answer(reply, Ok(()));
        }
    }

    /// After a failed write the state is unknown: nothing more is written, the folder stays locked until the restart.
    fn fail(self, reason: String, ended: &Ended) {
        tracing::error!(
            reason,
            "the store has stopped; restart throng, it recovers from its files"
        );
        ended.get_or_init(|| reason);
        self.engine.abandon();
        std::mem::forget(self.folder);
    }

    /// Notes what is durable, before it is acknowledged.
    pub(crate) fn note(&mut self) -> Result<()> {
        let heads = self
            .heads
            .iter()
            .map(|(directory, head)| (directory.clone(), head.seq));
        let (epoch, write) = (self.meta.epoch, self.meta.write);
        self.noted.note(&Acknowledged {
            epoch,
            write,
            heads: heads.collect(),
        })
    }

    /// Tells tests where the writer is.
    pub(crate) fn step(&self, step: &Step) {
        if let Some(hook) = &self.hook {
            hook(step);
        }
    }
}
