//! The disk watch: a write that may not fit is refused whole, and the next one that fits is accepted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use throng::clock::SystemClock;
use throng::store::api::Durability;
use throng::store::conformance::support::{commit, load, picture, put, user, write};
use throng::store::embedded::{EmbeddedStore, Options};
use throng::store::{Store, StoreError};

const MEGABYTE: u64 = 1024 * 1024;

#[tokio::test]
async fn what_may_not_fit_is_refused_without_a_trace() {
    let home = tempfile::tempdir().unwrap();
    let free = Arc::new(AtomicU64::new(1024 * MEGABYTE));
    let told = Arc::clone(&free);
    let mut options = Options::new(Arc::new(SystemClock));
    options.free_space = Some(Arc::new(move |_| Ok(told.load(Ordering::SeqCst))));
    let store = EmbeddedStore::open_with(home.path(), options).unwrap();
    put(&*store, commit("corp", 0, vec![user(0, "alice")])).await;
    let big = || commit("corp", 1, (0..20_000).map(|id| user(id, "somebody")).collect());
    free.store(129 * MEGABYTE, Ordering::SeqCst);
    let refused = store.commit(big()).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Full { .. }) && refused.to_string().contains("hint:"),
        "{refused}"
    );
    assert_eq!(
        std::fs::read_dir(home.path().join("redo")).unwrap().count(),
        0,
        "no redo file is left"
    );
    put(&*store, commit("corp", 1, vec![user(0, "alicia")])).await;
    free.store(100 * MEGABYTE, Ordering::SeqCst);
    assert!(matches!(
        store.commit(commit("corp", 2, Vec::new())).await,
        Err(StoreError::Full { .. })
    ));
    let entries = store
        .put_entries(vec![write("run", "a", b"x")], Durability::Soon)
        .await;
    assert!(matches!(entries, Err(StoreError::Full { .. })));
    assert_eq!(
        load(&*store, "corp").await,
        picture(2, &[user(0, "alicia")], None)
    );
    free.store(1024 * MEGABYTE, Ordering::SeqCst);
    let mut fits = big();
    fits.base = throng::model::Seq(2);
    put(&*store, fits).await;
    assert_eq!(load(&*store, "corp").await.rows.len(), 20_000);
}
