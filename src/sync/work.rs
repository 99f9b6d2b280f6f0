//! The work of one run: read, plan, judge; then its verdict is carried out.

use std::sync::Arc;

use super::books::Progress;
use super::engine::{Engine, Lane, Task};
use super::failure::Failure;
use super::held::{HeldPlan, KeptSteps, PlanState};
use super::ids::RunId;
use super::read::{Reading, read};
use super::run::{Run, RunState};
use super::verdict::Judged;
use crate::directory::{DirectoryError, Snapshot};
use crate::model::commit::Cursor;
use crate::store::api::Durability;

/// How often a plan is made anew because the directory moved meanwhile.
const TRIES: u32 = 5;
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
    let mut work = Work {
        engine: &engine,
        lane: &lane,
        run,
        progress,
        approve: None,
        names_freed: false,
    };
    let outcome = work.attempt(task).await;
    let (directory, names_freed) = (work.run.directory.clone(), work.names_freed);
    if let Err(error) = outcome {
        tracing::warn!(run = %id, directory = %work.run.directory, code = error.code(), %error, "a run failed");
        abandon(&engine, &id, &error).await;
    } else if names_freed {
        // Whoever waits for a freed name is told by no change: only by reading everything.
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
    pub(super) lane: &'a Lane,
    pub(super) run: Run,
    progress: Arc<Progress>,
    /// A name is free now for which somebody may wait.
    pub(super) names_freed: bool,
    /// The plan to approve, with what was shown of it.
    pub(super) approve: Option<(HeldPlan, Arc<KeptSteps>)>,
}

impl Work<'_> {
    async fn attempt(&mut self, task: Task) -> Result<(), Failure> {
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
        let synced = &self.lane.synced;
        let snapshot = synced.directory.snapshot();
        let began = snapshot.cursor().cloned();
        let since = began.as_ref().filter(|cursor| !self.wants_all(cursor));
        let reading = tokio::select! {
            biased;
            () = self.engine.stop.cancelled() => return Err(Failure::ShuttingDown),
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
                Err(Failure::Directory(DirectoryError::Moved { .. })) if tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// Whether everything is to be read: asked for, due, or because a held plan came from reading everything.
    fn wants_all(&self, cursor: &Cursor) -> bool {
        let due = self.lane.synced.full_every.is_some_and(|every| {
            let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
            let now = self.engine.clock.now();
            // A read from the future: the clock was set back.
            cursor.full_at > now || now.saturating_sub(cursor.full_at) >= every
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
    async fn judge(&self, snapshot: Arc<Snapshot>, reading: Arc<Reading>) -> Result<Judged, Failure> {
        let limits = self.lane.synced.limits.clone();
        let shown = self.approve.as_ref().map(|(_, steps)| Arc::clone(steps));
        let judging = self
            .engine
            .tasks
            .spawn_blocking(move || Judged::of(&snapshot, &reading, &limits, shown.as_deref()));
        judging.await.map_err(|_| Failure::Panicked)
    }
}

fn moved(snapshot: &Snapshot) -> DirectoryError {
    DirectoryError::Moved {
        directory: snapshot.directory().clone(),
        base: snapshot.seq(),
        head: snapshot.seq(),
    }
}
