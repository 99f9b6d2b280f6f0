//! The planner: a pure function from a stage with a snapshot to a plan.

use std::collections::HashSet;

use super::mapping::Mapping;
use super::stage::{Members, Stage};
use crate::directory::Snapshot;
use crate::directory::rules::Draft;
use crate::model::plan::{Effect, Plan, Step};
use crate::model::{Change, ExternalId, GroupId, MemberKind, Owner, UserId};

/// What may be concluded from what a pull did not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// All was read: what was not told is gone.
    Everything,
    /// What was not told is unchanged.
    ChangesOnly,
    /// A part could not be read: nothing may be removed, nobody deactivated for being absent.
    Incomplete,
}

/// The steps from the snapshot to what the source reported. Applying them, then planning again, gives none.
pub fn plan(snapshot: &Snapshot, stage: &Stage, read: Completeness, mapping: &Mapping) -> Plan {
    let mut planner = Planner {
        snapshot,
        stage,
        read,
        steps: Vec::new(),
    };
    planner.put_users(mapping);
    planner.put_groups();
    if read != Completeness::Incomplete {
        planner.lose_users();
        planner.lose_groups();
    }
    for (group, members) in &stage.members {
        planner.members(group, members);
    }
    let mut plan = Plan {
        directory: snapshot.directory().clone(),
        base: snapshot.seq(),
        steps: planner.steps,
        refused: Vec::new(),
    };
    drop_idle(snapshot, &mut plan);
    plan
}

/// Asks the rules; steps that they would refuse whole leave nothing behind, so the plan says so instead.
fn drop_idle(snapshot: &Snapshot, plan: &mut Plan) {
    let mut draft = Draft::new(snapshot, 0);
    let changes: Vec<Change> = plan.steps.iter().map(|step| step.change.clone()).collect();
    plan.refused = draft.apply(&changes);
    if draft.is_empty() {
        plan.steps.clear();
    }
}

struct Planner<'a> {
    snapshot: &'a Snapshot,
    stage: &'a Stage,
    read: Completeness,
    steps: Vec<Step>,
}

impl Planner<'_> {
    fn step(&mut self, change: Change, effect: Effect, subject: &str, reason: &str) {
        self.steps.push(Step {
            change,
            effect,
            subject: subject.to_owned(),
            reason: reason.to_owned(),
        });
    }

    fn put_users(&mut self, mapping: &Mapping) {
        for user in self.stage.users.values().flatten() {
            let wish = mapping.user(user);
            let row = self
                .snapshot
                .user_id(&wish.external_id)
                .and_then(|id| self.snapshot.user(id));
            let (effect, reason) = match row {
                None => (Effect::Add, "new at the source"),
                Some(row) => {
                    let mut probe = Draft::new(self.snapshot, 0);
                    probe.apply(&[Change::PutUser(wish.clone())]);
                    if probe.is_empty() {
                        continue;
                    }
                    match (row.active(), wish.active) {
                        (true, false) => (Effect::Deactivate, "disabled at the source"),
                        (false, true) => (Effect::Reactivate, "enabled at the source"),
                        _ => (Effect::Update, "changed at the source"),
                    }
                }
            };
            let subject = wish.name.to_string();
            self.step(Change::PutUser(wish), effect, &subject, reason);
        }
    }

    fn put_groups(&mut self) {
        for group in self.stage.groups.values().flatten() {
            let wish = Mapping::group(group);
            let known = self
                .snapshot
                .group_id(&wish.external_id)
                .and_then(|id| self.snapshot.group(id))
                .is_some();
            if known {
                let mut probe = Draft::new(self.snapshot, 0);
                probe.apply(&[Change::PutGroup(wish.clone())]);
                if probe.is_empty() {
                    continue;
                }
            }
            let subject = wish.name.to_string();
            let (effect, reason) = if known {
                (Effect::Update, "changed at the source")
            } else {
                (Effect::Add, "new at the source")
            };
            self.step(Change::PutGroup(wish), effect, &subject, reason);
        }
    }

    /// Whether the source has lost an id, by its own word or by a complete read's silence.
    fn lost<T>(&self, told: Option<&Option<T>>) -> bool {
        match told {
            Some(told) => told.is_none(),
            None => self.read == Completeness::Everything,
        }
    }

    fn lose_users(&mut self) {
        let rows = self
            .snapshot
            .users()
            .filter(|row| row.owner == Owner::Source && !row.vanished);
        let lost: Vec<_> = rows
            .filter(|row| self.lost(self.stage.users.get(&row.external_id)))
            .collect();
        for row in lost {
            let change = Change::VanishUser {
                user: row.external_id.clone(),
            };
            self.step(change, Effect::Deactivate, &row.name, "gone at the source");
        }
    }

    fn lose_groups(&mut self) {
        let rows = self.snapshot.groups().filter(|row| row.owner == Owner::Source);
        let lost: Vec<_> = rows
            .filter(|row| self.lost(self.stage.groups.get(&row.external_id)))
            .collect();
        for row in lost {
            let change = Change::RemoveGroup {
                group: row.external_id.clone(),
            };
            self.step(change, Effect::Remove, &row.name, "gone at the source");
        }
    }

    /// One group's step. An edge of a user who is missing at the source stays, frozen.
    fn members(&mut self, group: &ExternalId, members: &Members) {
        if matches!(self.stage.groups.get(group), Some(None)) {
            return;
        }
        let (add_users, remove_users) = self.edges(group, members, MemberKind::User);
        let (add_groups, remove_groups) = self.edges(group, members, MemberKind::Group);
        if [&add_users, &remove_users, &add_groups, &remove_groups]
            .iter()
            .all(|ids| ids.is_empty())
        {
            return;
        }
        let row = self
            .snapshot
            .group_id(group)
            .and_then(|id| self.snapshot.group(id));
        let subject = row.map_or_else(|| group.to_string(), |row| row.name.to_string());
        let change = Change::Members {
            group: group.clone(),
            add_users,
            remove_users,
            add_groups,
            remove_groups,
        };
        self.step(
            change,
            Effect::Membership,
            &subject,
            "memberships changed at the source",
        );
    }

    fn edges(
        &self,
        group: &ExternalId,
        members: &Members,
        kind: MemberKind,
    ) -> (Vec<ExternalId>, Vec<ExternalId>) {
        let present: HashSet<&ExternalId> = self.present(group, kind).into_iter().collect();
        let told = || members.edges.iter().filter(|((of, _), _)| *of == kind);
        let mut add: Vec<_> = told()
            .filter(|((_, id), there)| **there && !present.contains(id))
            .map(|((_, id), _)| id.clone())
            .collect();
        let whole = members.complete && !members.unknown;
        let absent = |id: &ExternalId| match members.edges.get(&(kind, id.clone())) {
            Some(there) => !there,
            None => whole,
        };
        let mut remove: Vec<_> = present
            .iter()
            .filter(|id| absent(id))
            .map(|id| (*id).clone())
            .collect();
        remove.retain(|id| {
            self.read != Completeness::Incomplete && !(kind == MemberKind::User && self.frozen(id))
        });
        add.sort();
        remove.sort();
        (add, remove)
    }

    fn present(&self, group: &ExternalId, kind: MemberKind) -> Vec<&ExternalId> {
        let Some(id) = self.snapshot.group_id(group) else {
            return Vec::new();
        };
        let ids = self.snapshot.members(id, kind, Owner::Source).iter();
        match kind {
            MemberKind::User => ids
                .filter_map(|id| self.snapshot.user_external(UserId(*id)))
                .collect(),
            MemberKind::Group => ids
                .filter_map(|id| self.snapshot.group_external(GroupId(*id)))
                .collect(),
        }
    }

    /// Whether the user is missing at the source: before, or by this pull.
    fn frozen(&self, user: &ExternalId) -> bool {
        match self.stage.users.get(user) {
            Some(told) => told.is_none(),
            None if self.read == Completeness::Everything => true,
            None => {
                let row = self.snapshot.user_id(user).and_then(|id| self.snapshot.user(id));
                row.is_some_and(|row| row.vanished)
            }
        }
    }
}
