//! The shield of protected users: a group that one of them is in does not go before a person has seen it.
//!
//! Their rows and their places in groups are in no plan at all; but a group that the source has no longer would take its members'
//! places along.

use std::collections::BTreeSet;

use crate::directory::{Judgement, Snapshot};
use crate::model::plan::Step;
use crate::model::{Change, ExternalId, MemberKind, UserId};

/// Holds the removal of every group that a user of these folded names is directly in.
pub(super) fn hold(
    snapshot: &Snapshot,
    steps: &[Step],
    protected: &BTreeSet<String>,
    judgement: &mut Judgement,
) {
    if protected.is_empty() {
        return;
    }
    for step in steps {
        let Change::RemoveGroup { group } = &step.change else {
            continue;
        };
        if let Some(user) = protected_member(snapshot, group, protected) {
            let reason = format!(
                "plan removes the group `{}`, which the protected user `{user}` is in",
                step.subject
            );
            judgement.hold_group(reason, group);
        }
    }
}

/// A protected user who is in a group, if one is.
fn protected_member<'a>(
    snapshot: &Snapshot,
    group: &ExternalId,
    protected: &'a BTreeSet<String>,
) -> Option<&'a str> {
    let members = snapshot.all_members(snapshot.group_id(group)?, MemberKind::User);
    // Few are protected, a group may have a hundred thousand members: asked by the few.
    protected.iter().map(String::as_str).find(|name| {
        let row = snapshot.user_named(name);
        row.is_some_and(|row| members.iter().any(|id| UserId(*id) == row.id))
    })
}
