//! The tally: what a plan does, and what there is to lose, counted.

use std::collections::{HashMap, HashSet};

use super::snapshot::Snapshot;
use crate::model::plan::{Counts, Effect, Step};
use crate::model::{Change, ExternalId, GroupId, MemberKind, Owner, UserId};

/// What there is to lose: frozen memberships of vanished users are counted by no limit.
pub(super) struct There {
    pub(super) users: u64,
    pub(super) groups: u64,
    pub(super) memberships: u64,
}

impl There {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let (mut users, mut memberships) = (0, 0);
        for row in snapshot
            .users()
            .filter(|row| row.owner == Owner::Source && !row.vanished)
        {
            // Who is disabled already cannot be lost: many such rows must not make a loss look small.
            users += u64::from(row.active());
            memberships += snapshot.groups_of(row.id).len() as u64;
        }
        let mut groups = 0;
        for row in snapshot.groups().filter(|row| row.owner == Owner::Source) {
            groups += 1;
            memberships += snapshot.parents_of(row.id).len() as u64;
        }
        memberships = memberships.saturating_sub(Self::of_others(snapshot));
        Self {
            users,
            groups,
            memberships,
        }
    }
}

impl There {
    /// Edges of the source's users and groups that are not the source's: it cannot lose them, nor may they make its losses
    /// look small.
    fn of_others(snapshot: &Snapshot) -> u64 {
        let others = snapshot
            .members
            .iter()
            .filter(|((.., owner), _)| *owner != Owner::Source);
        let count = |(group, kind, _): &(u32, MemberKind, Owner), ids: &[u32]| {
            let own = snapshot.members(GroupId(*group), *kind, Owner::Source);
            let only = ids.iter().filter(|id| own.binary_search(id).is_err());
            let counted = only.filter(|id| match kind {
                MemberKind::User => {
                    let row = snapshot.user(UserId(**id));
                    row.is_some_and(|row| row.owner == Owner::Source && !row.vanished)
                }
                MemberKind::Group => snapshot
                    .group(GroupId(**id))
                    .is_some_and(|row| row.owner == Owner::Source),
            });
            counted.count() as u64
        };
        // Two others may have one edge: then it is taken off once too often, and never below nothing.
        others.map(|(key, ids)| count(key, ids)).sum()
    }
}

/// What a plan does, counted: a removed group's edges too, each edge once.
pub fn count(snapshot: &Snapshot, steps: &[Step]) -> Counts {
    Tally::of(snapshot, steps).counts
}

pub(super) struct Tally<'a> {
    pub(super) counts: Counts,
    /// Who is deactivated or removed.
    users: HashSet<&'a ExternalId>,
    /// Who of them is no longer at the source.
    vanishing: HashSet<&'a ExternalId>,
    /// Whether those whom the plan puts may log in then.
    put: HashMap<&'a ExternalId, bool>,
    /// Which groups are removed.
    pub(super) groups: HashSet<&'a ExternalId>,
}

impl<'a> Tally<'a> {
    pub(super) fn of(snapshot: &Snapshot, steps: &'a [Step]) -> Self {
        let mut tally = Self {
            counts: Counts::default(),
            users: HashSet::new(),
            vanishing: HashSet::new(),
            put: HashMap::new(),
            groups: HashSet::new(),
        };
        for step in steps {
            match &step.change {
                Change::VanishUser { user } | Change::RemoveUser { user } => {
                    tally.users.insert(user);
                    tally.vanishing.insert(user);
                }
                Change::PutUser(wish) => {
                    tally.put.insert(&wish.external_id, wish.active);
                    if step.effect == Effect::Deactivate {
                        tally.users.insert(&wish.external_id);
                    }
                }
                Change::RemoveGroup { group } => {
                    tally.groups.insert(group);
                }
                Change::Hold { user, .. } => {
                    tally.users.insert(user);
                }
                Change::PutGroup(_)
                | Change::Members { .. }
                | Change::Detail { .. }
                | Change::Release { .. } => {}
            }
        }
        for step in steps {
            tally.step(snapshot, step);
        }
        tally
    }

    fn step(&mut self, snapshot: &Snapshot, step: &Step) {
        let rows = match step.change {
            Change::PutUser(_) | Change::VanishUser { .. } | Change::RemoveUser { .. } => {
                &mut self.counts.users
            }
            Change::PutGroup(_) | Change::RemoveGroup { .. } | Change::Members { .. } => {
                &mut self.counts.groups
            }
            // Its user or group is counted by what else it loses or gains.
            Change::Detail { .. } => return,
            Change::Hold { .. } => {
                self.counts.holds.added += 1;
                return;
            }
            Change::Release { .. } => {
                self.counts.holds.released += 1;
                return;
            }
        };
        match step.effect {
            Effect::Add => rows.added += 1,
            Effect::Update | Effect::Rename | Effect::Reactivate => rows.updated += 1,
            Effect::Deactivate => rows.deactivated += 1,
            Effect::Remove => rows.removed += 1,
            Effect::Membership | Effect::Hold | Effect::Release => {}
        }
        match &step.change {
            Change::Members {
                add_users,
                remove_users,
                add_groups,
                remove_groups,
                ..
            } => {
                self.counts.memberships.added += (add_users.len() + add_groups.len()) as u64;
                self.counts.memberships.removed += (remove_users.len() + remove_groups.len()) as u64;
            }
            Change::RemoveGroup { group } => {
                let lost = snapshot.group_id(group).map_or(0, |id| self.edges(snapshot, id));
                self.counts.memberships.removed += lost as u64;
            }
            Change::RemoveUser { user } => {
                // The frozen memberships of a user who has vanished are counted by no limit.
                let id = snapshot.user_id(user);
                let id = id.filter(|id| snapshot.user(*id).is_some_and(|row| !row.vanished));
                let groups = id.map_or(&[][..], |id| snapshot.groups_of(id));
                let staying = groups
                    .iter()
                    .filter(|group| !self.goes(snapshot, GroupId(**group)));
                self.counts.memberships.removed += staying.count() as u64;
            }
            Change::PutUser(_)
            | Change::VanishUser { .. }
            | Change::PutGroup(_)
            | Change::Detail { .. }
            | Change::Hold { .. }
            | Change::Release { .. } => {}
        }
    }

    /// The edges that end with a group. One between two removed groups is counted at its parent.
    fn edges(&self, snapshot: &Snapshot, group: GroupId) -> usize {
        let children = snapshot.all_members(group, MemberKind::Group).len();
        let parents = snapshot.parents_of(group).iter();
        let parents = parents
            .filter(|parent| !self.goes(snapshot, GroupId(**parent)))
            .count();
        self.living(snapshot, group).0 + children + parents
    }

    fn goes(&self, snapshot: &Snapshot, group: GroupId) -> bool {
        snapshot
            .group_external(group)
            .is_some_and(|id| self.groups.contains(id))
    }

    /// The source's direct users of a group, without those who have vanished; and how many of them this plan freezes.
    pub(super) fn living(&self, snapshot: &Snapshot, group: GroupId) -> (usize, usize) {
        let (mut living, mut vanishing) = (0, 0);
        for id in snapshot.members(group, MemberKind::User, Owner::Source) {
            match snapshot.user(UserId(*id)) {
                Some(row) if row.vanished => {}
                row => {
                    living += 1;
                    vanishing +=
                        usize::from(row.is_some_and(|row| self.vanishing.contains(&row.external_id)));
                }
            }
        }
        (living, vanishing)
    }

    /// Whether a group has active users or child groups now, and none after the plan.
    pub(super) fn empties(
        &self,
        snapshot: &Snapshot,
        group: GroupId,
        steps: &[Step],
        external: &ExternalId,
    ) -> bool {
        let mut users: HashSet<&ExternalId> = HashSet::new();
        for id in snapshot.all_members(group, MemberKind::User).iter() {
            users.extend(
                snapshot
                    .user(UserId(*id))
                    .filter(|row| row.active())
                    .map(|row| &row.external_id),
            );
        }
        let mut children: HashSet<&ExternalId> = HashSet::new();
        for id in snapshot.all_members(group, MemberKind::Group).iter() {
            children.extend(snapshot.group(GroupId(*id)).map(|row| &row.external_id));
        }
        if users.is_empty() && children.is_empty() {
            return false;
        }
        users.retain(|user| !self.users.contains(user));
        children.retain(|child| !self.groups.contains(child));
        for step in steps {
            let Change::Members {
                group,
                add_users,
                remove_users,
                add_groups,
                remove_groups,
                ..
            } = &step.change
            else {
                continue;
            };
            if group == external {
                let (gone, left): (HashSet<_>, HashSet<_>) =
                    (remove_users.iter().collect(), remove_groups.iter().collect());
                users.retain(|user| !gone.contains(user));
                children.retain(|child| !left.contains(child));
                children.extend(add_groups);
                users.extend(add_users.iter().filter(|user| self.active_after(snapshot, user)));
            }
        }
        users.is_empty() && children.is_empty()
    }

    /// Whether a user may log in once the plan is applied.
    fn active_after(&self, snapshot: &Snapshot, user: &ExternalId) -> bool {
        if self.users.contains(user) {
            return false;
        }
        self.put.get(user).copied().unwrap_or_else(|| {
            let row = snapshot.user_id(user).and_then(|id| snapshot.user(id));
            row.is_some_and(|row| row.active())
        })
    }
}
