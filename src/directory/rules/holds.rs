//! The rules of holds: laid over a user and taken off again, never by what a source says.
//!
//! Whatever a hold hides is hidden when serving; here only the numbers move that an event feed looks at. A hold does not
//! move `updated_at`: that is the time of the source's last change, and how long somebody has been gone is counted from it.

use std::sync::Arc;

use super::Draft;
use crate::model::plan::Refused;
use crate::model::row::FormerName;
use crate::model::{
    Change, Detail, DetailKey, DetailKind, ExternalId, GroupId, HiddenGroups, Hold, MemberKind, UserId,
};

impl Draft {
    pub(super) fn change_hold(&mut self, change: &Change, refused: &mut Vec<Refused>) {
        match change {
            Change::Hold { user, hold } => match self.next.user_id(user) {
                Some(id) if self.is_protected(id) => refused.push(Refused {
                    what: format!("a hold of user {user}"),
                    reason: "it is protected; hint: see `protect.users`".to_owned(),
                }),
                Some(id) => self.hold_user(id, hold),
                None => refused.push(Refused {
                    what: format!("a hold of user {user}"),
                    reason: "there is nobody of this id".to_owned(),
                }),
            },
            Change::Release { user } => {
                if let Some(id) = self.next.user_id(user) {
                    self.set_hold(id, None);
                }
            }
            _ => {}
        }
    }

    fn is_protected(&self, id: UserId) -> bool {
        let row = self.next.user(id);
        row.is_some_and(|row| self.next.protects(&row.name))
    }

    /// Another stage of a hold began when the hold did; who has been forgotten stays so.
    fn hold_user(&mut self, id: UserId, wished: &Hold) {
        let mut hold = wished.clone();
        let was_known = !self.next.has_forgotten(id);
        if let Some(before) = self.next.details.hold(id) {
            hold.since = before.since;
            hold.anonymised |= before.anonymised;
        }
        if let HiddenGroups::These(groups) = &hold.groups {
            let mut groups: Vec<ExternalId> = groups.to_vec();
            groups.sort_unstable();
            groups.dedup();
            hold.groups = HiddenGroups::These(groups.into());
        }
        let forgets = hold.anonymised && was_known;
        self.set_hold(id, Some(&Arc::new(hold)));
        if forgets {
            self.forget_user(id);
        }
    }

    fn set_hold(&mut self, id: UserId, after: Option<&Arc<Hold>>) {
        let before = self.next.details.hold(id).map(Arc::clone);
        let key = DetailKey {
            of: MemberKind::User,
            id: id.0,
            kind: DetailKind::Hold,
        };
        if !self.next.details.set(key, after.cloned().map(Detail::Hold)) {
            return;
        }
        self.details.insert(key);
        let Some(live) = self.next.live_user(id).map(|live| live.with_hold(after.cloned())) else {
            if after.is_none() {
                self.drop_details(MemberKind::User, id.0);
            }
            return; // it waits beside the tombstone
        };
        let (was_hidden, is_hidden) = (is_removed(before.as_ref()), is_removed(after));
        let regrouped = self.touch_hidden(id, before.as_deref(), after.map(AsRef::as_ref));
        let seq = self.seq;
        if is_hidden && !was_hidden {
            self.next.ended_users.insert(Arc::clone(&live.folded), seq);
        }
        self.next.users.set(id.0 as usize, super::Slot::Live(live));
        self.touch_user(id, |row| {
            row.seqs.changed = seq;
            if regrouped {
                row.seqs.groups = seq;
            }
            if is_hidden && !was_hidden {
                // To applications its name ended here, as a removed user's does (feed R7).
                let name = Arc::clone(&row.name);
                row.former.push(FormerName { name, ended: seq });
            }
            if was_hidden && !is_hidden {
                row.seqs.reset = seq; // a key that clients have seen before (feed R5b)
            }
        });
    }

    /// Moves the number of each group in which the user is hidden now and was not, or the other way about. Answers whether there was any.
    fn touch_hidden(&mut self, id: UserId, before: Option<&Hold>, after: Option<&Hold>) -> bool {
        let hides = |hold: Option<&Hold>, group: u32| {
            hold.is_some_and(|hold| {
                self.next
                    .group_external(GroupId(group))
                    .is_some_and(|external| hold.hides(external))
            })
        };
        let groups = self.next.groups_of(id).iter().copied();
        let turned: Vec<u32> = groups
            .filter(|group| hides(before, *group) != hides(after, *group))
            .collect();
        let seq = self.seq;
        for group in &turned {
            self.touch_group(GroupId(*group), |row| row.seqs.users = seq);
        }
        !turned.is_empty()
    }
}

fn is_removed(hold: Option<&Arc<Hold>>) -> bool {
    hold.is_some_and(|hold| hold.removed)
}
