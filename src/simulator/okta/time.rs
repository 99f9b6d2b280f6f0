//! Dates: the simulated clock stands still but for edits, of which each takes a minute.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::simulator::entra::journal::Touch;
use crate::simulator::entra::world::{Node, World};

/// When the simulation begins, in seconds since 1970.
const BEGUN: i64 = 1_790_000_000;
/// How long an edit takes.
const EDIT: i64 = 60;

/// The moment at which the journal had this length.
pub(in crate::simulator) fn moment(length: u64) -> DateTime<Utc> {
    let seconds = BEGUN + i64::try_from(length).unwrap_or(0) * EDIT;
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

/// The present.
pub(in crate::simulator) fn now(world: &World) -> DateTime<Utc> {
    moment(world.journal.len())
}

/// As Okta writes it.
pub(in crate::simulator) fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// When what changed last.
#[derive(Debug, Default)]
pub(in crate::simulator) struct Dates {
    objects: HashMap<Node, u64>,
    members: HashMap<u32, u64>,
}

impl Dates {
    pub(in crate::simulator) fn of(world: &World) -> Self {
        let mut dates = Self::default();
        for (length, touch) in world.journal.between(0, world.journal.len()) {
            match touch {
                Touch::Object(node) => drop(dates.objects.insert(node, length)),
                Touch::Edge { group, .. } => drop(dates.members.insert(group, length)),
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
            .map_or_else(|| Self::created(node), |length| moment(*length))
    }

    /// `lastMembershipUpdated`.
    pub(in crate::simulator) fn members(&self, group: u32) -> DateTime<Utc> {
        self.members
            .get(&group)
            .map_or_else(|| Self::created(Node::Group(group)), |length| moment(*length))
    }
}
