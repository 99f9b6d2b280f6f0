//! The verdict on a plan, carried out: shown, held or applied, in one commit with the run's end.

use super::failure::Failure;
use super::held::{HeldPlan, KeptSteps, PlanState};
use super::losses::Losses;
use super::planner::{Completeness, plan};
use super::read::Reading;
use super::run::RunState;
use super::trail::Trail;
use super::work::{REPORTS, Work};
use crate::directory::limits::{Enumerated, Limits};
use crate::directory::{Request, Snapshot, count};
use crate::model::Change;
use crate::model::commit::EntryWrite;
use crate::model::name::fold;
use crate::model::plan::{Counts, Effect, Plan, Step};
use crate::store::api::Durability;

/// How long a dry run's plan can be read.
const DRY_MILLIS: i64 = 24 * 3_600_000;

/// A plan with what is to be known of it.
pub(super) struct Judged {
    pub(super) plan: Plan,
    pub(super) counts: Counts,
    /// Why it must wait.
    reasons: Vec<String>,
    hash: String,
    /// Whether it takes away no more than was shown to whom approved.
    within: bool,
    /// Whether the directory has had no complete read before.
    first: bool,
}

impl Judged {
    /// Plans and judges. Pure; for a large directory a matter of a second.
    pub(super) fn of(
        snapshot: &Snapshot,
        reading: &Reading,
        limits: &Limits,
        shown: Option<&KeptSteps>,
    ) -> Self {
        let plan = plan(snapshot, &reading.stage, reading.read);
        let enumerated = (reading.read == Completeness::Everything).then(|| Enumerated {
            users: reading.stage.users.there(),
            groups: reading.stage.groups.there(),
            memberships: reading.stage.edges(),
        });
        let losses = Losses::of(&plan.steps, limits);
        let within = shown.is_some_and(|shown| losses.within(&Losses::of(&shown.steps, limits)));
        Self {
            counts: count(snapshot, &plan.steps),
            reasons: limits.judge(snapshot, &plan.steps, enumerated),
            hash: losses.hash(),
            within,
            first: snapshot.cursor().is_none() && losses.is_empty(),
            plan,
        }
    }
}

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
            && !judged.reasons.is_empty()
            && !self.engine.ledger.waits(&shown.id)
        {
            return Err(Failure::NotHeld(shown.id.clone()));
        }
        if judged.reasons.is_empty() || judged.within {
            return self.apply(snapshot, judged, reading).await;
        }
        self.hold(judged).await
    }

    /// A dry run's end: the plan is kept for a day.
    async fn show(&mut self, judged: Judged) -> Result<(), Failure> {
        let mut kept = self.kept(&judged, PlanState::Dry);
        kept.expires = kept.created.map(|at| at.saturating_add(DRY_MILLIS));
        self.run.state = RunState::Succeeded;
        self.keep(kept, judged.plan, Vec::new()).await
    }

    /// Keeps the plan for a person. With the same losses it is the plan that waits already.
    async fn hold(&mut self, judged: Judged) -> Result<(), Failure> {
        let mut kept = self.kept(&judged, PlanState::Held);
        let mut replaced = Vec::new();
        self.run.state = RunState::Held;
        if let Some(before) = self.engine.ledger.held(&self.run.directory) {
            if !self.run.incomplete.is_empty() {
                return self.keep_waiting(before).await;
            }
            if before.hash == kept.hash {
                (kept.id, kept.created) = (before.id, before.created);
            } else {
                replaced.push(self.ended(before, PlanState::Replaced));
            }
        }
        tracing::warn!(directory = %self.run.directory, run = %self.run.id, plan = %kept.id, "a plan is held");
        self.keep(kept, judged.plan, replaced).await
    }

    /// What was read in part says less than the plan that waits: that one stays as it is.
    async fn keep_waiting(&mut self, before: HeldPlan) -> Result<(), Failure> {
        let ledger = &self.engine.ledger;
        self.run.plan = Some(before.id);
        ledger.put(ledger.run_entries(&self.run), Durability::Now).await?;
        ledger.publish(&self.run, &[]);
        Ok(())
    }

    /// Writes a plan that is not applied, with the run's end.
    async fn keep(&mut self, kept: HeldPlan, plan: Plan, mut plans: Vec<HeldPlan>) -> Result<(), Failure> {
        let ledger = &self.engine.ledger;
        self.run.plan = Some(kept.id.clone());
        let steps = KeptSteps::of(plan.steps);
        let mut writes = ledger.run_entries(&self.run);
        writes.extend(ledger.plan_entries(&kept, Some(&steps)));
        writes.extend(plans.iter().flat_map(|plan| ledger.plan_entries(plan, None)));
        ledger.put(writes, Durability::Now).await?;
        plans.push(kept);
        ledger.publish(&self.run, &plans);
        Ok(())
    }

    fn kept(&self, judged: &Judged, state: PlanState) -> HeldPlan {
        HeldPlan {
            id: self.engine.ledger.plan_id(),
            directory: self.run.directory.clone(),
            run: self.run.id.clone(),
            state,
            hash: judged.hash.clone(),
            reasons: judged.reasons.clone(),
            counts: judged.counts,
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

    async fn apply(&mut self, snapshot: &Snapshot, judged: Judged, reading: &Reading) -> Result<(), Failure> {
        let whole = reading.read != Completeness::Incomplete;
        self.run.state = if whole {
            RunState::Succeeded
        } else {
            RunState::Incomplete
        };
        let ended = if whole { self.resolved(&judged) } else { Vec::new() };
        let waited =
            reading.read != Completeness::Everything && self.engine.ledger.names_wait(&self.run.directory);
        self.run.names_wait = judged.plan.names_wait || waited;
        self.names_freed = waited && whole && judged.plan.steps.iter().any(frees_a_name);
        let trail = self.trail();
        let audit = match judged.plan.steps.is_empty() {
            true => Vec::new(),
            false if judged.first => vec![trail.first_load(&judged.plan, &judged.counts)],
            false => trail.records(&judged.plan),
        };
        let cursor = reading
            .cursor
            .clone()
            .filter(|cursor| snapshot.cursor() != Some(cursor));
        let idle = judged.plan.steps.is_empty() && cursor.is_none();
        if !idle {
            self.run.seq = Some(judged.plan.base.next());
        }
        let entries = self.entries(&ended);
        if idle {
            self.engine.ledger.put(entries, Durability::Now).await?;
        } else {
            let request = Request {
                changes: judged.plan.steps.into_iter().map(|step| step.change).collect(),
                base: Some(judged.plan.base),
                cursor,
                entries,
                audit,
            };
            self.lane.synced.directory.apply(request).await?;
        }
        self.engine.ledger.publish(&self.run, &ended);
        tracing::info!(directory = %self.run.directory, run = %self.run.id, records = self.run.records, "a run ended");
        Ok(())
    }

    /// What becomes of the plan that waited, now that everything was read and nothing is held.
    fn resolved(&mut self, judged: &Judged) -> Vec<HeldPlan> {
        let shown = self.approve.as_ref().filter(|_| judged.within);
        let approved = shown.map(|(plan, _)| plan.id.clone());
        self.run.plan.clone_from(&approved);
        let held = self.engine.ledger.held(&self.run.directory).into_iter();
        held.map(|plan| {
            let applied = approved.as_ref() == Some(&plan.id);
            self.ended(
                plan,
                if applied {
                    PlanState::Approved
                } else {
                    PlanState::Replaced
                },
            )
        })
        .collect()
    }

    fn entries(&self, plans: &[HeldPlan]) -> Vec<EntryWrite> {
        let ledger = &self.engine.ledger;
        let mut writes = ledger.run_entries(&self.run);
        writes.extend(plans.iter().flat_map(|plan| ledger.plan_entries(plan, None)));
        writes
    }

    fn trail(&self) -> Trail {
        let actor = match self.approve {
            Some(_) => format!("operator {}", self.run.by),
            None => "sync".to_owned(),
        };
        Trail {
            at: self.engine.clock.now(),
            actor,
            run: self.run.id.to_string(),
        }
    }
}

/// Whether a step takes a username from its bearer, or may let another have it.
fn frees_a_name(step: &Step) -> bool {
    match &step.change {
        Change::VanishUser { .. } | Change::RemoveUser { .. } => true,
        Change::PutUser(wish) => step.effect != Effect::Add && fold(&wish.name) != fold(&step.subject),
        Change::PutGroup(_) | Change::RemoveGroup { .. } | Change::Members { .. } | Change::Detail { .. } => {
            false
        }
    }
}
