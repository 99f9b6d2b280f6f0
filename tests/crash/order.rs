//! Order: other directories' commits go between the chunks of a fold, this directory's wait for its end.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use throng::clock::SystemClock;
use throng::model::{DirectoryId, Seq};
use throng::store::api::{AuditQuery, Durability};
use throng::store::conformance::support::{audit, commit, load, put, user, write};
use throng::store::embedded::{EmbeddedStore, Options, Step};
use throng::store::{Store, StoreError};

/// A store whose writer stops after the first chunk of a fold until it is told to go on.
struct Held {
    store: Arc<EmbeddedStore>,
    steps: Arc<Mutex<Vec<Step>>>,
    reached: Receiver<()>,
    go: SyncSender<()>,
}

fn held(folder: &std::path::Path) -> Held {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let (reached_sender, reached) = sync_channel(1);
    let (go, wait) = sync_channel(1);
    let (recorded, wait) = (Arc::clone(&steps), Mutex::new(wait));
    let mut options = Options::new(Arc::new(SystemClock));
    options.hook = Some(Arc::new(move |step| {
        let mut steps = recorded.lock().unwrap();
        let first = matches!(step, Step::ChunkFolded(_)) && !steps.contains(step);
        steps.push(step.clone());
        drop(steps);
        if first {
            reached_sender.send(()).unwrap();
            wait.lock().unwrap().recv().unwrap();
        }
    }));
    let store = EmbeddedStore::open_with(folder, options).unwrap();
    Held {
        store,
        steps,
        reached,
        go,
    }
}

/// Asks without waiting for the answer.
async fn asked<'a, T>(
    future: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    let mut future: Pin<Box<dyn Future<Output = T> + Send + 'a>> = Box::pin(future);
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending(), "the writer is held");
        Poll::Ready(())
    })
    .await;
    future
}

#[tokio::test]
async fn a_small_commit_elsewhere_does_not_wait_for_a_fold_and_one_here_does() {
    let home = tempfile::tempdir().unwrap();
    let Held {
        store,
        steps,
        reached,
        go,
    } = held(home.path());
    let rows = |name: &str| (0..20_000).map(|id| user(id, name)).collect::<Vec<_>>();
    put(&*store, commit("corp", 0, rows("big"))).await;
    reached.recv().unwrap();
    // The writer stands between two chunks: both are asked for before it goes on.
    let (elsewhere, here) = (
        commit("other", 0, vec![user(0, "olga")]),
        commit("corp", 1, vec![user(0, "small")]),
    );
    let elsewhere = asked(store.commit(elsewhere)).await;
    let here = asked(store.commit(here)).await;
    go.send(()).unwrap();
    assert_eq!(elsewhere.await.unwrap(), Seq(1));
    assert_eq!(here.await.unwrap(), Seq(2));
    let steps = steps.lock().unwrap().clone();
    let at = |wanted: &Step| steps.iter().position(|step| step == wanted).unwrap();
    let (corp, other) = (DirectoryId::from("corp"), DirectoryId::from("other"));
    let ended = at(&Step::FileRemoved(corp));
    assert!(
        at(&Step::Acknowledged(vec![other])) < ended,
        "elsewhere goes between: {steps:?}"
    );
    // The step of the acknowledgement itself may come after we read it.
    let last = steps
        .iter()
        .rposition(|step| *step == Step::HeadsWritten)
        .unwrap();
    assert!(last > ended, "here waits: {steps:?}");
    let picture = load(&*store, "corp").await;
    assert_eq!((picture.seq, picture.rows.len()), (Seq(2), 20_000));
}

#[tokio::test]
async fn what_is_read_during_a_fold_is_whole() {
    let home = tempfile::tempdir().unwrap();
    let Held {
        store, reached, go, ..
    } = held(home.path());
    let mut big = commit("corp", 0, (0..3_000).map(|id| user(id, "big")).collect());
    big.entries = (0..5_000)
        .map(|n| write("plan", &format!("{n:05}"), b"x"))
        .collect();
    big.audit = (0..5_000).map(|at| audit(at, "all", None)).collect();
    put(&*store, big).await;
    reached.recv().unwrap();
    let query = AuditQuery {
        limit: 10_000,
        ..AuditQuery::default()
    };
    let entries = asked(store.entries("plan", 0)).await;
    let audit = asked(store.audit(query)).await;
    let rows = asked(load(&*store, "corp")).await;
    go.send(()).unwrap();
    assert_eq!(entries.await.unwrap().len(), 5_000);
    assert_eq!(audit.await.unwrap().items.len(), 5_000);
    assert_eq!(rows.await.rows.len(), 3_000);
}

#[tokio::test]
async fn a_load_that_is_given_up_holds_nothing_still() {
    let home = tempfile::tempdir().unwrap();
    let store = crate::work::open(home.path());
    put(
        &*store,
        commit("corp", 0, (0..2_000).map(|id| user(id, "x")).collect()),
    )
    .await;
    for base in 1..20 {
        let loading = load(&*store, "corp");
        drop(futures_util::future::select(Box::pin(loading), std::future::ready(())).await);
        put(&*store, commit("corp", base, vec![user(1, "y")])).await;
    }
}

/// A store that tells its steps to a channel.
fn told(folder: &std::path::Path) -> (Arc<EmbeddedStore>, Receiver<Step>) {
    let (sender, steps) = sync_channel(1_000);
    let mut options = Options::new(Arc::new(SystemClock));
    options.hook = Some(Arc::new(move |step| sender.send(step.clone()).unwrap()));
    (EmbeddedStore::open_with(folder, options).unwrap(), steps)
}

#[tokio::test]
async fn what_may_wait_becomes_durable_without_a_commit_too() {
    let home = tempfile::tempdir().unwrap();
    let (store, steps) = told(home.path());
    store
        .put_entries(vec![write("seen", "a", b"1")], Durability::Soon)
        .await
        .unwrap();
    // Nothing else is asked of the store: only its own timer can bring this step.
    assert_eq!(steps.recv().unwrap(), Step::Applied);
    assert_eq!(steps.recv().unwrap(), Step::Synced);
}

#[tokio::test]
async fn after_a_failed_write_nothing_is_written_and_the_folder_stays_locked() {
    let home = tempfile::tempdir().unwrap();
    let mut options = Options::new(Arc::new(SystemClock));
    let applied = std::sync::atomic::AtomicUsize::new(0);
    options.hook = Some(Arc::new(move |step| {
        let second = *step == Step::Applied && applied.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 1;
        assert!(!second, "the disk is gone");
    }));
    let store = EmbeddedStore::open_with(home.path(), options).unwrap();
    put(&*store, commit("corp", 0, vec![user(0, "alice")])).await;
    for _ in 0..2 {
        let refused = store.commit(commit("corp", 1, vec![user(0, "alicia")])).await;
        assert!(matches!(refused, Err(StoreError::Stopped(_))), "{refused:?}");
    }
    assert!(matches!(
        store.entry("run", "a", 0).await,
        Err(StoreError::Stopped(_))
    ));
    let again = EmbeddedStore::open(home.path(), Arc::new(SystemClock));
    assert!(
        matches!(again.map(|_| ()), Err(StoreError::Locked { .. })),
        "its state is unknown until a restart"
    );
}
