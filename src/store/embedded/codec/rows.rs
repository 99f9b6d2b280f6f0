//! The bodies of rows: users, groups, references, tombstones, member blocks.

use std::sync::Arc;

use super::Flaw;
use super::keys::{kind_byte, owner_byte};
use super::wire::{Reader, Writer};
use crate::model::group::{GroupRow, GroupSeqs};
use crate::model::row::{EdgeTombstone, FormerName, Reference, Tombstone};
use crate::model::user::{UserRow, UserSeqs};
use crate::model::{ExternalId, GroupId, MemberBlock, MemberKind, Owner, Row, Seq, UserId};

const USER: u8 = 1;
const USER_REFERENCE: u8 = 2;
const USER_TOMBSTONE: u8 = 3;
const GROUP: u8 = 4;
const GROUP_REFERENCE: u8 = 5;
const GROUP_TOMBSTONE: u8 = 6;
const MEMBERS_LIST: u8 = 7;
const MEMBERS_BITMAP: u8 = 8;
const EDGE_TOMBSTONE: u8 = 9;
/// Before a cursor, which lies among the rows.
pub(crate) const CURSOR: u8 = 10;

/// The ids of a block: `high << BLOCK_BITS` plus these.
const BLOCK_BITS: u32 = 15;
const LOW: u32 = (1 << BLOCK_BITS) - 1;

/// The body of a row; `None` for an empty member block, which is stored as nothing.
pub(crate) fn encode(row: &Row) -> Result<Option<Vec<u8>>, Flaw> {
    let mut w = Writer::default();
    match row {
        Row::User(row) => user(w.byte(USER), row),
        Row::UserReference(known) => reference(w.byte(USER_REFERENCE), known),
        Row::UserTombstone(gone) => tombstone(w.byte(USER_TOMBSTONE), gone),
        Row::Group(row) => group(w.byte(GROUP), row),
        Row::GroupReference(known) => reference(w.byte(GROUP_REFERENCE), known),
        Row::GroupTombstone(gone) => tombstone(w.byte(GROUP_TOMBSTONE), gone),
        Row::Members(block) if block.ids.is_empty() => return Ok(None),
        Row::Members(block) => members(&mut w, block)?,
        Row::EdgeTombstone(edge) => {
            let ends = w
                .byte(EDGE_TOMBSTONE)
                .number(edge.parent.0.into())
                .number(edge.child.0.into());
            ends.number(edge.ended.0);
        }
    }
    Ok(Some(w.finish()))
}

/// The row of a body.
pub(crate) fn decode(body: &[u8]) -> Result<Row, Flaw> {
    let mut r = Reader::new(body);
    let row = match r.byte()? {
        USER => Row::User(Arc::new(read_user(&mut r)?)),
        USER_REFERENCE => Row::UserReference(read_reference(&mut r)?),
        USER_TOMBSTONE => Row::UserTombstone(read_tombstone(&mut r)?),
        GROUP => Row::Group(Arc::new(read_group(&mut r)?)),
        GROUP_REFERENCE => Row::GroupReference(read_reference(&mut r)?),
        GROUP_TOMBSTONE => Row::GroupTombstone(read_tombstone(&mut r)?),
        tag @ (MEMBERS_LIST | MEMBERS_BITMAP) => Row::Members(read_members(&mut r, tag)?),
        EDGE_TOMBSTONE => Row::EdgeTombstone(EdgeTombstone {
            parent: GroupId(r.small()?),
            child: GroupId(r.small()?),
            ended: Seq(r.number()?),
        }),
        _ => return Err(Flaw("is of an unknown kind")),
    };
    r.finish()?;
    Ok(row)
}

fn user(w: &mut Writer, row: &UserRow) {
    w.number(row.id.0.into())
        .text(row.external_id.as_str())
        .byte(owner_byte(row.owner));
    w.text(&row.name).text(&row.first_name).text(&row.last_name);
    w.text(&row.display_name).text(&row.email);
    w.flag(row.source_active).flag(row.vanished);
    w.signed(row.created_at).signed(row.updated_at);
    let seqs = &row.seqs;
    for seq in [
        seqs.created,
        seqs.changed,
        seqs.groups,
        seqs.attributes,
        seqs.reset,
    ] {
        w.number(seq.0);
    }
    former(w, &row.former);
}

fn read_user(r: &mut Reader<'_>) -> Result<UserRow, Flaw> {
    Ok(UserRow {
        id: UserId(r.small()?),
        external_id: ExternalId::from(r.text()?),
        owner: read_owner(r)?,
        name: r.shared()?,
        first_name: r.shared()?,
        last_name: r.shared()?,
        display_name: r.shared()?,
        email: r.shared()?,
        source_active: r.flag()?,
        vanished: r.flag()?,
        created_at: r.signed()?,
        updated_at: r.signed()?,
        seqs: UserSeqs {
            created: Seq(r.number()?),
            changed: Seq(r.number()?),
            groups: Seq(r.number()?),
            attributes: Seq(r.number()?),
            reset: Seq(r.number()?),
        },
        former: read_former(r)?,
    })
}

fn group(w: &mut Writer, row: &GroupRow) {
    w.number(row.id.0.into())
        .text(row.external_id.as_str())
        .byte(owner_byte(row.owner));
    w.text(&row.name)
        .text(&row.source_name)
        .text(&row.nickname)
        .text(&row.description);
    w.signed(row.created_at).signed(row.updated_at);
    let seqs = &row.seqs;
    for seq in [seqs.created, seqs.changed, seqs.name, seqs.users, seqs.nesting] {
        w.number(seq.0);
    }
    former(w, &row.former);
}

fn read_group(r: &mut Reader<'_>) -> Result<GroupRow, Flaw> {
    Ok(GroupRow {
        id: GroupId(r.small()?),
        external_id: ExternalId::from(r.text()?),
        owner: read_owner(r)?,
        name: r.shared()?,
        source_name: r.shared()?,
        nickname: r.shared()?,
        description: r.shared()?,
        created_at: r.signed()?,
        updated_at: r.signed()?,
        seqs: GroupSeqs {
            created: Seq(r.number()?),
            changed: Seq(r.number()?),
            name: Seq(r.number()?),
            users: Seq(r.number()?),
            nesting: Seq(r.number()?),
        },
        former: read_former(r)?,
    })
}

fn reference(w: &mut Writer, known: &Reference) {
    w.number(known.id.into()).text(known.external_id.as_str());
}

fn read_reference(r: &mut Reader<'_>) -> Result<Reference, Flaw> {
    Ok(Reference {
        id: r.small()?,
        external_id: ExternalId::from(r.text()?),
    })
}

fn tombstone(w: &mut Writer, gone: &Tombstone) {
    w.number(gone.id.into())
        .text(gone.external_id.as_str())
        .number(gone.ended.0);
    former(w, &gone.former);
}

fn read_tombstone(r: &mut Reader<'_>) -> Result<Tombstone, Flaw> {
    Ok(Tombstone {
        id: r.small()?,
        external_id: ExternalId::from(r.text()?),
        ended: Seq(r.number()?),
        former: read_former(r)?,
    })
}

fn former(w: &mut Writer, names: &[FormerName]) {
    w.number(names.len() as u64);
    for name in names {
        w.text(&name.name).number(name.ended.0);
    }
}

fn read_former(r: &mut Reader<'_>) -> Result<Vec<FormerName>, Flaw> {
    let count = r.number()?;
    // Grows with what is read, not with what a length claims.
    let mut names = Vec::new();
    for _ in 0..count {
        names.push(FormerName {
            name: r.shared()?,
            ended: Seq(r.number()?),
        });
    }
    Ok(names)
}

fn read_owner(r: &mut Reader<'_>) -> Result<Owner, Flaw> {
    match r.byte()? {
        0 => Ok(Owner::Source),
        1 => Ok(Owner::Local),
        2 => Ok(Owner::Rule),
        _ => Err(Flaw("has an unknown owner")),
    }
}

/// Ids as sorted u16s or as a bitmap that begins at the smallest id, whichever is shorter.
fn members(w: &mut Writer, block: &MemberBlock) -> Result<(), Flaw> {
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

fn read_members(r: &mut Reader<'_>, tag: u8) -> Result<MemberBlock, Flaw> {
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
