//! What a plan put where: by that one sees whether whom it added has joined, or has got, anything else since.

use std::collections::{HashMap, HashSet};

use crate::directory::Snapshot;
use crate::model::facts::Difference;
use crate::model::{ExternalId, GroupId, MemberKind, Owner};

/// Owners whose edges are somebody's decision; those of rules come and go by themselves.
const DECIDED: [Owner; 2] = [Owner::Source, Owner::Local];

/// The edges that a plan added, from every end.
pub(super) struct Added<'a> {
    groups: HashMap<&'a ExternalId, HashSet<(&'a ExternalId, Owner)>>,
    members: HashMap<&'a ExternalId, usize>,
    parents: HashMap<&'a ExternalId, usize>,
}

impl<'a> Added<'a> {
    pub(super) fn by(changes: &'a Difference) -> Self {
        let mut added = Self {
            groups: HashMap::new(),
            members: HashMap::new(),
            parents: HashMap::new(),
        };
        for members in &changes.members {
            for user in &members.added_users {
                let groups = added.groups.entry(user).or_default();
                groups.insert((&members.group, members.owner));
            }
            for child in &members.added_groups {
                *added.parents.entry(child).or_default() += 1;
            }
            *added.members.entry(&members.group).or_default() +=
                members.added_users.len() + members.added_groups.len();
        }
        added
    }

    /// Whether a user is in groups that the plan did not put it into.
    pub(super) fn joined_since(&self, snapshot: &Snapshot, user: &ExternalId) -> bool {
        let Some(id) = snapshot.user_id(user) else {
            return false;
        };
        let put = self.groups.get(user);
        let by_plan = |group: &ExternalId, owner| put.is_some_and(|put| put.contains(&(group, owner)));
        snapshot.groups_of(id).iter().any(|group| {
            let group = GroupId(*group);
            let of = |owner| snapshot.members(group, MemberKind::User, owner);
            let external = snapshot.group_external(group);
            DECIDED.into_iter().any(|owner| {
                of(owner).binary_search(&id.0).is_ok()
                    && external.is_some_and(|external| !by_plan(external, owner))
            })
        })
    }

    /// Whether a group has members, or is in groups, by anything but the plan.
    pub(super) fn filled_since(&self, snapshot: &Snapshot, group: &ExternalId) -> bool {
        let Some(id) = snapshot.group_id(group) else {
            return false;
        };
        let of = |owner, kind| snapshot.members(id, kind, owner).len();
        let kinds = |owner| of(owner, MemberKind::User) + of(owner, MemberKind::Group);
        let members: usize = DECIDED.into_iter().map(kinds).sum();
        let put = |by: &HashMap<&ExternalId, usize>| by.get(group).copied().unwrap_or_default();
        members > put(&self.members) || snapshot.parents_of(id).len() > put(&self.parents)
    }
}
