//! The bodies of member blocks: up to 32,768 ids that share their upper bits.

use super::Flaw;
use super::keys::{kind_byte, owner_byte};
use super::rows::read_owner;
use super::wire::{Reader, Writer};
use crate::model::{GroupId, MemberBlock, MemberKind};

/// Before a block of listed ids.
pub(super) const MEMBERS_LIST: u8 = 7;
/// Before a block whose ids are a bitmap.
pub(super) const MEMBERS_BITMAP: u8 = 8;
/// The ids of a block: `high << BLOCK_BITS` plus these.
const BLOCK_BITS: u32 = 15;
const LOW: u32 = (1 << BLOCK_BITS) - 1;

/// Ids as sorted u16s or as a bitmap that begins at the smallest id, whichever is shorter.
pub(super) fn members(w: &mut Writer, block: &MemberBlock) -> Result<(), Flaw> {
    let sorted = block.ids.is_sorted_by(|a, b| a < b);
    if !sorted || block.ids.iter().any(|id| id >> BLOCK_BITS != block.high) {
        return Err(Flaw("has ids that are not sorted or not of its block"));
    }
    let lows: Vec<u16> = block.ids.iter().map(|id| low(*id)).collect();
    let (first, last) = (lows[0], lows[lows.len() - 1]);
    let bitmap = usize::from(last - first) / 8 + 1;
    let listed = lows.len() * 2;
    w.byte(if bitmap < listed {
        MEMBERS_BITMAP
    } else {
        MEMBERS_LIST
    });
    w.number(block.group.0.into())
        .byte(kind_byte(block.kind))
        .byte(owner_byte(block.owner));
    w.number(block.high.into());
    if bitmap < listed {
        let mut bits = vec![0u8; bitmap];
        for id in lows {
            let at = usize::from(id - first);
            bits[at / 8] |= 1 << (at % 8);
        }
        w.raw(&first.to_le_bytes()).raw(&bits);
    } else {
        for id in lows {
            w.raw(&id.to_le_bytes());
        }
    }
    Ok(())
}

fn low(id: u32) -> u16 {
    u16::try_from(id & LOW).expect("fifteen bits fit into sixteen")
}

/// The block of a body that begins with this tag.
pub(super) fn read_members(r: &mut Reader<'_>, tag: u8) -> Result<MemberBlock, Flaw> {
    let group = GroupId(r.small()?);
    let kind = match r.byte()? {
        0 => MemberKind::User,
        1 => MemberKind::Group,
        _ => return Err(Flaw("has an unknown kind of members")),
    };
    let owner = read_owner(r)?;
    let high = r.small()?;
    if high > u32::MAX >> BLOCK_BITS {
        return Err(Flaw("is a block beyond all ids"));
    }
    let lows = if tag == MEMBERS_BITMAP {
        read_bitmap(r)?
    } else {
        read_list(r)?
    };
    let sorted = lows.is_sorted_by(|a, b| a < b);
    if !sorted || lows.last().is_none_or(|last| *last > LOW) {
        return Err(Flaw("has ids that are not sorted or not of its block"));
    }
    let ids = lows.into_iter().map(|id| (high << BLOCK_BITS) | id).collect();
    Ok(MemberBlock {
        group,
        kind,
        owner,
        high,
        ids,
    })
}

fn read_list(r: &mut Reader<'_>) -> Result<Vec<u32>, Flaw> {
    let (pairs, []) = r.rest().as_chunks::<2>() else {
        return Err(Flaw("has half an id"));
    };
    Ok(pairs
        .iter()
        .map(|pair| u32::from(u16::from_le_bytes(*pair)))
        .collect())
}

fn read_bitmap(r: &mut Reader<'_>) -> Result<Vec<u32>, Flaw> {
    let first = u32::from(u16::from_le_bytes(r.array()?));
    let bits = (0u32..).step_by(8).zip(r.rest());
    let set = bits.flat_map(|(at, byte)| {
        (0..8)
            .filter(move |bit| byte >> bit & 1 == 1)
            .map(move |bit| at + bit)
    });
    Ok(set.map(|at| first + at).collect())
}
