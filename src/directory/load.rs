//! Loading: from stored rows to the first snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use super::snapshot::{Ids, LiveGroup, LiveUser, Slot, Snapshot};
use crate::model::commit::Cursor;
use crate::model::name::fold;
use crate::model::row::FormerName;
use crate::model::{Detail, DetailKey, DirectoryId, MemberKind, Owner, Row, Seq};
use crate::store::{self, RowSink, Store, StoreError};

/// Reads a directory from the store.
///
/// # Errors
/// What the store says, or `Damaged` where rows contradict each other.
pub(super) async fn load(store: &dyn Store, directory: &DirectoryId) -> store::Result<Snapshot> {
    let mut loader = Loader::default();
    let seq = store.load(directory, &mut loader).await?;
    loader.finish(directory.clone(), seq)
}

#[derive(Default)]
pub(super) struct Loader {
    users: Vec<Option<Slot<LiveUser>>>,
    groups: Vec<Option<Slot<LiveGroup>>>,
    members: HashMap<(u32, MemberKind, Owner), Vec<u32>>,
    details: Vec<(DetailKey, Detail)>,
    ended_edges: HashMap<(u32, u32), Seq>,
    cursor: Option<Cursor>,
}

impl RowSink for Loader {
    fn row(&mut self, row: Row) -> store::Result<()> {
        match row {
            Row::User(row) => put(&mut self.users, row.id.0, Slot::Live(LiveUser::new(row, None))),
            Row::UserReference(known) => put(&mut self.users, known.id, Slot::Reference(known.external_id)),
            Row::UserTombstone(gone) => put(&mut self.users, gone.id, Slot::Gone(Arc::new(gone))),
            Row::Group(row) => put(&mut self.groups, row.id.0, Slot::Live(LiveGroup::new(row))),
            Row::GroupReference(known) => put(&mut self.groups, known.id, Slot::Reference(known.external_id)),
            Row::GroupTombstone(gone) => put(&mut self.groups, gone.id, Slot::Gone(Arc::new(gone))),
            Row::Members(block) => {
                self.members
                    .entry((block.group.0, block.kind, block.owner))
                    .or_default()
                    .extend(block.ids);
            }
            Row::Detail(key, Some(value)) => self.details.push((key, value)),
            Row::Detail(_, None) => {}
            Row::EdgeTombstone(edge) => {
                self.ended_edges.insert((edge.parent.0, edge.child.0), edge.ended);
            }
        }
        Ok(())
    }

    fn cursor(&mut self, cursor: Cursor) -> store::Result<()> {
        self.cursor = Some(cursor);
        Ok(())
    }
}

fn put<T>(slots: &mut Vec<Option<Slot<T>>>, id: u32, slot: Slot<T>) {
    let at = id as usize;
    if slots.len() <= at {
        slots.resize_with(at + 1, || None);
    }
    slots[at] = Some(slot);
}

fn damaged(directory: &DirectoryId, what: &str) -> StoreError {
    StoreError::Damaged {
        file: format!("directory {directory}"),
        what: what.to_owned(),
    }
}

impl Loader {
    pub(super) fn finish(self, directory: DirectoryId, seq: Seq) -> store::Result<Snapshot> {
        let mut snapshot = Snapshot::empty(directory);
        snapshot.seq = seq;
        snapshot.cursor = self.cursor;
        for (id, slot) in (0u32..).zip(self.users) {
            let slot =
                slot.ok_or_else(|| damaged(&snapshot.directory, &format!("user row {id} is missing")))?;
            index_user(&mut snapshot, id, &slot)?;
            snapshot.users.push_back(slot);
        }
        for (id, slot) in (0u32..).zip(self.groups) {
            let slot =
                slot.ok_or_else(|| damaged(&snapshot.directory, &format!("group row {id} is missing")))?;
            index_group(&mut snapshot, id, &slot)?;
            snapshot.groups.push_back(slot);
        }
        link(&mut snapshot, self.members)?;
        for (key, value) in self.details {
            if let (MemberKind::User, Detail::Hold(hold)) = (key.of, &value)
                && let Some(Slot::Live(live)) = snapshot.users.get_mut(key.id as usize)
            {
                *live = live.with_hold(Some(Arc::clone(hold)));
            }
            snapshot.details.set(key, Some(value));
        }
        snapshot.ended_edges = self.ended_edges.into_iter().collect();
        Ok(snapshot)
    }
}

fn index_user(snapshot: &mut Snapshot, id: u32, slot: &Slot<LiveUser>) -> store::Result<()> {
    let (external, former): (_, &[FormerName]) = match slot {
        Slot::Live(live) => {
            if snapshot.user_names.insert(Arc::clone(&live.folded), id).is_some() {
                return Err(damaged(
                    &snapshot.directory,
                    &format!("two users are named `{}`", live.row.name),
                ));
            }
            (&live.row.external_id, &live.row.former)
        }
        Slot::Reference(external) => (external, &[]),
        Slot::Gone(tombstone) => (&tombstone.external_id, &tombstone.former),
    };
    snapshot.user_ids.insert(external.clone(), id);
    for name in former {
        let ended = snapshot
            .ended_users
            .entry(fold(&name.name).into())
            .or_insert(name.ended);
        *ended = (*ended).max(name.ended);
    }
    Ok(())
}

fn index_group(snapshot: &mut Snapshot, id: u32, slot: &Slot<LiveGroup>) -> store::Result<()> {
    let external = match slot {
        Slot::Live(live) => {
            if snapshot
                .group_names
                .insert(Arc::clone(&live.folded), id)
                .is_some()
            {
                return Err(damaged(
                    &snapshot.directory,
                    &format!("two groups are named `{}`", live.row.name),
                ));
            }
            &live.row.external_id
        }
        Slot::Reference(external) => external,
        Slot::Gone(tombstone) => &tombstone.external_id,
    };
    snapshot.group_ids.insert(external.clone(), id);
    Ok(())
}

fn link(snapshot: &mut Snapshot, members: HashMap<(u32, MemberKind, Owner), Vec<u32>>) -> store::Result<()> {
    let mut of_users: Vec<Vec<u32>> = vec![Vec::new(); snapshot.users.len()];
    let mut of_groups: Vec<Vec<u32>> = vec![Vec::new(); snapshot.groups.len()];
    for ((group, kind, owner), mut ids) in members {
        ids.sort_unstable();
        ids.dedup();
        let ends = match kind {
            MemberKind::User => &mut of_users,
            MemberKind::Group => &mut of_groups,
        };
        for id in &ids {
            let end = ends.get_mut(*id as usize);
            let known = (group as usize) < snapshot.groups.len();
            let end = end.filter(|_| known).ok_or_else(|| {
                damaged(
                    &snapshot.directory,
                    &format!("a membership of group row {group} points at a missing row {id}"),
                )
            })?;
            end.push(group);
        }
        snapshot.memberships += ids.len();
        snapshot.members.insert((group, kind, owner), ids.into());
    }
    snapshot.user_groups = of_users.into_iter().map(sorted).collect();
    snapshot.group_parents = of_groups.into_iter().map(sorted).collect();
    Ok(())
}

fn sorted(mut ids: Vec<u32>) -> Ids {
    ids.sort_unstable();
    ids.dedup();
    ids.into()
}
