//! A directory that moves between planning and applying.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use throng::clock::{Clock, StoppedClock};
use throng::directory::limits::Limits;
use throng::directory::{Directory, Request};
use throng::model::{Change, Owner};
use throng::store::Store;
use throng::store::memory::MemoryStore;
use throng::sync::{Ask, Run, RunState};
use tokio::runtime::Handle;

use super::{House, Manner, Say, company, open, user};

/// A clock that writes to the directory when it is asked for the time: the engine asks between planning and applying.
struct Meddling {
    clock: Arc<StoppedClock>,
    directory: OnceLock<Arc<Directory>>,
    times: AtomicU32,
}

impl Clock for Meddling {
    fn now(&self) -> i64 {
        let left = self
            .times
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if let (Ok(left), Some(directory)) = (left, self.directory.get()) {
            let group = format!("meddled{left}").as_str().into();
            let change = Change::Members {
                owner: Owner::Source,
                group,
                add_users: vec!["u1".into()],
                remove_users: Vec::new(),
                add_groups: Vec::new(),
                remove_groups: Vec::new(),
            };
            let request = Request {
                changes: vec![change],
                ..Request::default()
            };
            tokio::task::block_in_place(|| Handle::current().block_on(directory.apply(request))).unwrap();
        }
        self.clock.now()
    }
}

async fn meddled(times: u32) -> (House, Arc<Meddling>, Run) {
    let clock = StoppedClock::at(1_000_000_000);
    let store: Arc<dyn Store> = MemoryStore::with_clock(Arc::clone(&clock) as _);
    let meddling = Arc::new(Meddling {
        clock: Arc::clone(&clock),
        directory: OnceLock::new(),
        times: AtomicU32::new(0),
    });
    let house = open(
        store,
        Arc::clone(&meddling) as _,
        clock,
        Manner::of(Limits::default()),
    )
    .await;
    house.sync(company()).await;
    house.source.gate.forget_permits(1_000);
    house.script([Say::Changes(vec![user(500)])]);
    let id = house.ask(Ask::default());
    while house.store.entry("run", id.as_str(), 0).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    // The run waits for its source now: what it asks the clock from here on is after planning.
    assert!(meddling.directory.set(Arc::clone(&house.directory)).is_ok());
    meddling.times.store(times, Ordering::SeqCst);
    house.source.gate.add_permits(1);
    let run = house.engine.finished(&id).await.unwrap();
    (house, meddling, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_made_again_when_the_directory_moved_meanwhile() {
    let (house, meddling, run) = meddled(3).await;
    assert_eq!(
        (run.state, run.counts.users.added, house.living()),
        (RunState::Succeeded, 1, 101)
    );
    assert_eq!(meddling.times.load(Ordering::SeqCst), 0, "it did move");
    assert_eq!(run.seq, Some(house.snapshot().seq()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_never_stands_still_fails_the_run() {
    let (house, meddling, run) = meddled(1_000).await;
    assert_eq!(
        (run.state, run.error.unwrap().code),
        (RunState::Failed, "DIRECTORY_MOVED".to_owned())
    );
    assert_eq!(house.living(), 100);
    assert!(meddling.times.load(Ordering::SeqCst) > 900, "it gave up soon");
}
