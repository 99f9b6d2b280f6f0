//! Forgetting: who a held user was, erased for good where its hold says `anonymised`.
//!
//! The row stays, under its key and a name that tells nothing; what the source says of the person later is dropped. The
//! name's end is all that stays of former names: an event feed from before it is answered by a full synchronisation.

use std::borrow::Cow;
use std::sync::Arc;

use super::Draft;
use crate::directory::snapshot::{Slot, Snapshot};
use crate::model::change::UserWish;
use crate::model::row::{FormerName, Tombstone};
use crate::model::user::UserRow;
use crate::model::{Detail, DetailKey, DetailKind, MemberKind, Resource, UserId};

/// What stands where a name was.
const NOTHING: &str = "";

impl Draft {
    /// Erases who a user was, from its row or its tombstone and from beside it.
    pub(super) fn forget_user(&mut self, id: UserId) {
        let seq = self.seq;
        let former = vec![FormerName {
            name: NOTHING.into(),
            ended: seq,
        }];
        let pushed = self.without_person(id);
        match self.next.users[id.0 as usize].clone() {
            Slot::Live(live) => {
                let name = pseudonym(&self.next, id);
                self.write_user(UserRow {
                    display_name: Arc::clone(&name),
                    name,
                    first_name: NOTHING.into(),
                    last_name: NOTHING.into(),
                    email: NOTHING.into(),
                    updated_at: live.row.updated_at,
                    ..live.row.as_ref().clone()
                });
                self.touch_user(id, |row| {
                    row.former = former;
                    row.updated_at = live.row.updated_at; // the source's last change
                });
            }
            Slot::Gone(gone) => {
                let tombstone = Tombstone {
                    former,
                    ended: seq,
                    ..gone.as_ref().clone()
                };
                self.next
                    .users
                    .set(id.0 as usize, Slot::Gone(Arc::new(tombstone)));
                self.users.insert(id.0);
            }
            Slot::Reference(_) => {}
        }
        self.drop_details(MemberKind::User, id.0);
        if let Some((key, resource)) = pushed {
            self.next.details.set(key, Some(resource));
        }
    }

    /// What stays beside the tombstone of a held user that was pushed: by its `externalId` it is known again when its provider
    /// creates it anew, so that a hold is not shaken off by deleting somebody.
    pub(super) fn hold_left(&self, id: UserId) -> Option<(DetailKey, Detail)> {
        self.next.details.hold(id)?;
        let (key, left) = self.without_person(id)?;
        let Detail::Resource(left) = left else { return None };
        left.external_id.as_ref()?;
        let left = Resource {
            external_id: left.external_id.clone(),
            name: None,
            emails: Vec::new(),
            json: NOTHING.into(),
        };
        Some((key, Detail::Resource(Arc::new(left))))
    }

    /// What a pushed user's provider finds it by once it is forgotten.
    fn without_person(&self, id: UserId) -> Option<(DetailKey, Detail)> {
        let live = self.next.live_user(id)?;
        let resource = self.next.details.resource(MemberKind::User, id.0)?;
        let key = DetailKey {
            of: MemberKind::User,
            id: id.0,
            kind: DetailKind::Resource,
        };
        let left = resource.without_person(&self.next.directory, &live.folded);
        Some((key, Detail::Resource(Arc::new(left))))
    }
}

impl Snapshot {
    /// The wish without what has been forgotten of its user, if anything has.
    pub fn concealed<'a>(&self, wish: &'a UserWish) -> Cow<'a, UserWish> {
        let known = self.user_id(&wish.external_id);
        let Some(id) = known.filter(|id| self.has_forgotten(*id)) else {
            return Cow::Borrowed(wish);
        };
        let name = match self.user(id) {
            Some(row) => Arc::clone(&row.name),
            None => pseudonym(self, id),
        };
        Cow::Owned(UserWish {
            display_name: Arc::clone(&name),
            name,
            first_name: NOTHING.into(),
            last_name: NOTHING.into(),
            email: NOTHING.into(),
            ..wish.clone()
        })
    }

    /// Whether who this user was is forgotten.
    pub fn has_forgotten(&self, user: UserId) -> bool {
        let hold = self.details.hold(user);
        hold.is_some_and(|hold| hold.anonymised)
    }
}

/// A name that tells nothing of the person and is nobody else's in any directory.
fn pseudonym(snapshot: &Snapshot, id: UserId) -> Arc<str> {
    let base = format!("anonymous-{}-{}", snapshot.directory, id.0);
    let folded = |name: &str| crate::model::name::fold(name);
    let is_free = |name: &String| {
        let bearer = snapshot.user_names.get(folded(name).as_str());
        bearer.is_none_or(|bearer| *bearer == id.0)
    };
    let others = (2..u32::MAX).map(|more| format!("{base}-{more}"));
    let mut names = std::iter::once(base.clone()).chain(others);
    names.find(is_free).unwrap_or_default().into()
}
