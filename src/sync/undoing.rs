//! The work of an undo: nothing is read; what an applied plan changed is given back, in one commit with the run's end.
//!
//! It is a person's own act, so no limit holds it; what it takes away is told beforehand by a dry run, and in the audit trail.

use std::sync::Arc;

use super::failure::Failure;
use super::held::{HeldPlan, KeptSteps, PlanState};
use super::history::{History, Past, Restoration, restoration};
use super::run::RunState;
use super::trail::Trail;
use super::work::{REPORTS, TRIES, Work};
use crate::directory::rules::Draft;
use crate::directory::{DirectoryError, Request, Snapshot, count, difference};
use crate::model::facts::Difference;
use crate::model::plan::{Counts, Refused};
use crate::model::{Change, plan::Plan};
use crate::store::api::Durability;
use crate::sync::ids::PlanId;

/// How long a dry run's plan can be read.
const DRY_MILLIS: i64 = 24 * 3_600_000;

/// The way back as the rules let it.
struct Undoing {
    restoration: Restoration,
    counts: Counts,
    /// What it changes.
    changes: Difference,
    /// What the rules leave out or serve otherwise.
    refused: Vec<Refused>,
    /// What the limits would say of it.
    warnings: Vec<String>,
}

impl Work<'_> {
    pub(super) async fn undo(&mut self, id: &PlanId) -> Result<(), Failure> {
        let history = &self.engine.history;
        let kept = history.detail(id).await?;
        let kept = kept.ok_or_else(|| Failure::Forgotten(id.clone()))?;
        self.undone = history.undone(&self.run.directory).await?;
        let changes = Arc::new(kept.changes);
        let mut tries = 0;
        loop {
            let snapshot = self.synced.directory.snapshot();
            let undoing = self.way_back(Arc::clone(&snapshot), Arc::clone(&changes)).await?;
            self.report(&undoing);
            if self.run.dry_run {
                return self.show_undo(undoing).await;
            }
            match self.carry_back(undoing, &kept.past).await {
                Err(Failure::Directory(DirectoryError::Moved { .. })) if tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// Plans, away from the tasks that answer requests.
    async fn way_back(&self, snapshot: Arc<Snapshot>, changes: Arc<Difference>) -> Result<Undoing, Failure> {
        let synced = &self.synced;
        let (rules, limits) = (Arc::clone(&synced.rules), synced.limits.clone());
        let now = self.engine.clock.now();
        let planning = self.engine.tasks.spawn_blocking(move || {
            let restoration = restoration(&snapshot, &changes, &rules);
            let steps = &restoration.plan.steps;
            let mut draft = Draft::new(&snapshot, now);
            let refused = draft.apply_served(&changes_of(&restoration.plan), &restoration.served);
            Undoing {
                counts: count(&snapshot, steps),
                changes: difference::between(&snapshot, draft.snapshot()),
                refused,
                warnings: limits.judge(&snapshot, steps, None).reasons,
                restoration,
            }
        });
        planning.await.map_err(|_| Failure::Panicked)
    }

    fn report(&mut self, undoing: &Undoing) {
        let refused = undoing.restoration.plan.refused.iter().chain(&undoing.refused);
        self.run.refused = refused.cloned().collect();
        self.run.refused_more = self.run.refused.len().saturating_sub(REPORTS) as u64;
        self.run.refused.truncate(REPORTS);
        self.run.notices.clone_from(&undoing.warnings);
        self.run.notices.truncate(REPORTS);
        self.run.counts = undoing.counts;
        self.run.finished = Some(self.engine.clock.now());
        self.run.state = RunState::Succeeded;
        // Somebody who waits for a name waits on.
        self.run.names_wait = self.engine.ledger.names_wait(&self.run.directory);
    }

    async fn show_undo(&mut self, undoing: Undoing) -> Result<(), Failure> {
        let ledger = &self.engine.ledger;
        let shown = HeldPlan {
            id: ledger.plan_id(),
            directory: self.run.directory.clone(),
            run: self.run.id.clone(),
            state: PlanState::Dry,
            hash: String::new(),
            reasons: undoing.warnings,
            counts: undoing.counts,
            full: false,
            created: self.run.finished,
            ended: None,
            expires: self.run.finished.map(|at| at.saturating_add(DRY_MILLIS)),
            by: None,
        };
        self.run.plan = Some(shown.id.clone());
        let mut writes = ledger.run_entries(&self.run);
        let steps = KeptSteps::of(undoing.restoration.plan.steps);
        writes.extend(ledger.plan_entries(&shown, Some(&steps)));
        ledger.put(writes, Durability::Now).await?;
        ledger.publish(&self.run, &[shown]);
        Ok(())
    }

    async fn carry_back(&mut self, undoing: Undoing, undone: &Past) -> Result<(), Failure> {
        let Undoing {
            restoration,
            changes,
            counts,
            ..
        } = undoing;
        let plan = restoration.plan;
        (self.run.plan, self.run.applied) = (None, None);
        let past = (!changes.is_empty()).then(|| Past {
            undoes: Some(undone.id.clone()),
            backwards: !undone.backwards,
            ..self.past_of(counts, plan.base.next())
        });
        let chronicle = self.chronicle(past, &changes, false);
        let mut entries = chronicle.entries;
        let mut memory = self.undone.clone();
        if undone.backwards {
            memory.forget(&changes);
        } else {
            memory.remember(&changes, &undone.id, self.engine.clock.now());
        }
        entries.push(History::undone_entry(&self.run.directory, &memory));
        self.run.seq = (!plan.steps.is_empty()).then(|| plan.base.next());
        let trail = Trail {
            at: self.engine.clock.now(),
            actor: self.run.by.clone(),
            run: self.run.id.to_string(),
        };
        let audit = trail.records(&plan);
        entries.extend(self.engine.ledger.run_entries(&self.run));
        if plan.steps.is_empty() {
            self.engine.ledger.put(entries, Durability::Now).await?;
        } else {
            let request = Request {
                changes: changes_of(&plan),
                served: restoration.served,
                base: Some(plan.base),
                entries,
                audit,
                ..Request::default()
            };
            self.synced.directory.apply(request).await?;
        }
        if chronicle.changed {
            let (directory, run) = (&self.run.directory, &self.run.id);
            self.engine.history.publish(directory, run, chronicle.past);
        }
        self.engine.ledger.publish(&self.run, &[]);
        tracing::info!(directory = %self.run.directory, run = %self.run.id, plan = %undone.id, "a plan was undone");
        Ok(())
    }
}

fn changes_of(plan: &Plan) -> Vec<Change> {
    plan.steps.iter().map(|step| step.change.clone()).collect()
}
