//! A block: the slots of 512 users in one lane, in memory and as a value of the store.

use std::sync::Arc;

/// How many users share a block.
pub(super) const USERS: usize = 512;
/// The first byte of a value.
const SCHEMA: u8 = 1;
/// Bytes of a slot in a value: four of the time, one of the application, one of what the user did.
const SLOT: usize = 6;
/// How many bytes of a value may be names of applications: with them it stays below 4 KB, one record.
const NAMES: usize = 950;

/// One user's newest evidence in a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    /// Seconds since 1970; 0 is none.
    pub(super) at: u32,
    /// The application, by its place in the book's names, counted from 1; 0 is none.
    pub(super) application: u8,
    /// The number of a [`super::How`].
    pub(super) how: u8,
}

/// The slots of some users, by the last bits of their row ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block(pub(super) [Slot; USERS]);

impl Default for Block {
    fn default() -> Self {
        Self([Slot::default(); USERS])
    }
}

impl Block {
    /// Whether nobody was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|slot| slot.at == 0)
    }

    /// As a value of the store, which has its own table of the applications in it. Of a block with more names than
    /// there is room for, the last ones are left out; no time is.
    pub(super) fn encode(&self, names: &[Arc<str>]) -> Vec<u8> {
        let (mut table, mut places, mut count) = (Vec::new(), [0_u8; 256], 0_u8);
        for slot in &self.0 {
            let at = usize::from(slot.application);
            let Some(name) = at.checked_sub(1).and_then(|at| names.get(at)) else {
                continue;
            };
            let fits = u8::try_from(name.len()).is_ok() && table.len() + 1 + name.len() <= NAMES;
            if places[at] == 0 && fits {
                count += 1;
                places[at] = count;
                table.push(u8::try_from(name.len()).unwrap_or_default());
                table.extend_from_slice(name.as_bytes());
            }
        }
        let mut value = Vec::with_capacity(2 + table.len() + USERS * SLOT);
        value.extend([SCHEMA, count]);
        value.extend(table);
        for slot in &self.0 {
            value.extend(slot.at.to_be_bytes());
            value.extend([places[usize::from(slot.application)], slot.how]);
        }
        value
    }

    /// From a value of the store; `place` finds or makes a name's place in the book. `None` where it is not one.
    pub(super) fn decode(value: &[u8], mut place: impl FnMut(&str) -> u8) -> Option<Self> {
        let ([SCHEMA, count], mut rest) = value.split_first_chunk::<2>().map(|(head, rest)| (*head, rest))?
        else {
            return None;
        };
        let mut places = vec![0_u8];
        for _ in 0..count {
            let (length, after) = rest.split_first()?;
            let (name, after) = after.split_at_checked(usize::from(*length))?;
            places.push(place(std::str::from_utf8(name).ok()?));
            rest = after;
        }
        if rest.len() != USERS * SLOT {
            return None;
        }
        let mut block = Self::default();
        for (slot, bytes) in block.0.iter_mut().zip(rest.chunks_exact(SLOT)) {
            *slot = Slot {
                at: u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
                application: places.get(usize::from(bytes[4])).copied()?,
                how: bytes[5],
            };
        }
        Some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize, length: usize) -> Vec<Arc<str>> {
        (0..count).map(|at| format!("{at:0length$}").into()).collect()
    }

    fn full(applications: u8) -> Block {
        let mut block = Block::default();
        for (at, slot) in block.0.iter_mut().enumerate() {
            let at = u32::try_from(at).unwrap();
            *slot = Slot {
                at: u32::MAX - at,
                application: u8::try_from(at % (u32::from(applications) + 1)).unwrap(),
                how: 3,
            };
        }
        block
    }

    #[test]
    fn a_full_block_fits_into_one_record_and_comes_back_as_it_was() {
        let (names, block) = (names(20, 40), full(20));
        let value = block.encode(&names);
        assert!(value.len() <= 4_000, "{} bytes", value.len());
        let place =
            |name: &str| u8::try_from(names.iter().position(|known| **known == *name).unwrap() + 1).unwrap();
        assert_eq!(Block::decode(&value, place), Some(block));
    }

    #[test]
    fn more_names_than_there_is_room_for_cost_no_time() {
        let (names, block) = (names(255, 200), full(255));
        let value = block.encode(&names);
        assert!(value.len() <= 4_096, "{} bytes", value.len());
        let back = Block::decode(&value, |_| 1).unwrap();
        let times = |block: &Block| block.0.map(|slot| slot.at);
        assert_eq!(times(&back), times(&block));
    }

    #[test]
    fn what_is_no_block_is_none() {
        let value = full(3).encode(&names(3, 5));
        for length in 0..value.len() {
            assert_eq!(Block::decode(&value[..length], |_| 1), None, "{length} bytes");
        }
        let mut newer = value.clone();
        newer[0] = 9;
        assert_eq!(Block::decode(&newer, |_| 1), None);
        let mut longer = value;
        longer.push(0);
        assert_eq!(Block::decode(&longer, |_| 1), None);
    }
}
