//! The difference of two snapshots of one directory, in what its source owns and in what went with that.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::Vector;

use super::live::{LiveGroup, LiveUser};
use super::snapshot::{Slot, Snapshot};
use crate::model::facts::{Difference, Differing, GroupFacts, MembersDiffering, UserFacts};
use crate::model::{Attributes, Detail, DetailKind, ExternalId, GroupId, MemberKind, Owner, UserId};

/// All in which `after` differs from `before`; edges of rules are left out, since every commit makes them anew.
pub fn between(before: &Snapshot, after: &Snapshot) -> Difference {
    Difference {
        users: users(before, after),
        groups: groups(before, after),
        members: members(before, after),
    }
}

/// What a user of the source is.
pub fn user_facts(snapshot: &Snapshot, user: &ExternalId) -> Option<UserFacts> {
    let id = snapshot.user_id(user)?;
    facts_of_user(snapshot, snapshot.users.get(id.0 as usize)?)
}

/// What a group of the source is.
pub fn group_facts(snapshot: &Snapshot, group: &ExternalId) -> Option<GroupFacts> {
    let id = snapshot.group_id(group)?;
    facts_of_group(snapshot, snapshot.groups.get(id.0 as usize)?)
}

fn users(before: &Snapshot, after: &Snapshot) -> Vec<Differing<UserFacts>> {
    let same = |was: &LiveUser, is: &LiveUser| Arc::ptr_eq(&was.row, &is.row);
    let changed = changed(&before.users, &after.users, same);
    let told = changed.filter_map(|(id, was, is)| {
        let was = was.and_then(|slot| facts_of_user(before, slot));
        UserFacts::told(after.user_external(UserId(id))?, was, facts_of_user(after, is))
    });
    told.collect()
}

fn groups(before: &Snapshot, after: &Snapshot) -> Vec<Differing<GroupFacts>> {
    let same = |was: &LiveGroup, is: &LiveGroup| Arc::ptr_eq(&was.row, &is.row);
    let changed = changed(&before.groups, &after.groups, same);
    let told = changed.filter_map(|(id, was, is)| {
        let was = was.and_then(|slot| facts_of_group(before, slot));
        GroupFacts::told(after.group_external(GroupId(id))?, was, facts_of_group(after, is))
    });
    told.collect()
}

/// The slots of which something may have changed: ids are given once, so both have the same place.
fn changed<'a, T>(
    before: &'a Vector<Slot<T>>,
    after: &'a Vector<Slot<T>>,
    same: impl Fn(&T, &T) -> bool,
) -> impl Iterator<Item = (u32, Option<&'a Slot<T>>, &'a Slot<T>)> {
    let mut earlier = before.iter();
    let pairs = (0..)
        .zip(after.iter())
        .map(move |(id, is)| (id, earlier.next(), is));
    pairs.filter(move |(_, was, is)| match (was, is) {
        (Some(Slot::Live(was)), Slot::Live(is)) => !same(was, is),
        (Some(Slot::Live(_)), _) | (_, Slot::Live(_)) => true,
        _ => false,
    })
}

fn members(before: &Snapshot, after: &Snapshot) -> Vec<MembersDiffering> {
    let mut sets = BTreeSet::new();
    for ((group, kind, owner), is) in &after.members {
        let was = before.members.get(&(*group, *kind, *owner));
        if was.is_none_or(|was| !Arc::ptr_eq(was, is)) {
            sets.insert((*group, *owner));
        }
    }
    let ended = before
        .members
        .keys()
        .filter(|key| !after.members.contains_key(*key));
    sets.extend(ended.map(|(group, _, owner)| (*group, *owner)));
    let told = sets.into_iter().filter(|(_, owner)| *owner != Owner::Rule);
    told.filter_map(|(group, owner)| members_of(before, after, GroupId(group), owner))
        .collect()
}

fn members_of(before: &Snapshot, after: &Snapshot, group: GroupId, owner: Owner) -> Option<MembersDiffering> {
    let only = |one: &Snapshot, other: &Snapshot, kind: MemberKind| -> Vec<ExternalId> {
        let there = other.members(group, kind, owner);
        let ids = one.members(group, kind, owner).iter();
        ids.filter(|id| there.binary_search(id).is_err())
            .filter_map(|id| match kind {
                MemberKind::User => one.user_external(UserId(*id)).cloned(),
                MemberKind::Group => one.group_external(GroupId(*id)).cloned(),
            })
            .collect()
    };
    let external = after.group_external(group)?.clone();
    let named = before.group(group).or_else(|| after.group(group));
    let subject = named.map_or_else(|| external.as_str().into(), |row| Arc::clone(&row.name));
    let found = MembersDiffering {
        group: external,
        subject,
        owner,
        added_users: only(after, before, MemberKind::User),
        removed_users: only(before, after, MemberKind::User),
        added_groups: only(after, before, MemberKind::Group),
        removed_groups: only(before, after, MemberKind::Group),
    };
    let lists = [
        &found.added_users,
        &found.removed_users,
        &found.added_groups,
        &found.removed_groups,
    ];
    let nothing = lists.into_iter().all(Vec::is_empty);
    (!nothing).then_some(found)
}

fn facts_of_user(snapshot: &Snapshot, slot: &Slot<LiveUser>) -> Option<UserFacts> {
    let row = &slot.live()?.row;
    if row.owner != Owner::Source {
        return None;
    }
    let beside = |kind| attributes(snapshot, MemberKind::User, row.id.0, kind);
    Some(UserFacts {
        name: Some(Arc::clone(&row.name)),
        first_name: Some(Arc::clone(&row.first_name)),
        last_name: Some(Arc::clone(&row.last_name)),
        display_name: Some(Arc::clone(&row.display_name)),
        email: Some(Arc::clone(&row.email)),
        active: Some(row.source_active),
        vanished: Some(row.vanished),
        created_at: Some(row.created_at),
        custom: Some(beside(DetailKind::SourceAttributes)),
        written: Some(beside(DetailKind::Attributes)),
    })
}

fn facts_of_group(snapshot: &Snapshot, slot: &Slot<LiveGroup>) -> Option<GroupFacts> {
    let row = &slot.live()?.row;
    if row.owner != Owner::Source {
        return None;
    }
    Some(GroupFacts {
        name: Some(Arc::clone(&row.name)),
        source_name: Some(Arc::clone(&row.source_name)),
        nickname: Some(Arc::clone(&row.nickname)),
        description: Some(Arc::clone(&row.description)),
        created_at: Some(row.created_at),
        written: Some(attributes(
            snapshot,
            MemberKind::Group,
            row.id.0,
            DetailKind::Attributes,
        )),
    })
}

fn attributes(snapshot: &Snapshot, of: MemberKind, id: u32, kind: DetailKind) -> Attributes {
    match snapshot.details.get(of, id, kind) {
        Some(Detail::Attributes(some) | Detail::SourceAttributes(some)) => some.as_ref().clone(),
        _ => Attributes::default(),
    }
}
