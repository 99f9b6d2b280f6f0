//! Protected groups: no push removes, renames or empties one, however old it is.

use std::collections::{BTreeSet, HashSet};

use super::losses::{Losses, Thing, group_row};
use crate::directory::limits::Limits;
use crate::directory::snapshot::Snapshot;
use crate::model::name::{clean, fold};
use crate::model::{Change, ExternalId, GroupId, MemberKind, UserId};

/// The protected group that the changes take away from, with the reason.
pub(super) fn breach(
    limits: &Limits,
    snapshot: &Snapshot,
    changes: &[Change],
    losses: &Losses,
) -> Option<(ExternalId, String)> {
    let of_change = |id: &ExternalId| {
        let row = snapshot.group(group_row(snapshot, id)?)?;
        limits.protects(&row.name).then_some(row)
    };
    for change in changes {
        let breach = match change {
            Change::RemoveGroup { group } => of_change(group).map(|row| (row, "remove the protected group")),
            Change::PutGroup(wish) => of_change(&wish.external_id)
                .filter(|row| fold(&clean(&wish.name)) != fold(&row.name))
                .map(|row| (row, "rename the protected group")),
            _ => None,
        };
        if let Some((row, what)) = breach {
            return Some((
                row.external_id.clone(),
                format!("a push would {what} `{}`", row.name),
            ));
        }
    }
    let emptied = shrunk(snapshot, losses).into_iter().find_map(|id| {
        let row = snapshot.group(GroupId(id))?;
        let is_emptied = limits.protects(&row.name) && empties(snapshot, GroupId(id), losses);
        is_emptied.then_some(row)
    });
    emptied.map(|row| {
        let reason = format!(
            "a push would leave nobody active in the protected group `{}`",
            row.name
        );
        (row.external_id.clone(), reason)
    })
}

/// The groups that lose anybody, or whose member may log in no longer.
fn shrunk(snapshot: &Snapshot, losses: &Losses) -> BTreeSet<u32> {
    let mut groups = BTreeSet::new();
    for thing in &losses.lost {
        match thing {
            Thing::User(id) => groups.extend(snapshot.groups_of(UserId(*id))),
            Thing::Edge(group, ..) => {
                groups.insert(*group);
            }
            Thing::Group(_) => {}
        }
    }
    groups
}

/// Whether a group has active users or child groups now, and none after the losses.
fn empties(snapshot: &Snapshot, group: GroupId, losses: &Losses) -> bool {
    let lost: HashSet<Thing> = losses.lost.iter().copied().collect();
    let edge = |of, member| Thing::Edge(group.0, of, member);
    let active = |id: u32| snapshot.user(UserId(id)).is_some_and(|row| row.active());
    let users = snapshot.all_members(group, MemberKind::User);
    let groups = snapshot.all_members(group, MemberKind::Group);
    let mut was_filled = false;
    for id in users.iter().filter(|id| active(**id)) {
        was_filled = true;
        if !lost.contains(&Thing::User(*id)) && !lost.contains(&edge(MemberKind::User, *id)) {
            return false;
        }
    }
    for id in groups.iter() {
        was_filled = true;
        if !lost.contains(&Thing::Group(*id)) && !lost.contains(&edge(MemberKind::Group, *id)) {
            return false;
        }
    }
    let comes = losses.back.iter().any(|thing| match thing {
        Thing::Edge(parent, MemberKind::User, id) => *parent == group.0 && active(*id),
        Thing::Edge(parent, MemberKind::Group, _) => *parent == group.0,
        Thing::User(_) | Thing::Group(_) => false,
    });
    was_filled && !comes
}
