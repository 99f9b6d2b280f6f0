//! The keys of the stored records: one letter for the kind, then numbers in big-endian order.
//!
//! A record's last two key bytes number its parts; what is called a key here is without them.

use sha2::{Digest, Sha256};

use crate::model::row::EdgeTombstone;
use crate::model::{DetailKey, DetailKind, MemberBlock, MemberKind, Owner, Row};

/// The store's own record.
pub(crate) const META: &[u8] = b"m";
/// Before every head record's number.
pub(crate) const HEADS: &[u8] = b"h";
/// Before every entry.
pub(crate) const ENTRIES: &[u8] = b"e";
/// Before every audit record's number.
pub(crate) const AUDIT: &[u8] = b"a";
/// Before every row.
pub(crate) const ROWS: u8 = b'r';

/// The longest text that stands in a key as it is; longer ones stand there as their SHA-256.
const TEXT_MAX: usize = 200;

/// A directory's head record.
pub(crate) fn head(number: u32) -> Vec<u8> {
    [HEADS, &number.to_be_bytes()].concat()
}

/// Before all rows of a directory.
pub(crate) fn rows(number: u32) -> Vec<u8> {
    [&[ROWS][..], &number.to_be_bytes()].concat()
}

/// A directory's cursor, stored among its rows.
pub(crate) fn cursor(number: u32) -> Vec<u8> {
    slot(number, 0, &[])
}

/// The slot that a row has.
pub(crate) fn row(number: u32, row: &Row) -> Vec<u8> {
    match row {
        Row::User(row) => slot(number, 1, &row.id.0.to_be_bytes()),
        Row::UserReference(known) => slot(number, 1, &known.id.to_be_bytes()),
        Row::UserTombstone(gone) => slot(number, 1, &gone.id.to_be_bytes()),
        Row::Group(row) => slot(number, 2, &row.id.0.to_be_bytes()),
        Row::GroupReference(known) => slot(number, 2, &known.id.to_be_bytes()),
        Row::GroupTombstone(gone) => slot(number, 2, &gone.id.to_be_bytes()),
        Row::Members(block) => slot(number, 3, &block_key(block)),
        Row::EdgeTombstone(edge) => slot(number, 4, &edge_key(*edge)),
        Row::Detail(key, _) => slot(number, 5, &detail_key(*key)),
    }
}

fn slot(number: u32, kind: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = rows(number);
    key.push(kind);
    key.extend_from_slice(rest);
    key
}

fn block_key(block: &MemberBlock) -> [u8; 10] {
    let mut key = [0; 10];
    key[..4].copy_from_slice(&block.group.0.to_be_bytes());
    key[4] = kind_byte(block.kind);
    key[5] = owner_byte(block.owner);
    key[6..].copy_from_slice(&block.high.to_be_bytes());
    key
}

fn edge_key(edge: EdgeTombstone) -> [u8; 8] {
    let mut key = [0; 8];
    key[..4].copy_from_slice(&edge.parent.0.to_be_bytes());
    key[4..].copy_from_slice(&edge.child.0.to_be_bytes());
    key
}

fn detail_key(detail: DetailKey) -> [u8; 6] {
    let mut key = [0; 6];
    key[0] = kind_byte(detail.of);
    key[1..5].copy_from_slice(&detail.id.to_be_bytes());
    key[5] = detail_byte(detail.kind);
    key
}

/// A kind of detail as a byte, in keys and bodies.
pub(crate) fn detail_byte(kind: DetailKind) -> u8 {
    match kind {
        DetailKind::Attributes => 0,
        DetailKind::SourceAttributes => 1,
        DetailKind::Credential => 2,
        DetailKind::Resource => 3,
        DetailKind::Hold => 4,
    }
}

/// A member kind as a byte, in keys and bodies.
pub(crate) fn kind_byte(kind: MemberKind) -> u8 {
    match kind {
        MemberKind::User => 0,
        MemberKind::Group => 1,
    }
}

/// An owner as a byte, in keys and bodies.
pub(crate) fn owner_byte(owner: Owner) -> u8 {
    match owner {
        Owner::Source => 0,
        Owner::Local => 1,
        Owner::Rule => 2,
    }
}

/// Before all entries of a space.
pub(crate) fn space(space: &str) -> Vec<u8> {
    let mut key = ENTRIES.to_vec();
    push_text(&mut key, space);
    key
}

/// One entry.
pub(crate) fn entry(of: &str, key: &str) -> Vec<u8> {
    let mut whole = space(of);
    push_text(&mut whole, key);
    whole
}

/// One audit record.
pub(crate) fn audit(number: u64) -> Vec<u8> {
    [AUDIT, &number.to_be_bytes()].concat()
}

/// A text of any length as part of a key: its length comes first, so none is the beginning of another.
fn push_text(key: &mut Vec<u8>, text: &str) {
    if let (Ok(length), true) = (u8::try_from(text.len()), text.len() <= TEXT_MAX) {
        key.push(length);
        key.extend_from_slice(text.as_bytes());
    } else {
        key.push(u8::MAX);
        key.extend_from_slice(&Sha256::digest(text.as_bytes()));
    }
}
