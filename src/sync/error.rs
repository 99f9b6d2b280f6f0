//! What can be wrong with a request to the engine.

use super::held::PlanState;
use super::ids::{PlanId, RunId};
use crate::connector::api::ConnectorError;
use crate::model::DirectoryId;
use crate::store::StoreError;

/// Why the engine did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No such directory is synchronised here.
    #[error("directory `{0}` is not synchronised here; hint: `GET /directories` lists those that are")]
    UnknownDirectory(DirectoryId),
    /// No such run.
    #[error("run `{0}` is not known; hint: the last hundred of each directory are kept")]
    UnknownRun(RunId),
    /// What was changed since is not all kept.
    #[error(
        "how the directory was after run `{0}` cannot be said: not all that changed it since is kept; hint: \
         `throng history DIRECTORY` lists what is"
    )]
    BeyondHistory(RunId),
    /// No such plan.
    #[error("plan `{0}` is not known; hint: `GET /plans` lists those that are")]
    UnknownPlan(PlanId),
    /// The plan has other losses than the asker has seen.
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
    /// The plan changed nothing that could be given back.
    #[error(
        "plan `{plan}` cannot be undone: it {}; hint: `throng history DIRECTORY` lists the plans that were applied",
        state.what()
    )]
    NotApplied {
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
    /// Enough dry runs under other settings wait already.
    #[error(
        "too many dry runs of directory `{0}` under unsaved settings wait already; hint: wait for them, see `GET /runs`"
    )]
    TooManyTrials(DirectoryId),
    /// The process ends.
    #[error("throng is shutting down; hint: ask again when it has started")]
    ShuttingDown,
    /// The source could not be asked.
    #[error(transparent)]
    Source(#[from] ConnectorError),
    /// The store could not read or write.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EngineError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownDirectory(_) => "UNKNOWN_DIRECTORY",
            Self::UnknownRun(_) => "UNKNOWN_RUN",
            Self::UnknownPlan(_) => "UNKNOWN_PLAN",
            Self::BeyondHistory(_) => "BEYOND_HISTORY",
            Self::HashDiffers { .. } => "PLAN_HASH_DIFFERS",
            Self::NotHeld { .. } => "PLAN_NOT_HELD",
            Self::NotApplied { .. } => "PLAN_NOT_APPLIED",
            Self::BeingApproved { .. } => "PLAN_BEING_APPROVED",
            Self::TooManyTrials(_) => "SYNC_TRIALS_WAITING",
            Self::ShuttingDown => "SHUTTING_DOWN",
            Self::Source(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl PlanState {
    fn what(self) -> &'static str {
        match self {
            Self::Held => "is held",
            Self::Approved => "was approved and applied",
            Self::Rejected => "was rejected",
            Self::Replaced => "was replaced: the source said something else since",
            Self::Dry => "is a dry run's: it shows what a run would do, and cannot be approved",
        }
    }
}
