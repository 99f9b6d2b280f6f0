//! What a piece of evidence says: through which lane it came, from whom, when the user was seen.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::rfc3339;

/// A way by which evidence comes. Each may fail alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// What the source says of sign-ins.
    Source,
    /// Log-ins, sessions and notifications of the Crowd face, and what its clients write into attributes.
    Crowd,
    /// What scripts report of an application, by `POST /activity`.
    ActivityApi,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Self; 3] = [Self::Source, Self::Crowd, Self::ActivityApi];

    /// Its name, as the configuration spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Crowd => "crowd",
            Self::ActivityApi => "activity-api",
        }
    }

    pub(super) fn at(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a user did to be seen. The numbers are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Something that only a newer version knows.
    #[default]
    Unknown = 0,
    /// Signed in at the source.
    SignIn = 1,
    /// Was let in by password.
    Password = 2,
    /// Began a single sign-on session.
    Session = 3,
    /// Used one.
    Validation = 4,
    /// Was let in by an application, which told so.
    Notification = 5,
    /// A client wrote a time into an attribute.
    Attribute = 6,
    /// A script reported a time.
    Report = 7,
}

impl How {
    const ALL: [Self; 8] = [
        Self::Unknown,
        Self::SignIn,
        Self::Password,
        Self::Session,
        Self::Validation,
        Self::Notification,
        Self::Attribute,
        Self::Report,
    ];

    pub(super) fn of(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }

    fn told(self) -> &'static str {
        match self {
            Self::Unknown => "something newer than this version",
            Self::SignIn => "a sign-in at the source",
            Self::Password => "a log-in by password",
            Self::Session => "the start of a session",
            Self::Validation => "the use of a session",
            Self::Notification => "a log-in that the application told of",
            Self::Attribute => "an attribute that a client wrote",
            Self::Report => "a report",
        }
    }
}

/// Whom a piece of evidence comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// What the user did.
    pub how: How,
    /// In which application; none where the source says it.
    pub application: Option<Arc<str>>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.how.told())?;
        match &self.application {
            Some(application) => write!(f, ", application `{application}`"),
            None => Ok(()),
        }
    }
}

/// A piece of evidence, as it is told.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// The lane that it comes by.
    pub lane: Lane,
    /// Milliseconds since 1970 of when the user was seen, which is not when it is told.
    pub at: i64,
    /// What the user did.
    pub how: How,
    /// In which application.
    pub application: Option<&'a str>,
}

/// A user was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Milliseconds since 1970, in whole seconds.
    pub at: i64,
    /// The lane that said so.
    pub lane: Lane,
    /// Whom the lane has it from.
    pub origin: Origin,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}: {})", rfc3339(self.at), self.lane, self.origin)
    }
}

/// Somebody tried to let an inactive user in. Not evidence: whoever types a name could make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Milliseconds since 1970, in whole seconds.
    pub at: i64,
    /// Who tried, and how.
    pub origin: Origin,
}
