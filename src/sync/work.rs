//! The work of one run: read, plan, judge; then its verdict is carried out.

use std::sync::Arc;

use super::agreement::{Agreement, settings};
use super::books::Progress;
use super::carried::Carried;
use super::engine::{Engine, Lane, Synced, Task};
use super::failure::Failure;
use super::held::{HeldPlan, KeptSteps, PlanState};
use super::history::Undone;
use super::ids::RunId;
use super::judged::{Judged, Measure};
use super::planner::Completeness;
use super::read::{Manner, Reading, read};
use super::read_report::ReadReport;
use super::run::{Run, RunState};
use super::terms::Terms;
use super::waiting::Waiting;
use crate::directory::{DirectoryError, Snapshot};
use crate::model::commit::Cursor;
use crate::store::api::Durability;

/// How often a plan is made anew because the directory moved meanwhile.
pub(super) const TRIES: u32 = 5;
/// How many reports a run keeps.
pub(super) const REPORTS: usize = 500;

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
    let trial = match &task {
        Task::Try(trial) => Some(Arc::clone(trial)),
        Task::Sync { .. } | Task::Approve(_) | Task::Undo { .. } => None,
    };
    let synced = trial.as_ref().map_or(&lane.synced, |trial| &trial.synced);
    let mut work = Work {
        engine: &engine,
        synced,
        run,
        progress,
        carried: Carried::default(),
        waiting: Waiting::default(),
        agreement: Agreement::default(),
        undone: Undone::default(),
        settings: settings(&synced.mapping, &synced.rules),
        approve: None,
        names_freed: false,
    };
    let outcome = work.attempt(task).await;
    let (directory, names_freed) = (work.run.directory.clone(), work.names_freed);
    if let Err(error) = outcome {
        tracing::warn!(run = %id, directory = %work.run.directory, code = error.code(), %error, "a run failed");
        abandon(&engine, &id, &error).await;
    } else if names_freed {
        // Of very many who wait for names not all are kept: they are found only by reading everything.
        engine.request_unasked(&directory, true, "a freed name");
    }
}

/// Ends a run of which nothing was applied.
pub(super) async fn abandon(engine: &Engine, id: &RunId, failure: &Failure) {
    let now = engine.clock.now();
    let Some(mut run) = engine.ledger.run(id) else {
        return;
    };
    run.fail(failure);
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

pub(super) struct Work<'a> {
    pub(super) engine: &'a Engine,
    /// The directory as it is configured; of a trial, as it would be.
    pub(super) synced: &'a Synced,
    pub(super) run: Run,
    progress: Arc<Progress>,
    /// A name is free now for which somebody may wait who is not kept.
    pub(super) names_freed: bool,
    /// What waits from runs before.
    pub(super) carried: Carried,
    /// Who waits for a username.
    pub(super) waiting: Waiting,
    /// What was undone, and is not done again unasked.
    pub(super) undone: Undone,
    /// Under which settings the directory was read.
    pub(super) agreement: Agreement,
    /// The settings now.
    pub(super) settings: String,
    /// The plan to approve, with what was shown of it.
    pub(super) approve: Option<(HeldPlan, Arc<KeptSteps>)>,
}

impl Work<'_> {
    async fn attempt(&mut self, task: Task) -> Result<(), Failure> {
        if let Task::Undo { plan, .. } = task {
            return self.undo(&plan).await;
        }
        let trial = match &task {
            Task::Try(trial) => Some(trial.notice()),
            Task::Sync { .. } | Task::Approve(_) | Task::Undo { .. } => None,
        };
        if let Task::Approve(id) = task {
            let shown = self.engine.ledger.detail(&id).await?;
            let shown = shown.filter(|shown| shown.plan.state == PlanState::Held);
            let shown = shown.ok_or(Failure::NotHeld(id))?;
            let steps = KeptSteps {
                steps: shown.steps,
                omitted: shown.omitted,
            };
            self.approve = Some((shown.plan, Arc::new(steps)));
        }
        let synced = self.synced;
        let snapshot = synced.directory.snapshot();
        self.remember(&snapshot).await?;
        let began = snapshot.cursor().cloned();
        let since = began.as_ref().filter(|cursor| !self.wants_all(cursor));
        let manner = Manner {
            mapping: &synced.mapping,
            rules: &synced.rules,
            carried: &self.carried,
            waiting: &self.waiting,
        };
        let mut reading = tokio::select! {
            biased;
            () = self.engine.stop.cancelled() => return Err(Failure::ShuttingDown),
            reading = read(synced.source.as_ref(), &snapshot, since, &manner, &self.progress) => reading?,
        };
        self.note(&reading);
        reading.notices.extend(trial);
        let reading = Arc::new(reading);
        self.reckon(&reading).await?;
        let mut tries = 0;
        loop {
            let snapshot = synced.directory.snapshot();
            if snapshot.cursor() != began.as_ref() {
                // Somebody else's read was committed: what this one says is older.
                return Err(moved(&snapshot).into());
            }
            let judged = self.judge(Arc::clone(&snapshot), Arc::clone(&reading)).await?;
            match self.conclude(&snapshot, judged, &reading).await {
                Err(Failure::Directory(DirectoryError::Moved { .. })) if tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// What earlier runs left.
    async fn remember(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        let (ledger, id) = (&self.engine.ledger, &self.run.directory);
        self.carried = ledger.carried(id).await?;
        self.waiting = ledger.waiting(id).await?;
        self.undone = self.engine.history.undone(id).await?;
        let agreement = ledger.agreement(id).await?;
        // A directory that was read before agreements were kept agrees with what it finds.
        let before = || snapshot.cursor().map(|_| Agreement::to(&self.settings));
        self.agreement = agreement.or_else(before).unwrap_or_default();
        Ok(())
    }

    /// Whether everything is to be read: asked for, due, or because what is read has changed.
    fn wants_all(&self, cursor: &Cursor) -> bool {
        let due = self.synced.full_every.is_some_and(|every| {
            let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
            let now = self.engine.clock.now();
            // A read from the future: the clock was set back.
            cursor.full_at > now || now.saturating_sub(cursor.full_at) >= every
        });
        due || self.agreement.read != self.settings
            || self.engine.ledger.run(&self.run.id).is_some_and(|run| run.full)
    }

    fn note(&mut self, reading: &Reading) {
        self.run.full = reading.full;
        self.run.records = reading.stage.records();
        self.run.batches = self.progress.batches.load(std::sync::atomic::Ordering::Relaxed);
        self.run.incomplete.clone_from(&reading.incomplete);
        self.run.incomplete.truncate(REPORTS);
    }

    /// Reports what was read, away from the tasks that answer requests: every membership is looked at.
    async fn reckon(&mut self, reading: &Arc<Reading>) -> Result<(), Failure> {
        let (reading, meter) = (Arc::clone(reading), Arc::clone(&self.progress.meter));
        let reckoning = self
            .engine
            .tasks
            .spawn_blocking(move || ReadReport::of(&reading, &meter));
        self.run.read = Some(reckoning.await.map_err(|_| Failure::Panicked)?);
        Ok(())
    }

    /// Plans and judges, away from the tasks that answer requests.
    async fn judge(&self, snapshot: Arc<Snapshot>, reading: Arc<Reading>) -> Result<Judged, Failure> {
        let synced = self.synced;
        let measure = Measure {
            terms: Terms::new(reading.read, self.engine.clock.now(), Arc::clone(&synced.rules)),
            limits: synced.limits.clone(),
            reserve: self.reserve(&reading),
            undone: self.undone.clone(),
            dry: self.run.dry_run,
            waiting: self.waiting.clone(),
        };
        let shown = self.approve.as_ref().map(|(_, steps)| Arc::clone(steps));
        let judging = self
            .engine
            .tasks
            .spawn_blocking(move || Judged::of(&snapshot, &reading, &measure, shown.as_deref()));
        judging.await.map_err(|_| Failure::Panicked)
    }

    /// Why everything that is taken away must wait, whatever its number.
    fn reserve(&self, reading: &Reading) -> Option<String> {
        // What was read in part must not take the carried losses apart: those under a limit would no longer wait.
        if reading.read == Completeness::Incomplete && !self.carried.is_empty() {
            return Some("a plan waits already, and not everything could be read".to_owned());
        }
        self.agreement.reserve(&self.settings)
    }
}

fn moved(snapshot: &Snapshot) -> DirectoryError {
    DirectoryError::Moved {
        directory: snapshot.directory().clone(),
        base: snapshot.seq(),
        head: snapshot.seq(),
    }
}
