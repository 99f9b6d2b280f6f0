//! The books: runs and plans of policies in memory, with their entries in the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::error::CleanupError;
use super::pack::PACKS;
use super::run::{CleanupHeld, CleanupRun, CleanupStep, PlanState};
use crate::clock::Clock;
use crate::model::commit::EntryWrite;
use crate::model::ulid::{Ids, PlanId, RunId};
use crate::store::api::Durability;
use crate::store::json::{delete, read, write};
use crate::store::{self, Store};

/// The spaces of the store's entries.
const RUNS: &str = "cleanup-run";
const PLANS: &str = "cleanup-plan";
const STEPS: &str = "cleanup-steps";

/// How many runs, and plans that wait for nobody, are kept per policy.
const KEEP_RUNS: usize = 100;
const KEEP_PLANS: usize = 20;

struct KeptPlan {
    plan: CleanupHeld,
    /// The run that applies it just now.
    approving: Option<RunId>,
}

#[derive(Default)]
struct Inner {
    runs: BTreeMap<RunId, CleanupRun>,
    plans: BTreeMap<PlanId, KeptPlan>,
}

/// All runs and plans of policies.
pub(super) struct Books {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    run_ids: Ids,
    plan_ids: Ids,
    inner: Mutex<Inner>,
    ended: watch::Sender<u64>,
}

impl Books {
    /// Reads what was kept. A run that had not ended when the process died has failed.
    pub(super) async fn open(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> store::Result<Self> {
        let now = clock.now();
        let mut inner = Inner::default();
        let mut interrupted = Vec::new();
        for entry in store.entries(RUNS, now).await? {
            let Some(mut run) = read::<CleanupRun>(RUNS, &entry.key, &entry.value) else {
                continue;
            };
            if !run.state.ended() {
                let error = CleanupError::Interrupted;
                run.fail(error.code(), error.to_string());
                run.finished = Some(now);
                interrupted.push(write(RUNS, run.id.as_str(), &run, None));
            }
            inner.runs.insert(run.id.clone(), run);
        }
        for entry in store.entries(PLANS, now).await? {
            if let Some(plan) = read::<CleanupHeld>(PLANS, &entry.key, &entry.value) {
                let approving = None;
                inner.plans.insert(plan.id.clone(), KeptPlan { plan, approving });
            }
        }
        if !interrupted.is_empty() {
            store.put_entries(interrupted, Durability::Now).await?;
        }
        Ok(Self {
            store,
            clock,
            run_ids: Ids::default(),
            plan_ids: Ids::default(),
            inner: Mutex::new(inner),
            ended: watch::Sender::new(0),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn run_id(&self) -> RunId {
        RunId::from(self.run_ids.next(self.clock.now()))
    }

    pub(super) fn plan_id(&self) -> PlanId {
        PlanId::from(self.plan_ids.next(self.clock.now()))
    }

    /// Takes a run over, as it is now.
    pub(super) fn publish(&self, run: &CleanupRun) {
        let mut inner = self.inner();
        inner.runs.insert(run.id.clone(), run.clone());
        if run.state.ended() {
            for id in surplus_runs(&inner, &run.policy) {
                inner.runs.remove(&id);
            }
            let mine = inner
                .plans
                .values_mut()
                .filter(|kept| kept.approving.as_ref() == Some(&run.id));
            mine.for_each(|kept| kept.approving = None);
        }
        drop(inner);
        self.ended.send_modify(|count| *count += 1);
    }

    pub(super) fn run(&self, id: &RunId) -> Option<CleanupRun> {
        self.inner().runs.get(id).cloned()
    }

    /// All runs, newest first.
    pub(super) fn runs(&self) -> Vec<CleanupRun> {
        self.inner().runs.values().rev().cloned().collect()
    }

    /// Waits for a run's end.
    pub(super) async fn finished(&self, id: &RunId) -> Option<CleanupRun> {
        let mut ended = self.ended.subscribe();
        loop {
            let run = self.run(id)?;
            if run.state.ended() || ended.changed().await.is_err() {
                return Some(run);
            }
        }
    }

    /// What is written of a run; with its end go the runs that are too many.
    pub(super) fn run_entries(&self, run: &CleanupRun) -> Vec<EntryWrite> {
        let mut writes = vec![write(RUNS, run.id.as_str(), run, None)];
        if run.state.ended() {
            let surplus = surplus_runs(&self.inner(), &run.policy);
            for id in surplus {
                writes.extend([delete(RUNS, id.as_str()), delete(PACKS, id.as_str())]);
            }
        }
        writes
    }

    /// What is written of a plan; without steps they stay as they are.
    pub(super) fn plan_entries(&self, plan: &CleanupHeld, steps: Option<&[CleanupStep]>) -> Vec<EntryWrite> {
        let mut writes = vec![write(PLANS, plan.id.as_str(), plan, plan.expires)];
        writes.extend(steps.map(|steps| write(STEPS, plan.id.as_str(), &steps, plan.expires)));
        let surplus = surplus_plans(&self.inner(), &plan.policy);
        for id in surplus.iter().filter(|id| **id != plan.id) {
            writes.extend([delete(PLANS, id.as_str()), delete(STEPS, id.as_str())]);
        }
        writes
    }

    /// Takes a plan over.
    pub(super) fn publish_plan(&self, plan: CleanupHeld) {
        let mut inner = self.inner();
        for id in surplus_plans(&inner, &plan.policy) {
            inner.plans.remove(&id);
        }
        let before = inner.plans.get(&plan.id).and_then(|kept| kept.approving.clone());
        let approving = before.filter(|_| plan.state == PlanState::Held);
        inner.plans.insert(plan.id.clone(), KeptPlan { plan, approving });
    }

    /// All plans that are not forgotten, newest first.
    pub(super) fn plans(&self) -> Vec<CleanupHeld> {
        let now = self.clock.now();
        let inner = self.inner();
        let alive = inner
            .plans
            .values()
            .rev()
            .filter(|kept| is_alive(&kept.plan, now));
        alive.map(|kept| kept.plan.clone()).collect()
    }

    /// A plan, with the run that is about to apply it.
    pub(super) fn plan(&self, id: &PlanId) -> Option<(CleanupHeld, Option<RunId>)> {
        let now = self.clock.now();
        let inner = self.inner();
        let kept = inner.plans.get(id).filter(|kept| is_alive(&kept.plan, now))?;
        Some((kept.plan.clone(), kept.approving.clone()))
    }

    /// The plan of a policy that waits for a person, if any.
    pub(super) fn held(&self, policy: &str) -> Option<CleanupHeld> {
        let plans = self.plans();
        plans
            .into_iter()
            .find(|plan| plan.policy == policy && plan.state == PlanState::Held)
    }

    /// Marks a plan as being applied.
    pub(super) fn approving(&self, id: &PlanId, run: &RunId) {
        if let Some(kept) = self.inner().plans.get_mut(id) {
            kept.approving = Some(run.clone());
        }
    }

    /// The steps of a plan.
    pub(super) async fn steps(&self, id: &PlanId) -> store::Result<Vec<CleanupStep>> {
        let entry = self.store.entry(STEPS, id.as_str(), self.clock.now()).await?;
        Ok(entry
            .and_then(|entry| read(STEPS, &entry.key, &entry.value))
            .unwrap_or_default())
    }
}

fn is_alive(plan: &CleanupHeld, now: i64) -> bool {
    plan.expires.is_none_or(|at| at > now)
}

fn surplus_runs(inner: &Inner, policy: &str) -> Vec<RunId> {
    let of = inner.runs.values().rev().filter(|run| run.policy == policy);
    let old = of.skip(KEEP_RUNS).filter(|run| run.state.ended());
    old.map(|run| run.id.clone()).collect()
}

fn surplus_plans(inner: &Inner, policy: &str) -> Vec<PlanId> {
    let of = inner
        .plans
        .values()
        .rev()
        .map(|kept| &kept.plan)
        .filter(|plan| plan.policy == policy);
    let over = of.filter(|plan| plan.state != PlanState::Held).skip(KEEP_PLANS);
    over.map(|plan| plan.id.clone()).collect()
}
