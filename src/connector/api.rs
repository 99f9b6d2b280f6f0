//! The Connector seam.

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::denial::Denial;
use super::tally::Tally;
use crate::model::ExternalId;
use crate::model::commit::Cursor;
use crate::model::record::Record;
use crate::secret::Secret;

/// What a connector answers.
pub type Result<T, E = ConnectorError> = std::result::Result<T, E>;

/// Why a source could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectorError {
    /// Credentials or permissions: trying again does not help, a person must act.
    #[error("{0}")]
    Refused(String),
    /// The same where the source says which of the usual mistakes it is.
    #[error("{1}")]
    Denied(Denial, String),
    /// No connection to the source.
    #[error("{0}")]
    Unreachable(String),
    /// The source was not reachable, or failed after all retries.
    #[error("{0}")]
    Unavailable(String),
    /// The cursor is no longer good, told only while it was followed: read everything.
    #[error("{0}")]
    Expired(String),
    /// The source answered something that its protocol does not allow.
    #[error("{0}")]
    Malformed(String),
}

impl ConnectorError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "SOURCE_REFUSED",
            Self::Denied(denial, _) => denial.code(),
            Self::Unreachable(_) => "SOURCE_UNREACHABLE",
            Self::Unavailable(_) => "SOURCE_UNAVAILABLE",
            Self::Expired(_) => "SOURCE_EXPIRED",
            Self::Malformed(_) => "SOURCE_MALFORMED",
        }
    }
}

/// Is what goes unmentioned gone, or unchanged?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Every page and every sub-request of a full read succeeded: what was not mentioned is gone.
    Everything,
    /// What was not mentioned is unchanged.
    ChangesOnly,
}

/// One item of a pull's stream.
#[derive(Debug)]
pub enum Batch {
    /// Some records.
    Records(Vec<Record>),
    /// A part could not be read (one group's members, a page that failed after all retries): the run goes on, adds and updates, and
    /// removes nothing. The sentence says what.
    Incomplete(String),
    /// What a person should know, without harm to the run.
    Notice(String),
    /// What the source says of itself, without harm to the run: totals that the connector held its lists against, what came to nothing.
    Tally(Tally),
    /// The last item of every stream that did not end in an error.
    End {
        /// What this pull covered. `Everything` only for a full read.
        coverage: Coverage,
        /// Where to go on; `None` when the read was incomplete.
        cursor: Option<Cursor>,
    },
}

/// A running read. An `Err` item ends it: nothing may be removed.
pub struct Pull {
    /// Whether this is a full read (asked for, or because the cursor was absent, expired or of another scope).
    pub full: bool,
    /// The batches, in order; the last record per id or edge wins.
    pub batches: BoxStream<'static, Result<Batch>>,
}

/// One line of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckItem {
    /// What was tried: `token`, `read users`, …
    pub what: String,
    /// `Ok` with a detail, or what is missing.
    pub outcome: Result<String>,
}

/// What a check found: each permission by one small request, each missing one by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order tried.
    pub items: Vec<CheckItem>,
    /// The source's own time at the end, where it tells that: milliseconds since 1970.
    pub server_time: Option<i64>,
}

impl Report {
    /// Whether all is well.
    pub fn ok(&self) -> bool {
        self.items.iter().all(|item| item.outcome.is_ok())
    }
}

/// Objects that a read of changes told of and the directory had not, or had as gone: new ones, and those restored at the source.
/// Sources tell that something is there again, not which memberships it came back with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Returning {
    /// Users without a row, or whose row has vanished.
    pub users: Vec<ExternalId>,
    /// Groups without a row.
    pub groups: Vec<ExternalId>,
}

impl Returning {
    /// Whether there is nobody to ask for.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty()
    }
}

/// When users were last seen at the source. Whom it does not tell was never seen there, or not since it keeps count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Milliseconds since 1970 of each user's last successful sign-in.
    pub seen: Vec<(ExternalId, i64)>,
}

/// What a source says of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the user's.
    Right,
    /// It is not.
    Wrong,
    /// It is the user's, and must be changed before it is good again.
    Expired,
    /// This source checks none, or is told not to.
    CannotVerify,
}

/// A source of users and groups. One of the three seams.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// Tries each needed permission with one small request.
    async fn check(&self) -> Report;
    /// Starts a read: of the changes since the cursor, or of everything where it is `None` or no longer good.
    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull>;
    /// Reads the memberships of what returns: for a user [`Record::Member`] per group that it is directly in, then
    /// [`Record::GroupsComplete`]; for a group those of its members and of the groups that it is in. To be asked for after the last batch
    /// of a read of changes, before planning; the records go into the same stage. An `Err` means for the run what an `Err` in the stream
    /// means. What is not there any more is left out: the next read tells. A full read needs no such question.
    ///
    /// A source whose changes tell every membership keeps this default.
    async fn memberships_of(&self, returning: &Returning) -> Result<Vec<Record>> {
        let _ = returning;
        Ok(Vec::new())
    }
    /// Reads when users were last seen: the slow lane, which may fail alone. `None` where this source cannot tell, or is told not to.
    async fn last_seen(&self) -> Result<Option<Evidence>> {
        Ok(None)
    }
    /// Checks a user's password at the source. An `Err` is no verdict: the source could not be asked.
    async fn verify_password(&self, user: &ExternalId, password: &Secret) -> Result<Verdict> {
        let (_, _) = (user, password);
        Ok(Verdict::CannotVerify)
    }
}
