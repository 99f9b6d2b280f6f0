//! The planner: a pure function from a stage with a snapshot to a plan.
//!
//! What the rules would leave out or rename it asks the rules, so that planning again gives nothing.

use std::borrow::Cow;
use std::sync::Arc;

use super::members::MemberPlanner;
use super::notices;
use super::stage::{Said, Stage};
use crate::directory::Snapshot;
use crate::directory::rules::{Draft, as_wished_group, as_wished_user, groups, names};
use crate::model::change::{GroupWish, UserWish};
use crate::model::plan::{Effect, Plan, Refused, Step};
use crate::model::user::UserRow;
use crate::model::{Change, Owner};

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
pub fn plan(snapshot: &Snapshot, stage: &Stage, read: Completeness) -> Plan {
    let losses = if read == Completeness::Incomplete {
        Vec::new()
    } else {
        losses(snapshot, stage, read)
    };
    let mut planner = Planner {
        snapshot,
        steps: losses,
        refused: Vec::new(),
        names_wait: false,
    };
    // Names that the losses free are free for the wishes.
    let after = planner.without_losses();
    let after = after.as_ref().map_or(snapshot, Draft::snapshot);
    planner.put_users(after, stage);
    planner.put_groups(after, stage);
    let members = MemberPlanner::new(snapshot, stage, read);
    planner.steps.extend(members.steps());
    let notices = notices::of(snapshot, &planner.steps);
    Plan {
        directory: snapshot.directory().clone(),
        base: snapshot.seq(),
        steps: planner.steps,
        refused: planner.refused,
        names_wait: planner.names_wait,
        notices,
    }
}

/// Whether the source has lost an id, by its own word or by a complete read's silence.
pub(super) fn lost<T>(said: &Said<T>, read: Completeness) -> bool {
    match said {
        Said::Gone => read != Completeness::Incomplete,
        Said::Nothing => read == Completeness::Everything,
        Said::There(_) => false,
    }
}

fn losses(snapshot: &Snapshot, stage: &Stage, read: Completeness) -> Vec<Step> {
    let users = snapshot
        .users()
        .filter(|row| row.owner == Owner::Source && !row.vanished)
        .filter(|row| lost(stage.users.of(&row.external_id), read))
        .map(|row| Step {
            change: Change::VanishUser {
                user: row.external_id.clone(),
            },
            // Who was disabled before loses nothing by vanishing.
            effect: if row.active() {
                Effect::Deactivate
            } else {
                Effect::Update
            },
            subject: Arc::clone(&row.name),
            reason: "gone at the source".into(),
        });
    let groups = snapshot
        .groups()
        .filter(|row| row.owner == Owner::Source)
        .filter(|row| lost(stage.groups.of(&row.external_id), read))
        .map(|row| Step {
            change: Change::RemoveGroup {
                group: row.external_id.clone(),
            },
            effect: Effect::Remove,
            subject: Arc::clone(&row.name),
            reason: "gone at the source".into(),
        });
    users.chain(groups).collect()
}

struct Planner<'a> {
    snapshot: &'a Snapshot,
    steps: Vec<Step>,
    refused: Vec<Refused>,
    names_wait: bool,
}

impl Planner<'_> {
    /// The picture after the losses, where there are any.
    fn without_losses(&self) -> Option<Draft> {
        if self.steps.is_empty() {
            return None;
        }
        let changes: Vec<Change> = self.steps.iter().map(|step| step.change.clone()).collect();
        let mut draft = Draft::new(self.snapshot, 0);
        draft.apply(&changes);
        Some(draft)
    }

    fn put_users(&mut self, after: &Snapshot, stage: &Stage) {
        let wishes: Vec<&UserWish> = stage.users.wishes().collect();
        let verdict = names::settle(after, &wishes);
        self.names_wait = !verdict.refused.is_empty();
        self.refused.extend(verdict.refused);
        for (wish, name) in wishes.into_iter().zip(verdict.names) {
            let Some(name) = name else { continue };
            let row = self
                .snapshot
                .user_id(&wish.external_id)
                .and_then(|id| self.snapshot.user(id));
            let (effect, reason) = match row {
                None => (Effect::Add, "new at the source".into()),
                Some(row) if as_wished_user(row, wish, &name) => continue,
                Some(row) => change_of(row, wish, &name),
            };
            let subject = row.map_or(name, |row| Arc::clone(&row.name));
            self.steps.push(Step {
                change: Change::PutUser(wish.clone()),
                effect,
                subject,
                reason,
            });
        }
    }

    fn put_groups(&mut self, after: &Snapshot, stage: &Stage) {
        let wishes: Vec<&GroupWish> = stage.groups.wishes().collect();
        let served = groups::settle(after, &wishes);
        self.refused.extend(served.reports);
        for (wish, name) in wishes.into_iter().zip(served.names) {
            let Some(name) = name else { continue };
            let row = self
                .snapshot
                .group_id(&wish.external_id)
                .and_then(|id| self.snapshot.group(id));
            let (effect, reason): (_, Cow<'static, str>) = match row {
                None => (Effect::Add, "new at the source".into()),
                Some(row) if as_wished_group(row, wish, &name) => continue,
                Some(row) if row.name != name => {
                    (Effect::Rename, format!("now `{name}` at the source").into())
                }
                Some(_) => (Effect::Update, "changed at the source".into()),
            };
            let subject = row.map_or(name, |row| Arc::clone(&row.name));
            self.steps.push(Step {
                change: Change::PutGroup(wish.clone()),
                effect,
                subject,
                reason,
            });
        }
    }
}

fn change_of(row: &UserRow, wish: &UserWish, name: &Arc<str>) -> (Effect, Cow<'static, str>) {
    match (row.active(), wish.active) {
        (true, false) => (Effect::Deactivate, "disabled at the source".into()),
        (false, true) if row.vanished => (Effect::Reactivate, "back at the source".into()),
        (false, true) => (Effect::Reactivate, "enabled at the source".into()),
        _ if row.name != *name => (Effect::Update, format!("now `{name}` at the source").into()),
        _ if row.vanished => (Effect::Update, "back at the source, disabled".into()),
        _ => (Effect::Update, "changed at the source".into()),
    }
}
