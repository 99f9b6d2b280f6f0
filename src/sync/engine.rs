//! The engine: who asks for a run, in what order runs are made, what they left behind.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::EngineError;
use super::failure::Failure;
use super::held::{HeldPlan, PlanDetail, PlanState};
use super::history::{AsOf, History, Past, PastDetail, led_back, since};
use super::ids::{PlanId, RunId};
use super::ledger::Ledger;
use super::mapping::Mapping;
use super::run::{Run, RunKind};
use super::terms::Rules;
use super::trial::{self, Trial};
use super::work;
use crate::clock::Clock;
use crate::connector::api::Connector;
use crate::directory::Directory;
use crate::directory::limits::Limits;
use crate::model::{DirectoryId, ExternalId};
use crate::store::api::Durability;
use crate::store::{self, Store};

/// Of how many who wait for one name it is told.
const SHOWN: usize = 20;

/// A directory with its source.
pub struct Synced {
    /// The directory.
    pub directory: Arc<Directory>,
    /// What it is read from.
    pub source: Arc<dyn Connector>,
    /// How its records are mapped.
    pub mapping: Mapping,
    /// What else is configured of it: scope, missing users, who is protected.
    pub rules: Arc<Rules>,
    /// How much a plan may take away.
    pub limits: Limits,
    /// How often everything is read; `None`: only when asked, or where the source cannot go on.
    pub full_every: Option<Duration>,
}

/// What somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Plan only.
    pub dry_run: bool,
    /// Read everything.
    pub full: bool,
    /// Who asks: `schedule`, an operator's name.
    pub by: String,
}

/// What a queued run is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Sync { dry_run: bool },
    Try(Arc<Trial>),
    Approve(PlanId),
    Undo { plan: PlanId, dry_run: bool },
}

/// The queue of one directory: one run at a time.
#[derive(Default)]
struct Queue {
    busy: bool,
    waiting: VecDeque<(RunId, Task)>,
}

pub(super) struct Lane {
    pub(super) synced: Synced,
    queue: Mutex<Queue>,
}

/// Makes runs, keeps what became of them.
pub struct Engine {
    pub(super) ledger: Ledger,
    pub(super) history: History,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    lanes: BTreeMap<DirectoryId, Arc<Lane>>,
}

impl Lane {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Reads what former processes left. Runs are made on `tasks` until `stop`.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
        stop: CancellationToken,
        synced: Vec<Synced>,
    ) -> store::Result<Arc<Self>> {
        let history = History::open(Arc::clone(&store), Arc::clone(&clock)).await?;
        let ledger = Ledger::open(store, Arc::clone(&clock)).await?;
        let lanes = synced.into_iter().map(|synced| {
            let lane = Lane {
                synced,
                queue: Mutex::default(),
            };
            (lane.synced.directory.id().clone(), Arc::new(lane))
        });
        Ok(Arc::new(Self {
            ledger,
            history,
            clock,
            tasks,
            stop,
            lanes: lanes.collect(),
        }))
    }

    /// The directories that it synchronises.
    pub fn directories(&self) -> impl Iterator<Item = &DirectoryId> {
        self.lanes.keys()
    }

    /// How a directory's records are mapped; `None` where it is not read.
    pub fn mapping(&self, directory: &DirectoryId) -> Option<&Mapping> {
        self.lanes.get(directory).map(|lane| &lane.synced.mapping)
    }

    /// Who waits for a username that another user of its directory has; of very many the first.
    ///
    /// # Errors
    /// `Store`.
    pub async fn waiting_for(&self, name: &str) -> Result<Vec<(DirectoryId, ExternalId)>, EngineError> {
        let mut found = Vec::new();
        for directory in self.lanes.keys() {
            let waiting = self.ledger.waiting(directory).await?;
            let users = waiting.for_name(name).take(SHOWN);
            found.extend(users.map(|user| (directory.clone(), user.clone())));
        }
        Ok(found)
    }

    /// Asks for a run; answers at once. During a run one more is queued, shared by all who ask for the same kind;
    /// asked for fully it reads everything for all of them.
    ///
    /// # Errors
    /// `UnknownDirectory`, `ShuttingDown`.
    pub fn request(self: &Arc<Self>, directory: &DirectoryId, ask: Ask) -> Result<RunId, EngineError> {
        let Ask { dry_run, full, by } = ask;
        self.enqueue(directory, Task::Sync { dry_run }, full, by)
    }

    /// Asks for a dry run under settings that are not saved; it reads everything. Who asks for the same ones while it waits shares it.
    ///
    /// # Errors
    /// `UnknownDirectory`, `ShuttingDown`, `TooManyTrials`.
    pub fn request_trial(self: &Arc<Self>, trial: Trial, by: String) -> Result<RunId, EngineError> {
        let directory = trial.synced.directory.id().clone();
        self.enqueue(&directory, Task::Try(Arc::new(trial)), true, by)
    }

    /// A run that no person asks for: where none can be started, the log says so.
    pub fn request_unasked(self: &Arc<Self>, directory: &DirectoryId, full: bool, by: &str) -> Option<RunId> {
        let ask = Ask {
            full,
            by: by.to_owned(),
            ..Ask::default()
        };
        let asked = self.request(directory, ask);
        let refused = |error: &EngineError| tracing::warn!(%directory, by, code = error.code(), %error, "a run did not start");
        asked.inspect_err(refused).ok()
    }

    /// A run.
    pub fn run(&self, id: &RunId) -> Option<Run> {
        self.ledger.run(id)
    }

    /// The last runs of one directory or of all, newest first.
    pub fn runs(&self, directory: Option<&DirectoryId>) -> Vec<Run> {
        self.ledger.runs(directory)
    }

    /// Waits for a run's end.
    pub async fn finished(&self, id: &RunId) -> Option<Run> {
        self.ledger.finished(id).await
    }

    /// Plans that wait for a person and the last that did, newest first; without those of dry runs.
    pub fn plans(&self) -> Vec<HeldPlan> {
        self.ledger.plans()
    }

    /// A plan with its steps, also one of a dry run.
    ///
    /// # Errors
    /// `Store`.
    pub async fn plan(&self, id: &PlanId) -> Result<Option<PlanDetail>, EngineError> {
        Ok(self.ledger.detail(id).await?)
    }

    /// Allows what a held plan takes away: a run reads again and applies if it takes no more than was shown.
    ///
    /// # Errors
    /// `UnknownPlan`, `NotHeld`, `HashDiffers`, `ShuttingDown`.
    pub fn approve(
        self: &Arc<Self>,
        id: &PlanId,
        hash: Option<&str>,
        by: &str,
    ) -> Result<RunId, EngineError> {
        match self.waiting(id, hash) {
            Ok(plan) => {
                let task = Task::Approve(id.clone());
                let run = self.enqueue(&plan.directory, task, plan.full, by.to_owned())?;
                self.ledger.approving(id, &run);
                Ok(run)
            }
            Err(EngineError::BeingApproved { run, .. }) => Ok(run),
            Err(error) => Err(error),
        }
    }

    /// Gives back what an applied plan changed, as far as nothing newer contradicts; a dry run shows what that would be.
    ///
    /// # Errors
    /// `UnknownPlan`, `NotApplied`, `UnknownDirectory`, `ShuttingDown`.
    pub fn undo(self: &Arc<Self>, id: &PlanId, dry_run: bool, by: &str) -> Result<RunId, EngineError> {
        let Some(past) = self.history.past(id) else {
            let (plan, _) = self
                .ledger
                .plan(id)
                .ok_or_else(|| EngineError::UnknownPlan(id.clone()))?;
            return Err(EngineError::NotApplied {
                plan: id.clone(),
                state: plan.state,
            });
        };
        let plan = id.clone();
        self.enqueue(
            &past.directory,
            Task::Undo { plan, dry_run },
            false,
            by.to_owned(),
        )
    }

    /// The applied plans of a directory that are kept, the newest first.
    pub fn history(&self, directory: &DirectoryId) -> Vec<Past> {
        self.history.of(directory)
    }

    /// A directory as it was when a run had ended, for what its source owns; what was made or changed here is shown as it
    /// is now.
    ///
    /// # Errors
    /// `UnknownDirectory`, `UnknownRun`, `BeyondHistory`, `Store`.
    pub async fn as_of(&self, directory: &DirectoryId, run: &RunId) -> Result<AsOf, EngineError> {
        let unknown = || EngineError::UnknownDirectory(directory.clone());
        let lane = self.lanes.get(directory).ok_or_else(unknown)?;
        let ended = self.ledger.run(run);
        let ended = ended.is_some_and(|run| run.directory == *directory && run.state.ended());
        if !ended && !self.history.of(directory).iter().any(|past| past.run == *run) {
            return Err(EngineError::UnknownRun(run.clone()));
        }
        let beyond = || EngineError::BeyondHistory(run.clone());
        let snapshot = lane.synced.directory.snapshot();
        let plans = since(&self.history, &snapshot, run).ok_or_else(beyond)?;
        led_back(&self.history, snapshot, plans).await?.ok_or_else(beyond)
    }

    /// An applied plan with what it changed.
    ///
    /// # Errors
    /// `Store`.
    pub async fn past(&self, id: &PlanId) -> Result<Option<PastDetail>, EngineError> {
        Ok(self.history.detail(id).await?)
    }

    /// Takes a held plan off the list. The next run plans anew, and holds again what is still too much.
    ///
    /// # Errors
    /// `UnknownPlan`, `NotHeld`, `HashDiffers`, `BeingApproved`, `Store`.
    pub async fn reject(&self, id: &PlanId, hash: Option<&str>, by: &str) -> Result<(), EngineError> {
        let held = self.waiting(id, hash)?;
        let mut plan = held.clone();
        plan.state = PlanState::Rejected;
        plan.ended = Some(self.clock.now());
        plan.by = Some(by.to_owned());
        // Known before it is durable: an approval that comes meanwhile must not apply what was rejected.
        self.ledger.publish_plan(plan.clone());
        let written = self
            .ledger
            .put(self.ledger.plan_entries(&plan, None), Durability::Now)
            .await;
        if written.is_err() {
            self.ledger.publish_plan(held);
        }
        Ok(written?)
    }

    /// The same, and what of it does again what was undone is left out from now on without a word, until the source says
    /// something else of it.
    ///
    /// # Errors
    /// As [`Self::reject`].
    pub async fn reject_for_good(
        &self,
        id: &PlanId,
        hash: Option<&str>,
        by: &str,
    ) -> Result<(), EngineError> {
        let plan = self.waiting(id, hash)?;
        let lane = self.lanes.get(&plan.directory);
        let lane = lane.ok_or_else(|| EngineError::UnknownDirectory(plan.directory.clone()))?;
        let mut undone = self.history.undone(&plan.directory).await?;
        if let Some(shown) = self.ledger.detail(id).await? {
            let snapshot = lane.synced.directory.snapshot();
            undone.settle(&undone.repeats(&snapshot, &shown.steps));
            let entry = History::undone_entry(&plan.directory, &undone);
            self.ledger.put(vec![entry], Durability::Now).await?;
        }
        self.reject(id, hash, by).await
    }

    /// A plan that waits for a person.
    fn waiting(&self, id: &PlanId, hash: Option<&str>) -> Result<HeldPlan, EngineError> {
        let unknown = || EngineError::UnknownPlan(id.clone());
        let (plan, approving) = self.ledger.plan(id).ok_or_else(unknown)?;
        if plan.state != PlanState::Held {
            return Err(EngineError::NotHeld {
                plan: id.clone(),
                state: plan.state,
            });
        }
        if let Some(asked) = hash.filter(|hash| *hash != plan.hash) {
            let (hash, asked) = (plan.hash, asked.to_owned());
            return Err(EngineError::HashDiffers {
                plan: id.clone(),
                hash,
                asked,
            });
        }
        match approving {
            Some(run) => Err(EngineError::BeingApproved {
                plan: id.clone(),
                run,
            }),
            None => Ok(plan),
        }
    }

    fn enqueue(
        self: &Arc<Self>,
        directory: &DirectoryId,
        task: Task,
        full: bool,
        by: String,
    ) -> Result<RunId, EngineError> {
        let unknown = || EngineError::UnknownDirectory(directory.clone());
        let lane = self.lanes.get(directory).ok_or_else(unknown)?;
        if self.stop.is_cancelled() {
            return Err(EngineError::ShuttingDown);
        }
        let mut queue = lane.queue();
        if let Some((run, _)) = queue.waiting.iter().find(|(_, waiting)| *waiting == task) {
            if full {
                self.ledger.change(run, |run| run.full = true);
            }
            return Ok(run.clone());
        }
        let trials = queue
            .waiting
            .iter()
            .filter(|(_, waiting)| matches!(waiting, Task::Try(_)))
            .count();
        if matches!(task, Task::Try(_)) && trials >= trial::WAITING {
            return Err(EngineError::TooManyTrials(directory.clone()));
        }
        let (kind, dry_run) = match task {
            Task::Sync { dry_run } => (RunKind::Sync, dry_run),
            Task::Try(_) => (RunKind::Sync, true),
            Task::Approve(_) => (RunKind::Approve, false),
            Task::Undo { dry_run, .. } => (RunKind::Undo, dry_run),
        };
        let run = self.ledger.enqueue(directory, kind, by, |run| {
            run.dry_run = dry_run;
            run.full = full;
        });
        queue.waiting.push_back((run.clone(), task));
        if std::mem::replace(&mut queue.busy, true) {
            self.tasks.spawn(Arc::clone(self).note(run.clone()));
        } else {
            self.tasks.spawn(Arc::clone(self).serve(Arc::clone(lane)));
        }
        Ok(run)
    }

    /// Writes down that a run waits, so that a later process knows of it; not once it has begun, which is written as well.
    async fn note(self: Arc<Self>, id: RunId) {
        let waits = self
            .ledger
            .run(&id)
            .filter(|run| !run.state.ended() && run.started.is_none());
        let Some(run) = waits else { return };
        if let Err(error) = self
            .ledger
            .put(vec![Ledger::queued_entry(&run)], Durability::Soon)
            .await
        {
            tracing::debug!(run = %id, %error, "that a run waits was not written: it has begun, or the store fails");
        }
    }

    /// Makes one run after the other until none waits. A run is a task of its own, so that its panic ends it alone.
    async fn serve(self: Arc<Self>, lane: Arc<Lane>) {
        while let Some((id, task)) = self.next(&lane) {
            let work = work::run(Arc::clone(&self), Arc::clone(&lane), id.clone(), task);
            if let Err(error) = self.tasks.spawn(work).await {
                tracing::error!(run = %id, %error, "a run panicked");
                work::abandon(&self, &id, &Failure::Panicked).await;
            }
        }
    }

    #[expect(clippy::unused_self, reason = "reads as the engine's verb")]
    fn next(&self, lane: &Lane) -> Option<(RunId, Task)> {
        let mut queue = lane.queue();
        let next = queue.waiting.pop_front();
        queue.busy = next.is_some();
        next
    }
}
