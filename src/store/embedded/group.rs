//! A group: the requests that become durable by one batch and one sync.

use std::collections::BTreeSet;

use super::codec::frame::Tally;
use super::codec::keys;
use super::request::{Reply, answer};
use super::staging::Staging;
use super::step::Step;
use super::writer::Writer;
use crate::model::{DirectoryId, Seq};
use crate::store::api::Result;

/// Accepted requests, staged.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) staging: Staging,
    /// Whether there is something to make durable.
    pub(crate) begun: bool,
    /// The directories whose head moves.
    pub(crate) touched: BTreeSet<DirectoryId>,
    pub(crate) commits: Vec<(Reply<Seq>, Seq)>,
    pub(crate) entries: Vec<Reply<()>>,
}

impl Writer {
    /// Begins to write: what was to be written soon rides along.
    pub(crate) fn begin(&mut self, group: &mut Group) -> Result<()> {
        if group.begun {
            return Ok(());
        }
        group.begun = true;
        for ((space, key), entry) in self.soon.take() {
            let body = entry.map(|entry| entry.encode());
            self.stage(group, &keys::entry(&space, &key), body.as_deref(), None)?;
        }
        Ok(())
    }

    /// Stages one record under the tally that its key belongs to.
    pub(crate) fn stage(
        &mut self,
        group: &mut Group,
        key: &[u8],
        body: Option<&[u8]>,
        directory: Option<&DirectoryId>,
    ) -> Result<()> {
        let mut untold = Tally::default();
        let head = directory.and_then(|directory| self.heads.get_mut(directory));
        let tally = match (key.first(), head) {
            (Some(b'e'), _) => &mut self.meta.entries,
            (Some(b'r'), Some(head)) => &mut head.rows,
            _ => &mut untold,
        };
        group.staging.put(&self.engine, key, body, tally)
    }

    /// Stages the heads that moved and the store's own record.
    pub(crate) fn stage_heads(&mut self, group: &mut Group) -> Result<()> {
        for directory in std::mem::take(&mut group.touched) {
            if let Some(head) = self.heads.get(&directory) {
                let (key, body) = (keys::head(head.number), head.encode());
                self.stage(group, &key, Some(&body), None)?;
            }
        }
        let body = self.meta.encode();
        self.stage(group, keys::META, Some(&body), None)
    }

    /// Makes a group durable, notes it, acknowledges it. An error leaves the state unknown.
    pub(crate) fn land(&mut self, mut group: Group) -> Result<()> {
        let touched: Vec<_> = group.touched.iter().cloned().collect();
        if group.begun {
            self.meta.write += 1;
            self.stage_heads(&mut group)?;
            self.engine.apply(group.staging.batch())?;
            self.step(&Step::Applied);
            self.engine.sync()?;
            self.step(&Step::Synced);
            self.note()?;
            self.step(&Step::HeadsWritten);
        }
        for directory in &touched {
            let seq = self.heads.get(directory).map_or(Seq(0), |head| head.seq);
            self.watchers.tell(directory, seq);
        }
        for (reply, seq) in group.commits {
            answer(reply, Ok(seq));
        }
        for reply in group.entries {
            answer(reply, Ok(()));
        }
        if group.begun {
            self.step(&Step::Acknowledged(touched));
        }
        Ok(())
    }
}
