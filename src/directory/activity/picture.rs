//! A picture of all evidence of one directory at one moment: what plans are made from.

use std::sync::Arc;

use super::block::{Block, Slot, USERS};
use super::health::LaneHealth;
use super::lane::{Attempt, How, Lane, Origin, Seen};
use crate::model::UserId;

/// The lanes, then the attempts.
pub(super) const COLUMNS: usize = Lane::ALL.len() + 1;
/// Where the attempts are.
pub(super) const ATTEMPTS: usize = Lane::ALL.len();

/// The blocks of one lane, by the first bits of their users' row ids.
pub(super) type Column = Vec<Option<Arc<Block>>>;

/// The evidence of one directory, as it was when the picture was taken. Cheap to take: it shares what did not change.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    pub(super) columns: [Column; COLUMNS],
    pub(super) names: Vec<Arc<str>>,
    pub(super) health: [LaneHealth; Lane::ALL.len()],
}

/// The block and the place in it of a row id.
pub(super) fn place(user: UserId) -> (usize, usize) {
    let id = user.0 as usize;
    (id / USERS, id % USERS)
}

impl Picture {
    /// When and where a user was last seen, in whatever lane. The first lane wins where two say the same second.
    pub fn last_seen(&self, user: UserId) -> Option<Seen> {
        self.last_seen_in(user, &Lane::ALL)
    }

    /// The same, of some lanes only.
    pub fn last_seen_in(&self, user: UserId, lanes: &[Lane]) -> Option<Seen> {
        let mut newest: Option<(Lane, Slot)> = None;
        for lane in lanes {
            let slot = self.slot(lane.at(), user);
            if slot.at > newest.map_or(0, |(_, newest)| newest.at) {
                newest = Some((*lane, slot));
            }
        }
        newest.map(|(lane, slot)| self.seen(lane, slot))
    }

    /// What each lane says of a user, the newest first.
    pub fn lanes_of(&self, user: UserId) -> Vec<Seen> {
        let told = Lane::ALL.map(|lane| (lane, self.slot(lane.at(), user)));
        let told = told.into_iter().filter(|(_, slot)| slot.at > 0);
        let mut seen: Vec<_> = told.map(|(lane, slot)| self.seen(lane, slot)).collect();
        seen.sort_by_key(|seen| std::cmp::Reverse(seen.at));
        seen
    }

    /// When somebody last tried to let the user in while it was inactive.
    pub fn last_attempt(&self, user: UserId) -> Option<Attempt> {
        let slot = self.slot(ATTEMPTS, user);
        (slot.at > 0).then(|| Attempt {
            at: millis(slot.at),
            origin: self.origin(slot),
        })
    }

    /// How a lane fares.
    pub fn health(&self, lane: Lane) -> &LaneHealth {
        &self.health[lane.at()]
    }

    pub(super) fn slot(&self, column: usize, user: UserId) -> Slot {
        let (block, at) = place(user);
        let block = self.columns[column].get(block).and_then(Option::as_ref);
        block.map_or_else(Slot::default, |block| block.0[at])
    }

    fn seen(&self, lane: Lane, slot: Slot) -> Seen {
        Seen {
            at: millis(slot.at),
            lane,
            origin: self.origin(slot),
        }
    }

    fn origin(&self, slot: Slot) -> Origin {
        let name = usize::from(slot.application).checked_sub(1);
        Origin {
            how: How::of(slot.how),
            application: name.and_then(|at| self.names.get(at)).map(Arc::clone),
        }
    }
}

pub(super) fn millis(seconds: u32) -> i64 {
    i64::from(seconds) * 1000
}
