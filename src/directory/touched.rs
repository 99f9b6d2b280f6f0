//! The names that an event feed tells of: one scan over a directory's rows answers any token.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::crossing;
use super::feed::EventToken;
use super::snapshot::{Slot, Snapshot};
use super::view::ViewData;
use crate::model::name::fold;
use crate::model::row::FormerName;
use crate::model::{GroupId, Seq, UserId};

/// Names touched since a token, as compared.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) users: BTreeSet<Arc<str>>,
    pub(super) groups: BTreeSet<Arc<str>>,
    pub(super) revived: BTreeSet<Arc<str>>,
    /// Visible users whom the application perhaps did not see at the token, for their groups.
    pub(super) entered: BTreeSet<Arc<str>>,
    /// Whether a name ended since that nobody knows any more.
    pub(super) forgot: bool,
}

impl Touched {
    /// R1: over all directories of the view; after a full sync also whom it may have revived.
    pub(super) fn since(view: &ViewData, token: &EventToken) -> Self {
        let mut touched = Self::default();
        for (snapshot, since) in view.snapshots.iter().zip(&token.seqs) {
            if snapshot.seq() > *since {
                collect_users(snapshot, *since, &mut touched);
                collect_groups(snapshot, *since, &mut touched);
            }
            if token.after_full {
                if view.is_scoped() {
                    view.seen(); // rather than one walk for each inactive user
                }
                collect_revived(view, snapshot, &mut touched);
            }
        }
        touched.forgot = touched.users.remove("");
        if view.is_scoped() && !(touched.users.is_empty() && touched.groups.is_empty()) {
            crossing::judge(view, token, &mut touched);
        }
        touched
    }
}

fn collect_users(snapshot: &Snapshot, since: Seq, touched: &mut Touched) {
    for slot in &snapshot.users {
        match slot {
            Slot::Live(live) if live.touched <= since => {}
            Slot::Live(live) => {
                let seqs = &live.row.seqs;
                if seqs.changed > since || seqs.groups > since {
                    touched.users.insert(Arc::clone(&live.folded));
                }
                ended(&live.row.former, since, &mut touched.users);
            }
            Slot::Gone(tombstone) => ended(&tombstone.former, since, &mut touched.users),
            Slot::Reference(_) => {}
        }
    }
}

fn collect_groups(snapshot: &Snapshot, since: Seq, touched: &mut Touched) {
    for slot in &snapshot.groups {
        match slot {
            Slot::Live(live) if live.touched <= since => {}
            Slot::Live(live) => {
                let row = &live.row;
                if row.seqs.changed > since || row.seqs.nesting > since || row.seqs.created > since {
                    touched.groups.insert(Arc::clone(&live.folded));
                }
                ended(&row.former, since, &mut touched.groups);
                if row.seqs.name > since {
                    collect_members(snapshot, row.id, touched);
                }
            }
            Slot::Gone(tombstone) => ended(&tombstone.former, since, &mut touched.groups),
            Slot::Reference(_) => {}
        }
    }
}

/// R6: the members of a renamed group are in a group of another name now.
fn collect_members(snapshot: &Snapshot, group: GroupId, touched: &mut Touched) {
    for id in snapshot.shown_users(group).iter() {
        if let Some(live) = snapshot.live_user(UserId(*id)) {
            touched.users.insert(Arc::clone(&live.folded));
        }
    }
}

/// R8: a full sync revives inactive users whom the client keeps as deleted.
fn collect_revived(view: &ViewData, snapshot: &Snapshot, touched: &mut Touched) {
    for live in snapshot
        .users
        .iter()
        .filter_map(Slot::live)
        .filter(|live| !live.active)
    {
        // Most inactive users have no past: for them nothing is looked up. The visible bearer of a name passes here
        // itself, in its own directory's turn.
        if (view.is_scoped() || view.has_past(live))
            && let Some(user) = view.user_folded(&live.folded)
            && !user.active()
            && view.may_have_been_deleted(&user)
        {
            touched.revived.insert(Arc::clone(&live.folded));
        }
    }
}

fn ended(former: &[FormerName], since: Seq, names: &mut BTreeSet<Arc<str>>) {
    names.extend(
        former
            .iter()
            .filter(|name| name.ended > since)
            .map(|name| fold(&name.name).into()),
    );
}
