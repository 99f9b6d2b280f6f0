//! Who is in which group in a view: walked from the one entity, merged by name.
//!
//! To an application without groups in groups no group is in another: not in look-ups, lists, checks or feeds. Nor to one
//! that has them flattened: whoever is in a group at any depth is its direct member there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::refs::{GroupRef, UserRef};
use super::snapshot::Snapshot;
use super::view::ViewData;
use crate::model::{GroupId, MemberKind, UserId};

/// Of so many users or groups each is not asked for its own groups under `access`: everything is gathered once instead.
const MANY: usize = 100;

impl ViewData {
    /// The groups a user is in, sorted by name; nested includes the direct ones.
    pub fn groups_of(&self, user: &UserRef<'_>, nested: bool) -> Vec<GroupRef<'_>> {
        self.resolve_groups(&self.names_of_groups(user.folded(), nested))
    }

    /// The names of the groups a user is in; to an application that has groups flattened each is a direct one.
    pub(super) fn names_of_groups(&self, user: &str, nested: bool) -> BTreeSet<Arc<str>> {
        let direct = self.direct_groups(user);
        if nested || self.application.flatten_groups {
            self.closure(direct, Self::parent_names)
        } else {
            direct
        }
    }

    /// The users of a group, sorted by name; nested includes those of all descendants.
    pub fn users_of(&self, group: &GroupRef<'_>, nested: bool) -> Vec<UserRef<'_>> {
        let start = BTreeSet::from([Arc::clone(group.folded())]);
        let groups = if nested || self.application.flatten_groups {
            self.closure(start, Self::child_names)
        } else {
            start
        };
        let (mut found, mut asked) = (BTreeMap::new(), 0);
        for name in &groups {
            for (snapshot, id) in self.bearers(name) {
                let members = snapshot.shown_users(id);
                asked += members.len();
                if self.is_scoped() && asked > MANY {
                    self.seen();
                }
                for user in members.iter() {
                    let Some(live) = snapshot.live_user(UserId(*user)) else {
                        continue;
                    };
                    let Some(user) = self.user_folded(&live.folded) else {
                        continue;
                    };
                    found.insert(Arc::clone(&live.folded), user);
                }
            }
        }
        found.into_values().collect()
    }

    /// The child groups of a group that the application sees, sorted by name, without the group itself.
    pub fn children_of(&self, group: &GroupRef<'_>, nested: bool) -> Vec<GroupRef<'_>> {
        let mut children = self.relatives(group, nested, Self::child_names);
        if self.is_scoped() && children.len() > MANY {
            self.seen();
        }
        children.retain(|child| self.shows(child));
        children
    }

    /// The parent groups of a group, sorted by name, without the group itself.
    pub fn parents_of(&self, group: &GroupRef<'_>, nested: bool) -> Vec<GroupRef<'_>> {
        self.relatives(group, nested, Self::parent_names)
    }

    /// Whether the user is in the group: walks upwards from the user.
    pub fn is_member(&self, user: &UserRef<'_>, group: &GroupRef<'_>, nested: bool) -> bool {
        let direct = self.direct_groups(user.folded());
        let nested = nested || self.application.flatten_groups;
        direct.contains(group.folded())
            || (nested && self.closure(direct, Self::parent_names).contains(group.folded()))
    }

    /// Whether one group is in another.
    pub fn is_child(&self, child: &GroupRef<'_>, parent: &GroupRef<'_>, nested: bool) -> bool {
        self.parents_of(child, nested)
            .iter()
            .any(|found| found.folded() == parent.folded())
    }

    fn relatives(
        &self,
        group: &GroupRef<'_>,
        nested: bool,
        step: fn(&Self, &str, &mut BTreeSet<Arc<str>>),
    ) -> Vec<GroupRef<'_>> {
        self.resolve_groups(&self.names_of_relatives(group.folded(), nested, step))
    }

    fn names_of_relatives(
        &self,
        group: &str,
        nested: bool,
        step: fn(&Self, &str, &mut BTreeSet<Arc<str>>),
    ) -> BTreeSet<Arc<str>> {
        let mut names = BTreeSet::new();
        if self.application.flatten_groups {
            return names;
        }
        step(self, group, &mut names);
        if nested {
            names = self.closure(names, step);
        }
        names.remove(group);
        names
    }

    /// The names of the groups that a group is told to be directly in.
    pub(super) fn told_parents(&self, group: &str) -> BTreeSet<Arc<str>> {
        self.names_of_relatives(group, false, Self::parent_names)
    }

    /// The names of the groups that a group is told to have directly in it.
    pub(super) fn told_children(&self, group: &str) -> BTreeSet<Arc<str>> {
        self.names_of_relatives(group, false, Self::child_names)
    }

    /// Without a look at `access`: whoever sees a user sees its groups, whoever sees a group sees its parents.
    fn resolve_groups(&self, names: &BTreeSet<Arc<str>>) -> Vec<GroupRef<'_>> {
        names.iter().filter_map(|name| self.first_group(name)).collect()
    }

    /// Everything reachable, the start included; the visited set ends cycles.
    fn closure(
        &self,
        start: BTreeSet<Arc<str>>,
        step: fn(&Self, &str, &mut BTreeSet<Arc<str>>),
    ) -> BTreeSet<Arc<str>> {
        let mut open: Vec<Arc<str>> = start.iter().map(Arc::clone).collect();
        let mut seen = start;
        while let Some(name) = open.pop() {
            let mut next = BTreeSet::new();
            step(self, &name, &mut next);
            for found in next {
                if seen.insert(Arc::clone(&found)) {
                    open.push(found);
                }
            }
        }
        seen
    }

    /// The directories that have a group of this name, with its row id there.
    pub(super) fn bearers(&self, folded: &str) -> impl Iterator<Item = (&Arc<Snapshot>, GroupId)> {
        self.snapshots
            .iter()
            .filter_map(move |snapshot| Some((snapshot, GroupId(*snapshot.group_names.get(folded)?))))
    }

    pub(super) fn direct_groups(&self, user: &str) -> BTreeSet<Arc<str>> {
        let mut names = BTreeSet::new();
        for snapshot in &self.snapshots {
            let Some(id) = snapshot.shown_user(user) else {
                continue;
            };
            extend(&mut names, snapshot, snapshot.shown_groups(id));
        }
        names
    }

    pub(super) fn parent_names(&self, group: &str, names: &mut BTreeSet<Arc<str>>) {
        if !self.application.nested_groups {
            return;
        }
        for (snapshot, id) in self.bearers(group) {
            extend(names, snapshot, snapshot.parents_of(id).iter().copied());
        }
        names.remove(group); // a group is never told to be in itself
    }

    pub(super) fn child_names(&self, group: &str, names: &mut BTreeSet<Arc<str>>) {
        if !self.application.nested_groups {
            return;
        }
        for (snapshot, id) in self.bearers(group) {
            let children = snapshot.all_members(id, MemberKind::Group);
            extend(names, snapshot, children.iter().copied());
        }
        names.remove(group);
    }
}

/// Adds the folded names of those ids that are served.
fn extend(names: &mut BTreeSet<Arc<str>>, snapshot: &Snapshot, ids: impl Iterator<Item = u32>) {
    let live = ids.filter_map(|id| snapshot.live_group(GroupId(id)));
    names.extend(live.map(|live| Arc::clone(&live.folded)));
}
