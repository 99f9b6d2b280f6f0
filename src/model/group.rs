//! A group as the directory keeps it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::ids::{ExternalId, GroupId, Seq};
use crate::model::row::{FormerName, Owner};

/// The commits at which each aspect of a group last changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSeqs {
    /// The row's creation (or its return from a tombstone).
    pub created: Seq,
    /// Any change of the row itself.
    pub changed: Seq,
    /// Its name.
    pub name: Seq,
    /// Its direct users.
    pub users: Seq,
    /// Its direct child groups or parent groups (set at both ends of an edge).
    pub nesting: Seq,
}

/// One group of one directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    /// The row id.
    pub id: GroupId,
    /// The source's immutable id.
    pub external_id: ExternalId,
    /// Who may change it.
    pub owner: Owner,
    /// The served name; unique in its directory without case.
    pub name: Arc<str>,
    /// The name at the source: differs from `name` while a duplicate-name suffix is worn.
    pub source_name: Arc<str>,
    /// What the suffix is made of where two groups share a name (Entra `mailNickname`), or empty.
    pub nickname: Arc<str>,
    /// Description, or empty.
    pub description: Arc<str>,
    /// Milliseconds since 1970 of the row's creation; at the source, where the source tells.
    pub created_at: i64,
    /// Milliseconds since 1970 of the row's last change.
    pub updated_at: i64,
    /// When each aspect changed.
    pub seqs: GroupSeqs,
    /// Names it had before, each with the commit that ended it.
    pub former: Vec<FormerName>,
}
