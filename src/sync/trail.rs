//! The audit trail of a plan: one record per touched user or group, one for a whole first load.

use std::collections::HashMap;

use crate::model::commit::AuditRecord;
use crate::model::plan::{Counts, Effect, Plan, Step};
use crate::model::{Change, ExternalId, MemberKind};

/// Who does it, when, in which run.
pub(super) struct Trail {
    pub(super) at: i64,
    pub(super) actor: String,
    pub(super) run: String,
}

impl Trail {
    pub(super) fn records(&self, plan: &Plan) -> Vec<AuditRecord> {
        let mut records: Vec<AuditRecord> = Vec::with_capacity(plan.steps.len());
        let mut touched: HashMap<(MemberKind, &ExternalId), usize> = HashMap::new();
        for step in &plan.steps {
            // Of these there may be several steps.
            let subject = match &step.change {
                Change::PutGroup(wish) => Some((MemberKind::Group, &wish.external_id)),
                Change::Members { group, .. } => Some((MemberKind::Group, group)),
                Change::PutUser(wish) => Some((MemberKind::User, &wish.external_id)),
                Change::Detail { of, subject, .. } => Some((*of, subject)),
                _ => None,
            };
            let reason = reason(step);
            if let Some(before) = subject.and_then(|subject| touched.get(&subject)) {
                let record = &mut records[*before];
                record.reason = format!("{}; {reason}", record.reason);
                continue;
            }
            if let Some(subject) = subject {
                touched.insert(subject, records.len());
            }
            records.push(self.record(action(step), &step.subject, reason));
        }
        records
    }

    /// A first load, as one record.
    pub(super) fn first_load(&self, plan: &Plan, counts: &Counts) -> AuditRecord {
        let reason = format!(
            "first load: {} users, {} groups, {} memberships",
            counts.users.added, counts.groups.added, counts.memberships.added
        );
        self.record("directory loaded", plan.directory.as_str(), reason)
    }

    fn record(&self, action: &str, subject: &str, reason: String) -> AuditRecord {
        AuditRecord {
            at: self.at,
            actor: self.actor.clone(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            reason,
            run: Some(self.run.clone()),
        }
    }
}

fn action(step: &Step) -> &'static str {
    let user = matches!(
        step.change,
        Change::PutUser(_)
            | Change::VanishUser { .. }
            | Change::RemoveUser { .. }
            | Change::Detail {
                of: MemberKind::User,
                ..
            }
    );
    match (step.effect, user) {
        (Effect::Add, true) => "user added",
        (Effect::Update | Effect::Rename, true) => "user updated",
        (Effect::Reactivate, _) => "user reactivated",
        (Effect::Deactivate, _) => "user deactivated",
        (Effect::Remove, true) => "user removed",
        (Effect::Add, false) => "group added",
        (Effect::Update, false) => "group updated",
        (Effect::Rename, false) => "group renamed",
        (Effect::Remove, false) => "group removed",
        (Effect::Membership, _) => "memberships changed",
        (Effect::Hold, _) => "user held",
        (Effect::Release, _) => "user released",
    }
}

fn reason(step: &Step) -> String {
    let Change::Members {
        add_users,
        remove_users,
        add_groups,
        remove_groups,
        ..
    } = &step.change
    else {
        return step.reason.to_string();
    };
    let (added, removed) = (
        add_users.len() + add_groups.len(),
        remove_users.len() + remove_groups.len(),
    );
    format!("{}: {added} added, {removed} removed", step.reason)
}
