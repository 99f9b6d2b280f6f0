//! A past plan: one that was applied, with what it changed.

use serde::{Deserialize, Serialize};

use crate::model::facts::Difference;
use crate::model::plan::Counts;
use crate::model::{DirectoryId, Seq};
use crate::sync::ids::{PlanId, RunId};
use crate::sync::run::{RunKind, rfc3339};

/// An applied plan, without what it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Its id.
    pub id: PlanId,
    /// Of which directory.
    pub directory: DirectoryId,
    /// The run that applied it.
    pub run: RunId,
    /// Why that was made.
    pub kind: RunKind,
    /// Who asked for it.
    pub by: String,
    /// When it was applied, RFC 3339.
    #[serde(with = "rfc3339")]
    pub at: Option<i64>,
    /// When it is forgotten, RFC 3339.
    #[serde(with = "rfc3339")]
    pub expires: Option<i64>,
    /// The directory's head that shows it.
    pub seq: Seq,
    /// What it did.
    pub counts: Counts,
    /// The plan that it undid.
    pub undoes: Option<PlanId>,
    /// Whether it led away from what the source says: the undo of a plan does, the undo of that does not.
    pub backwards: bool,
    /// The run before it that changed the directory, if known.
    pub previous: Option<RunId>,
    /// How much room its changes take.
    pub bytes: u64,
}

/// An applied plan with what it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastDetail {
    /// All but the changes.
    #[serde(flatten)]
    pub past: Past,
    /// What it changed, before and after.
    pub changes: Difference,
}
