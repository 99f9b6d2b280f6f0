//! The codec: what goes in comes out, and nothing else does.

use std::sync::Arc;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

use super::frame::{self, Assembler, CHUNK, Record, VALUE_MAX};
use super::records::{self, HeadRecord, Meta, RedoName, StoredEntry};
use super::{keys, rows};
use crate::model::commit::{AuditRecord, Cursor, Entry};
use crate::model::group::{GroupRow, GroupSeqs};
use crate::model::row::{EdgeTombstone, FormerName, Reference, Tombstone};
use crate::model::user::{UserRow, UserSeqs};
use crate::model::{Attributes, Credential, Detail, DetailKey, HiddenGroups, Hold, Resource, Seq, UserId};
use crate::model::{CommitId, DirectoryId, Epoch, ExternalId, GroupId, MemberBlock, MemberKind, Owner, Row};

fn seq() -> impl Strategy<Value = Seq> {
    any::<u64>().prop_map(Seq)
}

fn external() -> impl Strategy<Value = ExternalId> {
    any::<String>().prop_map(ExternalId::from)
}

fn owner() -> impl Strategy<Value = Owner> {
    prop_oneof![Just(Owner::Source), Just(Owner::Local), Just(Owner::Rule)]
}

fn former() -> impl Strategy<Value = Vec<FormerName>> {
    let name = (any::<String>(), seq()).prop_map(|(name, ended)| FormerName {
        name: name.into(),
        ended,
    });
    vec(name, 0..4)
}

fn user() -> impl Strategy<Value = UserRow> {
    let texts = vec(any::<String>(), 5);
    let seqs = vec(seq(), 5);
    let rest = (owner(), any::<(bool, bool, i64, i64)>(), former());
    (any::<u32>(), external(), texts, seqs, rest).prop_map(|(id, external_id, texts, seqs, rest)| {
        let (owner, (source_active, vanished, created_at, updated_at), former) = rest;
        let text = |at: usize| texts[at].as_str().into();
        UserRow {
            id: UserId(id),
            external_id,
            owner,
            name: text(0),
            first_name: text(1),
            last_name: text(2),
            display_name: text(3),
            email: text(4),
            source_active,
            vanished,
            created_at,
            updated_at,
            seqs: UserSeqs {
                created: seqs[0],
                changed: seqs[1],
                groups: seqs[2],
                attributes: seqs[3],
                reset: seqs[4],
            },
            former,
        }
    })
}

fn group() -> impl Strategy<Value = GroupRow> {
    let texts = vec(any::<String>(), 4);
    let seqs = vec(seq(), 5);
    let rest = (owner(), any::<(i64, i64)>(), former());
    (any::<u32>(), external(), texts, seqs, rest).prop_map(|(id, external_id, texts, seqs, rest)| {
        let (owner, (created_at, updated_at), former) = rest;
        let text = |at: usize| texts[at].as_str().into();
        GroupRow {
            id: GroupId(id),
            external_id,
            owner,
            name: text(0),
            source_name: text(1),
            nickname: text(2),
            description: text(3),
            created_at,
            updated_at,
            seqs: GroupSeqs {
                created: seqs[0],
                changed: seqs[1],
                name: seqs[2],
                users: seqs[3],
                nesting: seqs[4],
            },
            former,
        }
    })
}

fn block() -> impl Strategy<Value = MemberBlock> {
    let ids = prop_oneof![btree_set(0u32..1 << 15, 1..50), btree_set(0u32..3000, 1500..2500)];
    let kind = prop_oneof![Just(MemberKind::User), Just(MemberKind::Group)];
    (any::<u32>(), kind, owner(), 0u32..1 << 17, ids).prop_map(|(group, kind, owner, high, ids)| {
        MemberBlock {
            group: GroupId(group),
            kind,
            owner,
            high,
            ids: ids.into_iter().map(|id| high << 15 | id).collect(),
        }
    })
}

fn detail() -> impl Strategy<Value = Detail> {
    let text = || any::<String>().prop_map(Arc::<str>::from);
    let attributes = || btree_map(text(), vec(text(), 0..3), 0..4).prop_map(|all| Arc::new(Attributes(all)));
    let credential =
        (text(), any::<i64>(), any::<bool>()).prop_map(|(hash, changed_at, expired)| Credential {
            hash,
            changed_at,
            expired,
        });
    let resource = (
        prop::option::of(text()),
        prop::option::of(text()),
        vec(text(), 0..3),
        text(),
    );
    let resource = resource.prop_map(|(external_id, name, emails, json)| Resource {
        external_id,
        name,
        emails,
        json,
    });
    let hidden = prop_oneof![
        Just(HiddenGroups::All),
        vec(external(), 0..3).prop_map(|groups| HiddenGroups::These(groups.into())),
    ];
    let hold = (
        (text(), prop::option::of(text()), text()),
        (any::<i64>(), prop::option::of(any::<i64>())),
        hidden,
        any::<[bool; 3]>(),
    );
    let hold = hold.prop_map(|((reason, policy, actor), (since, until), groups, flags)| Hold {
        reason,
        policy,
        actor,
        since,
        until,
        groups,
        release_on_return: flags[0],
        anonymised: flags[1],
        removed: flags[2],
    });
    prop_oneof![
        attributes().prop_map(Detail::Attributes),
        attributes().prop_map(Detail::SourceAttributes),
        credential.prop_map(|credential| Detail::Credential(credential.into())),
        resource.prop_map(|resource| Detail::Resource(resource.into())),
        hold.prop_map(|hold| Detail::Hold(hold.into())),
    ]
}

fn row() -> impl Strategy<Value = Row> {
    let reference = || (any::<u32>(), external()).prop_map(|(id, external_id)| Reference { id, external_id });
    let tombstone = || {
        (any::<u32>(), external(), former(), seq()).prop_map(|(id, external_id, former, ended)| Tombstone {
            id,
            external_id,
            former,
            ended,
        })
    };
    let edge = (any::<(u32, u32)>(), seq()).prop_map(|((parent, child), ended)| EdgeTombstone {
        parent: GroupId(parent),
        child: GroupId(child),
        ended,
    });
    prop_oneof![
        user().prop_map(|row| Row::User(row.into())),
        reference().prop_map(Row::UserReference),
        tombstone().prop_map(Row::UserTombstone),
        group().prop_map(|row| Row::Group(row.into())),
        reference().prop_map(Row::GroupReference),
        tombstone().prop_map(Row::GroupTombstone),
        block().prop_map(Row::Members),
        edge.prop_map(Row::EdgeTombstone),
        (any::<bool>(), any::<u32>(), detail()).prop_map(|(user, id, detail)| {
            let of = if user { MemberKind::User } else { MemberKind::Group };
            let kind = detail.kind();
            Row::Detail(DetailKey { of, id, kind }, Some(detail))
        }),
    ]
}

/// All values of a body, put together again.
fn assemble(values: &[Record]) -> Result<Vec<Record>, super::Flaw> {
    let mut assembler = Assembler::default();
    let mut whole = Vec::new();
    for (key, value) in values {
        whole.extend(assembler.push(key, value)?);
    }
    assembler.finish()?;
    Ok(whole)
}

proptest! {
    #[test]
    fn a_row_comes_back_as_it_was(row in row()) {
        let body = rows::encode(&row).unwrap().unwrap();
        prop_assert_eq!(rows::decode(&body).unwrap(), row);
    }

    #[test]
    fn a_shortened_row_is_an_error(row in row(), at in any::<prop::sample::Index>()) {
        let body = rows::encode(&row).unwrap().unwrap();
        let values: Vec<_> = frame::parts(b"key", &body).collect();
        let (key, value) = &values[at.index(values.len())];
        let cut = at.index(value.len());
        prop_assert!(frame::open(key, &value[..cut]).is_err());
        // Without the frame, too, no reader panics.
        drop(rows::decode(&body[..at.index(body.len())]));
    }

    #[test]
    fn a_flipped_bit_is_an_error(row in row(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let body = rows::encode(&row).unwrap().unwrap();
        let mut values: Vec<_> = frame::parts(b"key", &body).collect();
        let count = values.len();
        let (key, value) = &mut values[at.index(count)];
        let length = value.len();
        value[at.index(length)] ^= 1u8 << bit;
        prop_assert!(frame::open(key, value).is_err());
        value[at.index(length)] ^= 1u8 << bit;
        key[0] ^= 1;
        prop_assert!(frame::open(key, value).is_err(), "a value under a foreign key");
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        drop(rows::decode(&bytes));
        drop(Meta::decode(&bytes));
        drop(HeadRecord::decode(&bytes));
        drop(StoredEntry::decode(&bytes));
        drop(records::decode_cursor(&bytes));
        drop(records::decode_audit(&bytes));
        drop(frame::open(&bytes, &bytes));
    }

    #[test]
    fn the_other_records_come_back(text in vec(any::<String>(), 5), n in any::<(u64, u32, i64)>(), yes in any::<bool>()) {
        let meta = Meta { format: n.1, epoch: Epoch([7; 16]), write: n.0, directories: n.1, audit: n.0,
            entries: frame::Tally { values: n.0, digest: n.0 } };
        prop_assert_eq!(Meta::decode(&meta.encode()).unwrap(), meta);
        let redo = yes.then(|| RedoName { file: text[0].clone(), length: n.0, checksum: n.1 });
        let head = HeadRecord { number: n.1, directory: DirectoryId::from(&*text[1]), seq: Seq(n.0), commit: CommitId([3; 16]),
            rows: frame::Tally { values: n.0, digest: n.0 }, redo };
        prop_assert_eq!(HeadRecord::decode(&head.encode()).unwrap(), head);
        let cursor = Cursor { scope: text[0].clone(), token: text[1].clone(), full_at: n.2 };
        prop_assert_eq!(records::decode_cursor(&records::encode_cursor(&cursor)).unwrap(), cursor);
        let entry = Entry { key: text[2].clone(), value: text[3].clone().into(), version: n.0, expires_at: yes.then_some(n.2) };
        let stored = StoredEntry { space: text[4].clone(), entry };
        prop_assert_eq!(StoredEntry::decode(&stored.encode()).unwrap(), stored);
        let audit = AuditRecord { at: n.2, actor: text[0].clone(), action: text[1].clone(), subject: text[2].clone(),
            reason: text[3].clone(), run: yes.then(|| text[4].clone()) };
        prop_assert_eq!(records::decode_audit(&records::encode_audit(&audit)).unwrap(), audit);
    }

    #[test]
    fn bodies_of_any_length_are_cut_and_joined(length in prop_oneof![0usize..10, CHUNK - 3..CHUNK + 3, 3 * CHUNK..4 * CHUNK]) {
        let body: Vec<u8> = (0u8..=250).cycle().take(length).collect();
        let values: Vec<_> = frame::parts(b"key", &body).collect();
        prop_assert!(values.iter().all(|(_, value)| value.len() <= VALUE_MAX));
        prop_assert_eq!(assemble(&values).unwrap(), vec![(b"key".to_vec(), body)]);
        for missing in 0..values.len() {
            let mut torn = values.clone();
            torn.remove(missing);
            prop_assert!(values.len() == 1 || assemble(&torn).is_err(), "part {missing} is missing");
        }
    }
}

#[test]
fn a_full_block_is_a_bitmap_and_a_list_of_ids_out_of_order_is_refused() {
    let ids: Vec<u32> = (5 << 15..6 << 15).collect();
    let mut block = MemberBlock {
        group: GroupId(1),
        kind: MemberKind::User,
        owner: Owner::Source,
        high: 5,
        ids,
    };
    let body = rows::encode(&Row::Members(block.clone())).unwrap().unwrap();
    assert!(body.len() < 4_200);
    assert_eq!(rows::decode(&body).unwrap(), Row::Members(block.clone()));
    block.ids.swap(0, 1);
    assert!(rows::encode(&Row::Members(block.clone())).is_err());
    block.ids = vec![4 << 15];
    assert!(rows::encode(&Row::Members(block)).is_err());
}

#[test]
fn tallies_tell_different_records_apart() {
    let tally = |body: &[u8]| {
        let mut tally = frame::Tally::default();
        frame::parts(b"key", body).for_each(|(_, value)| tally.add(&value));
        tally
    };
    assert_ne!(tally(b"one"), tally(b"two"));
    let mut same = tally(b"one");
    frame::parts(b"key", b"one").for_each(|(_, value)| same.remove(&value));
    assert_eq!(same, frame::Tally::default());
}

#[test]
fn keys_of_texts_never_begin_one_another() {
    let long = "x".repeat(5_000);
    assert!(!keys::entry("a", "bc").starts_with(&keys::entry("a", "b")));
    assert!(!keys::space("ab").starts_with(&keys::space("a")));
    assert!(keys::entry(&long, &long).len() < 100);
    assert_ne!(keys::entry(&long, &long), keys::entry(&long, &long[1..]));
}
