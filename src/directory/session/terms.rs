//! What is asked of the sessions, what they answer.

use std::time::Duration;

use super::factors::Factors;
use crate::model::{DirectoryId, ExternalId};
use crate::store::StoreError;

/// How sessions live.
#[derive(Clone, Copy, Debug)]
pub struct SessionSettings {
    /// How long an unused one lives at the longest.
    pub timeout: Duration,
    /// Whether one belongs to one client address.
    pub consistent_address: bool,
}

/// Who wants a session.
#[derive(Clone, Debug)]
pub struct Begin<'a> {
    /// The user's directory.
    pub directory: &'a DirectoryId,
    /// The user.
    pub user: &'a ExternalId,
    /// What it is bound to.
    pub factors: Factors,
    /// How long it is to live unused, if for less than the longest.
    pub duration: Option<Duration>,
    /// Which application asks.
    pub application: &'a str,
}

/// A living session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its token.
    pub token: String,
    /// The user's directory.
    pub directory: DirectoryId,
    /// The user.
    pub user: ExternalId,
    /// Milliseconds since 1970 of its beginning.
    pub created_at: i64,
    /// Milliseconds since 1970 of its end, unless it is used before.
    pub expires_at: i64,
}

/// Why no session could begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The store does not take it.
    #[error("the session cannot be kept: {0}")]
    Store(#[from] StoreError),
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes")]
    Random(#[source] getrandom::Error),
}

impl BeginError {
    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Random(_) => "RANDOM_UNAVAILABLE",
        }
    }
}

/// Why a session is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// There is none, or no more.
    Unknown,
    /// It is bound to something else.
    Differs,
}
