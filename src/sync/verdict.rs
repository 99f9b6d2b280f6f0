//! The verdict on a plan, carried out: shown, applied, or applied but for what is held; in one commit with the run's end.

use super::agreement::Agreement;
use super::carried::Carried;
use super::failure::Failure;
use super::held::{HeldPlan, KeptSteps, PlanState};
use super::judged::{HeldPart, Judged};
use super::ledger::Ledger;
use super::losses::Losses;
use super::planner::Completeness;
use super::read::Reading;
use super::run::RunState;
use super::trail::Trail;
use super::work::{REPORTS, Work};
use crate::directory::{Request, Snapshot};
use crate::model::Change;
use crate::model::commit::EntryWrite;
use crate::model::name::fold;
use crate::model::plan::{Counts, Effect, Step};
use crate::store::api::Durability;

/// How long a dry run's plan can be read.
const DRY_MILLIS: i64 = 24 * 3_600_000;
/// How long a plan waits: then a run that would hold it again gives it a new id, so that nobody approves what was forgotten.
const HELD_MILLIS: i64 = 7 * 24 * 3_600_000;

impl Work<'_> {
    pub(super) async fn conclude(
        &mut self,
        snapshot: &Snapshot,
        judged: Judged,
        reading: &Reading,
    ) -> Result<(), Failure> {
        self.run.counts = judged.counts;
        self.run.refused.clone_from(&judged.plan.refused);
        self.run.refused_more = self.run.refused.len().saturating_sub(REPORTS) as u64;
        self.run.refused.truncate(REPORTS);
        self.run.notices = reading
            .notices
            .iter()
            .chain(&judged.plan.notices)
            .cloned()
            .collect();
        self.run.notices.truncate(REPORTS);
        self.run.finished = Some(self.engine.clock.now());
        if self.run.dry_run {
            return self.show(judged).await;
        }
        if let Some((shown, _)) = &self.approve
            && judged.within
            && !self.engine.ledger.waits(&shown.id)
        {
            return Err(Failure::NotHeld(shown.id.clone()));
        }
        self.carry_out(snapshot, judged, reading).await
    }

    /// A dry run's end: the plan is kept for a day.
    async fn show(&mut self, judged: Judged) -> Result<(), Failure> {
        let mut kept = self.kept(PlanState::Dry, &judged, self.run.counts);
        kept.expires = kept.created.map(|at| at.saturating_add(DRY_MILLIS));
        self.run.state = RunState::Succeeded;
        self.run.plan = Some(kept.id.clone());
        let ledger = &self.engine.ledger;
        let mut writes = ledger.run_entries(&self.run);
        writes.extend(ledger.plan_entries(&kept, Some(&KeptSteps::of(judged.plan.steps))));
        ledger.put(writes, Durability::Now).await?;
        ledger.publish(&self.run, &[kept]);
        Ok(())
    }

    /// Applies the plan, keeps what of it must wait, ends the run: all at once.
    async fn carry_out(
        &mut self,
        snapshot: &Snapshot,
        mut judged: Judged,
        reading: &Reading,
    ) -> Result<(), Failure> {
        let whole = reading.read != Completeness::Incomplete;
        self.names(&judged, reading);
        let held = judged.held.take();
        self.run.state = match (&held, whole) {
            (Some(_), _) => RunState::Held,
            (None, true) => RunState::Succeeded,
            (None, false) => RunState::Incomplete,
        };
        self.run.plan = None;
        let (plans, mut entries) = match held {
            Some(held) => self.hold(&judged, held, reading).await?,
            None if whole => self.settled(judged.within),
            None => (Vec::new(), Vec::new()),
        };
        let cursor = reading
            .cursor
            .clone()
            .filter(|cursor| snapshot.cursor() != Some(cursor));
        let audit = self.audit(&judged);
        let idle = judged.plan.steps.is_empty() && cursor.is_none();
        self.run.seq = (!idle).then(|| judged.plan.base.next());
        entries.extend(self.memory(&judged, reading));
        if whole && judged.waiting != self.waiting {
            entries.push(Ledger::waiting_entry(&self.run.directory, &judged.waiting));
        }
        let past = self.past(&judged);
        let chronicle = self.chronicle(
            past,
            &judged.changes,
            judged.first && !judged.plan.steps.is_empty(),
        );
        entries.extend(chronicle.entries);
        entries.extend(self.engine.ledger.run_entries(&self.run));
        if idle {
            self.engine.ledger.put(entries, Durability::Now).await?;
        } else {
            let request = Request {
                changes: judged.plan.steps.into_iter().map(|step| step.change).collect(),
                base: Some(judged.plan.base),
                cursor,
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
        self.engine.ledger.publish(&self.run, &plans);
        tracing::info!(directory = %self.run.directory, run = %self.run.id, records = self.run.records, "a run ended");
        Ok(())
    }

    /// Whether somebody waits for a name afterwards; whether one has become free for which somebody may wait who is not kept.
    fn names(&mut self, judged: &Judged, reading: &Reading) {
        let whole = reading.read != Completeness::Incomplete;
        let waited = if whole { &judged.waiting } else { &self.waiting };
        self.run.names_wait = judged.plan.names_wait || !waited.is_empty();
        let unknown = self.waiting.more && reading.read == Completeness::ChangesOnly;
        self.names_freed = unknown && judged.plan.steps.iter().any(frees_a_name);
    }

    /// What is written of the part that must wait for a person. With no more losses than before it is the plan that
    /// waits already, as old as it is.
    async fn hold(
        &mut self,
        judged: &Judged,
        held: HeldPart,
        reading: &Reading,
    ) -> Result<(Vec<HeldPlan>, Vec<EntryWrite>), Failure> {
        let engine = self.engine;
        let ledger = &engine.ledger;
        let before = ledger.held(&self.run.directory);
        let whole = reading.read != Completeness::Incomplete;
        if let Some(before) = before.as_ref().filter(|_| !whole) {
            // What was read in part says less than the plan that waits: that one stays as it is.
            self.run.plan = Some(before.id.clone());
            return Ok((Vec::new(), Vec::new()));
        }
        let mut kept = self.kept(PlanState::Held, judged, held.counts);
        kept.full = reading.full || self.carried.full;
        kept.expires = kept.created.map(|at| at.saturating_add(HELD_MILLIS));
        let mut plans = Vec::new();
        let mut steps = Some(KeptSteps::of(held.steps));
        if let Some(before) = before {
            if self.still(&before, &kept, steps.as_ref()).await? {
                steps = steps.filter(|_| kept.hash != before.hash);
                (kept.id, kept.created, kept.expires) = (before.id, before.created, before.expires);
            } else {
                plans.push(self.ended(before, PlanState::Replaced));
            }
        }
        tracing::warn!(directory = %self.run.directory, run = %self.run.id, plan = %kept.id, "a plan is held");
        self.run.plan = Some(kept.id.clone());
        let mut entries = ledger.plan_entries(&kept, steps.as_ref());
        entries.extend(plans.iter().flat_map(|plan| ledger.plan_entries(plan, None)));
        if whole {
            let carried = Carried {
                full: kept.full,
                ..held.carried
            };
            let agreement = Agreement {
                read: self.settings.clone(),
                ..self.agreement.clone()
            };
            entries.extend(self.remembered(&carried, &agreement));
        }
        plans.push(kept);
        Ok((plans, entries))
    }

    /// Whether the plan that waits takes away all that is to be held now.
    async fn still(
        &self,
        before: &HeldPlan,
        now: &HeldPlan,
        steps: Option<&KeptSteps>,
    ) -> Result<bool, Failure> {
        let expired = before
            .expires
            .is_some_and(|at| now.created.is_some_and(|now| at <= now));
        if expired || before.hash == now.hash {
            return Ok(!expired);
        }
        let shown = self.engine.ledger.detail(&before.id).await?;
        let limits = &self.synced.limits;
        let snapshot = self.synced.directory.snapshot();
        Ok(steps.zip(shown).is_some_and(|(steps, shown)| {
            let again = self.undone.repeats(&snapshot, &steps.steps);
            let shown_again = self.undone.repeats(&snapshot, &shown.steps);
            let losses = Losses::with(&steps.steps, limits, &again);
            losses.within(&Losses::with(&shown.steps, limits, &shown_again))
        }))
    }

    /// What becomes of the plan that waited, now that nothing is held.
    fn settled(&mut self, within: bool) -> (Vec<HeldPlan>, Vec<EntryWrite>) {
        let shown = self.approve.as_ref().filter(|_| within);
        let approved = shown.map(|(plan, _)| plan.id.clone());
        self.run.plan.clone_from(&approved);
        let ledger = &self.engine.ledger;
        let held = ledger.held(&self.run.directory).into_iter();
        let plans: Vec<HeldPlan> = held
            .map(|plan| {
                let applied = approved.as_ref() == Some(&plan.id);
                let state = if applied {
                    PlanState::Approved
                } else {
                    PlanState::Replaced
                };
                self.ended(plan, state)
            })
            .collect();
        let mut entries: Vec<EntryWrite> = plans
            .iter()
            .flat_map(|plan| ledger.plan_entries(plan, None))
            .collect();
        entries.extend(self.remembered(&Carried::default(), &Agreement::to(&self.settings)));
        (plans, entries)
    }

    /// What is written of what the next run has to know, where it is something new.
    fn remembered(&self, carried: &Carried, agreement: &Agreement) -> Vec<EntryWrite> {
        let id = &self.run.directory;
        let mut entries = Vec::new();
        if *carried != self.carried {
            entries.push(Ledger::carried_entry(id, carried));
        }
        if *agreement != self.agreement {
            entries.push(Ledger::agreement_entry(id, agreement));
        }
        entries
    }

    fn kept(&self, state: PlanState, judged: &Judged, counts: Counts) -> HeldPlan {
        HeldPlan {
            id: self.engine.ledger.plan_id(),
            directory: self.run.directory.clone(),
            run: self.run.id.clone(),
            state,
            hash: judged.hash.clone(),
            reasons: judged.reasons.clone(),
            counts,
            full: self.run.full,
            created: self.run.finished,
            ended: None,
            expires: None,
            by: None,
        }
    }

    fn ended(&self, mut plan: HeldPlan, state: PlanState) -> HeldPlan {
        plan.state = state;
        plan.ended = self.run.finished;
        plan.by = (state == PlanState::Approved).then(|| self.run.by.clone());
        plan
    }

    fn audit(&self, judged: &Judged) -> Vec<crate::model::commit::AuditRecord> {
        let actor = match self.approve {
            Some(_) if judged.within => format!("operator {}", self.run.by),
            _ => "sync".to_owned(),
        };
        let trail = Trail {
            at: self.engine.clock.now(),
            actor,
            run: self.run.id.to_string(),
        };
        match judged.plan.steps.is_empty() {
            true => Vec::new(),
            false if judged.first => vec![trail.first_load(&judged.plan, &judged.counts)],
            false => trail.records(&judged.plan),
        }
    }
}

/// Whether a step takes a username from its bearer, or may let another have it.
fn frees_a_name(step: &Step) -> bool {
    match &step.change {
        Change::VanishUser { .. } | Change::RemoveUser { .. } => true,
        Change::PutUser(wish) => step.effect != Effect::Add && fold(&wish.name) != fold(&step.subject),
        Change::PutGroup(_)
        | Change::RemoveGroup { .. }
        | Change::Members { .. }
        | Change::Detail { .. }
        | Change::Hold { .. }
        | Change::Release { .. } => false,
    }
}
