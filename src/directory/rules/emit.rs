//! Emission: a finished draft as the rows that the store keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Draft;
use crate::directory::snapshot::Slot;
use crate::model::row::{MemberBlock, Reference};
use crate::model::{GroupId, Row};

impl Draft {
    /// Every row, reference, tombstone, member block that the draft touched, each once.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.users.len() + self.groups.len() + self.blocks.len());
        rows.extend(self.users.iter().map(|id| match &self.next.users[*id as usize] {
            Slot::Live(live) => Row::User(Arc::clone(&live.row)),
            Slot::Reference(external_id) => Row::UserReference(Reference {
                id: *id,
                external_id: external_id.clone(),
            }),
            Slot::Gone(tombstone) => Row::UserTombstone(tombstone.as_ref().clone()),
        }));
        rows.extend(
            self.groups
                .iter()
                .map(|id| match &self.next.groups[*id as usize] {
                    Slot::Live(live) => Row::Group(Arc::clone(&live.row)),
                    Slot::Reference(external_id) => Row::GroupReference(Reference {
                        id: *id,
                        external_id: external_id.clone(),
                    }),
                    Slot::Gone(tombstone) => Row::GroupTombstone(tombstone.as_ref().clone()),
                }),
        );
        rows.extend(self.blocks.iter().map(|(group, kind, owner, high)| {
            let all = self.next.members(GroupId(*group), *kind, *owner);
            let from = all.partition_point(|id| id >> 15 < *high);
            let to = all.partition_point(|id| id >> 15 <= *high);
            let ids = all[from..to].to_vec();
            Row::Members(MemberBlock {
                group: GroupId(*group),
                kind: *kind,
                owner: *owner,
                high: *high,
                ids,
            })
        }));
        let last: BTreeMap<_, _> = self
            .edges
            .iter()
            .map(|edge| ((edge.parent, edge.child), *edge))
            .collect();
        rows.extend(last.into_values().map(Row::EdgeTombstone));
        let details = self.details.iter().map(|key| {
            let value = self.next.details.get(key.of, key.id, key.kind);
            Row::Detail(*key, value.cloned())
        });
        rows.extend(details);
        rows
    }
}
