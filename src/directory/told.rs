//! What each application was last told: its last whole listing with the last events, in memory since the start.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::feed::EventToken;
use super::refs::UserRef;
use super::view::View;
use crate::clock::Clock;
use crate::model::Seq;

/// An answer that tells of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// All users, as a full synchronisation reads them.
    Listing,
    /// The events since a token.
    Events,
}

/// One answer with the picture that it was of.
#[derive(Clone, Debug)]
pub struct Telling {
    /// Which answer.
    pub answer: Answer,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The picture.
    pub token: EventToken,
}

impl Telling {
    /// The commit of the user's directory that the answer showed; `None` where it was of another view.
    pub fn seq(&self, view: &View, user: &UserRef<'_>) -> Option<Seq> {
        view.knows(&self.token)
            .then(|| self.token.seqs.get(user.at.directory).copied())
            .flatten()
    }
}

/// Keeps the last answer of each kind per application: who asks for what is bounded by the configuration.
pub struct Tellings {
    clock: Arc<dyn Clock>,
    last: Mutex<HashMap<(Arc<str>, Answer), Telling>>,
}

impl Tellings {
    /// Nobody has been told anything yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let last = Mutex::default();
        Self { clock, last }
    }

    /// The application is answered with this picture now.
    pub fn told(&self, application: &Arc<str>, answer: Answer, token: EventToken) {
        let at = self.clock.now();
        let mut all = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((Arc::clone(application), answer), Telling { answer, at, token });
    }

    /// The last answers to an application, the whole listing first.
    pub fn of(&self, application: &str) -> Vec<Telling> {
        let all = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<Telling> = all
            .iter()
            .filter(|((name, _), _)| **name == *application)
            .map(|(_, telling)| telling.clone())
            .collect();
        found.sort_by_key(|telling| telling.answer);
        found
    }
}
