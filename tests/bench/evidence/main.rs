//! Evidence of 100,000 users: telling, asking, loading; 10,000 log-ins a minute, with what they cost the store.
//! Prints figures; asserts that nothing is lost and how often the store is written to, never times.
//!
//! `cargo bench --bench evidence`; other sizes by `THRONG_BENCH_USERS`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "a benchmark"
)]
#![allow(clippy::disallowed_methods, reason = "its environment is its settings")]

mod counted;
mod people;

use std::sync::Arc;
use std::time::{Duration, Instant};

use counted::Counted;
use throng::clock::StoppedClock;
use throng::directory::activity::{How, Lane, Sighting};
use throng::directory::{Activity, Directory};
use throng::model::UserId;
use throng::store::Store;
use throng::store::embedded::EmbeddedStore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const NOW: i64 = 1_800_000_000_000;
/// Log-ins of a minute, which the benchmark makes in as many seconds as this says.
const LOG_INS: usize = 10_000;
const SECONDS: u64 = 10;

async fn open(store: &Arc<dyn Store>, directory: &Arc<Directory>, every: Duration) -> Arc<Activity> {
    let (tasks, clock) = (TaskTracker::new(), StoppedClock::at(NOW));
    let directories = std::slice::from_ref(directory);
    let told = (&tasks, CancellationToken::new());
    Activity::open(Arc::clone(store), clock, directories, every, told)
        .await
        .unwrap()
}

fn saw(activity: &Activity, directory: &Directory, user: UserId, lane: Lane, at: i64) {
    let sighting = Sighting {
        lane,
        at,
        how: How::Validation,
        application: Some("jira"),
    };
    activity.saw(directory.id(), user, sighting);
}

/// `users` sightings in each lane, then the newest of everybody.
fn tell_and_ask(activity: &Activity, directory: &Directory, ids: &[UserId]) {
    let began = Instant::now();
    for lane in Lane::ALL {
        for (at, user) in (0..).zip(ids) {
            saw(activity, directory, *user, lane, NOW - at * 1000);
        }
    }
    let each = began.elapsed() / u32::try_from(ids.len() * Lane::ALL.len()).unwrap();
    println!("telling: {each:?} a sighting");
    let began = Instant::now();
    let picture = activity.picture(directory.id());
    println!("a picture: {:?}", began.elapsed());
    let began = Instant::now();
    let seen = ids
        .iter()
        .filter(|user| picture.last_seen(**user).is_some())
        .count();
    println!("the newest of {seen} users: {:?}", began.elapsed());
    assert_eq!(seen, ids.len());
}

/// Ten seconds at the pace of `times` as many log-ins as 10,000 a minute, spread over all users, written down every second.
async fn log_ins(store: &Arc<Counted>, directory: &Arc<Directory>, ids: &[UserId], times: usize) {
    let shared: Arc<dyn Store> = Arc::clone(store) as _;
    let activity = open(&shared, directory, Duration::from_secs(1)).await;
    let (calls, bytes) = store.counts();
    let total = LOG_INS * times / 6;
    let began = Instant::now();
    for second in 0..SECONDS {
        let each = total / usize::try_from(SECONDS).unwrap();
        for number in 0..each {
            let user = ids[(number * 7_919 + usize::try_from(second).unwrap() * 31) % ids.len()];
            saw(
                &activity,
                directory,
                user,
                Lane::Crowd,
                NOW + i64::try_from(second).unwrap() * 1000,
            );
        }
        let next = began + Duration::from_secs(second + 1);
        tokio::time::sleep_until(next.into()).await;
    }
    let (after, written) = store.counts();
    let (calls, kilobytes) = (after - calls, (written - bytes) / 1024);
    println!(
        "{total} log-ins in {SECONDS} s, written every second: {calls} writes of the store, {kilobytes} KB; \
         with the default of a minute a sixtieth of the writes"
    );
    // A write of many blocks is several calls, all of which ride with one commit.
    let blocks = ids.len().div_ceil(512) as u64;
    assert!(
        calls <= (SECONDS + 1) * blocks.div_ceil(100).max(1) + SECONDS + 1,
        "{calls} writes"
    );
}

#[tokio::main]
async fn main() {
    let users: usize = std::env::var("THRONG_BENCH_USERS")
        .ok()
        .and_then(|size| size.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let clock = StoppedClock::at(NOW);
    let embedded = EmbeddedStore::open(folder.path(), clock).unwrap();
    let store = Arc::new(Counted::over(embedded));
    let shared: Arc<dyn Store> = Arc::clone(&store) as _;
    let (directory, ids) = people::fill(&shared, users).await;
    let seq = directory.snapshot().seq();
    // Written down when told to.
    let activity = open(&shared, &directory, Duration::from_hours(1)).await;
    tell_and_ask(&activity, &directory, &ids);
    let (_, before) = store.counts();
    let began = Instant::now();
    activity.write(throng::store::api::Durability::Now).await.unwrap();
    let (_, bytes) = store.counts();
    println!(
        "writing everything: {:?}, {} KB",
        began.elapsed(),
        (bytes - before) / 1024
    );
    let began = Instant::now();
    let again = open(&shared, &directory, Duration::from_hours(1)).await;
    println!("loading everything: {:?}", began.elapsed());
    let picture = again.picture(directory.id());
    assert!(
        ids.iter().all(|user| picture.last_seen(*user).is_some()),
        "all of it is there"
    );
    for times in [1, 10] {
        log_ins(&store, &directory, &ids, times).await;
    }
    assert_eq!(directory.snapshot().seq(), seq, "evidence moves no Seq");
}
