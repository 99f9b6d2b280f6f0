//! Runs of policies with the plans that wait for a person, as reported and as kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::config::Mode;
use super::why::Verdict;
use crate::model::DirectoryId;
use crate::model::moment;
use crate::model::plan::{Counts, Refused};
use crate::model::ulid::{PlanId, RunId};

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Waits for the run before it.
    Queued,
    /// Plans or applies.
    Running,
    /// What it was to do is done: reported, or applied.
    Succeeded,
    /// It did not end as it should; `error` says why.
    Failed,
    /// What takes away waits for a person, as `plan`.
    Held,
}

impl RunState {
    /// Whether the run is over.
    pub fn ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    /// The catalogue's code.
    pub code: String,
    /// The sentence.
    pub message: String,
}

/// One run of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupRun {
    /// Its id.
    pub id: RunId,
    /// The policy.
    pub policy: String,
    /// The hash of the policy's text.
    pub policy_hash: String,
    /// The only directory, where it is one.
    pub directory: Option<DirectoryId>,
    /// The directories.
    pub directories: Vec<DirectoryId>,
    /// `cleanup`; `approve` where it carries out a plan.
    pub kind: String,
    /// As configured.
    pub mode: Mode,
    /// Whether nothing but a report was made, and why.
    pub report: Option<String>,
    /// How far it is.
    pub state: RunState,
    /// Whether it only plans.
    pub dry_run: bool,
    /// Who asked for it first.
    pub by: String,
    /// When it began, RFC 3339.
    #[serde(with = "moment")]
    pub started: Option<i64>,
    /// When it ended, RFC 3339.
    #[serde(with = "moment")]
    pub finished: Option<i64>,
    /// What it applied; of a report what it would. What waits is counted in its plan.
    pub counts: Counts,
    /// How many users it warned.
    #[serde(default)]
    pub warned: u64,
    /// Of how many it took the warning back.
    #[serde(default)]
    pub withdrawn: u64,
    /// How many users each verdict concerns.
    pub verdicts: BTreeMap<String, u64>,
    /// What was left out, and why.
    pub refused: Vec<Refused>,
    /// What a person should know.
    pub notices: Vec<String>,
    /// The plan that waits, or was approved.
    pub plan: Option<PlanId>,
    /// SHA-256 of its evidence pack.
    pub pack: Option<String>,
    /// Why it failed.
    pub error: Option<RunError>,
}

impl CleanupRun {
    pub(super) fn fail(&mut self, code: &str, message: String) {
        self.state = RunState::Failed;
        let code = code.to_owned();
        self.error = Some(RunError { code, message });
    }
}

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
    /// The facts are others now.
    Replaced,
}

impl PlanState {
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Held => "is held",
            Self::Approved => "was approved and applied",
            Self::Rejected => "was rejected",
            Self::Replaced => "was replaced: a later run found other facts",
        }
    }
}

/// A plan without its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupHeld {
    /// Its id.
    pub id: PlanId,
    /// The policy.
    pub policy: String,
    /// The only directory, where it is one.
    pub directory: Option<DirectoryId>,
    /// The last run that planned it.
    pub run: RunId,
    /// What has become of it.
    pub state: PlanState,
    /// SHA-256 of its steps.
    pub hash: String,
    /// Why it waits, as sentences.
    pub reasons: Vec<String>,
    /// What it does.
    pub counts: Counts,
    /// When it was first planned, RFC 3339.
    #[serde(with = "moment")]
    pub created: Option<i64>,
    /// When it was approved, rejected or replaced, RFC 3339.
    #[serde(with = "moment")]
    pub ended: Option<i64>,
    /// When it is forgotten, RFC 3339.
    #[serde(with = "moment")]
    pub expires: Option<i64>,
    /// Who approved or rejected it.
    pub by: Option<String>,
    /// Whom the approval left out.
    #[serde(default)]
    pub except: Vec<String>,
}

/// One step of a plan: what becomes of one user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CleanupStep {
    /// The directory.
    pub directory: DirectoryId,
    /// The user's id at the source.
    pub user: String,
    /// The username.
    pub subject: String,
    /// What becomes of it.
    pub effect: Verdict,
    /// The stages, a bit each in the order of the policy's actions after `hold`.
    pub stages: u64,
    /// Why.
    pub reason: String,
}

/// A plan with its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupPlanDetail {
    /// All but the steps.
    #[serde(flatten)]
    pub plan: CleanupHeld,
    /// The steps.
    pub steps: Vec<CleanupStep>,
}
