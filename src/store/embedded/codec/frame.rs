//! Frames: a stored value with its schema byte and checksum, cut into parts of at most 4 KB.
//!
//! sled moves leaf pages over 128 KB into files that it never syncs; values of at most 4 KB keep pages below that.

use super::Flaw;

/// The layout of the bodies inside. Another number is another program's.
const SCHEMA: u8 = 1;
/// No stored value is longer.
pub(crate) const VALUE_MAX: usize = 4096;
/// Schema byte, part byte, count of parts, checksum.
const OVERHEAD: usize = 1 + 1 + 4 + 4;
/// What a part carries of a body.
pub(crate) const CHUNK: usize = VALUE_MAX - OVERHEAD;
/// The longest body: as many parts as two bytes of a key can number.
pub(crate) const BODY_MAX: usize = CHUNK * (u16::MAX as usize);

const WHOLE: u8 = 0;
const FIRST: u8 = 1;
const LATER: u8 = 2;

/// The key of one part.
pub(crate) fn part_key(key: &[u8], part: u16) -> Vec<u8> {
    let mut whole = Vec::with_capacity(key.len() + 2);
    whole.extend_from_slice(key);
    whole.extend_from_slice(&part.to_be_bytes());
    whole
}

/// The stored values of a body, each with its key. The body must not be longer than [`BODY_MAX`].
pub(crate) fn parts<'a>(key: &'a [u8], body: &'a [u8]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + 'a {
    let count = count(body.len());
    let chunk = move |part: u16| {
        let from = usize::from(part) * CHUNK;
        &body[from..body.len().min(from + CHUNK)]
    };
    (0..count).map(move |part| {
        let key = part_key(key, part);
        let mut value = Vec::with_capacity(chunk(part).len() + OVERHEAD);
        value.push(SCHEMA);
        match part {
            0 if count == 1 => value.push(WHOLE),
            0 => {
                value.push(FIRST);
                value.extend_from_slice(&u32::from(count).to_le_bytes());
            }
            _ => value.push(LATER),
        }
        value.extend_from_slice(chunk(part));
        value.extend_from_slice(&sum(&key, &value).to_le_bytes());
        (key, value)
    })
}

/// How many parts a body of this length has.
fn count(length: usize) -> u16 {
    u16::try_from(length.div_ceil(CHUNK).max(1)).unwrap_or(u16::MAX)
}

fn sum(key: &[u8], value: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), value)
}

/// One part, read.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// Its number within its record.
    pub(crate) number: u16,
    /// How many parts the record has; only the first part knows.
    pub(crate) count: Option<u16>,
    /// The record's key.
    pub(crate) key: &'a [u8],
    /// Its piece of the body.
    pub(crate) chunk: &'a [u8],
}

/// Checks one stored value.
pub(crate) fn open<'a>(part_key: &'a [u8], value: &'a [u8]) -> Result<Part<'a>, Flaw> {
    let (checked, stored) = value.split_last_chunk::<4>().ok_or(Flaw("ends too early"))?;
    if sum(part_key, checked) != u32::from_le_bytes(*stored) {
        return Err(Flaw("has a wrong checksum"));
    }
    let (key, number) = part_key
        .split_last_chunk::<2>()
        .ok_or(Flaw("has a key that is too short"))?;
    let number = u16::from_be_bytes(*number);
    let [schema, kind, rest @ ..] = checked else {
        return Err(Flaw("ends too early"));
    };
    if *schema != SCHEMA {
        return Err(Flaw("has an unknown schema"));
    }
    let (count, chunk) = match (*kind, number) {
        (WHOLE, 0) => (Some(1), rest),
        (FIRST, 0) => {
            let (count, chunk) = rest.split_first_chunk::<4>().ok_or(Flaw("ends too early"))?;
            let count = u16::try_from(u32::from_le_bytes(*count)).map_err(|_| Flaw("has too many parts"))?;
            (Some(count), chunk)
        }
        (LATER, 1..) => (None, rest),
        _ => return Err(Flaw("has a part in the wrong place")),
    };
    Ok(Part {
        number,
        count,
        key,
        chunk,
    })
}

/// A record's key and body.
pub(crate) type Record = (Vec<u8>, Vec<u8>);

/// Puts parts together again, fed in the order of their keys.
#[derive(Default)]
pub(crate) struct Assembler {
    key: Vec<u8>,
    body: Vec<u8>,
    next: u16,
    count: u16,
}

impl Assembler {
    /// Takes one part; answers the key and body of the record that it completes.
    pub(crate) fn push(&mut self, part_key: &[u8], value: &[u8]) -> Result<Option<Record>, Flaw> {
        let part = open(part_key, value)?;
        match part.count {
            Some(_) if self.next != self.count => return Err(Flaw("lacks its last parts")),
            Some(count) => {
                self.key = part.key.to_vec();
                self.body = Vec::with_capacity(part.chunk.len());
                (self.next, self.count) = (0, count);
            }
            None if part.key != self.key || part.number != self.next || self.next >= self.count => {
                return Err(Flaw("lacks a part"));
            }
            None => {}
        }
        self.body.extend_from_slice(part.chunk);
        self.next += 1;
        if self.next < self.count {
            return Ok(None);
        }
        Ok(Some((
            std::mem::take(&mut self.key),
            std::mem::take(&mut self.body),
        )))
    }

    /// Whether the last record is complete.
    pub(crate) fn finish(&self) -> Result<(), Flaw> {
        if self.next == self.count {
            Ok(())
        } else {
            Err(Flaw("lacks its last parts"))
        }
    }
}

/// How many values a set of records has and what they sum up to: a lost or a foreign one shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) values: u64,
    pub(crate) digest: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, value: &[u8]) {
        self.values = self.values.wrapping_add(1);
        self.digest = self.digest.wrapping_add(scatter(value));
    }

    pub(crate) fn remove(&mut self, value: &[u8]) {
        self.values = self.values.wrapping_sub(1);
        self.digest = self.digest.wrapping_sub(scatter(value));
    }
}

/// Spreads a checksum over 64 bits (the finisher of `SplitMix64`), so that sums do not cancel out.
///
/// The checksum is the one at the value's end, which covers the key too; one over the whole value would be the same
/// for all (a CRC over data and its own CRC is a constant).
fn scatter(value: &[u8]) -> u64 {
    let sum = value.last_chunk::<4>().map_or(0, |sum| u32::from_le_bytes(*sum));
    let mut x = u64::from(sum).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
