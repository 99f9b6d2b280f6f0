//! The evidence of one directory as it grows: what is newer replaces what is older, and is to be written down.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::block::{Block, Slot};
use super::health::{LaneHealth, SKEW};
use super::lane::{How, Lane};
use super::picture::{ATTEMPTS, COLUMNS, Picture, millis, place};
use crate::model::UserId;

/// Which block: its column, its place there.
pub(super) type BlockAt = (usize, usize);

/// What the store does not know yet.
#[derive(Default)]
pub(super) struct Untold {
    pub(super) blocks: BTreeSet<BlockAt>,
    pub(super) health: BTreeSet<usize>,
}

impl Untold {
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.health.is_empty()
    }
}

/// One directory's evidence.
#[derive(Default)]
pub(super) struct Book {
    pub(super) now: Picture,
    untold: Untold,
}

impl Book {
    /// Keeps a time in a column, if it is newer than what is there; whether it was.
    ///
    /// What is there is older, too, if it lies ahead of `now`: it was told while the clock was.
    pub(super) fn keep(
        &mut self,
        column: usize,
        user: UserId,
        (at, how): (i64, How),
        application: Option<&str>,
        now: i64,
    ) -> bool {
        let Some(seconds) = u32::try_from(at / 1000).ok().filter(|seconds| *seconds > 0) else {
            return false;
        };
        let kept = self.now.slot(column, user).at;
        if kept >= seconds && millis(kept) <= now + SKEW {
            return false;
        }
        let slot = Slot {
            at: seconds,
            application: application.map_or(0, |name| self.name(name)),
            how: how as u8,
        };
        self.set(column, user, slot);
        true
    }

    /// Forgets a user in every column.
    pub(super) fn forget(&mut self, user: UserId) {
        for column in 0..COLUMNS {
            if self.now.slot(column, user) != Slot::default() {
                self.set(column, user, Slot::default());
            }
        }
    }

    fn set(&mut self, column: usize, user: UserId, slot: Slot) {
        let (block, at) = place(user);
        let blocks = &mut self.now.columns[column];
        if blocks.len() <= block {
            blocks.resize(block + 1, None);
        }
        // Copied only while a picture has it.
        Arc::make_mut(blocks[block].get_or_insert_default()).0[at] = slot;
        self.untold.blocks.insert((column, block));
    }

    /// A block as the store has it.
    pub(super) fn load(&mut self, (column, at): BlockAt, block: Block) {
        let blocks = &mut self.now.columns[column];
        if blocks.len() <= at {
            blocks.resize(at + 1, None);
        }
        blocks[at] = Some(Arc::new(block));
    }

    pub(super) fn health_mut(&mut self, lane: Lane) -> &mut LaneHealth {
        self.untold.health.insert(lane.at());
        &mut self.now.health[lane.at()]
    }

    /// A name's place, counted from 1; 0 where there are too many.
    pub(super) fn name(&mut self, name: &str) -> u8 {
        let names = &mut self.now.names;
        let at = names
            .iter()
            .position(|known| **known == *name)
            .unwrap_or_else(|| {
                if names.len() < usize::from(u8::MAX) {
                    names.push(name.into());
                    names.len() - 1
                } else {
                    names.len()
                }
            });
        u8::try_from(at + 1).unwrap_or_default()
    }

    /// What the store does not know yet; it counts as told.
    pub(super) fn take_untold(&mut self) -> Untold {
        std::mem::take(&mut self.untold)
    }

    /// The store did not take it.
    pub(super) fn put_back(&mut self, untold: Untold) {
        self.untold.blocks.extend(untold.blocks);
        self.untold.health.extend(untold.health);
    }

    /// Clears the slots of row ids that stand for nobody any more.
    pub(super) fn retain(&mut self, is_somebody: impl Fn(UserId) -> bool) {
        for column in 0..COLUMNS {
            for block in 0..self.now.columns[column].len() {
                self.retain_in((column, block), &is_somebody);
            }
        }
    }

    fn retain_in(&mut self, (column, block): BlockAt, is_somebody: impl Fn(UserId) -> bool) {
        let Some(kept) = &self.now.columns[column][block] else {
            return;
        };
        let first = block * kept.0.len();
        let slots = kept.0.iter().enumerate().filter(|(_, slot)| slot.at > 0);
        let ids = slots.filter_map(|(at, _)| u32::try_from(first + at).ok().map(UserId));
        for gone in ids.filter(|id| !is_somebody(*id)).collect::<Vec<_>>() {
            self.set(column, gone, Slot::default());
        }
    }
}

const _: () = assert!(ATTEMPTS + 1 == COLUMNS, "the attempts are the last column");
