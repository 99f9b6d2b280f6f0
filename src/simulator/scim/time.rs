//! Dates: when objects were created and changed, by the journal of edits.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::simulator::entra::journal::Touch;
use crate::simulator::entra::world::{Node, World};
use crate::simulator::time::Time;

/// When the simulation begins, in seconds since 1970.
const BEGUN: i64 = 1_780_000_000;

/// The present.
pub(super) fn now(world: &World) -> DateTime<Utc> {
    world.time.now(world.journal.len(), BEGUN)
}

/// When what was touched.
#[derive(Debug)]
pub(super) struct Dates {
    touched: HashMap<Node, (u64, u64)>,
    first: (usize, usize),
    time: Time,
}

impl Dates {
    /// By the journal; memberships count for their group where its date moves with them.
    pub(super) fn of(world: &World, first: (usize, usize), dates_move: bool) -> Self {
        let mut touched: HashMap<Node, (u64, u64)> = HashMap::new();
        for (length, touch) in world.journal.between(0, world.journal.len()) {
            let node = match touch {
                Touch::Object(node) => node,
                Touch::Edge { group, .. } if dates_move => Node::Group(group),
                Touch::Edge { .. } => continue,
            };
            touched.entry(node).or_insert((length, length)).1 = length;
        }
        let time = world.time;
        Self { touched, first, time }
    }

    /// Creation and last change.
    pub(super) fn get(&self, node: Node) -> (DateTime<Utc>, DateTime<Utc>) {
        let (slot, early) = match node {
            Node::User(slot) => (slot, self.first.0),
            Node::Group(slot) => (slot, self.first.1),
        };
        let founded = DateTime::from_timestamp(1_546_300_800 + i64::from(slot) * 600, 0).unwrap_or_default();
        let touched = self.touched.get(&node);
        let at = |length: u64| self.time.moment(length, BEGUN);
        let is_first = usize::try_from(slot).is_ok_and(|slot| slot < early);
        let created = match touched {
            Some((created, _)) if !is_first => at(*created),
            _ => founded,
        };
        (created, touched.map_or(created, |(_, changed)| at(*changed)))
    }
}
