//! A view: what one application sees of its directories, merged by name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::listing::{GroupAt, UserAt};
use super::refs::{GroupRef, UserRef};
use super::snapshot::Snapshot;
use crate::model::name::fold;
use crate::model::{Application, DirectoryId, Epoch, GroupId, MemberKind, UserId};

/// A view at one set of snapshots. Cheap to clone.
#[derive(Clone)]
pub struct View(pub(super) Arc<ViewData>);

impl Deref for View {
    type Target = ViewData;

    fn deref(&self) -> &ViewData {
        &self.0
    }
}

/// What a view is made of.
pub struct ViewData {
    pub(super) application: Arc<Application>,
    pub(super) snapshots: Vec<Arc<Snapshot>>,
    pub(super) epoch: Epoch,
    pub(super) hash: u64,
    pub(super) users: OnceLock<Arc<[UserAt]>>,
    pub(super) groups: OnceLock<Arc<[GroupAt]>>,
}

impl ViewData {
    pub(super) fn new(
        application: Arc<Application>,
        snapshots: Vec<Arc<Snapshot>>,
        epoch: Epoch,
        hash: u64,
    ) -> Self {
        Self {
            application,
            snapshots,
            epoch,
            hash,
            users: OnceLock::new(),
            groups: OnceLock::new(),
        }
    }

    /// Whose view it is.
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Whether every pulled directory has had one complete read; otherwise those that have not.
    ///
    /// # Errors
    /// The directories that have not.
    pub fn ready(&self) -> Result<(), Vec<DirectoryId>> {
        let unread = |snapshot: &&Arc<Snapshot>| snapshot.cursor().is_none();
        let waiting: Vec<_> = self
            .snapshots
            .iter()
            .filter(unread)
            .map(|snapshot| snapshot.directory().clone())
            .collect();
        if waiting.is_empty() { Ok(()) } else { Err(waiting) }
    }

    /// The user of a name, without case: of the first directory that has it.
    pub fn user(&self, name: &str) -> Option<UserRef<'_>> {
        self.user_folded(&fold(name))
    }

    pub(super) fn user_folded(&self, folded: &str) -> Option<UserRef<'_>> {
        (0..self.snapshots.len()).find_map(|directory| {
            let id = *self.snapshots[directory].user_names.get(folded)?;
            self.user_at(UserAt {
                directory,
                id: UserId(id),
            })
        })
    }

    /// The user of a Crowd key, if it is visible (not hidden by a namesake in an earlier directory).
    pub fn user_by_key(&self, key: &str) -> Option<UserRef<'_>> {
        let (at, external) = self.snapshots.iter().enumerate().find_map(|(at, snapshot)| {
            let rest = key
                .strip_prefix(snapshot.directory().as_str())?
                .strip_prefix(':')?;
            Some((at, rest))
        })?;
        let id = self.snapshots[at].user_id(&external.into())?;
        let found = self.user_at(UserAt { directory: at, id })?;
        self.user_folded(found.folded())
            .filter(|visible| visible.at == found.at)
    }

    /// The group of a name, without case: of the first directory that has it.
    pub fn group(&self, name: &str) -> Option<GroupRef<'_>> {
        self.group_folded(&fold(name))
    }

    pub(super) fn group_folded(&self, folded: &str) -> Option<GroupRef<'_>> {
        (0..self.snapshots.len()).find_map(|directory| {
            let id = *self.snapshots[directory].group_names.get(folded)?;
            self.group_at(GroupAt {
                directory,
                id: GroupId(id),
            })
        })
    }

    /// The user at a place of a listing of this view.
    pub fn user_at(&self, at: UserAt) -> Option<UserRef<'_>> {
        let snapshot = self.snapshots.get(at.directory)?;
        let live = snapshot.live_user(at.id)?;
        Some(UserRef {
            lower_case: self.application.lower_case,
            directory: snapshot.directory(),
            at,
            live,
        })
    }

    /// The group at a place of a listing of this view.
    pub fn group_at(&self, at: GroupAt) -> Option<GroupRef<'_>> {
        let live = self.snapshots.get(at.directory)?.live_group(at.id)?;
        Some(GroupRef {
            lower_case: self.application.lower_case,
            at,
            live,
        })
    }

    /// The groups a user is in, sorted by name; nested includes the direct ones.
    pub fn groups_of(&self, user: &UserRef<'_>, nested: bool) -> Vec<GroupRef<'_>> {
        let direct = self.direct_groups(user.folded());
        self.resolve_groups(&if nested && self.application.nested_groups {
            self.closure(direct, Self::parent_names)
        } else {
            direct
        })
    }

    /// The users of a group, sorted by name; nested includes those of all descendants.
    pub fn users_of(&self, group: &GroupRef<'_>, nested: bool) -> Vec<UserRef<'_>> {
        let start = BTreeSet::from([Arc::clone(group.folded())]);
        let groups = if nested && self.application.nested_groups {
            self.closure(start, Self::child_names)
        } else {
            start
        };
        let mut found = BTreeMap::new();
        for name in &groups {
            for (snapshot, id) in self.bearers(name) {
                for user in snapshot.all_members(id, MemberKind::User).iter() {
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

    /// The child groups of a group, sorted by name, without the group itself.
    pub fn children_of(&self, group: &GroupRef<'_>, nested: bool) -> Vec<GroupRef<'_>> {
        self.relatives(group, nested, Self::child_names)
    }

    /// The parent groups of a group, sorted by name, without the group itself.
    pub fn parents_of(&self, group: &GroupRef<'_>, nested: bool) -> Vec<GroupRef<'_>> {
        self.relatives(group, nested, Self::parent_names)
    }

    /// Whether the user is in the group: walks upwards from the user.
    pub fn is_member(&self, user: &UserRef<'_>, group: &GroupRef<'_>, nested: bool) -> bool {
        let direct = self.direct_groups(user.folded());
        direct.contains(group.folded())
            || (nested
                && self.application.nested_groups
                && self.closure(direct, Self::parent_names).contains(group.folded()))
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
        let mut names = BTreeSet::new();
        step(self, group.folded(), &mut names);
        if nested && self.application.nested_groups {
            names = self.closure(names, step);
        }
        names.remove(group.folded());
        self.resolve_groups(&names)
    }

    fn resolve_groups(&self, names: &BTreeSet<Arc<str>>) -> Vec<GroupRef<'_>> {
        names.iter().filter_map(|name| self.group_folded(name)).collect()
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
            let Some(id) = snapshot.user_names.get(user) else {
                continue;
            };
            extend(&mut names, snapshot, snapshot.groups_of(UserId(*id)));
        }
        names
    }

    pub(super) fn parent_names(&self, group: &str, names: &mut BTreeSet<Arc<str>>) {
        for (snapshot, id) in self.bearers(group) {
            extend(names, snapshot, snapshot.parents_of(id));
        }
        names.remove(group); // a group is never told to be in itself
    }

    pub(super) fn child_names(&self, group: &str, names: &mut BTreeSet<Arc<str>>) {
        for (snapshot, id) in self.bearers(group) {
            extend(names, snapshot, &snapshot.all_members(id, MemberKind::Group));
        }
        names.remove(group);
    }
}

/// Adds the folded names of those ids that are served.
fn extend(names: &mut BTreeSet<Arc<str>>, snapshot: &Snapshot, ids: &[u32]) {
    let live = ids.iter().filter_map(|id| snapshot.live_group(GroupId(*id)));
    names.extend(live.map(|live| Arc::clone(&live.folded)));
}
