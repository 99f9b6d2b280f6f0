//! Emission: a finished draft as the rows that the store keeps.

use std::collections::BTreeMap;

use super::Draft;
use crate::directory::rows;
use crate::model::Row;

impl Draft {
    /// Every row, reference, tombstone, member block, detail that the draft touched, each once.
    pub fn rows(&self) -> Vec<Row> {
        let next = &self.next;
        let mut all = Vec::with_capacity(self.users.len() + self.groups.len() + self.blocks.len());
        all.extend(self.users.iter().map(|id| rows::user(next, *id)));
        all.extend(self.groups.iter().map(|id| rows::group(next, *id)));
        all.extend(self.blocks.iter().map(|key| rows::block(next, *key)));
        let last: BTreeMap<_, _> = self
            .edges
            .iter()
            .map(|edge| ((edge.parent, edge.child), *edge))
            .collect();
        all.extend(last.into_values().map(Row::EdgeTombstone));
        all.extend(self.details.iter().map(|key| rows::detail(next, *key)));
        all
    }
}
