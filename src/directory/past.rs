//! Whether a client may keep a visible user as deleted (rules R7, R8): it then takes the next event for a return.

use std::collections::HashSet;

use super::border::{has_old_name, is_old_edge};
use super::feed::EventToken;
use super::refs::UserRef;
use super::snapshot::LiveUser;
use super::view::ViewData;
use crate::model::GroupId;

impl ViewData {
    /// R7: clients revive a row as active whatever the first event says; the second makes it inactive.
    pub(super) fn revives(&self, user: &UserRef<'_>, token: &EventToken) -> bool {
        let new = user.live.row.seqs.created > token.seqs[user.at.directory];
        !user.active() && (new || self.has_past(user.live))
    }

    /// Whether the user's name or key was ever deleted in this view.
    pub(super) fn has_past(&self, live: &LiveUser) -> bool {
        !live.row.former.is_empty()
            || self
                .snapshots
                .iter()
                .any(|snapshot| snapshot.ended_users.contains_key(&live.folded))
    }

    /// R8: whether the application may once have been told that a visible user is deleted: the same, or that it left
    /// the view. The rows do not tell when that was; they tell when it never was.
    pub(super) fn may_have_been_deleted(&self, user: &UserRef<'_>) -> bool {
        self.has_past(user.live) || (self.is_scoped() && !self.was_always_seen(user))
    }

    /// Whether groups of the user's own directory have let it in ever since it was created.
    fn was_always_seen(&self, user: &UserRef<'_>) -> bool {
        let (snapshot, seqs) = (&self.snapshots[user.at.directory], &user.live.row.seqs);
        let bearers = self.snapshots.iter();
        let bearers = bearers.filter(|snapshot| snapshot.user_names.contains_key(user.folded()));
        // Before this row there may have been a namesake's, and what was told then was told of the name.
        if seqs.groups > seqs.created || bearers.count() > 1 {
            return false;
        }
        let direct = snapshot.shown_groups(user.at.id);
        let mut open: Vec<u32> = direct
            .filter(|id| has_old_name(snapshot, *id, seqs.created))
            .collect();
        let mut visited: HashSet<u32> = open.iter().copied().collect();
        while let Some(id) = open.pop() {
            let live = snapshot.live_group(GroupId(id));
            if live.is_some_and(|live| self.application.access.contains(&live.folded)) {
                return true;
            }
            let above = snapshot.parents_of(GroupId(id)).iter().copied();
            let above = above.filter(|_| self.application.nested_groups);
            let old = above.filter(|parent| is_old_edge(snapshot, *parent, id, seqs.created));
            open.extend(old.filter(|parent| visited.insert(*parent)));
        }
        false
    }
}
