//! Which groups may have crossed the border of a scoped view: a group is visible while a visible user is in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::border::ended_since;
use super::crossing::Crossing;
use super::flags::{At, Flags};
use super::snapshot::Slot;
use crate::model::UserId;

impl Crossing<'_> {
    /// The names of groups that are visible and perhaps were not, or perhaps were and are not.
    pub(super) fn groups(&self) -> BTreeSet<Arc<str>> {
        let seen = &self.view.seen().groups;
        let mut names = BTreeSet::new();
        let surely = self.surely_visible_groups();
        for at in seen.all().filter(|at| !surely.has(*at)) {
            names.extend(self.border.live(at).map(|live| Arc::clone(&live.folded)));
        }
        for at in self.perhaps_visible_groups().all() {
            for name in self.border.names(at) {
                if self.view.group_folded(&name).is_none() {
                    names.insert(name);
                }
            }
        }
        names
    }

    /// Groups in which somebody surely visible surely was and is.
    fn surely_visible_groups(&self) -> Flags {
        let mut direct = Vec::new();
        for at in self.view.seen().users.all() {
            let live = self.view.snapshots[at.0].live_user(UserId(at.1));
            if let Some(live) = live.filter(|live| self.surely_was(&live.folded)) {
                let groups = self.border.groups_of(at);
                direct.extend(groups.filter(|group| self.border.is_sure_member(live, *group)));
            }
        }
        let mut groups = self.view.no_groups();
        groups.spread(direct, |at, found| self.border.sure_parents(at, found));
        groups
    }

    /// Groups in which somebody who may have been visible may have been. Of those that are visible now it has only some.
    fn perhaps_visible_groups(&self) -> Flags {
        let (mut direct, mut lost) = (Vec::new(), false);
        for name in &self.left {
            for (directory, snapshot) in self.view.snapshots.iter().enumerate() {
                let id = snapshot.user_names.get(name);
                direct.extend(
                    id.into_iter()
                        .flat_map(|id| self.border.groups_of((directory, *id))),
                );
            }
        }
        for (directory, snapshot) in self.view.snapshots.iter().enumerate() {
            let since = self.since[directory];
            for (id, slot) in (0u32..).zip(&snapshot.users) {
                match slot {
                    Slot::Live(live) if self.may_matter(directory, live) => {
                        let mut names = ended_since(&live.row.former, since);
                        if self.was_or_is(&live.folded) || names.any(|name| self.was_or_is(&name)) {
                            direct.extend(self.border.groups_of((directory, id)));
                            lost |= live.row.seqs.groups > since;
                        }
                    }
                    Slot::Gone(tombstone) if tombstone.ended > since => {
                        lost |= ended_since(&tombstone.former, since).any(|name| self.was_or_is(&name));
                    }
                    Slot::Live(_) | Slot::Gone(_) | Slot::Reference(_) => {}
                }
            }
        }
        if lost {
            direct.extend(self.groups_that_lost_somebody());
        }
        let mut groups = self.view.no_groups();
        groups.spread(direct, |at, found| self.border.maybe_parents(at, found));
        groups
    }

    fn was_or_is(&self, name: &Arc<str>) -> bool {
        self.left.contains(name) || self.view.user_folded(name).is_some()
    }

    fn groups_that_lost_somebody(&self) -> impl Iterator<Item = At> + '_ {
        let snapshots = self.view.snapshots.iter().enumerate();
        let all = snapshots.flat_map(|(directory, snapshot)| {
            (0u32..).zip(&snapshot.groups).map(move |(id, _)| (directory, id))
        });
        all.filter(|at| self.border.lost_a_user(*at))
    }
}
