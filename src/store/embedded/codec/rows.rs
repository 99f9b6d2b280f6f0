//! The bodies of rows: users, groups, references, tombstones; member blocks are in `blocks`.

use std::sync::Arc;

use super::Flaw;
use super::blocks::{MEMBERS_BITMAP, MEMBERS_LIST, members, read_members};
use super::details;
use super::keys::owner_byte;
use super::wire::{Reader, Writer};
use crate::model::group::{GroupRow, GroupSeqs};
use crate::model::row::{EdgeTombstone, FormerName, Reference, Tombstone};
use crate::model::user::{UserRow, UserSeqs};
use crate::model::{ExternalId, GroupId, Owner, Row, Seq, UserId};

const USER: u8 = 1;
const USER_REFERENCE: u8 = 2;
const USER_TOMBSTONE: u8 = 3;
const GROUP: u8 = 4;
const GROUP_REFERENCE: u8 = 5;
const GROUP_TOMBSTONE: u8 = 6;
const EDGE_TOMBSTONE: u8 = 9;
const DETAIL: u8 = 11;
/// Before a cursor, which lies among the rows.
pub(crate) const CURSOR: u8 = 10;

/// The body of a row; `None` for an empty member block or a deleted detail, which are stored as nothing.
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
        Row::Detail(_, None) => return Ok(None),
        Row::Detail(key, Some(value)) => details::write(w.byte(DETAIL), *key, value),
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
        DETAIL => {
            let (key, value) = details::read(&mut r)?;
            Row::Detail(key, Some(value))
        }
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

/// An owner's byte.
pub(super) fn read_owner(r: &mut Reader<'_>) -> Result<Owner, Flaw> {
    match r.byte()? {
        0 => Ok(Owner::Source),
        1 => Ok(Owner::Local),
        2 => Ok(Owner::Rule),
        _ => Err(Flaw("has an unknown owner")),
    }
}
