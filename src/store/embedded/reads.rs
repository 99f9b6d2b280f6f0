//! Reads on the writer's thread: raw values out of sled; the asker decodes them.

use super::codec::{frame, keys};
use super::entries::Place;
use super::request::{AuditChunk, Reply, Request, SpaceContent, answer};
use super::staging::Staging;
use super::writer::Writer;
use crate::model::commit::Entry;
use crate::model::{DirectoryId, Seq};
use crate::store::api::Result;

/// How many values of rows one answer has: the asker decodes one while the next is read.
pub(crate) const ROWS: usize = 2_048;
/// How many audit records one answer has.
const AUDIT: usize = 256;

impl Writer {
    /// Answers a read, or lets it wait until what it asks for is whole.
    pub(crate) fn read(&mut self, request: Request) {
        match request {
            Request::Pin(pin, directory, reply) => self.pin(pin, directory, reply),
            Request::Rows(number, after, reply) => {
                answer(
                    reply,
                    self.engine.scan(&keys::rows(number), after.as_deref(), ROWS),
                );
            }
            Request::Head(directory, reply) => {
                let seq = self.heads.get(&directory).map_or(Seq(0), |head| head.seq);
                answer(reply, Ok(seq));
            }
            Request::Directories(reply) => {
                let mut all: Vec<_> = self.heads.keys().cloned().collect();
                all.sort_unstable();
                answer(reply, Ok(all));
            }
            waits @ (Request::Entry(..) | Request::Entries(..)) if self.entries_wait() => {
                self.waiting.push_back(waits);
            }
            waits @ Request::Audit(..) if self.folds.iter().any(super::fold::Fold::has_audit) => {
                self.waiting.push_back(waits);
            }
            Request::Entry(space, key, reply) => answer(reply, self.entry(&(space, key))),
            Request::Entries(space, reply) => answer(reply, self.entries(&space)),
            Request::Audit(before, reply) => answer(reply, self.audit(before)),
            Request::Commit(..) | Request::PutEntries(..) | Request::Unpin(_) | Request::Close(_) => {}
        }
    }

    /// Holds a directory still, once no fold changes it.
    fn pin(
        &mut self,
        pin: u64,
        directory: DirectoryId,
        reply: Reply<Option<super::codec::records::HeadRecord>>,
    ) {
        if reply.is_closed() {
            return;
        }
        let head = self.heads.get(&directory).cloned();
        if head.as_ref().is_some_and(|head| head.redo.is_some()) {
            self.waiting.push_back(Request::Pin(pin, directory, reply));
            return;
        }
        self.pins.insert(pin, directory);
        answer(reply, Ok(head));
    }

    /// Lets a directory go on.
    pub(crate) fn unpin(&mut self, pin: u64) {
        self.released |= self.pins.remove(&pin).is_some();
    }

    fn entry(&self, place: &Place) -> Result<Option<Entry>> {
        let stored = self.current(place, &Staging::default())?;
        Ok(stored.map(|stored| stored.entry))
    }

    fn entries(&self, space: &str) -> Result<SpaceContent> {
        let stored = self.engine.scan(&keys::space(space), None, usize::MAX)?;
        Ok(SpaceContent {
            stored,
            pending: self.soon.of(space).collect(),
        })
    }

    fn audit(&self, before: Option<u64>) -> Result<AuditChunk> {
        let before = before.map_or(self.meta.audit, |before| before.min(self.meta.audit));
        let mut left = AUDIT;
        let pairs = self
            .engine
            .scan_back(keys::AUDIT, &keys::audit(before), |(key, _)| {
                let first = key.ends_with(&frame::part_key(&[], 0));
                left -= usize::from(first);
                left == 0
            })?;
        Ok(AuditChunk { pairs, before })
    }
}
