//! The ledger: runs and plans in memory, with their entries in the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::agreement::Agreement;
use super::books::{Books, KeptPlan, KeptRun, Progress};
use super::carried::Carried;
use super::entries::{delete, read, write};
use super::failure::Failure;
use super::held::{HeldPlan, KeptSteps, PlanDetail, PlanState};
use super::ids::{Ids, PlanId, RunId};
use super::run::{Run, RunKind, RunState};
use super::waiting::Waiting;
use crate::clock::Clock;
use crate::model::DirectoryId;
use crate::model::commit::EntryWrite;
use crate::store::api::Durability;
use crate::store::{self, Store};

/// The spaces of the store's entries.
const RUNS: &str = "run";
const PLANS: &str = "plan";
const STEPS: &str = "plan-steps";
const CARRIED: &str = "carried";
const AGREEMENTS: &str = "agreement";
const WAITING: &str = "waiting";

/// All runs and plans of one engine.
pub(super) struct Ledger {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    run_ids: Ids,
    plan_ids: Ids,
    books: Mutex<Books>,
    ended: watch::Sender<u64>,
}

impl Ledger {
    /// Reads what was kept. A run that had not ended when the process died has failed.
    pub(super) async fn open(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> store::Result<Self> {
        let now = clock.now();
        let mut books = Books::default();
        let mut interrupted = Vec::new();
        for entry in store.entries(RUNS, now).await? {
            let Some(mut run) = read::<Run>(RUNS, &entry.key, &entry.value) else {
                continue;
            };
            if !run.state.ended() {
                run.fail(&Failure::Interrupted);
                run.finished = Some(now);
                interrupted.push(write(RUNS, run.id.as_str(), &run, None));
            }
            let progress = Arc::default();
            books.runs.insert(run.id.clone(), KeptRun { run, progress });
        }
        for entry in store.entries(PLANS, now).await? {
            let Some(plan) = read::<HeldPlan>(PLANS, &entry.key, &entry.value) else {
                continue;
            };
            books.plans.insert(
                plan.id.clone(),
                KeptPlan {
                    plan,
                    approving: None,
                },
            );
        }
        if !interrupted.is_empty() {
            store.put_entries(interrupted, Durability::Now).await?;
        }
        Ok(Self {
            store,
            clock,
            run_ids: Ids::default(),
            plan_ids: Ids::default(),
            books: Mutex::new(books),
            ended: watch::Sender::new(0),
        })
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new run, queued, known to this process only until it begins.
    pub(super) fn enqueue(
        &self,
        directory: &DirectoryId,
        kind: RunKind,
        by: String,
        shape: impl FnOnce(&mut Run),
    ) -> RunId {
        let id = RunId::from(self.run_ids.next(self.clock.now()));
        let mut run = Run::new(id.clone(), directory.clone(), kind, by);
        shape(&mut run);
        let progress = Arc::default();
        self.books().runs.insert(id.clone(), KeptRun { run, progress });
        id
    }

    /// Changes a run in memory.
    pub(super) fn change(&self, id: &RunId, change: impl FnOnce(&mut Run)) -> Option<(Run, Arc<Progress>)> {
        let mut books = self.books();
        let kept = books.runs.get_mut(id)?;
        change(&mut kept.run);
        Some((kept.run.clone(), Arc::clone(&kept.progress)))
    }

    /// A run as it is now.
    pub(super) fn run(&self, id: &RunId) -> Option<Run> {
        self.books().runs.get(id).map(KeptRun::now)
    }

    /// The runs of one directory or of all, newest first.
    pub(super) fn runs(&self, directory: Option<&DirectoryId>) -> Vec<Run> {
        let books = self.books();
        let wanted = |kept: &&KeptRun| directory.is_none_or(|wanted| kept.run.directory == *wanted);
        books
            .runs
            .values()
            .rev()
            .filter(wanted)
            .map(KeptRun::now)
            .collect()
    }

    /// Whether somebody waits for a username, as the last run that applied something knows.
    pub(super) fn names_wait(&self, directory: &DirectoryId) -> bool {
        let books = self.books();
        let mut newest = books.runs.values().rev().map(|kept| &kept.run);
        let applied = |run: &&Run| {
            run.directory == *directory
                && !run.dry_run
                && matches!(
                    run.state,
                    RunState::Succeeded | RunState::Incomplete | RunState::Held
                )
        };
        newest.find(applied).is_some_and(|run| run.names_wait)
    }

    /// Waits for a run's end.
    pub(super) async fn finished(&self, id: &RunId) -> Option<Run> {
        let mut ended = self.ended.subscribe();
        loop {
            let run = self.run(id)?;
            if run.state.ended() || ended.changed().await.is_err() {
                return Some(run);
            }
        }
    }

    /// What is written when a run begins or ends; with an end go the runs that are too many.
    pub(super) fn run_entries(&self, run: &Run) -> Vec<EntryWrite> {
        let mut writes = vec![write(RUNS, run.id.as_str(), run, None)];
        if run.state.ended() {
            let surplus = self.books().surplus_runs(&run.directory);
            writes.extend(surplus.iter().map(|id| delete(RUNS, id.as_str())));
        }
        writes
    }

    /// What is written of a run that waits, where nothing is written of it yet.
    pub(super) fn queued_entry(run: &Run) -> EntryWrite {
        let expect = Some(0);
        EntryWrite {
            expect,
            ..write(RUNS, run.id.as_str(), run, None)
        }
    }

    /// Takes over what has become durable.
    pub(super) fn publish(&self, run: &Run, plans: &[HeldPlan]) {
        let mut books = self.books();
        for id in books.surplus_runs(&run.directory) {
            books.runs.remove(&id);
        }
        for id in books.surplus_plans(&run.directory) {
            books.plans.remove(&id);
        }
        for plan in plans {
            // A plan that is held again by a run before its approval is still being approved.
            let before = books.plans.get(&plan.id).and_then(|kept| kept.approving.clone());
            let approving = before.filter(|_| plan.state == PlanState::Held);
            let plan = plan.clone();
            books.plans.insert(plan.id.clone(), KeptPlan { plan, approving });
        }
        if run.state.ended() {
            for kept in books
                .plans
                .values_mut()
                .filter(|kept| kept.approving.as_ref() == Some(&run.id))
            {
                kept.approving = None;
            }
        }
        if let Some(kept) = books.runs.get_mut(&run.id) {
            kept.run = run.clone();
        }
        drop(books);
        self.ended.send_modify(|count| *count += 1);
    }

    /// Whether a plan waits for a person still.
    pub(super) fn waits(&self, id: &PlanId) -> bool {
        let books = self.books();
        books
            .plans
            .get(id)
            .is_some_and(|kept| kept.plan.state == PlanState::Held)
    }

    /// Takes over what a person decided of a plan.
    pub(super) fn publish_plan(&self, plan: HeldPlan) {
        self.books().plans.insert(
            plan.id.clone(),
            KeptPlan {
                plan,
                approving: None,
            },
        );
    }

    /// A fresh id for a plan.
    pub(super) fn plan_id(&self) -> PlanId {
        PlanId::from(self.plan_ids.next(self.clock.now()))
    }

    /// The plan of a directory that waits for a person, if any.
    pub(super) fn held(&self, directory: &DirectoryId) -> Option<HeldPlan> {
        let books = self.books();
        let held = |kept: &&KeptPlan| kept.plan.directory == *directory && kept.plan.state == PlanState::Held;
        books.plans.values().find(held).map(|kept| kept.plan.clone())
    }

    /// All plans but those of dry runs, newest first.
    pub(super) fn plans(&self) -> Vec<HeldPlan> {
        let now = self.clock.now();
        let books = self.books();
        let listed = books
            .plans
            .values()
            .rev()
            .filter(|kept| kept.plan.state != PlanState::Dry)
            .filter(|kept| kept.plan.expires.is_none_or(|at| at > now));
        listed.map(|kept| kept.plan.clone()).collect()
    }

    /// A plan, with the run that is about to apply it.
    pub(super) fn plan(&self, id: &PlanId) -> Option<(HeldPlan, Option<RunId>)> {
        let now = self.clock.now();
        let books = self.books();
        let kept = books
            .plans
            .get(id)
            .filter(|kept| kept.plan.expires.is_none_or(|at| at > now))?;
        Some((kept.plan.clone(), kept.approving.clone()))
    }

    /// Marks a plan as being applied.
    pub(super) fn approving(&self, id: &PlanId, run: &RunId) {
        if let Some(kept) = self.books().plans.get_mut(id) {
            kept.approving = Some(run.clone());
        }
    }

    /// A plan with its steps.
    pub(super) async fn detail(&self, id: &PlanId) -> store::Result<Option<PlanDetail>> {
        let Some((plan, _)) = self.plan(id) else {
            return Ok(None);
        };
        let entry = self.store.entry(STEPS, id.as_str(), self.clock.now()).await?;
        let kept = entry.and_then(|entry| read::<KeptSteps>(STEPS, &entry.key, &entry.value));
        let KeptSteps { steps, omitted } = kept.unwrap_or_default();
        Ok(Some(PlanDetail { plan, steps, omitted }))
    }

    /// What is written of a plan; without steps they stay as they are.
    pub(super) fn plan_entries(&self, plan: &HeldPlan, steps: Option<&KeptSteps>) -> Vec<EntryWrite> {
        let mut writes = vec![write(PLANS, plan.id.as_str(), plan, plan.expires)];
        writes.extend(steps.map(|steps| write(STEPS, plan.id.as_str(), steps, plan.expires)));
        let surplus = self.books().surplus_plans(&plan.directory);
        for id in surplus.iter().filter(|id| **id != plan.id) {
            writes.extend([delete(PLANS, id.as_str()), delete(STEPS, id.as_str())]);
        }
        writes
    }

    /// What is carried for a directory from run to run.
    pub(super) async fn carried(&self, directory: &DirectoryId) -> store::Result<Carried> {
        self.of_directory(CARRIED, directory)
            .await
            .map(Option::unwrap_or_default)
    }

    /// Under which settings a directory was read.
    pub(super) async fn agreement(&self, directory: &DirectoryId) -> store::Result<Option<Agreement>> {
        self.of_directory(AGREEMENTS, directory).await
    }

    /// Who of a directory waits for a username.
    pub(super) async fn waiting(&self, directory: &DirectoryId) -> store::Result<Waiting> {
        self.of_directory(WAITING, directory)
            .await
            .map(Option::unwrap_or_default)
    }

    async fn of_directory<T: serde::de::DeserializeOwned>(
        &self,
        space: &str,
        directory: &DirectoryId,
    ) -> store::Result<Option<T>> {
        let entry = self
            .store
            .entry(space, directory.as_str(), self.clock.now())
            .await?;
        Ok(entry.and_then(|entry| read(space, &entry.key, &entry.value)))
    }

    /// What is written of what is carried; where there is nothing, that there is nothing.
    pub(super) fn carried_entry(directory: &DirectoryId, carried: &Carried) -> EntryWrite {
        if carried.is_empty() {
            return delete(CARRIED, directory.as_str());
        }
        write(CARRIED, directory.as_str(), carried, None)
    }

    /// What is written of who waits.
    pub(super) fn waiting_entry(directory: &DirectoryId, waiting: &Waiting) -> EntryWrite {
        if waiting.is_empty() {
            return delete(WAITING, directory.as_str());
        }
        write(WAITING, directory.as_str(), waiting, None)
    }

    /// What is written of the settings.
    pub(super) fn agreement_entry(directory: &DirectoryId, agreement: &Agreement) -> EntryWrite {
        write(AGREEMENTS, directory.as_str(), agreement, None)
    }

    /// Writes entries alone.
    pub(super) async fn put(&self, mut writes: Vec<EntryWrite>, durability: Durability) -> store::Result<()> {
        let mut seen = std::collections::HashSet::new();
        writes.retain(|write| seen.insert((write.space.clone(), write.key.clone())));
        self.store.put_entries(writes, durability).await
    }
}
