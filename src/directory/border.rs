//! The border of a scoped view since a token: which groups let their members in for certain, which perhaps did.
//!
//! A feed has no history of a view, but the rows' `Seq`s bound it. What counts is every moment since the token: in a
//! full sync the token is of the user listing, and the client's groups and memberships are of later moments. An edge has
//! surely existed since the token where one of its ends has not changed its nesting; an edge that ended since is in the
//! snapshot. What is reached from the access groups over sure edges alone let users in all the time (`sure`); what is
//! reached over sure, new and ended edges, by present and former names, let users in at some moment at most (`maybe`).

use std::collections::HashMap;
use std::sync::Arc;

use super::flags::{At, Flags};
use super::snapshot::{LiveGroup, LiveUser, Slot, Snapshot};
use super::view::ViewData;
use crate::model::name::fold;
use crate::model::row::FormerName;
use crate::model::{GroupId, Seq, UserId};

/// The groups at the border since a token.
pub(super) struct Border<'a> {
    view: &'a ViewData,
    since: &'a [Seq],
    /// The group rows that bore a name until after the token.
    former: HashMap<Arc<str>, Vec<At>>,
    /// Ended edges, both ways.
    lost_children: HashMap<At, Vec<At>>,
    lost_parents: HashMap<At, Vec<At>>,
    /// Whether any group came, went, was renamed, or changed its nesting.
    pub(super) is_stirred: bool,
    /// Their members were and are visible.
    pub(super) sure: Flags,
    /// Only their members may be, or may have been, visible.
    pub(super) maybe: Flags,
    /// Whether somebody may have left a group of `maybe`.
    pub(super) is_lossy: bool,
}

/// The names that were ended after a token, as compared.
pub(super) fn ended_since(former: &[FormerName], since: Seq) -> impl Iterator<Item = Arc<str>> + '_ {
    former
        .iter()
        .filter(move |name| name.ended > since)
        .map(|name| fold(&name.name).into())
}

/// Whether a group row is served, and had its present name at a commit.
pub(super) fn has_old_name(snapshot: &Snapshot, id: u32, since: Seq) -> bool {
    let live = snapshot.live_group(GroupId(id));
    live.is_some_and(|live| live.row.seqs.name <= since)
}

/// Whether a group-in-group edge that exists now surely existed at a commit, between the same names.
pub(super) fn is_old_edge(snapshot: &Snapshot, parent: u32, child: u32, since: Seq) -> bool {
    let is_stirred = |id| {
        let live = snapshot.live_group(GroupId(id));
        live.is_none_or(|live| live.row.seqs.nesting > since)
    };
    let named = has_old_name(snapshot, parent, since) && has_old_name(snapshot, child, since);
    named && !(is_stirred(parent) && is_stirred(child))
}

impl<'a> Border<'a> {
    pub(super) fn since(view: &'a ViewData, since: &'a [Seq]) -> Self {
        let mut border = Self {
            view,
            since,
            former: HashMap::new(),
            lost_children: HashMap::new(),
            lost_parents: HashMap::new(),
            is_stirred: false,
            sure: view.no_groups(),
            maybe: view.no_groups(),
            is_lossy: false,
        };
        border.gather();
        let (mut sure, mut maybe) = (Vec::new(), Vec::new());
        for name in &view.application.access {
            view.rows_of_group(name, &mut sure);
            border.rows_once_named(name, &mut maybe);
        }
        sure.retain(|at| border.is_old(*at));
        let mut flags = view.no_groups();
        flags.spread(sure, |at, found| border.sure_children(at, found));
        border.sure = flags;
        let mut flags = view.no_groups();
        flags.spread(maybe, |at, found| border.maybe_children(at, found));
        border.maybe = flags;
        border.is_lossy = border.maybe.all().any(|at| border.lost_a_user(at));
        border
    }

    fn gather(&mut self) {
        for (directory, snapshot) in self.view.snapshots.iter().enumerate() {
            let since = self.since[directory];
            for (id, slot) in (0u32..).zip(&snapshot.groups) {
                let former: &[FormerName] = match slot {
                    Slot::Live(live) if live.touched > since => {
                        let seqs = &live.row.seqs;
                        self.is_stirred |= seqs.name > since || seqs.nesting > since;
                        &live.row.former
                    }
                    Slot::Gone(tombstone) if tombstone.ended > since => &tombstone.former,
                    Slot::Live(_) | Slot::Gone(_) | Slot::Reference(_) => &[],
                };
                for name in ended_since(former, since) {
                    self.is_stirred = true;
                    self.former.entry(name).or_default().push((directory, id));
                }
            }
            let nested = self.view.application.nested_groups;
            let ended = snapshot.ended_edges.iter().filter(|_| nested);
            for ((parent, child), _) in ended.filter(|(_, ended)| **ended > since) {
                let (parent, child) = ((directory, *parent), (directory, *child));
                self.lost_children.entry(parent).or_default().push(child);
                self.lost_parents.entry(child).or_default().push(parent);
            }
        }
    }

    pub(super) fn live(&self, (directory, id): At) -> Option<&'a Arc<LiveGroup>> {
        self.view.snapshots[directory].live_group(GroupId(id))
    }

    fn is_old(&self, (directory, id): At) -> bool {
        has_old_name(&self.view.snapshots[directory], id, self.since[directory])
    }

    fn is_sure(&self, (directory, parent): At, (_, child): At) -> bool {
        is_old_edge(
            &self.view.snapshots[directory],
            parent,
            child,
            self.since[directory],
        )
    }

    /// Whether a user's edge to a group, which exists now, surely existed at the token.
    pub(super) fn is_sure_member(&self, user: &LiveUser, group: At) -> bool {
        let since = self.since[group.0];
        let seqs = &user.row.seqs;
        let kept = |live: &Arc<LiveGroup>| live.row.seqs.users <= since;
        let old = seqs.created <= since && ended_since(&user.row.former, since).next().is_none();
        old && self.is_old(group) && (seqs.groups <= since || self.live(group).is_some_and(kept))
    }

    pub(super) fn lost_a_user(&self, at: At) -> bool {
        let since = self.since[at.0];
        match self.view.snapshots[at.0].groups.get(at.1 as usize) {
            Some(Slot::Live(live)) => live.row.seqs.users > since,
            Some(Slot::Gone(tombstone)) => tombstone.ended > since,
            Some(Slot::Reference(_)) | None => false,
        }
    }

    /// The groups that a user row is in.
    pub(super) fn groups_of(&self, (directory, id): At) -> impl Iterator<Item = At> + use<'a> {
        let groups = self.view.snapshots[directory].shown_groups(UserId(id));
        groups.map(move |group| (directory, group))
    }

    fn sure_children(&self, at: At, found: &mut Vec<At>) {
        let from = found.len();
        self.view.children_at(at, found);
        let mut sure = found.split_off(from);
        sure.retain(|child| self.is_sure(at, *child));
        found.append(&mut sure);
        self.view.namesakes(at, found);
    }

    /// The parents of a row over edges that surely existed at the token, with its namesakes.
    pub(super) fn sure_parents(&self, at: At, found: &mut Vec<At>) {
        let from = found.len();
        self.view.parents_at(at, found);
        let mut sure = found.split_off(from);
        sure.retain(|parent| self.is_sure(*parent, at));
        found.append(&mut sure);
        self.view.namesakes(at, found);
    }

    fn maybe_children(&self, at: At, found: &mut Vec<At>) {
        self.view.children_at(at, found);
        found.extend(self.lost_children.get(&at).into_iter().flatten());
        self.once_namesakes(at, found);
    }

    /// The parents of a row over any edge since the token, with whoever shared a name with it.
    pub(super) fn maybe_parents(&self, at: At, found: &mut Vec<At>) {
        self.view.parents_at(at, found);
        found.extend(self.lost_parents.get(&at).into_iter().flatten());
        self.once_namesakes(at, found);
    }

    /// The rows that have a name now, or had it until after the token.
    fn rows_once_named(&self, folded: &str, found: &mut Vec<At>) {
        self.view.rows_of_group(folded, found);
        found.extend(self.former.get(folded).into_iter().flatten());
    }

    fn once_namesakes(&self, at: At, found: &mut Vec<At>) {
        if self.view.snapshots.len() > 1 || !self.former.is_empty() {
            for name in self.names(at) {
                self.rows_once_named(&name, found);
            }
        }
    }

    /// The names that a group row has or had since the token.
    pub(super) fn names(&self, at: At) -> Vec<Arc<str>> {
        let since = self.since[at.0];
        match self.view.snapshots[at.0].groups.get(at.1 as usize) {
            Some(Slot::Live(live)) => {
                let present = std::iter::once(Arc::clone(&live.folded));
                present.chain(ended_since(&live.row.former, since)).collect()
            }
            Some(Slot::Gone(tombstone)) => ended_since(&tombstone.former, since).collect(),
            Some(Slot::Reference(_)) | None => Vec::new(),
        }
    }
}
