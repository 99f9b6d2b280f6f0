//! Who may have crossed the border of a scoped view since a token: a feed tells them, whatever else it tells.
//!
//! Whoever is visible and was not surely visible at the token is told as it is; whoever is not visible and perhaps was
//! is told as deleted. Everybody else outside is not told at all, so that names of outsiders stay unknown.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::border::{Border, ended_since};
use super::feed::EventToken;
use super::flags::At;
use super::snapshot::{LiveUser, Slot};
use super::touched::Touched;
use super::view::ViewData;
use crate::model::row::Tombstone;
use crate::model::{Seq, UserId};

/// Judges what was touched by a scoped view: adds whoever crossed its border, takes out who was and is outside.
pub(super) fn judge(view: &ViewData, token: &EventToken, touched: &mut Touched) {
    let mut crossing = Crossing {
        view,
        since: &token.seqs,
        border: Border::since(view, &token.seqs),
        moved: false,
        entered: BTreeSet::new(),
        left: BTreeSet::new(),
    };
    crossing.users();
    let is_told = |name: &Arc<str>| crossing.left.contains(name) || view.user_folded(name).is_some();
    touched.users.retain(is_told);
    touched.users.extend(crossing.left.iter().map(Arc::clone));
    touched.users.extend(crossing.entered.iter().map(Arc::clone));
    let crossed = if crossing.moved {
        crossing.groups()
    } else {
        BTreeSet::new()
    };
    let is_told = |name: &Arc<str>| crossed.contains(name) || view.group_folded(name).is_some();
    touched.groups.retain(is_told);
    touched.groups.extend(crossed.iter().map(Arc::clone));
    touched.entered = crossing.entered;
}

pub(super) struct Crossing<'a> {
    pub(super) view: &'a ViewData,
    pub(super) since: &'a [Seq],
    pub(super) border: Border<'a>,
    /// Whether any group, user or edge came or went.
    moved: bool,
    /// Users who are visible and perhaps were not.
    entered: BTreeSet<Arc<str>>,
    /// Names of users that are not visible and perhaps were.
    pub(super) left: BTreeSet<Arc<str>>,
}

impl Crossing<'_> {
    fn users(&mut self) {
        let view = self.view;
        self.moved = self.border.is_stirred;
        for (directory, snapshot) in view.snapshots.iter().enumerate() {
            for (id, slot) in (0u32..).zip(&snapshot.users) {
                match slot {
                    Slot::Live(live) if self.may_matter(directory, live) => {
                        self.living((directory, id), live);
                    }
                    Slot::Gone(tombstone) if tombstone.ended > self.since[directory] => {
                        self.gone(directory, tombstone);
                    }
                    Slot::Live(_) | Slot::Gone(_) | Slot::Reference(_) => {}
                }
            }
        }
    }

    /// While no group changed, whoever did not change is as visible as before.
    pub(super) fn may_matter(&self, directory: usize, live: &LiveUser) -> bool {
        self.border.is_stirred || live.touched > self.since[directory]
    }

    fn living(&mut self, at: At, live: &LiveUser) {
        let (seqs, since) = (&live.row.seqs, self.since[at.0]);
        let former: Vec<_> = ended_since(&live.row.former, since).collect();
        self.moved |= seqs.groups > since || seqs.created > since || !former.is_empty();
        let lost = self.border.is_lossy && seqs.groups > since;
        if lost
            || self
                .border
                .groups_of(at)
                .any(|group| self.border.maybe.has(group))
        {
            for name in former.iter().chain([&live.folded]) {
                self.leave(name);
            }
        }
        if self.view.seen_user(at.0, at.1) && !self.surely_was(&live.folded) {
            self.entered.insert(Arc::clone(&live.folded));
        }
    }

    fn gone(&mut self, directory: usize, tombstone: &Tombstone) {
        self.moved = true;
        // Its memberships ended with it: where none of the border's groups lost anybody, it was in none of them.
        if self.border.is_lossy {
            for name in ended_since(&tombstone.former, self.since[directory]) {
                self.leave(&name);
            }
        }
    }

    fn leave(&mut self, name: &Arc<str>) {
        if self.view.user_folded(name).is_none() {
            self.left.insert(Arc::clone(name));
        }
    }

    /// Whether a name surely was visible at the token.
    pub(super) fn surely_was(&self, name: &Arc<str>) -> bool {
        self.view
            .snapshots
            .iter()
            .enumerate()
            .any(|(directory, snapshot)| {
                let Some(id) = snapshot.user_names.get(name) else {
                    return false;
                };
                let mut groups = self.border.groups_of((directory, *id));
                snapshot.live_user(UserId(*id)).is_some_and(|live| {
                    groups.any(|group| self.border.sure.has(group) && self.border.is_sure_member(live, group))
                })
            })
    }
}
