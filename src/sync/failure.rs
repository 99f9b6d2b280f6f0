//! Why a run failed: in each case nothing of it was applied.

use super::ids::PlanId;
use crate::connector::ConnectorError;
use crate::directory::DirectoryError;
use crate::store::StoreError;

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
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
    #[error(
        "what plan `{0}` changed is no longer kept; hint: `throng history DIRECTORY` lists what can be undone"
    )]
    Forgotten(PlanId),
    #[error("throng ended during this run; nothing of it was applied")]
    Interrupted,
    #[error("the run ended in a defect of throng; nothing of it was applied")]
    Panicked,
}

impl Failure {
    /// The catalogue's code.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Directory(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::ShuttingDown => "SHUTTING_DOWN",
            Self::NotHeld(_) => "PLAN_NOT_HELD",
            Self::Forgotten(_) => "UNKNOWN_PLAN",
            Self::Interrupted => "RUN_INTERRUPTED",
            Self::Panicked => "RUN_PANICKED",
        }
    }
}
