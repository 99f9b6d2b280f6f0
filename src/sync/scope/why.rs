//! Why something of the source does not belong to a directory.

use serde::{Deserialize, Serialize};

/// Why it is out of scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Guests are left out.
    Guest,
    /// Only guests are wanted.
    NoGuest,
    /// The source may not speak for its mail domain.
    Domain,
    /// In no group of the directory.
    NoGroup,
    /// A group that is excluded.
    Excluded,
    /// A group that is not included.
    NotIncluded,
    /// Linked directories tell it as part of another user.
    Joined,
}

impl Why {
    /// As a step's reason.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Guest => "out of scope: guests are left out",
            Self::NoGuest => "out of scope: only guests belong to this directory",
            Self::Domain => "out of scope: its source may not speak for its mail domain",
            Self::NoGroup => "out of scope: it is in no group of this directory",
            Self::Excluded => "out of scope: the group is excluded",
            Self::NotIncluded => "out of scope: the group is not included",
            Self::Joined => "one person with another user, by a link",
        }
    }
}
