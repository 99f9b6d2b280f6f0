//! Records: what a connector reports of its source, before any mapping.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::ids::ExternalId;
use crate::model::row::MemberKind;

/// A user as the source tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUser {
    /// The immutable id.
    pub id: ExternalId,
    /// Enabled at the source.
    pub active: bool,
    /// Milliseconds since 1970 of its creation at the source.
    pub created_at: Option<i64>,
    /// Attributes under the source's own names (`userPrincipalName`, `mail`, …); absent and empty are the same.
    pub attributes: BTreeMap<Arc<str>, Arc<str>>,
}

/// A group as the source tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceGroup {
    /// The immutable id.
    pub id: ExternalId,
    /// The name at the source (not unique).
    pub name: Arc<str>,
    /// What tells it from a namesake (Entra `mailNickname`), or empty.
    pub nickname: Arc<str>,
    /// Description, or empty.
    pub description: Arc<str>,
    /// Milliseconds since 1970 of its creation at the source.
    pub created_at: Option<i64>,
}

/// One thing that a source reported. Within a pull the last one per id (or edge) wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A user exists, thus.
    User(SourceUser),
    /// A user is gone.
    UserGone(ExternalId),
    /// What was told as a user is part of another, who is told as well: no user of its own any more.
    UserJoined(ExternalId),
    /// A group exists, thus.
    Group(SourceGroup),
    /// A group is gone.
    GroupGone(ExternalId),
    /// A direct membership exists.
    Member {
        /// The containing group.
        group: ExternalId,
        /// The member.
        member: ExternalId,
        /// What the member is.
        kind: MemberKind,
    },
    /// A direct membership is gone.
    MemberGone {
        /// The containing group.
        group: ExternalId,
        /// The member.
        member: ExternalId,
        /// What the member is.
        kind: MemberKind,
    },
    /// The memberships of this group are read completely by what this pull reported of it; whatever else the
    /// directory has is gone. Sent for every group of a full read and for groups re-read after a restore.
    MembersComplete(ExternalId),
    /// The groups that this user is directly in are read completely by what this pull reported of the user; whatever else the
    /// directory has of it is gone. Sent for users who return, since a source does not tell what happened while they were away.
    GroupsComplete(ExternalId),
    /// The memberships of this group could not be seen (hidden membership): unknown, not empty.
    MembersUnknown(ExternalId),
}
