//! Commits: whole, numbered, refused when they come late, there after a restart.

use std::sync::Arc;

use super::Backend;
use super::support::{Dice, audit, clock, commit, cursor, group, load, members, picture, put, user, write};
use crate::clock::StoppedClock;
use crate::model::row::{EdgeTombstone, Reference, Tombstone};
use crate::model::{CommitId, DirectoryId, ExternalId, GroupId, Row, Seq};
use crate::store::api::{AuditQuery, Store, StoreError};
use crate::store::memory::MemoryStore;

/// Closes and opens again, where the backend persists.
pub(super) async fn again(
    backend: &dyn Backend,
    store: Arc<dyn Store>,
    clock: &Arc<StoppedClock>,
) -> Arc<dyn Store> {
    if !backend.persists() {
        return store;
    }
    store.close().await.expect("a healthy store closes");
    drop(store);
    backend.open(Arc::clone(clock)).await
}

pub(super) async fn a_directory_never_committed_to_is_empty(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    assert_eq!(load(&*store, "nobody").await, picture(0, &[], None));
}

/// One row of each kind.
fn every_kind() -> Vec<Row> {
    let external = |name: &str| ExternalId::from(name);
    let gone = |id| Tombstone {
        id,
        external_id: external("gone"),
        former: Vec::new(),
        ended: Seq(9),
    };
    vec![
        user(0, "alice"),
        Row::UserReference(Reference {
            id: 1,
            external_id: external("reference"),
        }),
        Row::UserTombstone(gone(2)),
        group(0, "staff"),
        Row::GroupReference(Reference {
            id: 1,
            external_id: external("group reference"),
        }),
        Row::GroupTombstone(gone(2)),
        members(0, 0, vec![0, 1, 2]),
        Row::EdgeTombstone(EdgeTombstone {
            parent: GroupId(0),
            child: GroupId(1),
            ended: Seq(4),
        }),
    ]
}

pub(super) async fn a_commit_outlives_the_store(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    let mut first = commit("corp", 0, every_kind());
    first.cursor = Some(cursor("delta-1"));
    put(&*store, first).await;
    let expected = picture(1, &every_kind(), Some(cursor("delta-1")));
    assert_eq!(load(&*store, "corp").await, expected);
    let store = again(backend, store, &clock).await;
    assert_eq!(load(&*store, "corp").await, expected);
    put(&*store, commit("corp", 1, vec![user(0, "alicia")])).await;
    let mut rows = every_kind();
    rows[0] = user(0, "alicia");
    let store = again(backend, store, &clock).await;
    assert_eq!(
        load(&*store, "corp").await,
        picture(2, &rows, Some(cursor("delta-1")))
    );
}

pub(super) async fn a_base_that_is_not_the_head_is_a_conflict_without_a_trace(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    put(&*store, commit("corp", 0, vec![user(0, "alice")])).await;
    let before = load(&*store, "corp").await;
    for base in [0, 2, 7] {
        let mut late = commit("corp", base, vec![user(0, "mallory"), user(1, "bob")]);
        late.id = CommitId([9; 16]);
        late.cursor = Some(cursor("late"));
        late.entries = vec![write("run", "late", b"x")];
        late.audit = vec![audit(1, "late", None)];
        let refused = store.commit(late).await;
        let Err(StoreError::Conflict { head, base: told, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!((head, told), (Seq(1), Seq(base)));
    }
    assert_eq!(load(&*store, "corp").await, before);
    assert_eq!(store.entry("run", "late", 0).await.expect("readable"), None);
    assert!(
        store
            .audit(AuditQuery::default())
            .await
            .expect("readable")
            .items
            .is_empty()
    );
}

pub(super) async fn the_last_commit_sent_again_answers_its_number(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    let sent = || {
        let mut commit = commit("corp", 1, vec![user(0, "alice")]);
        commit.audit = vec![audit(1, "alice", None)];
        commit.entries = vec![write("run", "one", b"1")];
        commit
    };
    put(&*store, commit("corp", 0, vec![user(0, "al")])).await;
    put(&*store, sent()).await;
    assert_eq!(store.commit(sent()).await.expect("known"), Seq(2));
    let store = again(backend, store, &clock).await;
    assert_eq!(store.commit(sent()).await.expect("known after a restart"), Seq(2));
    assert_eq!(load(&*store, "corp").await, picture(2, &[user(0, "alice")], None));
    assert_eq!(
        store
            .audit(AuditQuery::default())
            .await
            .expect("readable")
            .items
            .len(),
        1,
        "told once"
    );
    let entry = store
        .entry("run", "one", 0)
        .await
        .expect("readable")
        .expect("there");
    assert_eq!(entry.version, 1, "written once");
    put(&*store, commit("corp", 2, vec![user(0, "alicia")])).await;
    assert!(
        matches!(store.commit(sent()).await, Err(StoreError::Conflict { .. })),
        "no longer the last"
    );
}

pub(super) async fn two_directories_know_nothing_of_each_other(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    put(
        &*store,
        commit("corp", 0, vec![user(0, "alice"), members(0, 0, vec![0])]),
    )
    .await;
    put(&*store, commit("partners", 0, vec![user(0, "petra")])).await;
    put(&*store, commit("partners", 1, vec![user(1, "paul")])).await;
    put(&*store, commit("corp", 1, vec![members(0, 0, vec![])])).await;
    let store = again(backend, store, &clock).await;
    assert_eq!(load(&*store, "corp").await, picture(2, &[user(0, "alice")], None));
    assert_eq!(
        load(&*store, "partners").await,
        picture(2, &[user(0, "petra"), user(1, "paul")], None)
    );
}

pub(super) async fn the_directories_ever_committed_to_are_listed(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    assert_eq!(store.directories().await.expect("readable"), []);
    put(&*store, commit("partners", 0, vec![user(0, "petra")])).await;
    put(&*store, commit("corp", 0, vec![user(0, "alice")])).await;
    drop(store.commit(commit("never", 7, vec![user(0, "eve")])).await);
    let store = again(backend, store, &clock).await;
    let listed = store.directories().await.expect("readable");
    assert_eq!(listed, ["corp", "partners"].map(DirectoryId::from));
}

pub(super) async fn a_big_commit_is_whole_and_a_small_one_on_top_of_it_stays(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    put(
        &*store,
        commit("corp", 0, (0..100).map(|id| user(id, "before")).collect()),
    )
    .await;
    let rows: Vec<Row> = (0..5_000).map(|id| user(id, &format!("user-{id}"))).collect();
    let mut big = commit("corp", 1, rows.clone());
    big.cursor = Some(cursor("big"));
    big.entries = (0..2_500)
        .map(|n| write("plan", &format!("{n:04}"), &[7; 100]))
        .collect();
    big.audit = (0..2_500).map(|n| audit(n, "everybody", Some("run-1"))).collect();
    put(&*store, big.clone()).await;
    let (small, elsewhere) = (
        commit("corp", 2, vec![user(7, "seven")]),
        commit("other", 0, vec![user(0, "olga")]),
    );
    put(&*store, elsewhere).await;
    assert_eq!(store.commit(big).await.expect("known while it is folded"), Seq(2));
    put(&*store, small).await;
    let mut expected = rows;
    expected[7] = user(7, "seven");
    let expected = picture(3, &expected, Some(cursor("big")));
    assert_eq!(load(&*store, "corp").await, expected);
    let store = again(backend, store, &clock).await;
    assert_eq!(load(&*store, "corp").await, expected);
    assert_eq!(store.entries("plan", 0).await.expect("readable").len(), 2_500);
    let query = AuditQuery {
        limit: 3_000,
        ..AuditQuery::default()
    };
    assert_eq!(store.audit(query).await.expect("readable").items.len(), 2_500);
}

pub(super) async fn any_sequence_of_commits_loads_as_the_memory_store_does(backend: &dyn Backend) {
    let clock = clock();
    let model = MemoryStore::with_clock(Arc::<StoppedClock>::clone(&clock));
    let mut store = backend.open(Arc::clone(&clock)).await;
    let mut dice = Dice(2);
    for base in 0..40 {
        let count = if dice.below(10) == 0 {
            2_500
        } else {
            dice.below(30)
        };
        let mut next = commit("corp", base, random_rows(&mut dice, count));
        next.cursor = (dice.below(3) == 0).then(|| cursor(&"t".repeat(dice.below(9_000) as usize)));
        next.audit = vec![audit(i64::from(dice.below(9)), "somebody", None); dice.below(3) as usize];
        put(&*model, next.clone()).await;
        put(&*store, next).await;
        if dice.below(8) == 0 {
            store = again(backend, store, &clock).await;
            assert_eq!(
                load(&*store, "corp").await,
                load(&*model, "corp").await,
                "at {base}"
            );
        }
    }
    assert_eq!(load(&*store, "corp").await, load(&*model, "corp").await);
}

/// Rows under different keys.
fn random_rows(dice: &mut Dice, count: u32) -> Vec<Row> {
    let from = dice.below(400);
    let row = |id: u32| match dice.below(5) {
        0 => group(id, &"long name ".repeat(dice.below(2_000) as usize)),
        1 => Row::UserReference(Reference {
            id,
            external_id: ExternalId::from("known"),
        }),
        2 => members(id, 0, Vec::new()),
        3 => {
            let (first, count) = (dice.below(1_000), dice.below(5_000));
            members(
                id,
                0,
                (first..first + count).filter(|_| dice.below(3) > 0).collect(),
            )
        }
        _ => user(id, &format!("user-{}", dice.below(1_000))),
    };
    (from..from + count).map(row).collect()
}
