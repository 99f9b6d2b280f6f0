//! The life of a store: its epoch, its followers, its end, its crowds.

use std::sync::Arc;

use futures_util::future::join_all;

use super::Backend;
use super::commits::again;
use super::support::{Picture, clock, commit, load, put, user, write};
use crate::model::{DirectoryId, Seq};
use crate::store::api::{AuditQuery, Changes, Durability, StoreError};

pub(super) async fn an_epoch_is_made_with_the_store(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    let epoch = store.epoch();
    assert_ne!(epoch.0, [0; 16]);
    let store = again(backend, store, &clock).await;
    assert_eq!(store.epoch(), epoch);
}

pub(super) async fn followers_are_told_of_the_head(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    let corp = DirectoryId::from("corp");
    let mut heads = store.watch(&corp);
    assert_eq!(*heads.borrow_and_update(), Seq(0));
    put(&*store, commit("corp", 0, vec![user(0, "alice")])).await;
    put(&*store, commit("other", 0, vec![user(0, "olga")])).await;
    assert!(heads.has_changed().expect("the store lives"));
    assert_eq!(*heads.borrow_and_update(), Seq(1));
    let store = again(backend, store, &clock).await;
    assert_eq!(*store.watch(&corp).borrow(), Seq(1));
    let at_head = store.changes_after(&corp, Seq(1)).await.expect("answered");
    assert!(
        matches!(&at_head, Changes::Rows(rows, Seq(1)) if rows.is_empty()),
        "{at_head:?}"
    );
    // Whoever is behind reads the rows or reads anew; both are promises kept, silence is not.
    let behind = store.changes_after(&corp, Seq(0)).await.expect("answered");
    let told =
        matches!(&behind, Changes::Gone) || matches!(&behind, Changes::Rows(rows, Seq(1)) if rows.len() == 1);
    assert!(told, "{behind:?}");
    let nobody = store
        .changes_after(&DirectoryId::from("nobody"), Seq(0))
        .await
        .expect("answered");
    assert!(
        matches!(&nobody, Changes::Rows(rows, Seq(0)) if rows.is_empty()),
        "{nobody:?}"
    );
}

pub(super) async fn a_closed_store_has_stopped(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    put(&*store, commit("corp", 0, vec![user(0, "alice")])).await;
    store.close().await.expect("a healthy store closes");
    let corp = DirectoryId::from("corp");
    let stopped =
        |error: Option<StoreError>| assert!(matches!(error, Some(StoreError::Stopped(_))), "{error:?}");
    stopped(store.load(&corp, &mut Picture::default()).await.err());
    stopped(store.commit(commit("corp", 1, Vec::new())).await.err());
    stopped(store.changes_after(&corp, Seq(1)).await.err());
    stopped(store.entry("run", "a", 0).await.err());
    stopped(store.entries("run", 0).await.err());
    stopped(
        store
            .put_entries(vec![write("run", "a", b"1")], Durability::Now)
            .await
            .err(),
    );
    stopped(
        store
            .put_entries(vec![write("run", "a", b"1")], Durability::Soon)
            .await
            .err(),
    );
    stopped(store.audit(AuditQuery::default()).await.err());
    stopped(store.close().await.err());
}

pub(super) async fn requests_at_once_are_each_answered(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    let one = |n: u32| {
        let store = Arc::clone(&store);
        async move {
            let directory = format!("directory-{}", n % 7);
            for base in 0..6 {
                // Seven writers share each directory: one wins each number, the others are told so.
                let mut next = commit(&directory, base, vec![user(n, "x")]);
                next.id.0[15] = u8::try_from(n).expect("few");
                match store.commit(next).await {
                    Ok(seq) => assert_eq!(seq, Seq(base + 1)),
                    Err(StoreError::Conflict { head, .. }) => assert!(head > Seq(base)),
                    Err(error) => panic!("{error}"),
                }
                drop(load(&*store, &directory).await);
                let write = write("count", &format!("{n}"), &[0; 50]);
                store
                    .put_entries(vec![write], Durability::Soon)
                    .await
                    .expect("accepted");
            }
        }
    };
    join_all((0..49).map(one)).await;
    let store = again(backend, store, &clock).await;
    for n in 0..7 {
        assert_eq!(load(&*store, &format!("directory-{n}")).await.seq, Seq(6));
    }
    let entries = store.entries("count", 0).await.expect("readable");
    assert_eq!(
        entries.iter().map(|entry| entry.version).collect::<Vec<_>>(),
        vec![6; 49]
    );
}
