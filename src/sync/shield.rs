//! The shield of protected users: what they are in, directly or by groups in groups, does not go before a person has seen it.
//!
//! Their rows and their places in groups are in no plan at all; but a group that the source has no longer would take its members'
//! places along, and a group that leaves another takes all who are in it out of that one.

use std::collections::{BTreeSet, HashMap};

use crate::directory::{Judgement, Snapshot};
use crate::model::plan::Step;
use crate::model::{Change, ExternalId, GroupId};

/// Holds the removal of every group that a user of these folded names is in, and of every nesting by which it is in one.
pub(super) fn hold(
    snapshot: &Snapshot,
    steps: &[Step],
    protected: &BTreeSet<String>,
    judgement: &mut Judgement,
) {
    if protected.is_empty() {
        return;
    }
    let carriers = carriers(snapshot, protected);
    let carried = |group: &ExternalId| carriers.get(&snapshot.group_id(group)?).copied();
    for step in steps {
        match &step.change {
            Change::RemoveGroup { group } => {
                if let Some(user) = carried(group) {
                    let reason = format!(
                        "plan removes the group `{}`, which the protected user `{user}` is in",
                        step.subject
                    );
                    judgement.hold_group(reason, group);
                }
            }
            Change::Members {
                group, remove_groups, ..
            } => {
                let leaving = remove_groups
                    .iter()
                    .find_map(|child| Some((child, carried(child)?)));
                if let Some((child, user)) = leaving {
                    let child = snapshot.group_id(child).and_then(|id| snapshot.group(id));
                    let reason = format!(
                        "plan takes the group `{}`, which the protected user `{user}` is in, out of `{}`",
                        child.map_or("", |row| &*row.name),
                        step.subject
                    );
                    judgement.hold_members(reason, group);
                }
            }
            _ => {}
        }
    }
}

/// Every group that a protected user is in, with the first such user. Few are protected, a group may have a hundred thousand
/// members: walked upwards from the few. Groups in circles are visited once.
fn carriers<'a>(snapshot: &Snapshot, protected: &'a BTreeSet<String>) -> HashMap<GroupId, &'a str> {
    let mut carriers = HashMap::new();
    for name in protected {
        let Some(row) = snapshot.user_named(name) else {
            continue;
        };
        let mut open: Vec<u32> = snapshot.groups_of(row.id).to_vec();
        while let Some(group) = open.pop() {
            let group = GroupId(group);
            if carriers.contains_key(&group) {
                continue;
            }
            carriers.insert(group, name.as_str());
            open.extend(snapshot.parents_of(group));
        }
    }
    carriers
}
