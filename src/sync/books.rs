//! The books: runs and plans in memory, and which of them are too many.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::held::{HeldPlan, PlanState};
use super::ids::{PlanId, RunId};
use super::read_report::ReadReport;
use super::run::Run;
use crate::connector::Meter;
use crate::model::DirectoryId;

/// How many runs, and plans that wait for nobody, are kept per directory.
const KEEP_RUNS: usize = 100;
const KEEP_PLANS: usize = 20;

/// How far a running read is.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) records: AtomicU64,
    pub(super) batches: AtomicU64,
    /// What it asks of the source.
    pub(super) meter: Arc<Meter>,
}

pub(super) struct KeptRun {
    pub(super) run: Run,
    pub(super) progress: Arc<Progress>,
}

pub(super) struct KeptPlan {
    pub(super) plan: HeldPlan,
    /// The run that applies it just now.
    pub(super) approving: Option<RunId>,
}

#[derive(Default)]
pub(super) struct Books {
    pub(super) runs: BTreeMap<RunId, KeptRun>,
    pub(super) plans: BTreeMap<PlanId, KeptPlan>,
}

impl Books {
    pub(super) fn surplus_runs(&self, directory: &DirectoryId) -> Vec<RunId> {
        let of = self
            .runs
            .values()
            .rev()
            .filter(|kept| kept.run.directory == *directory);
        let old = of.skip(KEEP_RUNS).filter(|kept| kept.run.state.ended());
        old.map(|kept| kept.run.id.clone()).collect()
    }

    pub(super) fn surplus_plans(&self, directory: &DirectoryId) -> Vec<PlanId> {
        let of = self
            .plans
            .values()
            .rev()
            .filter(|kept| kept.plan.directory == *directory);
        let over = of
            .filter(|kept| kept.plan.state != PlanState::Held)
            .skip(KEEP_PLANS);
        over.map(|kept| kept.plan.id.clone()).collect()
    }
}

impl KeptRun {
    pub(super) fn now(&self) -> Run {
        let mut run = self.run.clone();
        if !run.state.ended() {
            run.records = self.progress.records.load(Ordering::Relaxed);
            run.batches = self.progress.batches.load(Ordering::Relaxed);
            run.read
                .get_or_insert_with(|| ReadReport::asked(&self.progress.meter));
        }
        run
    }
}
