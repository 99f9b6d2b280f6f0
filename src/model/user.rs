//! A user as the directory keeps it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::ids::{ExternalId, Seq, UserId};
use crate::model::row::{FormerName, Owner};

/// The commits at which each aspect of a user last changed; what the event feed scans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSeqs {
    /// The row's creation (or its return from a tombstone).
    pub created: Seq,
    /// Any change of the row.
    pub changed: Seq,
    /// The set of groups it is directly in.
    pub groups: Seq,
    /// Attributes, which no feed reports.
    pub attributes: Seq,
    /// A change that clients mishandle as an event: a rename, a returning key, an unshadowing (feed R5).
    pub reset: Seq,
}

/// One user of one directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// The row id.
    pub id: UserId,
    /// The source's immutable id.
    pub external_id: ExternalId,
    /// Who may change it.
    pub owner: Owner,
    /// The username, in its own spelling; unique in its directory without case.
    pub name: Arc<str>,
    /// Given name, or empty.
    pub first_name: Arc<str>,
    /// Family name, or empty.
    pub last_name: Arc<str>,
    /// The name to show; never empty (the username where the source has none).
    pub display_name: Arc<str>,
    /// E-mail address, or empty; not unique.
    pub email: Arc<str>,
    /// What the source says.
    pub source_active: bool,
    /// The source no longer has it; it stays, inactive, with its last memberships frozen.
    pub vanished: bool,
    /// Milliseconds since 1970 of the row's creation.
    pub created_at: i64,
    /// Milliseconds since 1970 of the row's last change.
    pub updated_at: i64,
    /// When each aspect changed.
    pub seqs: UserSeqs,
    /// Names it had before, each with the commit that ended it: to the feed a tombstone of that name.
    pub former: Vec<FormerName>,
}

impl UserRow {
    /// Whether its source would have it let in. Applications are told otherwise of whom a hold keeps out: what they are told
    /// is [`LiveUser::active`](crate::directory::LiveUser).
    pub fn active(&self) -> bool {
        self.source_active && !self.vanished
    }
}
