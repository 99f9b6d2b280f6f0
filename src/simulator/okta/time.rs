//! Dates: when what was changed, by the journal of edits.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::simulator::entra::journal::Touch;
use crate::simulator::entra::world::{Node, World};

/// When the simulation begins, in seconds since 1970.
const BEGUN: i64 = 1_790_000_000;

/// The moment at which the journal had this length.
pub(in crate::simulator) fn moment(world: &World, length: u64) -> DateTime<Utc> {
    world.time.moment(length, BEGUN)
}

/// The present.
pub(in crate::simulator) fn now(world: &World) -> DateTime<Utc> {
    world.time.now(world.journal.len(), BEGUN)
}

/// As Okta writes it.
pub(in crate::simulator) fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// When what changed last.
#[derive(Debug, Default)]
pub(in crate::simulator) struct Dates {
    objects: HashMap<Node, DateTime<Utc>>,
    members: HashMap<u32, DateTime<Utc>>,
}

impl Dates {
    pub(in crate::simulator) fn of(world: &World) -> Self {
        let mut dates = Self::default();
        for (length, touch) in world.journal.between(0, world.journal.len()) {
            match touch {
                Touch::Object(node) => drop(dates.objects.insert(node, moment(world, length))),
                Touch::Edge { group, .. } => drop(dates.members.insert(group, moment(world, length))),
            }
        }
        dates
    }

    pub(in crate::simulator) fn created(node: Node) -> DateTime<Utc> {
        let (Node::User(slot) | Node::Group(slot)) = node;
        DateTime::from_timestamp(1_546_300_800 + i64::from(slot) * 600, 0).unwrap_or_default()
    }

    /// `lastUpdated`.
    pub(in crate::simulator) fn updated(&self, node: Node) -> DateTime<Utc> {
        self.objects
            .get(&node)
            .map_or_else(|| Self::created(node), |at| *at)
    }

    /// `lastMembershipUpdated`.
    pub(in crate::simulator) fn members(&self, group: u32) -> DateTime<Utc> {
        self.members
            .get(&group)
            .map_or_else(|| Self::created(Node::Group(group)), |at| *at)
    }
}
