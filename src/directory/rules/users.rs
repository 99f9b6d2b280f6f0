//! The rules that make, change, end users.

use std::sync::Arc;

use super::membership::Edges;
use super::{Draft, names};
use crate::directory::snapshot::{LiveUser, Slot};
use crate::model::change::UserWish;
use crate::model::name::{clean, fold};
use crate::model::row::{FormerName, Tombstone};
use crate::model::user::{UserRow, UserSeqs};
use crate::model::{ExternalId, GroupId, MemberKind, Owner, Seq};

pub(super) const OWNERS: [Owner; 3] = [Owner::Source, Owner::Local, Owner::Rule];

impl Draft {
    pub(super) fn put_users(&mut self, wishes: &[&UserWish], verdict: &names::Verdict) {
        for (id, name) in &verdict.gone {
            if let Some(row) = self.next.user(*id).map(Arc::clone) {
                self.write_user(UserRow {
                    name: Arc::clone(name),
                    ..row.as_ref().clone()
                });
            }
        }
        // Names are released before any is taken, so that swaps work in any order.
        for (wish, name) in wishes.iter().zip(&verdict.names) {
            let live = self
                .next
                .user_id(&wish.external_id)
                .and_then(|id| self.next.live_user(id))
                .map(Arc::clone);
            if let (Some(live), Some(name)) = (live, name)
                && live.row.name != *name
            {
                self.next.user_names.remove(&live.folded);
            }
        }
        for (wish, name) in wishes.iter().zip(&verdict.names) {
            if let Some(name) = name {
                self.put_user(wish, name);
            }
        }
    }

    fn put_user(&mut self, wish: &UserWish, name: &Arc<str>) {
        let id = self.user_slot(&wish.external_id);
        let seq = self.seq;
        let shown = kept(&wish.display_name);
        let mut row = UserRow {
            id,
            external_id: wish.external_id.clone(),
            owner: wish.owner,
            name: Arc::clone(name),
            first_name: kept(&wish.first_name),
            last_name: kept(&wish.last_name),
            display_name: if shown.is_empty() { Arc::clone(name) } else { shown },
            email: kept(&wish.email),
            source_active: wish.active,
            vanished: false,
            created_at: wish.created_at.unwrap_or(self.now),
            updated_at: self.now,
            seqs: UserSeqs {
                created: seq,
                changed: seq,
                groups: seq,
                attributes: seq,
                reset: Seq(0),
            },
            former: Vec::new(),
        };
        match self.next.users[id.0 as usize].clone() {
            Slot::Reference(_) => {}
            Slot::Gone(tombstone) => {
                row.seqs.reset = seq; // a key that clients have seen before (feed R5b)
                row.former.clone_from(&tombstone.former);
            }
            Slot::Live(live) => {
                row.created_at = live.row.created_at;
                row.updated_at = live.row.updated_at;
                row.seqs = live.row.seqs;
                row.former.clone_from(&live.row.former);
                if as_wished_user(&live.row, wish, name) {
                    self.next.user_names.insert(Arc::clone(&live.folded), id.0);
                    return;
                }
            }
        }
        self.write_user(row);
    }

    /// Writes a user row: moves its name in the indexes, ends the old one.
    pub(super) fn write_user(&mut self, mut row: UserRow) {
        let seq = self.seq;
        let id = row.id.0;
        row.seqs.changed = seq;
        row.updated_at = self.now;
        if let Slot::Live(before) = self.next.users[id as usize].clone() {
            if self.next.user_names.get(&before.folded) == Some(&id) {
                self.next.user_names.remove(&before.folded);
            }
            if *before.folded != *fold(&row.name) {
                row.former.push(FormerName {
                    name: Arc::clone(&before.row.name),
                    ended: seq,
                });
                row.seqs.reset = seq; // a rename (feed R5a)
                self.next.ended_users.insert(Arc::clone(&before.folded), seq);
            }
        }
        let hold = self.next.details.hold(row.id).map(Arc::clone);
        let live = LiveUser::new(Arc::new(row), hold);
        self.next.user_names.insert(Arc::clone(&live.folded), id);
        self.next.users.set(id as usize, Slot::Live(live));
        self.users.insert(id);
    }

    pub(super) fn vanish_user(&mut self, external: &ExternalId) {
        let Some(row) = self
            .next
            .user_id(external)
            .and_then(|id| self.next.user(id))
            .map(Arc::clone)
        else {
            return;
        };
        if !row.vanished {
            self.write_user(UserRow {
                vanished: true,
                ..row.as_ref().clone()
            });
        }
    }

    pub(super) fn remove_user(&mut self, external: &ExternalId) {
        let live = self
            .next
            .user_id(external)
            .and_then(|id| self.next.live_user(id))
            .map(Arc::clone);
        let Some(live) = live else { return };
        let id = live.row.id;
        let mut edges = Edges::default();
        for group in self.next.groups_of(id).to_vec() {
            for owner in OWNERS {
                self.edit_members(
                    GroupId(group),
                    MemberKind::User,
                    owner,
                    Vec::new(),
                    vec![id.0],
                    &mut edges,
                );
            }
        }
        self.apply_edges(edges);
        let left = self.hold_left(id);
        let former = ended(&live.row.former, &live.row.name, self.seq);
        self.next.user_names.remove(&live.folded);
        self.next.ended_users.insert(Arc::clone(&live.folded), self.seq);
        let tombstone = Tombstone {
            id: id.0,
            external_id: external.clone(),
            former,
            ended: self.seq,
        };
        self.next
            .users
            .set(id.0 as usize, Slot::Gone(Arc::new(tombstone)));
        self.users.insert(id.0);
        self.drop_details(MemberKind::User, id.0);
        if let Some((key, resource)) = left {
            self.next.details.set(key, Some(resource));
        }
    }
}

/// Whether a row already says what is wished, under the name that it is to be served by.
pub fn as_wished_user(row: &UserRow, wish: &UserWish, name: &str) -> bool {
    let shown = clean(&wish.display_name);
    let shown = if shown.is_empty() { name } else { &shown };
    row.owner == wish.owner
        && !row.vanished
        && row.source_active == wish.active
        && *row.name == *name
        && *row.first_name == *clean(&wish.first_name)
        && *row.last_name == *clean(&wish.last_name)
        && *row.display_name == *shown
        && *row.email == *clean(&wish.email)
}

pub(super) fn ended(former: &[FormerName], name: &Arc<str>, seq: Seq) -> Vec<FormerName> {
    let mut all = former.to_vec();
    all.push(FormerName {
        name: Arc::clone(name),
        ended: seq,
    });
    all
}

/// The text as it may be served; the wished allocation itself where nothing had to change.
pub(super) fn kept(wished: &Arc<str>) -> Arc<str> {
    let cleaned = clean(wished);
    if *cleaned == **wished {
        Arc::clone(wished)
    } else {
        cleaned.as_ref().into()
    }
}
