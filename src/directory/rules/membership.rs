//! The rules of membership edges: sets of row ids, kept sorted, kept in both directions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Draft;
use crate::directory::snapshot::{Ids, Slot, Snapshot};
use crate::model::change::Change;
use crate::model::plan::Refused;
use crate::model::row::EdgeTombstone;
use crate::model::{ExternalId, GroupId, MemberKind, Owner, UserId};

/// Edges that came or went in a draft, from the member's end: (member, group, came).
#[derive(Debug, Default)]
pub(super) struct Edges {
    users: Vec<(u32, u32, bool)>,
    groups: Vec<(u32, u32, bool)>,
}

impl Edges {
    fn push(&mut self, kind: MemberKind, member: u32, group: u32, came: bool) {
        match kind {
            MemberKind::User => self.users.push((member, group, came)),
            MemberKind::Group => self.groups.push((member, group, came)),
        }
    }
}

/// The union of two sorted id sets.
pub fn union(left: &[u32], right: &[u32]) -> Ids {
    let mut all: Vec<u32> = left.iter().chain(right).copied().collect();
    all.sort_unstable();
    all.dedup();
    all.into()
}

/// `present` with some ids added, others removed; also what really came, what really went. An id in both stays.
fn edit(present: &[u32], mut add: Vec<u32>, mut remove: Vec<u32>) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    add.sort_unstable();
    add.dedup();
    remove.sort_unstable();
    remove.dedup();
    remove.retain(|id| present.binary_search(id).is_ok() && add.binary_search(id).is_err());
    add.retain(|id| present.binary_search(id).is_err());
    let mut result: Vec<u32> = Vec::with_capacity(present.len() + add.len());
    let mut added = add.iter().copied().peekable();
    for id in present
        .iter()
        .copied()
        .filter(|id| remove.binary_search(id).is_err())
    {
        while let Some(before) = added.next_if(|candidate| *candidate < id) {
            result.push(before);
        }
        result.push(id);
    }
    result.extend(added);
    (result, add, remove)
}

impl Draft {
    pub(super) fn change_members(&mut self, change: &Change, edges: &mut Edges, refused: &mut Vec<Refused>) {
        let Change::Members {
            group,
            owner,
            add_users,
            remove_users,
            add_groups,
            remove_groups,
        } = change
        else {
            return;
        };
        if let Some(reason) = self.foreign_members(group, *owner) {
            refused.push(reason);
            return;
        }
        if let Some(reason) = self.circle(group, add_groups, *owner) {
            refused.push(reason);
            return;
        }
        let (group, owner) = (self.group_slot(group), *owner);
        let add = add_users.iter().map(|user| self.user_slot(user).0).collect();
        let remove = remove_users
            .iter()
            .filter_map(|user| self.next.user_ids.get(user).copied())
            .collect();
        self.edit_members(group, MemberKind::User, owner, add, remove, edges);
        let add = add_groups.iter().map(|child| self.group_slot(child).0).collect();
        let remove = remove_groups
            .iter()
            .filter_map(|child| self.next.group_ids.get(child).copied())
            .collect();
        self.edit_members(group, MemberKind::Group, owner, add, remove, edges);
    }

    /// Edits one member set; the other direction is gathered in `edges` until [`Draft::apply_edges`].
    pub(super) fn edit_members(
        &mut self,
        group: GroupId,
        kind: MemberKind,
        owner: Owner,
        add: Vec<u32>,
        remove: Vec<u32>,
        edges: &mut Edges,
    ) {
        let key = (group.0, kind, owner);
        let present = self
            .next
            .members
            .get(&key)
            .map_or_else(|| Ids::from([]), Arc::clone);
        let (result, came, went) = edit(&present, add, remove);
        if came.is_empty() && went.is_empty() {
            return;
        }
        self.blocks.extend(
            came.iter()
                .chain(&went)
                .map(|id| (group.0, kind, owner, id >> 15)),
        );
        self.next.memberships = (self.next.memberships + result.len()).saturating_sub(present.len());
        if result.is_empty() {
            self.next.members.remove(&key);
        } else {
            self.next.members.insert(key, result.into());
        }
        for id in came.iter().filter(|id| !owned_by_another(&self.next, key, **id)) {
            edges.push(kind, *id, group.0, true);
        }
        for id in &went {
            if owned_by_another(&self.next, key, *id) {
                continue;
            }
            edges.push(kind, *id, group.0, false);
            if kind == MemberKind::Group {
                self.next.ended_edges.insert((group.0, *id), self.seq);
                self.edges.push(EdgeTombstone {
                    parent: group,
                    child: GroupId(*id),
                    ended: self.seq,
                });
            }
        }
        let seq = self.seq;
        self.touch_group(group, |row| match kind {
            MemberKind::User => row.seqs.users = seq,
            MemberKind::Group => row.seqs.nesting = seq,
        });
    }

    /// Turns the gathered edges into the members' own sets, once per member.
    pub(super) fn apply_edges(&mut self, edges: Edges) {
        let seq = self.seq;
        for (user, (came, went)) in by_member(edges.users) {
            let (result, came, went) = edit(&self.next.user_groups[user as usize], came, went);
            if !came.is_empty() || !went.is_empty() {
                self.next.user_groups.set(user as usize, result.into());
                self.touch_user(UserId(user), |row| row.seqs.groups = seq);
            }
        }
        for (child, (came, went)) in by_member(edges.groups) {
            let (result, came, went) = edit(&self.next.group_parents[child as usize], came, went);
            if !came.is_empty() || !went.is_empty() {
                self.next.group_parents.set(child as usize, result.into());
                self.touch_group(GroupId(child), |row| row.seqs.nesting = seq);
            }
        }
    }

    /// The row id of an external id, made a reference at its first sight.
    pub(super) fn user_slot(&mut self, external: &ExternalId) -> UserId {
        if let Some(id) = self.next.user_ids.get(external) {
            return UserId(*id);
        }
        let id = u32::try_from(self.next.users.len()).unwrap_or(u32::MAX);
        self.next.users.push_back(Slot::Reference(external.clone()));
        self.next.user_groups.push_back(Arc::from([]));
        self.next.user_ids.insert(external.clone(), id);
        self.users.insert(id);
        UserId(id)
    }

    /// The row id of an external id, made a reference at its first sight.
    pub(super) fn group_slot(&mut self, external: &ExternalId) -> GroupId {
        if let Some(id) = self.next.group_ids.get(external) {
            return GroupId(*id);
        }
        let id = u32::try_from(self.next.groups.len()).unwrap_or(u32::MAX);
        self.next.groups.push_back(Slot::Reference(external.clone()));
        self.next.group_parents.push_back(Arc::from([]));
        self.next.group_ids.insert(external.clone(), id);
        self.groups.insert(id);
        GroupId(id)
    }
}

/// An edge exists if any owner has it.
fn owned_by_another(next: &Snapshot, (group, kind, owner): (u32, MemberKind, Owner), id: u32) -> bool {
    [Owner::Source, Owner::Local, Owner::Rule].iter().any(|other| {
        *other != owner
            && next
                .members(GroupId(group), kind, *other)
                .binary_search(&id)
                .is_ok()
    })
}

type Edits = BTreeMap<u32, (Vec<u32>, Vec<u32>)>;

fn by_member(edges: Vec<(u32, u32, bool)>) -> Edits {
    let mut edits = Edits::new();
    for (member, group, came) in edges {
        let (add, remove) = edits.entry(member).or_default();
        if came { add.push(group) } else { remove.push(group) }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_tells_only_what_really_changed() {
        let (result, came, went) = edit(&[1, 3, 5], vec![4, 3, 4], vec![5, 9]);
        assert_eq!((result, came, went), (vec![1, 3, 4], vec![4], vec![5]));
    }
}
