//! The work of one run: read, plan, judge, apply or hold.

use std::sync::Arc;

use super::engine::{Engine, Lane, Task};
use super::held::{HeldPlan, KeptSteps, PlanState};
use super::ids::{PlanId, RunId};
use super::ledger::Progress;
use super::losses::Losses;
use super::planner::{Completeness, plan};
use super::read::{Reading, read};
use super::run::{Run, RunState};
use super::trail::Trail;
use crate::connector::ConnectorError;
use crate::directory::limits::Enumerated;
use crate::directory::{DirectoryError, Request, Snapshot, count};
use crate::model::commit::{Cursor, EntryWrite};
use crate::model::plan::{Counts, Plan};
use crate::store::StoreError;
use crate::store::api::Durability;

/// How often a plan is made anew because the directory moved meanwhile.
const TRIES: u32 = 5;
/// How many reports a run keeps.
const REPORTS: usize = 500;
/// How long a dry run's plan can be read.
const DRY_MILLIS: i64 = 24 * 3_600_000;

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Source(#[from] ConnectorError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("throng is shutting down; nothing of this run was applied")]
    ShuttingDown,
    #[error("plan `{0}` no longer waits for approval; hint: read the list of plans again")]
    NotHeld(PlanId),
    #[error("the run ended in a defect of throng; nothing of it was applied")]
    Panicked,
}

impl WorkError {
    fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Directory(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::ShuttingDown => "SHUTTING_DOWN",
            Self::NotHeld(_) => "PLAN_NOT_HELD",
            Self::Panicked => "RUN_PANICKED",
        }
    }
}

/// Makes one run from its beginning to its end.
pub(super) async fn run(engine: Arc<Engine>, lane: Arc<Lane>, id: RunId, task: Task) {
    let now = engine.clock.now();
    let begun = engine.ledger.change(&id, |run| {
        run.state = RunState::Running;
        run.started = Some(now);
    });
    let Some((run, progress)) = begun else { return };
    // Known to a later process, should this one die.
    if let Err(error) = engine
        .ledger
        .put(engine.ledger.run_entries(&run), Durability::Soon)
        .await
    {
        tracing::warn!(run = %id, %error, "a run's beginning could not be written");
    }
    let mut work = Work {
        engine: &engine,
        lane: &lane,
        run,
        progress,
        approve: None,
    };
    let outcome = work.attempt(task).await;
    if let Err(error) = outcome {
        tracing::warn!(run = %id, directory = %work.run.directory, code = error.code(), %error, "a run failed");
        abandon(&engine, &id, error.code(), &error.to_string()).await;
    }
}

/// Ends a run of which nothing was applied.
pub(super) async fn abandon(engine: &Engine, id: &RunId, code: &str, message: &str) {
    let now = engine.clock.now();
    let Some(mut run) = engine.ledger.run(id) else {
        return;
    };
    run.fail(code, message);
    run.finished = Some(now);
    if let Err(error) = engine
        .ledger
        .put(engine.ledger.run_entries(&run), Durability::Now)
        .await
    {
        tracing::warn!(run = %id, %error, "a run's end could not be written");
    }
    engine.ledger.publish(&run, &[]);
}

struct Work<'a> {
    engine: &'a Engine,
    lane: &'a Lane,
    run: Run,
    progress: Arc<Progress>,
    /// The plan to approve, with what was shown of it.
    approve: Option<(HeldPlan, Arc<KeptSteps>)>,
}

/// A plan with what is to be known of it.
struct Judged {
    plan: Plan,
    counts: Counts,
    /// Why it must wait.
    reasons: Vec<String>,
    hash: String,
    /// Whether it takes away no more than was shown to whom approved.
    within: bool,
    /// Whether the directory has had no complete read before.
    first: bool,
}

impl Work<'_> {
    async fn attempt(&mut self, task: Task) -> Result<(), WorkError> {
        if let Task::Approve(id) = task {
            let shown = self.engine.ledger.detail(&id).await?;
            let shown = shown.filter(|shown| shown.plan.state == PlanState::Held);
            let shown = shown.ok_or(WorkError::NotHeld(id))?;
            let steps = KeptSteps {
                steps: shown.steps,
                omitted: shown.omitted,
            };
            self.approve = Some((shown.plan, Arc::new(steps)));
        }
        let synced = &self.lane.synced;
        let snapshot = synced.directory.snapshot();
        let began = snapshot.cursor().cloned();
        let since = began.as_ref().filter(|cursor| !self.wants_all(cursor));
        let reading = tokio::select! {
            biased;
            () = self.engine.stop.cancelled() => return Err(WorkError::ShuttingDown),
            reading = read(synced.source.as_ref(), &snapshot, since, &synced.mapping, &self.progress) => reading?,
        };
        self.note(&reading);
        let reading = Arc::new(reading);
        let mut tries = 0;
        loop {
            let snapshot = synced.directory.snapshot();
            if snapshot.cursor() != began.as_ref() {
                // Somebody else's read was committed: what this one says is older.
                return Err(moved(&snapshot).into());
            }
            let judged = self.judge(Arc::clone(&snapshot), Arc::clone(&reading)).await?;
            match self.conclude(&snapshot, judged, &reading).await {
                Err(WorkError::Directory(DirectoryError::Moved { .. })) if tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// Whether everything is to be read: asked for, due, or because a held plan came from reading everything.
    fn wants_all(&self, cursor: &Cursor) -> bool {
        let due = self.lane.synced.full_every.is_some_and(|every| {
            let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
            self.engine.clock.now().saturating_sub(cursor.full_at) >= every
        });
        let held = self.engine.ledger.held(&self.run.directory);
        due || held.is_some_and(|held| held.full)
            || self.engine.ledger.run(&self.run.id).is_some_and(|run| run.full)
    }

    fn note(&mut self, reading: &Reading) {
        self.run.full = reading.full;
        self.run.records = reading.stage.records();
        self.run.batches = self.progress.batches.load(std::sync::atomic::Ordering::Relaxed);
        self.run.incomplete.clone_from(&reading.incomplete);
        self.run.incomplete.truncate(REPORTS);
    }

    /// Plans and judges, away from the tasks that answer requests.
    async fn judge(&self, snapshot: Arc<Snapshot>, reading: Arc<Reading>) -> Result<Judged, WorkError> {
        let limits = self.lane.synced.limits.clone();
        let shown = self.approve.as_ref().map(|(_, steps)| Arc::clone(steps));
        let judging = self.engine.tasks.spawn_blocking(move || {
            let plan = plan(&snapshot, &reading.stage, reading.read);
            let enumerated = (reading.read == Completeness::Everything).then(|| Enumerated {
                users: reading.stage.users.there(),
                groups: reading.stage.groups.there(),
                memberships: reading.stage.edges(),
            });
            let losses = Losses::of(&plan.steps, &limits);
            let within = shown.is_some_and(|shown| losses.within(&Losses::of(&shown.steps, &limits)));
            Judged {
                counts: count(&snapshot, &plan.steps),
                reasons: limits.judge(&snapshot, &plan.steps, enumerated),
                hash: losses.hash(),
                within,
                first: snapshot.cursor().is_none() && losses.is_empty(),
                plan,
            }
        });
        judging.await.map_err(|_| WorkError::Panicked)
    }

    async fn conclude(
        &mut self,
        snapshot: &Snapshot,
        judged: Judged,
        reading: &Reading,
    ) -> Result<(), WorkError> {
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
        if judged.reasons.is_empty() || judged.within {
            return self.apply(snapshot, judged, reading).await;
        }
        self.hold(judged).await
    }

    /// A dry run's end: the plan is kept for a day.
    async fn show(&mut self, judged: Judged) -> Result<(), WorkError> {
        let mut kept = self.kept(&judged, PlanState::Dry);
        kept.expires = kept.created.map(|at| at.saturating_add(DRY_MILLIS));
        self.run.state = RunState::Succeeded;
        self.keep(kept, judged.plan, Vec::new()).await
    }

    /// Keeps the plan for a person. With the same losses it is the plan that waits already.
    async fn hold(&mut self, judged: Judged) -> Result<(), WorkError> {
        let mut kept = self.kept(&judged, PlanState::Held);
        let mut replaced = Vec::new();
        if let Some(before) = self.engine.ledger.held(&self.run.directory) {
            if before.hash == kept.hash {
                (kept.id, kept.created) = (before.id, before.created);
            } else {
                replaced.push(self.ended(before, PlanState::Replaced));
            }
        }
        self.run.state = RunState::Held;
        tracing::warn!(directory = %self.run.directory, run = %self.run.id, plan = %kept.id, "a plan is held");
        self.keep(kept, judged.plan, replaced).await
    }

    /// Writes a plan that is not applied, with the run's end.
    async fn keep(&mut self, kept: HeldPlan, plan: Plan, mut plans: Vec<HeldPlan>) -> Result<(), WorkError> {
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

    async fn apply(
        &mut self,
        snapshot: &Snapshot,
        judged: Judged,
        reading: &Reading,
    ) -> Result<(), WorkError> {
        let whole = reading.read != Completeness::Incomplete;
        self.run.state = if whole {
            RunState::Succeeded
        } else {
            RunState::Incomplete
        };
        let ended = if whole { self.resolved(&judged) } else { Vec::new() };
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

fn moved(snapshot: &Snapshot) -> DirectoryError {
    DirectoryError::Moved {
        directory: snapshot.directory().clone(),
        base: snapshot.seq(),
        head: snapshot.seq(),
    }
}
