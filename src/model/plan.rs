//! Plans: many changes, each with its effect and its reason.

use serde::{Deserialize, Serialize};

use crate::model::change::Change;
use crate::model::ids::{DirectoryId, Seq};

/// What a step does, as counted by limits and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A new row, or one that comes back from a tombstone.
    Add,
    /// A changed row that stays as active as it was.
    Update,
    /// A user who was inactive and becomes active.
    Reactivate,
    /// A user who was active and becomes inactive (disabled or vanished).
    Deactivate,
    /// A removed row.
    Remove,
    /// Memberships: counted by the edges in the change.
    Membership,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// What to do.
    pub change: Change,
    /// What that is.
    pub effect: Effect,
    /// The name of the user or group concerned, for people.
    pub subject: String,
    /// Why.
    pub reason: String,
}

/// Something that was asked for and left out, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Refused {
    /// What, by name.
    pub what: String,
    /// Why, as a sentence.
    pub reason: String,
}

/// A pure answer of a planner: applying it gives the source's truth, planning again gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The directory.
    pub directory: DirectoryId,
    /// The head it was planned on.
    pub base: Seq,
    /// The steps.
    pub steps: Vec<Step>,
    /// What was left out or renamed, and why.
    pub refused: Vec<Refused>,
}
