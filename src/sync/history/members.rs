//! The way back of memberships: edges that still are as a plan left them.

use std::collections::HashSet;
use std::sync::Arc;

use super::restore::Who;
use crate::directory::Snapshot;
use crate::model::facts::MembersDiffering;
use crate::model::plan::{Effect, Refused, Step};
use crate::model::{Change, ExternalId, GroupId, MemberKind, UserId};
use crate::sync::terms::Rules;

pub(super) struct Edges<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) rules: &'a Rules,
    /// Whom the way back removes, and whom it brings back.
    pub(super) leaving: &'a HashSet<Who>,
    pub(super) coming: &'a HashSet<Who>,
}

impl Edges<'_> {
    /// The step that gives a group's members back, and what it does not give back.
    pub(super) fn back(&self, was: &MembersDiffering) -> (Option<Step>, Vec<Refused>) {
        let group = (MemberKind::Group, was.group.clone());
        if self.leaving.contains(&group) {
            return (None, Vec::new()); // its removal takes its edges with it
        }
        let what = format!("members of group `{}`", was.subject);
        let refused = |reason: String| Refused {
            what: what.clone(),
            reason,
        };
        if !self.known(&group) {
            return (None, vec![refused("the group has been removed since".to_owned())]);
        }
        let mut newer = 0;
        let mut some = |kind, ids: &[ExternalId], present| {
            let (back, others) = self.still(was, kind, ids, present);
            newer += others;
            back
        };
        let change = Change::Members {
            group: was.group.clone(),
            owner: was.owner,
            add_users: some(MemberKind::User, &was.removed_users, false),
            remove_users: some(MemberKind::User, &was.added_users, true),
            add_groups: some(MemberKind::Group, &was.removed_groups, false),
            remove_groups: some(MemberKind::Group, &was.added_groups, true),
        };
        let empty = matches!(&change, Change::Members { add_users, remove_users, add_groups, remove_groups, .. }
            if [add_users, remove_users, add_groups, remove_groups].into_iter().all(Vec::is_empty));
        let step = (!empty).then(|| Step {
            change,
            effect: Effect::Membership,
            subject: Arc::clone(&was.subject),
            reason: "as they were before the plan that is undone".into(),
        });
        let told = (newer > 0).then(|| {
            refused(format!(
                "{newer} of them are left as they are: changed or removed since, or protected"
            ))
        });
        (step, told.into_iter().collect())
    }

    /// Those whose edge still is as the plan left it (`present` or not), and how many others there are.
    fn still(
        &self,
        was: &MembersDiffering,
        kind: MemberKind,
        ids: &[ExternalId],
        present: bool,
    ) -> (Vec<ExternalId>, usize) {
        let members = self
            .snapshot
            .group_id(&was.group)
            .map_or(&[][..], |group| self.snapshot.members(group, kind, was.owner));
        let (mut back, mut newer) = (Vec::new(), 0);
        for id in ids {
            let who = (kind, id.clone());
            let row = match kind {
                MemberKind::User => self.snapshot.user_id(id).map(|id| id.0),
                MemberKind::Group => self.snapshot.group_id(id).map(|id| id.0),
            };
            let here = row.is_some_and(|row| members.binary_search(&row).is_ok());
            if self.leaving.contains(&who) {
                // Its removal takes its edges with it; one that is older than its row comes back.
                back.extend((!present && !here).then(|| id.clone()));
                continue;
            }
            if here == present && !self.protected(kind, row) && (present || self.known(&who)) {
                back.push(id.clone());
            } else {
                newer += 1;
            }
        }
        (back, newer)
    }

    fn protected(&self, kind: MemberKind, row: Option<u32>) -> bool {
        let row = row.filter(|_| kind == MemberKind::User);
        let row = row.and_then(|row| self.snapshot.user(UserId(row)));
        row.is_some_and(|row| self.rules.protects(&row.name))
    }

    /// Whether a row is served after the way back.
    fn there(&self, who: &Who) -> bool {
        let (kind, id) = who;
        let live = match kind {
            MemberKind::User => self
                .snapshot
                .user_id(id)
                .and_then(|id| self.snapshot.user(id))
                .is_some(),
            MemberKind::Group => self
                .snapshot
                .group_id(id)
                .and_then(|id| self.snapshot.group(id))
                .is_some(),
        };
        live || self.coming.contains(who)
    }

    /// The same, or an id of which only edges were ever seen.
    fn known(&self, who: &Who) -> bool {
        let (kind, id) = who;
        self.there(who)
            || match kind {
                MemberKind::User => self
                    .snapshot
                    .user_id(id)
                    .is_some_and(|id| self.snapshot.only_seen(id)),
                MemberKind::Group => {
                    let seen = |id: GroupId| self.snapshot.group_only_seen(id);
                    self.snapshot.group_id(id).is_some_and(seen)
                }
            }
    }
}
