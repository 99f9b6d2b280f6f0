//! The one judge: turns changes (wishes) into rows (facts); pure, without I/O.
//!
//! The whole list's outcome is judged, never its steps, so swaps and reuse of names within one list need no order.

mod defaults;
mod details;
mod emit;
mod forget;
mod group_rows;
pub mod groups;
mod holds;
mod made_here;
pub mod membership;
pub mod names;
mod ownership;
mod touch;
mod users;

pub use group_rows::as_wished_group;
pub use ownership::foreign;
pub use users::as_wished_user;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::directory::snapshot::{Slot, Snapshot};
use crate::model::change::{Change, GroupWish, UserWish};
use crate::model::plan::Refused;
use crate::model::row::EdgeTombstone;
use crate::model::{DetailKey, ExternalId, MemberKind, Owner, Seq};

/// A working copy of a snapshot with the record of what was touched.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) next: Snapshot,
    pub(super) seq: Seq,
    now: i64,
    users: BTreeSet<u32>,
    groups: BTreeSet<u32>,
    blocks: BTreeSet<(u32, MemberKind, Owner, u32)>,
    edges: Vec<EdgeTombstone>,
    details: BTreeSet<DetailKey>,
}

impl Draft {
    /// A draft of the commit after `base`, at `now` milliseconds since 1970.
    pub fn new(base: &Snapshot, now: i64) -> Self {
        let seq = base.seq.next();
        let mut next = base.clone();
        next.seq = seq;
        Self {
            next,
            seq,
            now,
            users: BTreeSet::new(),
            groups: BTreeSet::new(),
            blocks: BTreeSet::new(),
            edges: Vec::new(),
            details: BTreeSet::new(),
        }
    }

    /// Nobody holds users of these names from now on.
    pub fn set_protected(&mut self, names: Arc<BTreeSet<String>>) {
        self.next.protected = names;
    }

    /// Whether nothing was touched.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.groups.is_empty()
            && self.blocks.is_empty()
            && self.edges.is_empty()
            && self.details.is_empty()
    }

    /// The picture after the draft.
    pub fn snapshot(&self) -> &Snapshot {
        &self.next
    }

    /// Carries the changes out, by the rules. Answers what was left out or served otherwise than wished, with reasons.
    pub fn apply(&mut self, changes: &[Change]) -> Vec<Refused> {
        self.apply_served(changes, &HashMap::new())
    }

    /// The same, with the names that some groups are to be served by where these are free.
    pub fn apply_served(
        &mut self,
        changes: &[Change],
        wished: &HashMap<ExternalId, Arc<str>>,
    ) -> Vec<Refused> {
        let concealed = self.conceal(changes);
        let mut sorted = Sorted::of(&concealed);
        let mut refused = self.refuse_foreign(&mut sorted);
        refused.extend(Self::refuse_unusable(&mut sorted));
        for group in &sorted.removed_groups {
            self.remove_group(group);
        }
        for user in &sorted.removed_users {
            self.remove_user(user);
        }
        for user in &sorted.vanished_users {
            self.vanish_user(user);
        }
        let verdict = names::settle(&self.next, &sorted.users);
        self.put_users(&sorted.users, &verdict);
        refused.extend(verdict.refused);
        // Who is put and vanishes in one list comes back as one who is gone at the source.
        for user in &sorted.vanished_users {
            self.vanish_user(user);
        }
        let served = groups::settle_served(&self.next, &sorted.groups, wished);
        self.put_groups(&sorted.groups, &served);
        refused.extend(served.reports);
        let mut edges = membership::Edges::default();
        for change in changes {
            self.change_members(change, &mut edges, &mut refused);
        }
        self.apply_edges(edges);
        for change in changes {
            self.change_detail(change, &mut refused);
            self.change_hold(change, &mut refused);
        }
        refused
    }
}

impl Draft {
    /// The changes without what has been forgotten of their users.
    fn conceal<'a>(&self, changes: &'a [Change]) -> Cow<'a, [Change]> {
        let is_forgotten = |change: &Change| match change {
            Change::PutUser(wish) => {
                let id = self.next.user_id(&wish.external_id);
                id.is_some_and(|id| self.next.has_forgotten(id))
            }
            _ => false,
        };
        if !changes.iter().any(is_forgotten) {
            return Cow::Borrowed(changes);
        }
        let concealed = changes.iter().map(|change| match change {
            Change::PutUser(wish) => Change::PutUser(self.next.concealed(wish).into_owned()),
            other => other.clone(),
        });
        Cow::Owned(concealed.collect())
    }
}

#[derive(Default)]
struct Sorted<'a> {
    users: Vec<&'a UserWish>,
    groups: Vec<&'a GroupWish>,
    vanished_users: Vec<&'a ExternalId>,
    removed_users: Vec<&'a ExternalId>,
    removed_groups: Vec<&'a ExternalId>,
}

impl<'a> Sorted<'a> {
    fn of(changes: &'a [Change]) -> Self {
        let mut sorted = Self::default();
        for change in changes {
            match change {
                Change::PutUser(wish) => sorted.users.push(wish),
                Change::PutGroup(wish) => sorted.groups.push(wish),
                Change::VanishUser { user } => sorted.vanished_users.push(user),
                Change::RemoveUser { user } => sorted.removed_users.push(user),
                Change::RemoveGroup { group } => sorted.removed_groups.push(group),
                Change::Members { .. }
                | Change::Detail { .. }
                | Change::Hold { .. }
                | Change::Release { .. } => {}
            }
        }
        sorted
    }
}

/// The name that a vanished user gets when another user needs its own: `name#gone-<first 8 of id>`.
pub fn gone_name(name: &str, external: &ExternalId) -> Arc<str> {
    let head: String = external.as_str().chars().take(8).collect();
    format!("{name}#gone-{head}").into()
}
