//! Rows: the facts of a directory, as stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::detail::{Detail, DetailKey};
use crate::model::group::GroupRow;
use crate::model::ids::{ExternalId, GroupId, Seq, UserId};
use crate::model::user::UserRow;

/// Who owns a row or an edge. A sync plans for `Source` only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// What a source reported.
    #[default]
    Source,
    /// What people or applications made here.
    Local,
    /// What a rule made (default groups).
    Rule,
}

/// A name that its bearer no longer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerName {
    /// The name, in its last spelling.
    pub name: Arc<str>,
    /// The commit that ended it.
    pub ended: Seq,
}

/// What is left of a removed user or group. The row id stays taken; a returning external id gets it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The row id.
    pub id: u32,
    /// The source's immutable id.
    pub external_id: ExternalId,
    /// Every name it ever had, the last one included, each with the commit that ended it.
    pub former: Vec<FormerName>,
    /// The commit that removed it.
    pub ended: Seq,
}

/// An id that an edge pointed at before its user or group was read: stored, not served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The row id it will have.
    pub id: u32,
    /// The source's immutable id.
    pub external_id: ExternalId,
}

/// A removed group-in-group edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeTombstone {
    /// The group that contained.
    pub parent: GroupId,
    /// The group that was contained.
    pub child: GroupId,
    /// The commit that removed the edge.
    pub ended: Seq,
}

/// What a member block's ids are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberKind {
    /// Row ids of users.
    User,
    /// Row ids of groups.
    Group,
}

/// The direct members of one group, of one kind and owner, whose ids share `id >> 15`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberBlock {
    /// The containing group.
    pub group: GroupId,
    /// What the ids are.
    pub kind: MemberKind,
    /// Whose edges they are.
    pub owner: Owner,
    /// `id >> 15` of every id in it.
    pub high: u32,
    /// Whole row ids, sorted, without duplicates. Empty deletes the block.
    pub ids: Vec<u32>,
}

/// One stored fact. Users, references and tombstones share one slot per row id (groups likewise): writing one
/// replaces the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Row {
    /// A user.
    User(Arc<UserRow>),
    /// A user's id seen in an edge only.
    UserReference(Reference),
    /// A removed user.
    UserTombstone(Tombstone),
    /// A group.
    Group(Arc<GroupRow>),
    /// A group's id seen in an edge only.
    GroupReference(Reference),
    /// A removed group.
    GroupTombstone(Tombstone),
    /// Direct memberships.
    Members(MemberBlock),
    /// A removed group-in-group edge. Stored under (parent, child): a later one replaces it.
    EdgeTombstone(EdgeTombstone),
    /// What is kept beside a user or a group; `None` deletes it.
    Detail(DetailKey, Option<Detail>),
}

impl UserId {
    /// The part of the id that names its member block.
    pub fn block(self) -> u32 {
        self.0 >> 15
    }
}
