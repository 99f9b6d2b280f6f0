//! Plans: many changes, each with its effect and its reason.

use std::borrow::Cow;
use std::sync::Arc;

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
    /// A group that gets another name; the step's subject is the old one.
    Rename,
    /// A user who was inactive and becomes active.
    Reactivate,
    /// A user who was active and becomes inactive (disabled or vanished).
    Deactivate,
    /// A removed row.
    Remove,
    /// Memberships: counted by the edges in the change.
    Membership,
    /// A hold begins or goes on to another stage.
    Hold,
    /// A hold ends.
    Release,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// What to do.
    pub change: Change,
    /// What that is.
    pub effect: Effect,
    /// The name of the user or group concerned, for people.
    pub subject: Arc<str>,
    /// Why.
    pub reason: Cow<'static, str>,
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
    /// Whether somebody waits for a username that another has: once it is free, only reading everything tells them again.
    #[serde(default)]
    pub names_wait: bool,
    /// What a person should know, without harm.
    pub notices: Vec<String>,
}

/// How much a plan does, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Users.
    pub users: RowCounts,
    /// Groups (`deactivated` stays 0).
    pub groups: RowCounts,
    /// Direct memberships, those of removed groups included.
    pub memberships: EdgeCounts,
    /// Holds of the cleanup.
    pub holds: HoldCounts,
}

/// How many rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowCounts {
    /// New, or back from a removal.
    pub added: u64,
    /// Changed, renamed, reactivated.
    pub updated: u64,
    /// Were active, become inactive.
    pub deactivated: u64,
    /// Removed.
    pub removed: u64,
}

/// How many edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EdgeCounts {
    /// New.
    pub added: u64,
    /// Removed.
    pub removed: u64,
}

/// How many holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HoldCounts {
    /// New.
    pub added: u64,
    /// Ended.
    pub released: u64,
}
