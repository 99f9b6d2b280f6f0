//! Access: whether one user or group is in an application's view, walked from that one entity.
//!
//! Under `access` an application sees the users who are in one of its access groups (directly, or through groups in
//! groups where it expands those), and the groups that these users are in, ancestors included where it expands them.
//! Both are questions about *names*: memberships of a name are those that it has in all directories together, and the
//! first directory that has the name serves it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::refs::{GroupRef, UserRef};
use super::seen::Seen;
use super::view::ViewData;
use crate::model::UserId;

/// So many members of a group are asked for their own groups before everything is gathered once instead.
const PATIENCE: usize = 1_000;

impl ViewData {
    /// Whether the application sees only some of its directories' users.
    pub(super) fn is_scoped(&self) -> bool {
        !self.application.access.is_empty()
    }

    /// Everything visible under `access`: gathered at the first whole listing, kept with these snapshots.
    pub(super) fn seen(&self) -> &Seen {
        self.seen.get_or_init(|| Seen::of(self))
    }

    /// Whether a user that has won its name is visible.
    pub(super) fn admits(&self, user: &UserRef<'_>) -> bool {
        if !self.is_scoped() {
            return true;
        }
        match self.seen.get() {
            Some(seen) => seen.users.has((user.at.directory, user.at.id.0)),
            None => self.leads_to_access(self.direct_groups(user.folded())),
        }
    }

    /// Whether a group that has won its name is visible: whether a visible user is in it.
    pub(super) fn shows(&self, group: &GroupRef<'_>) -> bool {
        if !self.is_scoped() {
            return true;
        }
        let seen = match self.seen.get() {
            Some(seen) => seen,
            None => match self.finds_a_visible_user(group.folded()) {
                Some(answer) => return answer,
                None => self.seen(),
            },
        };
        seen.groups.has((group.at.directory, group.at.id.0))
    }

    /// Whether any of these groups is an access group or in one.
    fn leads_to_access(&self, groups: BTreeSet<Arc<str>>) -> bool {
        let access = &self.application.access;
        let mut open: Vec<Arc<str>> = groups.iter().map(Arc::clone).collect();
        let mut visited = groups;
        while let Some(group) = open.pop() {
            if access.contains(&group) {
                return true;
            }
            let mut parents = BTreeSet::new();
            self.parent_names(&group, &mut parents);
            open.extend(
                parents
                    .into_iter()
                    .filter(|parent| visited.insert(Arc::clone(parent))),
            );
        }
        false
    }

    /// Looks downwards from a group. `None` when that would take too long.
    fn finds_a_visible_user(&self, group: &Arc<str>) -> Option<bool> {
        let mut leads: HashMap<Arc<str>, bool> = HashMap::new();
        let mut asked = 0;
        let mut open = vec![Arc::clone(group)];
        let mut visited = BTreeSet::from([Arc::clone(group)]);
        while let Some(name) = open.pop() {
            for (snapshot, id) in self.bearers(&name) {
                for user in snapshot.shown_users(id).iter() {
                    let Some(live) = snapshot.live_user(UserId(*user)) else {
                        continue;
                    };
                    asked += 1;
                    if asked > PATIENCE {
                        return None;
                    }
                    let visible = self.direct_groups(&live.folded).into_iter().any(|direct| {
                        *leads
                            .entry(Arc::clone(&direct))
                            .or_insert_with(|| self.leads_to_access(BTreeSet::from([direct])))
                    });
                    if visible {
                        return Some(true);
                    }
                }
            }
            let mut children = BTreeSet::new();
            self.child_names(&name, &mut children);
            open.extend(
                children
                    .into_iter()
                    .filter(|child| visited.insert(Arc::clone(child))),
            );
        }
        Some(false)
    }
}
