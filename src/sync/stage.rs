//! The stage: what one pull reported, the last record per id or edge.

use std::collections::{HashMap, HashSet};

use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::{ExternalId, MemberKind};

/// What was reported of one group's members.
#[derive(Debug, Default)]
pub struct Members {
    /// Each edge told: there (`true`) or gone.
    pub edges: HashMap<(MemberKind, ExternalId), bool>,
    /// Told completely: what was not told is gone.
    pub complete: bool,
    /// Not to be seen: unknown, not empty.
    pub unknown: bool,
}

/// Everything that one pull reported.
#[derive(Debug, Default)]
pub struct Stage {
    /// Users: there, or gone.
    pub users: HashMap<ExternalId, Option<SourceUser>>,
    /// Groups: there, or gone.
    pub groups: HashMap<ExternalId, Option<SourceGroup>>,
    /// Members by group.
    pub members: HashMap<ExternalId, Members>,
    /// Users whose groups were told completely.
    pub whole_users: HashSet<ExternalId>,
}

impl Stage {
    /// Takes a record; it replaces what an earlier one said.
    pub fn take(&mut self, record: Record) {
        match record {
            Record::User(user) => drop(self.users.insert(user.id.clone(), Some(user))),
            Record::UserGone(id) => drop(self.users.insert(id, None)),
            Record::Group(group) => drop(self.groups.insert(group.id.clone(), Some(group))),
            Record::GroupGone(id) => drop(self.groups.insert(id, None)),
            Record::Member { group, member, kind } => self.edge(group, member, kind, true),
            Record::MemberGone { group, member, kind } => self.edge(group, member, kind, false),
            Record::MembersComplete(group) => self.members.entry(group).or_default().complete = true,
            Record::GroupsComplete(user) => drop(self.whole_users.insert(user)),
            Record::MembersUnknown(group) => self.members.entry(group).or_default().unknown = true,
        }
    }

    fn edge(&mut self, group: ExternalId, member: ExternalId, kind: MemberKind, there: bool) {
        self.members
            .entry(group)
            .or_default()
            .edges
            .insert((kind, member), there);
    }
}
