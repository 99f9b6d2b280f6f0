//! Entries: versions, expectations, expiry, and what may wait.

use std::sync::Arc;

use super::Backend;
use super::commits::again;
use super::support::{clock, commit, load, put, user, write};
use crate::clock::Clock;
use crate::model::Seq;
use crate::model::commit::{Entry, EntryWrite};
use crate::store::api::{Durability, Store, StoreError};

async fn get(store: &dyn Store, space: &str, key: &str, now: i64) -> Option<Entry> {
    store.entry(space, key, now).await.expect("entries are readable")
}

async fn now(store: &dyn Store, writes: Vec<EntryWrite>) -> Result<(), StoreError> {
    store.put_entries(writes, Durability::Now).await
}

fn expecting(expect: u64, mut write: EntryWrite) -> EntryWrite {
    write.expect = Some(expect);
    write
}

fn deletion(space: &str, key: &str) -> EntryWrite {
    EntryWrite {
        value: None,
        ..write(space, key, b"")
    }
}

pub(super) async fn versions_rise_and_expectations_hold(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    now(&*store, vec![expecting(0, write("run", "a", b"1"))])
        .await
        .expect("it is absent");
    let taken = now(&*store, vec![expecting(0, write("run", "a", b"2"))]).await;
    let Err(StoreError::EntryConflict { space, key }) = taken else {
        panic!("{taken:?}")
    };
    assert_eq!((space.as_str(), key.as_str()), ("run", "a"));
    now(&*store, vec![expecting(1, write("run", "a", b"2"))])
        .await
        .expect("it has version 1");
    now(&*store, vec![write("run", "a", b"3")])
        .await
        .expect("whatever is there");
    let store = again(backend, store, &clock).await;
    let entry = get(&*store, "run", "a", 0).await.expect("there");
    assert_eq!(
        (entry.version, entry.value.as_slice(), entry.key.as_str()),
        (3, &b"3"[..], "a")
    );
    assert!(
        now(&*store, vec![expecting(2, deletion("run", "a"))])
            .await
            .is_err()
    );
    now(&*store, vec![expecting(3, deletion("run", "a"))])
        .await
        .expect("it has version 3");
    assert_eq!(get(&*store, "run", "a", 0).await, None);
    now(&*store, vec![deletion("run", "never")])
        .await
        .expect("what is absent can be deleted");
    now(&*store, vec![expecting(0, write("run", "a", b"4"))])
        .await
        .expect("it is absent again");
}

pub(super) async fn all_writes_of_a_call_happen_or_none(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    now(&*store, vec![write("pin", "a", b"1"), write("pin", "b", b"1")])
        .await
        .expect("accepted");
    let writes = vec![
        write("pin", "a", b"2"),
        deletion("pin", "b"),
        expecting(7, write("pin", "c", b"2")),
    ];
    for durability in [Durability::Now, Durability::Soon] {
        assert!(store.put_entries(writes.clone(), durability).await.is_err());
    }
    let entries = store.entries("pin", 0).await.expect("readable");
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.key.as_str(), entry.version))
        .collect();
    assert_eq!(told, [("a", 1), ("b", 1)]);
}

pub(super) async fn an_expired_entry_is_absent_to_readers_and_writers(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    let expiring = |key: &str| EntryWrite {
        expires_at: Some(clock.now() + 1_000),
        ..write("session", key, b"x")
    };
    now(&*store, vec![expiring("a"), expiring("a2")])
        .await
        .expect("accepted");
    assert!(get(&*store, "session", "a", clock.now() + 999).await.is_some());
    assert_eq!(get(&*store, "session", "a", clock.now() + 1_000).await, None);
    assert!(
        store
            .entries("session", clock.now() + 1_000)
            .await
            .expect("readable")
            .is_empty()
    );
    assert!(
        now(&*store, vec![expecting(0, write("session", "a", b"y"))])
            .await
            .is_err(),
        "it lives"
    );
    clock.advance(1_000);
    assert!(
        now(&*store, vec![expecting(1, write("session", "a", b"y"))])
            .await
            .is_err(),
        "it is absent"
    );
    now(&*store, vec![expecting(0, write("session", "a", b"y"))])
        .await
        .expect("it is absent");
    let store = again(backend, store, &clock).await;
    let entries = store.entries("session", clock.now()).await.expect("readable");
    assert_eq!(
        entries
            .iter()
            .map(|entry| (entry.key.as_str(), entry.version))
            .collect::<Vec<_>>(),
        [("a", 1)]
    );
}

pub(super) async fn what_may_wait_is_visible_at_once_and_rides_with_the_next_commit(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    let soon = async |writes| store.put_entries(writes, Durability::Soon).await;
    soon(vec![write("seen", "a", b"1"), write("seen", "b", b"1")])
        .await
        .expect("accepted");
    soon(vec![expecting(1, write("seen", "a", b"2"))])
        .await
        .expect("it has version 1");
    soon(vec![deletion("seen", "b")]).await.expect("accepted");
    assert!(
        now(&*store, vec![expecting(1, write("seen", "a", b"3"))])
            .await
            .is_err(),
        "it has version 2"
    );
    assert_eq!(
        get(&*store, "seen", "a", 0).await.map(|entry| entry.version),
        Some(2)
    );
    assert_eq!(get(&*store, "seen", "b", 0).await, None);
    assert_eq!(store.entries("seen", 0).await.expect("readable").len(), 1);
    put(&*store, commit("corp", 0, vec![user(0, "alice")])).await;
    soon(vec![write("seen", "c", b"1")]).await.expect("accepted");
    let store = again(backend, store, &clock).await;
    let entries = store.entries("seen", 0).await.expect("readable");
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.key.as_str(), entry.version))
        .collect();
    assert_eq!(told, [("a", 2), ("c", 1)], "closing makes everything durable");
}

pub(super) async fn an_unmet_expectation_refuses_the_whole_commit(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    let mut refused = commit("corp", 0, vec![user(0, "alice")]);
    refused.entries = vec![write("run", "a", b"1"), expecting(4, write("plan", "p", b"1"))];
    assert!(matches!(
        store.commit(refused).await,
        Err(StoreError::EntryConflict { .. })
    ));
    assert_eq!(load(&*store, "corp").await.seq, Seq(0));
    assert_eq!(get(&*store, "run", "a", 0).await, None);
    let mut accepted = commit("corp", 0, vec![user(0, "alice")]);
    accepted.entries = vec![write("run", "a", b"1"), expecting(0, write("plan", "p", b"1"))];
    put(&*store, accepted).await;
    assert!(get(&*store, "run", "a", 0).await.is_some());
}

pub(super) async fn a_space_is_listed_by_key(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    let long = "k".repeat(1_000);
    let keys = ["b", "a", "aa", "", "ab\0c", &long];
    now(
        &*store,
        keys.iter().map(|key| write("space", key, b"v")).collect(),
    )
    .await
    .expect("accepted");
    now(
        &*store,
        vec![write("spac", "x", b"v"), write("space2", "y", b"v")],
    )
    .await
    .expect("accepted");
    let entries = store.entries("space", 0).await.expect("readable");
    let told: Vec<_> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(told, ["", "a", "aa", "ab\0c", "b", &long]);
}
