//! What can be wrong with a request to the cleanup, and why a run failed.

use super::run::PlanState;
use crate::directory::DirectoryError;
use crate::model::ulid::{PlanId, RunId};
use crate::store::StoreError;

/// Why the cleanup did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum CleanupError {
    /// No such policy.
    #[error("policy `{0}` is not configured; hint: `GET /cleanup` lists those that are")]
    UnknownPolicy(String),
    /// No such plan.
    #[error("plan `{0}` is not known; hint: `GET /plans` lists those that are")]
    UnknownPlan(PlanId),
    /// The plan has other steps than the asker has seen.
    #[error("plan `{plan}` has the hash {hash}, not {asked}; hint: read it again")]
    HashDiffers {
        /// The plan.
        plan: PlanId,
        /// Its hash.
        hash: String,
        /// What was asked for.
        asked: String,
    },
    /// The plan does not wait for anybody.
    #[error("plan `{plan}` {}; hint: `GET /plans` lists those that wait", state.what())]
    NotHeld {
        /// The plan.
        plan: PlanId,
        /// What has become of it.
        state: PlanState,
    },
    /// A run is applying the plan just now.
    #[error("plan `{plan}` was approved: run `{run}` applies it")]
    BeingApproved {
        /// The plan.
        plan: PlanId,
        /// The run.
        run: RunId,
    },
    /// Somebody who is to be left out is not in the plan.
    #[error("plan `{plan}` says nothing of user `{user}`; hint: write usernames as the plan has them")]
    NotInPlan {
        /// The plan.
        plan: PlanId,
        /// Whom.
        user: String,
    },
    /// The process ends.
    #[error("throng is shutting down; hint: ask again when it has started")]
    ShuttingDown,
    /// The process ended during a run.
    #[error("throng ended during this run; what it had applied is in the audit trail")]
    Interrupted,
    /// A defect.
    #[error("the run ended in a defect of throng; what it had applied is in the audit trail")]
    Panicked,
    /// A directory could not write.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The store could not read or write.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CleanupError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownPolicy(_) => "UNKNOWN_POLICY",
            Self::UnknownPlan(_) => "UNKNOWN_PLAN",
            Self::HashDiffers { .. } => "PLAN_HASH_DIFFERS",
            Self::NotHeld { .. } => "PLAN_NOT_HELD",
            Self::BeingApproved { .. } => "PLAN_BEING_APPROVED",
            Self::NotInPlan { .. } => "PLAN_WITHOUT_USER",
            Self::ShuttingDown => "SHUTTING_DOWN",
            Self::Interrupted => "RUN_INTERRUPTED",
            Self::Panicked => "RUN_PANICKED",
            Self::Directory(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
