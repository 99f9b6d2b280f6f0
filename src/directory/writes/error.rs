//! Why something was not written.

use crate::directory::DirectoryError;

/// Why something was not written; nothing of it was, unless it concerned several directories.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unwritten {
    /// No directory of the application takes new users or groups.
    #[error(
        "no directory here takes new users; hint: give the application a directory of kind `local`, or make the account \
         at the identity provider"
    )]
    NoPlace,
    /// No such user.
    #[error("user `{0}` does not exist")]
    NoUser(String),
    /// No such group.
    #[error("group `{0}` does not exist")]
    NoGroup(String),
    /// No such membership.
    #[error("`{member}` is not in group `{group}`")]
    NoMembership {
        /// Who is not in it.
        member: String,
        /// The group.
        group: String,
    },
    /// The membership is there already.
    #[error("`{member}` is in group `{group}` already")]
    MembershipExists {
        /// Who is in it.
        member: String,
        /// The group.
        group: String,
    },
    /// The application does without groups in groups.
    #[error("this application does without groups in groups; hint: set its `nested_groups`")]
    NotNested,
    /// What was to be written has another owner.
    #[error("{0}")]
    Owned(String),
    /// A user that cannot be.
    #[error("{0}")]
    InvalidUser(String),
    /// A group that cannot be.
    #[error("{0}")]
    InvalidGroup(String),
    /// A membership that cannot be.
    #[error("{0}")]
    InvalidMembership(String),
    /// Custom attributes that are too many or too long.
    #[error("{0}")]
    InvalidAttributes(String),
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes for an id")]
    Random,
    /// The directory could not.
    #[error("{0}")]
    Directory(#[from] DirectoryError),
}

impl Unwritten {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoPlace => "DIRECTORY_TAKES_NO_USERS",
            Self::NoUser(_) => "USER_NOT_FOUND",
            Self::NoGroup(_) => "GROUP_NOT_FOUND",
            Self::NoMembership { .. } => "MEMBERSHIP_NOT_FOUND",
            Self::MembershipExists { .. } => "MEMBERSHIP_ALREADY_EXISTS",
            Self::NotNested => "NESTED_GROUPS_NOT_SUPPORTED",
            Self::Owned(_) => "OWNED_BY_ANOTHER",
            Self::InvalidUser(_) => "INVALID_USER",
            Self::InvalidGroup(_) => "INVALID_GROUP",
            Self::InvalidMembership(_) => "INVALID_MEMBERSHIP",
            Self::InvalidAttributes(_) => "INVALID_ATTRIBUTES",
            Self::Random => "RANDOM_UNAVAILABLE",
            Self::Directory(error) => error.code(),
        }
    }
}
