//! Touching: moving a row's Seqs without changing what it says.

use super::Draft;
use crate::directory::snapshot::Slot;
use crate::model::group::GroupRow;
use crate::model::user::UserRow;
use crate::model::{GroupId, MemberKind, UserId};

impl Draft {
    /// Marks the sets of everybody who has an edge with this group.
    pub(super) fn touch_members(&mut self, group: GroupId) {
        let seq = self.seq;
        for user in self.next.all_members(group, MemberKind::User).iter() {
            self.touch_user(UserId(*user), |row| row.seqs.groups = seq);
        }
        let children = self.next.all_members(group, MemberKind::Group);
        let parents = self.next.parents_of(group).to_vec();
        for other in children.iter().chain(&parents) {
            self.touch_group(GroupId(*other), |row| row.seqs.nesting = seq);
        }
    }

    pub(super) fn touch_user(&mut self, id: UserId, change: impl FnOnce(&mut UserRow)) {
        let Some(Slot::Live(live)) = self.next.users.get_mut(id.0 as usize) else {
            return;
        };
        let mut row = live.row.as_ref().clone();
        change(&mut row);
        *live = live.with_row(row);
        self.users.insert(id.0);
    }

    pub(super) fn touch_group(&mut self, id: GroupId, change: impl FnOnce(&mut GroupRow)) {
        let Some(Slot::Live(live)) = self.next.groups.get_mut(id.0 as usize) else {
            return;
        };
        let mut row = live.row.as_ref().clone();
        change(&mut row);
        *live = live.with_row(row);
        self.groups.insert(id.0);
    }
}
