//! Everything an application sees under `access`, gathered once per snapshot set.

use std::sync::Arc;

use super::flags::{At, Flags};
use super::snapshot::Snapshot;
use super::view::ViewData;
use crate::model::{GroupId, MemberKind, UserId};

/// The visible rows: every row of a visible name, in whatever directory.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) users: Flags,
    pub(super) groups: Flags,
}

impl Seen {
    pub(super) fn of(view: &ViewData) -> Self {
        let mut allowed = view.no_groups();
        let mut seeds = Vec::new();
        for name in &view.application.access {
            view.rows_of_group(name, &mut seeds);
        }
        allowed.spread(seeds, |at, found| {
            view.namesakes(at, found);
            view.children_at(at, found);
        });
        let mut users = view.no_users();
        for (directory, group) in allowed.all() {
            let snapshot = &view.snapshots[directory];
            for user in snapshot.shown_users(GroupId(group)).iter() {
                mark_user(view, (directory, *user), &mut users);
            }
        }
        let mut direct = Vec::new();
        for (directory, user) in users.all() {
            let snapshot = &view.snapshots[directory];
            let groups = snapshot.shown_groups(UserId(user));
            direct.extend(served(snapshot, directory, groups));
        }
        let mut groups = view.no_groups();
        groups.spread(direct, |at, found| {
            view.namesakes(at, found);
            view.parents_at(at, found);
        });
        Self { users, groups }
    }
}

/// Marks a user with its namesakes in other directories.
fn mark_user(view: &ViewData, (directory, id): At, users: &mut Flags) {
    let Some(live) = view.snapshots[directory].live_user(UserId(id)) else {
        return;
    };
    if users.mark((directory, id)) && view.snapshots.len() > 1 {
        for (other, snapshot) in view.snapshots.iter().enumerate() {
            if let Some(id) = snapshot.user_names.get(&live.folded) {
                users.mark((other, *id));
            }
        }
    }
}

/// Those of a directory's group ids that are served.
fn served(snapshot: &Snapshot, directory: usize, ids: impl Iterator<Item = u32>) -> impl Iterator<Item = At> {
    ids.filter(|id| snapshot.live_group(GroupId(*id)).is_some())
        .map(move |id| (directory, id))
}

impl ViewData {
    /// Whether whole listings show a user row's name.
    pub(super) fn seen_user(&self, directory: usize, id: u32) -> bool {
        !self.is_scoped() || self.seen().users.has((directory, id))
    }

    /// Whether whole listings show a group row's name.
    pub(super) fn seen_group(&self, directory: usize, id: u32) -> bool {
        !self.is_scoped() || self.seen().groups.has((directory, id))
    }

    pub(super) fn no_users(&self) -> Flags {
        Flags::none(self.snapshots.iter().map(|snapshot| snapshot.users.len()))
    }

    pub(super) fn no_groups(&self) -> Flags {
        Flags::none(self.snapshots.iter().map(|snapshot| snapshot.groups.len()))
    }

    /// The rows of a group's name, in all directories.
    pub(super) fn rows_of_group(&self, folded: &str, found: &mut Vec<At>) {
        for (directory, snapshot) in self.snapshots.iter().enumerate() {
            found.extend(snapshot.group_names.get(folded).map(|id| (directory, *id)));
        }
    }

    /// The rows of the same name as a row that is served.
    pub(super) fn namesakes(&self, (directory, id): At, found: &mut Vec<At>) {
        if self.snapshots.len() > 1
            && let Some(live) = self.snapshots[directory].live_group(GroupId(id))
        {
            self.rows_of_group(&Arc::clone(&live.folded), found);
        }
    }

    /// The served child groups of a row, where the application has groups in groups.
    pub(super) fn children_at(&self, (directory, id): At, found: &mut Vec<At>) {
        if self.application.nested_groups {
            let snapshot = &self.snapshots[directory];
            let children = snapshot.all_members(GroupId(id), MemberKind::Group);
            found.extend(served(snapshot, directory, children.iter().copied()));
        }
    }

    /// The served parent groups of a row, where the application has groups in groups.
    pub(super) fn parents_at(&self, (directory, id): At, found: &mut Vec<At>) {
        if self.application.nested_groups {
            let snapshot = &self.snapshots[directory];
            let parents = snapshot.parents_of(GroupId(id)).iter().copied();
            found.extend(served(snapshot, directory, parents));
        }
    }
}
