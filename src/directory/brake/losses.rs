//! What changes take away, and what they bring back, on the picture that they apply to.

use crate::directory::snapshot::Snapshot;
use crate::model::{Change, ExternalId, GroupId, MemberKind, Owner, UserId};

/// Something that can be lost once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    /// A user who may log in, or who is there at all.
    User(u32),
    /// A group.
    Group(u32),
    /// A direct membership.
    Edge(u32, MemberKind, u32),
}

/// What some changes come to.
#[derive(Debug, Default)]
pub(super) struct Losses {
    pub(super) lost: Vec<Thing>,
    pub(super) back: Vec<Thing>,
    /// Groups that lose members by a change of their members.
    pub(super) shrunk: Vec<GroupId>,
}

impl Losses {
    pub(super) fn of(snapshot: &Snapshot, changes: &[Change]) -> Self {
        let mut losses = Self::default();
        for change in changes {
            losses.change(snapshot, change);
        }
        losses
    }

    fn change(&mut self, snapshot: &Snapshot, change: &Change) {
        match change {
            Change::PutUser(wish) => {
                let Some(id) = user(snapshot, &wish.external_id) else {
                    return;
                };
                let active = snapshot.user(id).is_some_and(|row| row.active());
                match (active, wish.active) {
                    (true, false) => self.lost.push(Thing::User(id.0)),
                    (false, true) => self.back.push(Thing::User(id.0)),
                    _ => {}
                }
            }
            Change::VanishUser { user: gone } | Change::RemoveUser { user: gone } => {
                let Some(id) = user(snapshot, gone) else { return };
                self.lost.push(Thing::User(id.0));
                let groups = snapshot.groups_of(id).iter();
                let edges = groups.map(|group| Thing::Edge(*group, MemberKind::User, id.0));
                self.lost.extend(edges);
            }
            Change::RemoveGroup { group } => {
                let Some(id) = group_row(snapshot, group) else {
                    return;
                };
                self.lost.push(Thing::Group(id.0));
                for of in [MemberKind::User, MemberKind::Group] {
                    let members = snapshot.members(id, of, Owner::Source).iter();
                    self.lost
                        .extend(members.map(|member| Thing::Edge(id.0, of, *member)));
                }
                let parents = snapshot.parents_of(id).iter();
                self.lost
                    .extend(parents.map(|parent| Thing::Edge(*parent, MemberKind::Group, id.0)));
            }
            Change::Members {
                group,
                add_users,
                remove_users,
                add_groups,
                remove_groups,
                ..
            } => {
                let Some(id) = group_row(snapshot, group) else {
                    return;
                };
                self.lost.extend(edges(snapshot, id, remove_users, remove_groups));
                self.back.extend(edges(snapshot, id, add_users, add_groups));
                if !(remove_users.is_empty() && remove_groups.is_empty()) {
                    self.shrunk.push(id);
                }
            }
            // Holds are none of a push.
            Change::PutGroup(_) | Change::Detail { .. } | Change::Hold { .. } | Change::Release { .. } => {}
        }
    }
}

/// The row of a user who is there.
pub(super) fn user(snapshot: &Snapshot, id: &ExternalId) -> Option<UserId> {
    snapshot.user_id(id).filter(|id| snapshot.user(*id).is_some())
}

/// The row of a group that is there.
pub(super) fn group_row(snapshot: &Snapshot, id: &ExternalId) -> Option<GroupId> {
    snapshot.group_id(id).filter(|id| snapshot.group(*id).is_some())
}

fn edges<'a>(
    snapshot: &'a Snapshot,
    group: GroupId,
    users: &'a [ExternalId],
    groups: &'a [ExternalId],
) -> impl Iterator<Item = Thing> + use<'a> {
    let users = users.iter().filter_map(|id| snapshot.user_id(id));
    let groups = groups.iter().filter_map(|id| snapshot.group_id(id));
    let users = users.map(move |id| Thing::Edge(group.0, MemberKind::User, id.0));
    users.chain(groups.map(move |id| Thing::Edge(group.0, MemberKind::Group, id.0)))
}
