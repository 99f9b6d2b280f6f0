//! What the source has no longer: who vanishes, who is removed, which groups end.

use std::borrow::Cow;
use std::sync::Arc;

use super::config::MissingUsers;
use super::planner::{Completeness, lost};
use super::scope::Why;
use super::stage::{Said, Stage};
use super::terms::Terms;
use crate::clock::Span;
use crate::directory::Snapshot;
use crate::model::group::GroupRow;
use crate::model::plan::{Effect, Step};
use crate::model::user::UserRow;
use crate::model::{Change, Owner};

const DAY_MILLIS: i64 = 24 * 3_600_000;

/// The steps that take users and groups away.
pub(super) fn losses(snapshot: &Snapshot, stage: &Stage, terms: &Terms) -> Vec<Step> {
    if terms.read == Completeness::Incomplete {
        return Vec::new();
    }
    let users = snapshot
        .users()
        .filter(|row| row.owner == Owner::Source && !terms.rules.protects(&row.name))
        .filter(|row| !terms.withheld.users.contains(&row.external_id))
        .filter(|row| !terms.withheld.still.users.contains(&row.external_id))
        .filter_map(|row| user(row, stage, terms));
    let groups = snapshot
        .groups()
        .filter(|row| row.owner == Owner::Source && !terms.withheld.groups.contains(&row.external_id))
        .filter(|row| !terms.withheld.still.groups.contains(&row.external_id))
        .filter_map(|row| group(row, stage, terms));
    users.chain(groups).collect()
}

fn user(row: &UserRow, stage: &Stage, terms: &Terms) -> Option<Step> {
    let said = stage.users.of(&row.external_id);
    if matches!(said, Said::Out(Why::Joined)) {
        // Whoever is part of another is told there: two would be one person twice.
        let user = row.external_id.clone();
        return Some(step(
            Change::RemoveUser { user },
            Effect::Remove,
            &row.name,
            reason(said),
        ));
    }
    if row.vanished {
        return overdue(row, said, terms);
    }
    if !lost(said, terms.read) {
        return None;
    }
    let user = row.external_id.clone();
    let (change, effect) = match terms.rules.missing.users {
        MissingUsers::Keep => return None,
        MissingUsers::Remove => (Change::RemoveUser { user }, Effect::Remove),
        // Who was disabled before loses nothing by vanishing.
        MissingUsers::Deactivate if row.active() => (Change::VanishUser { user }, Effect::Deactivate),
        MissingUsers::Deactivate => (Change::VanishUser { user }, Effect::Update),
    };
    Some(step(change, effect, &row.name, reason(said)))
}

/// A user who vanished before and is removed when its time is over. The row last changed when it vanished.
fn overdue<T>(row: &UserRow, said: &Said<T>, terms: &Terms) -> Option<Step> {
    let after = terms.rules.remove_after()?;
    let over = terms.now.saturating_sub(row.updated_at) >= after;
    if !over || matches!(said, Said::There(_)) {
        return None;
    }
    let change = Change::RemoveUser {
        user: row.external_id.clone(),
    };
    let reason = if after == 0 {
        reason(said)
    } else {
        format!("gone at the source for {}", length(after)).into()
    };
    Some(step(change, Effect::Remove, &row.name, reason))
}

/// In days, where it is whole ones.
fn length(millis: i64) -> String {
    if millis % DAY_MILLIS == 0 {
        return format!("{} days", millis / DAY_MILLIS);
    }
    Span(std::time::Duration::from_millis(millis.unsigned_abs())).to_string()
}

fn group(row: &GroupRow, stage: &Stage, terms: &Terms) -> Option<Step> {
    let said = stage.groups.of(&row.external_id);
    let change = Change::RemoveGroup {
        group: row.external_id.clone(),
    };
    lost(said, terms.read).then(|| step(change, Effect::Remove, &row.name, reason(said)))
}

fn reason<T>(said: &Said<T>) -> Cow<'static, str> {
    match said {
        Said::Out(why) => why.sentence().into(),
        _ => "gone at the source".into(),
    }
}

fn step(change: Change, effect: Effect, subject: &Arc<str>, reason: Cow<'static, str>) -> Step {
    Step {
        change,
        effect,
        subject: Arc::clone(subject),
        reason,
    }
}
