//! Contents: slots, member blocks, long values, cursors.

use std::sync::Arc;

use super::Backend;
use super::commits::again;
use super::support::{audit, clock, commit, cursor, group, load, members, picture, put, user, write};
use crate::model::row::{Reference, Tombstone};
use crate::model::{
    Attributes, Detail, DetailKey, DetailKind, ExternalId, HiddenGroups, Hold, MemberKind, Owner, Resource,
    Row, Seq,
};
use crate::store::api::AuditQuery;

pub(super) async fn a_user_its_reference_and_its_tombstone_share_a_slot(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    let external_id = ExternalId::from("external-5");
    let known = Reference {
        id: 5,
        external_id: external_id.clone(),
    };
    let gone = Tombstone {
        id: 5,
        external_id,
        former: Vec::new(),
        ended: Seq(3),
    };
    let stages: [[Row; 2]; 4] = [
        [Row::UserReference(known.clone()), Row::GroupReference(known)],
        [user(5, "eve"), group(5, "eves")],
        [Row::UserTombstone(gone.clone()), Row::GroupTombstone(gone)],
        [user(5, "eve again"), group(5, "eves again")],
    ];
    for (base, rows) in (0..).zip(stages) {
        put(&*store, commit("corp", base, rows.to_vec())).await;
        assert_eq!(load(&*store, "corp").await, picture(base + 1, &rows, None));
    }
}

pub(super) async fn an_empty_block_deletes(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    let (kept, other) = (members(1, 1, vec![1 << 15]), members(2, 0, vec![4]));
    put(
        &*store,
        commit(
            "corp",
            0,
            vec![members(1, 0, vec![1, 2]), kept.clone(), other.clone()],
        ),
    )
    .await;
    put(
        &*store,
        commit("corp", 1, vec![members(1, 0, vec![]), members(9, 0, vec![])]),
    )
    .await;
    assert_eq!(load(&*store, "corp").await, picture(2, &[kept, other], None));
}

pub(super) async fn details_of_any_length_come_back_until_they_are_deleted(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    let key = |of, kind| DetailKey { of, id: 1, kind };
    let resource = |json: &str| {
        Detail::Resource(Arc::new(Resource {
            external_id: Some("00u1".into()),
            name: Some("eve".into()),
            emails: vec!["eve@example.com".into()],
            json: json.into(),
        }))
    };
    let values = vec!["a".into(), "b".into()];
    let written = Detail::Attributes(Arc::new(Attributes([("phone".into(), values)].into())));
    let of_user = key(MemberKind::User, DetailKind::Resource);
    let of_group = key(MemberKind::Group, DetailKind::Resource);
    let attributes = Row::Detail(key(MemberKind::User, DetailKind::Attributes), Some(written));
    let long = "ä".repeat(70_000);
    let hold = Hold {
        groups: HiddenGroups::These([ExternalId::from("g1"), "g2".into()].into()),
        until: Some(9),
        ..Hold::new("idle", "cleanup", 7)
    };
    let kept_out = Row::Detail(
        key(MemberKind::User, DetailKind::Hold),
        Some(Detail::Hold(hold.into())),
    );
    let first = [
        user(1, "eve"),
        kept_out.clone(),
        Row::Detail(of_user, Some(resource(&long))),
        Row::Detail(of_group, Some(resource("{}"))),
        attributes.clone(),
    ];
    put(&*store, commit("corp", 0, first.to_vec())).await;
    assert_eq!(load(&*store, "corp").await, picture(1, &first, None));
    // Shorter than before, and one gone: nothing of the long one is left.
    let shorter = Row::Detail(of_user, Some(resource("{\"nickName\":\"e\"}")));
    let second = vec![shorter.clone(), Row::Detail(of_group, None)];
    put(&*store, commit("corp", 1, second)).await;
    let left = [user(1, "eve"), kept_out, shorter, attributes];
    assert_eq!(load(&*store, "corp").await, picture(2, &left, None));
    let store = again(backend, store, &clock).await;
    assert_eq!(load(&*store, "corp").await, picture(2, &left, None));
}

pub(super) async fn blocks_of_every_size_come_back(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    let mut rows = vec![
        members(0, 0, (0..1 << 15).collect()),
        members(1, 3, (3 << 15..4 << 15).step_by(3).collect()),
        members(2, 1, (1 << 15..2 << 15).step_by(40).collect()),
        members(3, u32::MAX >> 15, vec![u32::MAX]),
        members(3, 0, vec![0]),
    ];
    let Row::Members(mut block) = members(3, 0, vec![7]) else {
        unreachable!()
    };
    for (kind, owner) in [
        (MemberKind::Group, Owner::Source),
        (MemberKind::User, Owner::Rule),
    ] {
        (block.kind, block.owner) = (kind, owner);
        rows.push(Row::Members(block.clone()));
    }
    put(&*store, commit("corp", 0, rows.clone())).await;
    let store = again(backend, store, &clock).await;
    assert_eq!(load(&*store, "corp").await, picture(1, &rows, None));
}

pub(super) async fn values_of_any_length_come_back(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    for (base, length) in (0..).zip([10usize, 4_070, 4_096, 40_000, 9_000, 1, 300_000, 4_099]) {
        let long = "ä".repeat(length / 2 + 1);
        let rows = [user(0, &long), group(0, &long), members(0, 0, vec![0])];
        let mut next = commit("corp", base, rows.to_vec());
        next.cursor = Some(cursor(&long));
        next.entries = vec![
            write("plan", "same", long.as_bytes()),
            write("plan", &long, long.as_bytes()),
        ];
        next.audit = vec![audit(1, &long, Some(&long))];
        put(&*store, next).await;
        assert_eq!(
            load(&*store, "corp").await,
            picture(base + 1, &rows, Some(cursor(&long)))
        );
        for key in ["same", &long] {
            let entry = store
                .entry("plan", key, 0)
                .await
                .expect("readable")
                .expect("there");
            assert!(entry.key == key && entry.value == long.as_bytes(), "{length}");
        }
        let query = AuditQuery {
            limit: 1,
            ..AuditQuery::default()
        };
        let told = store.audit(query).await.expect("readable").items;
        assert!(told[0].subject == long, "{length}");
    }
    let store = again(backend, store, &clock).await;
    assert_eq!(store.entries("plan", 0).await.expect("readable").len(), 9);
    assert_eq!(load(&*store, "corp").await.seq, Seq(8));
}

pub(super) async fn a_cursor_stays_until_it_is_moved(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    let mut first = commit("corp", 0, Vec::new());
    first.cursor = Some(cursor("one"));
    put(&*store, first).await;
    put(&*store, commit("corp", 1, Vec::new())).await;
    assert_eq!(load(&*store, "corp").await, picture(2, &[], Some(cursor("one"))));
    let mut second = commit("corp", 2, Vec::new());
    second.cursor = Some(cursor("two"));
    put(&*store, second).await;
    assert_eq!(load(&*store, "corp").await, picture(3, &[], Some(cursor("two"))));
}
