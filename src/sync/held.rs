//! Kept plans: those that wait for a person, those that a dry run shows.

use serde::{Deserialize, Serialize};

use super::ids::{PlanId, RunId};
use super::run::rfc3339;
use crate::model::DirectoryId;
use crate::model::plan::{Counts, Effect, Step};

/// How many steps that take nothing away are kept with a plan; its losses are kept all.
const GAINS: usize = 5_000;

/// What has become of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanState {
    /// Waits for a person.
    Held,
    /// Approved and applied.
    Approved,
    /// Rejected by a person; the next run plans anew.
    Rejected,
    /// The source now says something else.
    Replaced,
    /// Shown by a dry run: never to be approved.
    Dry,
}

/// A plan without its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPlan {
    /// Its id.
    pub id: PlanId,
    /// Of which directory.
    pub directory: DirectoryId,
    /// The last run that planned it.
    pub run: RunId,
    /// What has become of it.
    pub state: PlanState,
    /// SHA-256 of what it takes away.
    pub hash: String,
    /// Why it is held, as sentences.
    pub reasons: Vec<String>,
    /// What it does.
    pub counts: Counts,
    /// Whether everything was read for it.
    pub full: bool,
    /// When it was first planned, RFC 3339.
    #[serde(with = "rfc3339")]
    pub created: Option<i64>,
    /// When it was approved, rejected or replaced, RFC 3339.
    #[serde(with = "rfc3339")]
    pub ended: Option<i64>,
    /// When it is forgotten, RFC 3339.
    #[serde(with = "rfc3339")]
    pub expires: Option<i64>,
    /// Who approved or rejected it.
    pub by: Option<String>,
}

/// A plan with its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDetail {
    /// All but the steps.
    #[serde(flatten)]
    pub plan: HeldPlan,
    /// The steps: what takes away first and all of it, then the first of the others.
    pub steps: Vec<Step>,
    /// How many steps are not listed; none of them takes anything away.
    pub omitted: u64,
}

/// The steps of a plan as kept.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct KeptSteps {
    pub(super) steps: Vec<Step>,
    pub(super) omitted: u64,
}

impl KeptSteps {
    /// What takes away, then the first of the others.
    pub(super) fn of(steps: Vec<Step>) -> Self {
        let (mut kept, mut gains): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(takes_away);
        let omitted = gains.len().saturating_sub(GAINS) as u64;
        gains.truncate(GAINS);
        kept.append(&mut gains);
        Self { steps: kept, omitted }
    }
}

fn takes_away(step: &Step) -> bool {
    use crate::model::Change;
    match &step.change {
        Change::Members {
            remove_users,
            remove_groups,
            ..
        } => !remove_users.is_empty() || !remove_groups.is_empty(),
        _ => matches!(step.effect, Effect::Deactivate | Effect::Remove | Effect::Rename),
    }
}
