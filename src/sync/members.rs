//! The planner of memberships: one step per group, by merging sorted ids.

use std::sync::Arc;

use super::planner::{Completeness, lost};
use super::stage::{Edges, Members, Said, Stage};
use super::terms::Terms;
use crate::directory::Snapshot;
use crate::model::plan::{Effect, Step};
use crate::model::{Change, ExternalId, GroupId, MemberKind, Owner, UserId};

/// No row has this id: nothing of this external id has been seen.
const UNSEEN: u32 = u32::MAX;

pub(super) struct MemberPlanner<'a> {
    snapshot: &'a Snapshot,
    stage: &'a Stage,
    terms: &'a Terms,
    /// By place in the stage: the row id, or [`UNSEEN`].
    users: Vec<u32>,
    groups: Vec<u32>,
}

impl<'a> MemberPlanner<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, stage: &'a Stage, terms: &'a Terms) -> Self {
        let users = stage
            .users
            .ids()
            .iter()
            .map(|id| snapshot.user_id(id).map_or(UNSEEN, |id| id.0));
        let groups = stage
            .groups
            .ids()
            .iter()
            .map(|id| snapshot.group_id(id).map_or(UNSEEN, |id| id.0));
        Self {
            snapshot,
            stage,
            terms,
            users: users.collect(),
            groups: groups.collect(),
        }
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        let told = self.stage.members().into_iter();
        told.filter_map(|(group, members)| self.step(group, members))
    }

    fn step(&self, place: u32, members: &Members) -> Option<Step> {
        let group = self.stage.groups.id(place);
        let said = self.stage.groups.of(group);
        if lost(said, self.terms.read) || matches!(said, Said::Out(_)) {
            return None; // its removal takes its edges with it
        }
        let row = GroupId(self.groups[place as usize]);
        let unread = *said == Said::Nothing && self.snapshot.group(row).is_none();
        if unread && self.terms.rules.scope.narrows_groups() {
            return None; // it may not belong to the directory; when it does, its members are asked for
        }
        let whole = members.complete && !members.unknown;
        let (add_users, remove_users) = self.users(row, &members.users, whole);
        let (add_groups, remove_groups) = self.groups(row, &members.groups, whole);
        let keeps = self.terms.withheld.members_of.contains(group);
        let (remove_users, remove_groups) = if keeps {
            Default::default()
        } else {
            (remove_users, remove_groups)
        };
        let still = |kind| move |id: &ExternalId| !self.terms.withheld.still.edge(group, kind, id);
        let flow =
            |ids: Vec<ExternalId>, kind| -> Vec<ExternalId> { ids.into_iter().filter(still(kind)).collect() };
        let (add_users, remove_users) = (
            flow(add_users, MemberKind::User),
            flow(remove_users, MemberKind::User),
        );
        let (add_groups, remove_groups) = (
            flow(add_groups, MemberKind::Group),
            flow(remove_groups, MemberKind::Group),
        );
        let lists = [&add_users, &remove_users, &add_groups, &remove_groups];
        if lists.into_iter().all(Vec::is_empty) {
            return None;
        }
        let subject = match (self.snapshot.group(row), said) {
            (Some(row), _) => Arc::clone(&row.name),
            (None, Said::There(wish)) => Arc::clone(&wish.name),
            (None, _) => group.as_str().into(),
        };
        let group = group.clone();
        let change = Change::Members {
            owner: Owner::Source,
            group,
            add_users,
            remove_users,
            add_groups,
            remove_groups,
        };
        Some(Step {
            change,
            effect: Effect::Membership,
            subject,
            reason: "memberships changed at the source".into(),
        })
    }

    fn users(&self, group: GroupId, told: &Edges, whole: bool) -> (Vec<ExternalId>, Vec<ExternalId>) {
        let present = self.snapshot.members(group, MemberKind::User, Owner::Source);
        let (add, remove) = self.edges(present, told, &self.users, whole);
        let add = add.into_iter().map(|place| self.stage.users.id(place));
        // Edges of what is out of scope are not kept: when it comes into scope, they are asked for.
        let add = add.filter(|id| !matches!(self.stage.users.of(id), Said::Out(_)));
        let add = add
            .filter(|id| !self.protected(self.snapshot.user_id(id)))
            .cloned();
        let remove = remove.into_iter().filter(|id| !self.frozen(UserId(*id)));
        let remove = remove.filter_map(|id| self.snapshot.user_external(UserId(id)).cloned());
        (add.collect(), remove.collect())
    }

    fn groups(&self, group: GroupId, told: &Edges, whole: bool) -> (Vec<ExternalId>, Vec<ExternalId>) {
        let present = self.snapshot.members(group, MemberKind::Group, Owner::Source);
        let (add, remove) = self.edges(present, told, &self.groups, whole);
        let add = add.into_iter().map(|place| self.stage.groups.id(place));
        let add = add
            .filter(|id| !matches!(self.stage.groups.of(id), Said::Out(_)))
            .cloned();
        let remove = remove
            .into_iter()
            .filter_map(|id| self.snapshot.group_external(GroupId(id)));
        // A removed group takes its edges with it.
        let remove = remove.filter(|child| !self.goes(child)).cloned();
        (add.collect(), remove.collect())
    }

    /// Which places come, which row ids go.
    fn edges(&self, present: &[u32], told: &Edges, rows: &[u32], whole: bool) -> (Vec<u32>, Vec<u32>) {
        let told = told.last();
        let mut add = Vec::new();
        let mut kept: Vec<u32> = Vec::with_capacity(told.len());
        let mut gone: Vec<u32> = Vec::new();
        for (place, there) in told {
            let row = rows[place as usize];
            let known = row != UNSEEN && present.binary_search(&row).is_ok();
            match (there, known) {
                (true, true) => kept.push(row),
                (true, false) => add.push(place),
                (false, true) => gone.push(row),
                (false, false) => {}
            }
        }
        if self.terms.read == Completeness::Incomplete {
            return (add, Vec::new());
        }
        if whole {
            kept.sort_unstable();
            gone = present
                .iter()
                .copied()
                .filter(|id| kept.binary_search(id).is_err())
                .collect();
        } else {
            gone.sort_unstable();
        }
        (add, gone)
    }

    /// Whether a user's memberships are frozen: it is missing at the source, since before or by this pull.
    ///
    /// An id that never was a user is not frozen: only its edges were ever seen.
    fn frozen(&self, user: UserId) -> bool {
        let Some(row) = self.snapshot.user(user) else {
            return false;
        };
        if self.terms.rules.protects(&row.name) {
            return true;
        }
        match self.stage.users.of(&row.external_id) {
            Said::There(_) => false,
            said => row.vanished || lost(said, self.terms.read),
        }
    }

    fn protected(&self, user: Option<UserId>) -> bool {
        let row = user.and_then(|id| self.snapshot.user(id));
        row.is_some_and(|row| self.terms.rules.protects(&row.name))
    }

    fn goes(&self, group: &ExternalId) -> bool {
        let row = self
            .snapshot
            .group_id(group)
            .and_then(|id| self.snapshot.group(id));
        row.is_some_and(|row| row.owner == Owner::Source)
            && lost(self.stage.groups.of(group), self.terms.read)
    }
}
