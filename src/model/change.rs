//! Changes: wishes about a directory, before the rules have judged them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::detail::{Detail, DetailKind};
use crate::model::hold::Hold;
use crate::model::ids::ExternalId;
use crate::model::row::{MemberKind, Owner};

/// A user as wished: mapped from a source's record or written by a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UserWish {
    /// The immutable id.
    pub external_id: ExternalId,
    /// Who will own the row; another owner's row is left alone and reported.
    #[serde(default)]
    pub owner: Owner,
    /// The username.
    pub name: Arc<str>,
    /// Given name, or empty.
    pub first_name: Arc<str>,
    /// Family name, or empty.
    pub last_name: Arc<str>,
    /// The name to show, or empty.
    pub display_name: Arc<str>,
    /// E-mail address, or empty.
    pub email: Arc<str>,
    /// Enabled at the source.
    pub active: bool,
    /// Milliseconds since 1970 of its creation at the source.
    pub created_at: Option<i64>,
}

/// A group as wished.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupWish {
    /// The immutable id.
    pub external_id: ExternalId,
    /// Who will own the row; another owner's row is left alone and reported.
    #[serde(default)]
    pub owner: Owner,
    /// The name at the source; the rules may serve it with a suffix.
    pub name: Arc<str>,
    /// What the suffix is made of, or empty.
    pub nickname: Arc<str>,
    /// Description, or empty.
    pub description: Arc<str>,
    /// Milliseconds since 1970 of its creation at the source.
    pub created_at: Option<i64>,
}

/// One wish. Rules judge the whole list's outcome, not its steps, so order never matters to names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Change {
    /// Add, update or bring back a user.
    PutUser(UserWish),
    /// The source no longer has the user: keep it, inactive, memberships frozen.
    VanishUser {
        /// Whom.
        user: ExternalId,
    },
    /// Remove the user with its memberships.
    RemoveUser {
        /// Whom.
        user: ExternalId,
    },
    /// Add, update or bring back a group.
    PutGroup(GroupWish),
    /// Remove the group with its memberships, both ways.
    RemoveGroup {
        /// Which.
        group: ExternalId,
    },
    /// Add direct members to, and remove them from, one group.
    Members {
        /// The containing group.
        group: ExternalId,
        /// Whose edges are meant. Local members of a group that the source owns are refused.
        #[serde(default)]
        owner: Owner,
        /// Users to add.
        add_users: Vec<ExternalId>,
        /// Users to remove.
        remove_users: Vec<ExternalId>,
        /// Child groups to add.
        add_groups: Vec<ExternalId>,
        /// Child groups to remove.
        remove_groups: Vec<ExternalId>,
    },
    /// Write or delete what is kept beside a user or a group.
    Detail {
        /// Whether `subject` is a user or a group.
        of: MemberKind,
        /// Whose.
        subject: ExternalId,
        /// What it is about.
        kind: DetailKind,
        /// `None` deletes. Of the kind that `kind` says.
        value: Option<Detail>,
    },
    /// Hold a user, or go on to another stage of its hold.
    Hold {
        /// Whom: a user, also one that was removed.
        user: ExternalId,
        /// The hold from now on.
        hold: Arc<Hold>,
    },
    /// End a user's hold.
    Release {
        /// Whose.
        user: ExternalId,
    },
}
