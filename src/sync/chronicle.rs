//! The chronicle of a run: what is kept of the plan that it applies, in the same commit, so that it can be undone.

use super::history::{History, Past};
use super::judged::Judged;
use super::planner::Completeness;
use super::read::Reading;
use super::stage::Said;
use super::work::Work;
use crate::model::MemberKind;
use crate::model::Seq;
use crate::model::commit::EntryWrite;
use crate::model::facts::Difference;
use crate::model::plan::Counts;

/// What a run writes of its place in the history.
pub(super) struct Chronicle {
    pub(super) entries: Vec<EntryWrite>,
    pub(super) past: Option<Past>,
    /// Whether the directory changes at all.
    pub(super) changed: bool,
}

impl Work<'_> {
    /// The head of what a judged plan changes; a first load is not kept, there was nothing before it.
    pub(super) fn past(&self, judged: &Judged) -> Option<Past> {
        if judged.first || judged.changes.is_empty() {
            return None;
        }
        let mut past = self.past_of(judged.counts, judged.plan.base.next());
        let approved = self.approve.as_ref().filter(|_| judged.within);
        if let Some((plan, _)) = approved {
            past.id = plan.id.clone(); // it is undone under the id that it was approved under
        }
        Some(past)
    }

    pub(super) fn past_of(&self, counts: Counts, seq: Seq) -> Past {
        Past {
            id: self.engine.ledger.plan_id(),
            directory: self.run.directory.clone(),
            run: self.run.id.clone(),
            kind: self.run.kind,
            by: self.run.by.clone(),
            at: self.run.finished,
            expires: None,
            seq,
            counts,
            undoes: None,
            backwards: false,
            previous: None,
            bytes: 0,
        }
    }

    /// What is written of an applied plan, or of a first load; the run names it.
    pub(super) fn chronicle(&mut self, past: Option<Past>, changes: &Difference, loaded: bool) -> Chronicle {
        let moved = loaded || past.is_some();
        let (directory, run) = (&self.run.directory, &self.run.id);
        let mut entries = Vec::new();
        if moved {
            entries.push(History::last_entry(directory, run));
        }
        let past = past.map(|mut past| {
            entries.extend(self.engine.history.entries(&mut past, changes));
            past
        });
        self.run.applied = past.as_ref().map(|past| past.id.clone());
        if self.run.plan.is_none() {
            self.run.plan.clone_from(&self.run.applied);
        }
        Chronicle {
            entries,
            past,
            changed: moved,
        }
    }

    /// What is still remembered of undone plans after this run, where that is something new.
    pub(super) fn memory(&self, judged: &Judged, reading: &Reading) -> Option<EntryWrite> {
        if self.undone.is_empty() || reading.read == Completeness::Incomplete {
            return None;
        }
        let whole = reading.read == Completeness::Everything;
        let left = self.undone.after(
            (&judged.declined, &judged.repeats),
            judged.within,
            whole,
            |kind, id| match kind {
                MemberKind::User => !matches!(reading.stage.users.of(id), Said::Nothing),
                MemberKind::Group => !matches!(reading.stage.groups.of(id), Said::Nothing),
            },
        );
        (left != self.undone).then(|| History::undone_entry(&self.run.directory, &left))
    }
}
