//! A snapshot's facts as the rows that a store keeps.

use std::sync::Arc;

use super::snapshot::{Slot, Snapshot};
use crate::model::row::Reference;
use crate::model::{DetailKey, GroupId, MemberBlock, MemberKind, Owner, Row};

/// Every row of a snapshot. Tombstones of edges are left out: no token of another epoch asks for them.
pub(super) fn all(snapshot: Arc<Snapshot>) -> impl Iterator<Item = Row> + Send {
    let (users, groups) = (snapshot.users.len(), snapshot.groups.len());
    let count = |len: usize| 0..u32::try_from(len).unwrap_or(u32::MAX);
    let mut sets: Vec<_> = snapshot.members.keys().copied().collect();
    sets.sort_unstable();
    let details: Vec<DetailKey> = snapshot.details.keys();
    let (of_users, of_groups, of_members) = (
        Arc::clone(&snapshot),
        Arc::clone(&snapshot),
        Arc::clone(&snapshot),
    );
    let users = count(users).map(move |id| user(&of_users, id));
    let groups = count(groups).map(move |id| group(&of_groups, id));
    let members = sets.into_iter().flat_map(move |(group, kind, owner)| {
        let all = of_members.members(GroupId(group), kind, owner);
        let mut highs: Vec<u32> = all.iter().map(|id| id >> 15).collect();
        highs.dedup();
        let block = |high| block(&of_members, (group, kind, owner, high));
        highs.into_iter().map(block).collect::<Vec<_>>()
    });
    let details = details.into_iter().map(move |key| detail(&snapshot, key));
    users.chain(groups).chain(members).chain(details)
}

/// What is in a user's slot.
pub(super) fn user(snapshot: &Snapshot, id: u32) -> Row {
    match &snapshot.users[id as usize] {
        Slot::Live(live) => Row::User(Arc::clone(&live.row)),
        Slot::Reference(external_id) => Row::UserReference(Reference {
            id,
            external_id: external_id.clone(),
        }),
        Slot::Gone(tombstone) => Row::UserTombstone(tombstone.as_ref().clone()),
    }
}

/// What is in a group's slot.
pub(super) fn group(snapshot: &Snapshot, id: u32) -> Row {
    match &snapshot.groups[id as usize] {
        Slot::Live(live) => Row::Group(Arc::clone(&live.row)),
        Slot::Reference(external_id) => Row::GroupReference(Reference {
            id,
            external_id: external_id.clone(),
        }),
        Slot::Gone(tombstone) => Row::GroupTombstone(tombstone.as_ref().clone()),
    }
}

/// The members of a group whose ids share `high`, perhaps none.
pub(super) fn block(snapshot: &Snapshot, (group, kind, owner, high): (u32, MemberKind, Owner, u32)) -> Row {
    let all = snapshot.members(GroupId(group), kind, owner);
    let from = all.partition_point(|id| id >> 15 < high);
    let to = all.partition_point(|id| id >> 15 <= high);
    Row::Members(MemberBlock {
        group: GroupId(group),
        kind,
        owner,
        high,
        ids: all[from..to].to_vec(),
    })
}

/// What is kept beside a row, perhaps nothing.
pub(super) fn detail(snapshot: &Snapshot, key: DetailKey) -> Row {
    Row::Detail(key, snapshot.details.get(key.of, key.id, key.kind).cloned())
}
