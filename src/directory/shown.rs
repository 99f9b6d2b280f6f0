//! What of a directory applications are told: its facts without what holds hide.
//!
//! Sources, SCIM and operators see the facts themselves. Hidden is only a user with a hold that hides something, so a
//! directory without one answers with its own lists.

use super::snapshot::{Ids, Snapshot};
use crate::model::{GroupId, Hold, MemberKind, UserId};

impl Snapshot {
    /// The direct users of a group that applications are told of.
    pub fn shown_users(&self, group: GroupId) -> Ids {
        let all = self.all_members(group, MemberKind::User);
        let masked = self.details.masked();
        let is_hidden = |id: &u32| {
            masked.contains(id)
                && self
                    .masks(UserId(*id))
                    .is_some_and(|hold| self.hides(hold, group))
        };
        if masked.is_empty() || !all.iter().any(is_hidden) {
            return all;
        }
        all.iter().copied().filter(|id| !is_hidden(id)).collect()
    }

    /// The groups, read or not, that applications are told a user is directly in.
    pub fn shown_groups(&self, user: UserId) -> impl Iterator<Item = u32> + use<'_> {
        let hold = self.masks(user);
        let groups = self.groups_of(user).iter().copied();
        groups.filter(move |group| hold.is_none_or(|hold| !self.hides(hold, GroupId(*group))))
    }

    /// The row id of the user of a folded name that applications are told of.
    pub(super) fn shown_user(&self, folded: &str) -> Option<UserId> {
        let id = UserId(*self.user_names.get(folded)?);
        (!self.is_hidden(id)).then_some(id)
    }

    /// Whether no application is told of a user at all.
    pub(super) fn is_hidden(&self, user: UserId) -> bool {
        self.details.masked().contains(&user.0) && self.live_user(user).is_some_and(|live| live.is_hidden())
    }

    /// A user's hold, if it hides memberships.
    fn masks(&self, user: UserId) -> Option<&Hold> {
        let hold = self.live_user(user)?.hold.as_deref()?;
        hold.has_masks().then_some(hold)
    }

    fn hides(&self, hold: &Hold, group: GroupId) -> bool {
        self.group_external(group)
            .is_some_and(|external| hold.hides(external))
    }
}
