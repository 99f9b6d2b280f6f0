//! What is told of a session to an operator: its state, why it did not fit, why it ended.

use super::factors::{Address, Factors};
use crate::model::DirectoryId;

/// A session that an operator asked about.
#[derive(Clone, Debug)]
pub enum Explained {
    /// It lives.
    Living(Living),
    /// It has ended.
    Ended(Ended),
}

/// A session that lives.
#[derive(Clone, Debug)]
pub struct Living {
    /// Its id, which is not its token.
    pub id: String,
    /// The user's directory.
    pub directory: DirectoryId,
    /// The user's name.
    pub user: String,
    /// The application that began it.
    pub application: String,
    /// Milliseconds since 1970 of its beginning.
    pub created_at: i64,
    /// Milliseconds since 1970 of its last use.
    pub used_at: i64,
    /// Milliseconds since 1970 of its end, unless it is used before.
    pub expires_at: i64,
    /// What it is bound to.
    pub factors: Factors,
    /// The last time that it was presented with other factors.
    pub difference: Option<Difference>,
}

/// A session was presented with other factors than its own.
#[derive(Clone, Debug)]
pub struct Difference {
    /// How often so far.
    pub times: u64,
    /// Milliseconds since 1970 of the last time.
    pub at: i64,
    /// By which application.
    pub application: String,
    /// The address that was presented.
    pub address: Option<Address>,
    /// Whether factors other than the address differed.
    pub others: bool,
}

/// A session that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its id.
    pub id: String,
    /// The user's directory.
    pub directory: DirectoryId,
    /// Milliseconds since 1970 of the end.
    pub at: i64,
    /// Why.
    pub why: Why,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was not used for too long.
    Unused,
    /// An application ended it.
    SignedOut,
    /// The user was deactivated or removed.
    UserLeft,
    /// There were too many.
    Displaced,
}

impl Why {
    /// As a sentence goes on after "it ended because".
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unused => "nobody used it for as long as it lives",
            Self::SignedOut => "an application signed the user out",
            Self::UserLeft => "the user was deactivated or removed",
            Self::Displaced => "there were too many sessions, and this one was unused for longest",
        }
    }
}
