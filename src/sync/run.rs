//! Runs: one synchronisation each, as reported and as kept.

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::ids::{PlanId, RunId};
use super::read_report::ReadReport;
pub(super) use crate::model::moment as rfc3339;
use crate::model::plan::{Counts, Refused};
use crate::model::{DirectoryId, Seq};

/// Why a run was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// Read, plan, apply.
    Sync,
    /// The same, with the losses of a held plan allowed.
    Approve,
    /// Nothing is read: what an applied plan changed is given back.
    Undo,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Waits for the run before it.
    Queued,
    /// Reads, plans or applies.
    Running,
    /// All was read; what it planned is applied (a dry run: is known).
    Succeeded,
    /// Nothing was applied; `error` says why.
    Failed,
    /// What takes away waits for a person, as `plan`; the rest is applied.
    Held,
    /// Read partly: added and updated, removed nothing; `incomplete` says what was not read.
    Incomplete,
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

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Of which directory.
    pub directory: DirectoryId,
    /// Why it was made.
    pub kind: RunKind,
    /// How far it is.
    pub state: RunState,
    /// Whether it only plans.
    pub dry_run: bool,
    /// Whether everything is read: as asked, and then as done.
    pub full: bool,
    /// Who asked for it first.
    pub by: String,
    /// When it began, RFC 3339.
    #[serde(with = "rfc3339")]
    pub started: Option<i64>,
    /// When it ended, RFC 3339.
    #[serde(with = "rfc3339")]
    pub finished: Option<i64>,
    /// Records read so far.
    pub records: u64,
    /// Batches read so far.
    pub batches: u64,
    /// How much was read and what came of it; of a run that failed, how much was asked.
    #[serde(default)]
    pub read: Option<ReadReport>,
    /// What it applied; of a dry run what it would. What waits is counted in its plan.
    pub counts: Counts,
    /// What was left out or served otherwise than wished.
    pub refused: Vec<Refused>,
    /// How many more of these there were.
    pub refused_more: u64,
    /// What a person should know, without harm.
    pub notices: Vec<String>,
    /// What could not be read.
    pub incomplete: Vec<String>,
    /// The plan that is held, else the one that was applied; of a dry run the one that it shows.
    pub plan: Option<PlanId>,
    /// The plan that was applied, also where another is held: it can be undone under this id.
    #[serde(default)]
    pub applied: Option<PlanId>,
    /// Why it failed.
    pub error: Option<RunError>,
    /// Whether somebody waits for a username that another has, since this run or an earlier one.
    #[serde(default)]
    pub names_wait: bool,
    /// The directory's head that shows what was applied.
    pub seq: Option<Seq>,
}

impl Run {
    pub(super) fn new(id: RunId, directory: DirectoryId, kind: RunKind, by: String) -> Self {
        Self {
            id,
            directory,
            kind,
            state: RunState::Queued,
            dry_run: false,
            full: false,
            by,
            started: None,
            finished: None,
            records: 0,
            batches: 0,
            read: None,
            counts: Counts::default(),
            refused: Vec::new(),
            refused_more: 0,
            notices: Vec::new(),
            incomplete: Vec::new(),
            plan: None,
            applied: None,
            error: None,
            names_wait: false,
            seq: None,
        }
    }

    pub(super) fn fail(&mut self, failure: &Failure) {
        self.state = RunState::Failed;
        self.error = Some(RunError {
            code: failure.code().to_owned(),
            message: failure.to_string(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_written_as_the_admin_api_says_and_read_back() {
        let mut run = Run::new("01J".into(), "corp".into(), RunKind::Approve, "ops".to_owned());
        run.started = Some(1_700_000_000_123);
        run.fail(&Failure::Interrupted);
        let value = serde_json::to_value(&run).unwrap();
        assert_eq!(value["kind"], "approve");
        assert_eq!(value["state"], "failed");
        assert_eq!(value["started"], "2023-11-14T22:13:20.123Z");
        assert!(value["finished"].is_null() && value["plan"].is_null());
        assert_eq!(value["counts"]["users"]["deactivated"], 0);
        assert_eq!(value["counts"]["holds"]["released"], 0);
        assert_eq!(value["error"]["code"], "RUN_INTERRUPTED");
        assert_eq!(serde_json::from_value::<Run>(value).unwrap(), run);
    }
}
