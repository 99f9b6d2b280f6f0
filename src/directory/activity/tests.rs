//! Tests of evidence: the newest wins, whatever the order; what is written comes back; no row moves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::book::Book;
use super::picture::ATTEMPTS;
use super::{Activity, How, Lane, Sighting, Took};
use crate::clock::StoppedClock;
use crate::directory::world::{remove_user, user};
use crate::directory::{Directory, Request};
use crate::model::{DirectoryId, UserId};
use crate::store::Store;
use crate::store::api::Durability;
use crate::store::memory::MemoryStore;

const NOW: i64 = 1_800_000_000_000;
const DAY: i64 = 86_400_000;

struct House {
    store: Arc<dyn Store>,
    clock: Arc<StoppedClock>,
    directory: Arc<Directory>,
    activity: Arc<Activity>,
}

impl House {
    async fn new(users: usize) -> Self {
        let store: Arc<dyn Store> = MemoryStore::new();
        let (directory, clock) = (open(&store).await, StoppedClock::at(NOW));
        let changes = (0..users).map(|at| user(&format!("u{at}"), &format!("user-{at}"), true));
        let request = Request {
            changes: changes.collect(),
            ..Request::default()
        };
        directory.apply(request).await.unwrap();
        let activity = activity(&store, &clock, &directory).await;
        Self {
            store,
            clock,
            directory,
            activity,
        }
    }

    async fn restarted(self) -> Self {
        let directory = open(&self.store).await;
        let activity = activity(&self.store, &self.clock, &directory).await;
        Self {
            directory,
            activity,
            ..self
        }
    }

    fn id(&self) -> &DirectoryId {
        self.directory.id()
    }

    fn user(&self, external: &str) -> UserId {
        self.directory.snapshot().user_id(&external.into()).unwrap()
    }

    fn saw(&self, external: &str, lane: Lane, at: i64) -> Took {
        let sighting = Sighting {
            lane,
            at,
            how: How::Session,
            application: Some("jira"),
        };
        self.activity.saw(self.id(), self.user(external), sighting)
    }

    fn last_seen(&self, external: &str) -> Option<String> {
        let seen = self.activity.last_seen(self.id(), self.user(external));
        seen.map(|seen| seen.to_string())
    }
}

async fn open(store: &Arc<dyn Store>) -> Arc<Directory> {
    let (store, clock) = (Arc::clone(store), StoppedClock::at(NOW));
    Directory::open("corp".into(), store, clock, &TaskTracker::new())
        .await
        .unwrap()
}

/// Whose keeper never comes to write: tests say when.
async fn activity(
    store: &Arc<dyn Store>,
    clock: &Arc<StoppedClock>,
    directory: &Arc<Directory>,
) -> Arc<Activity> {
    let tasks = TaskTracker::new();
    let opened = Activity::open(
        Arc::clone(store),
        Arc::clone(clock) as _,
        std::slice::from_ref(directory),
        Duration::from_hours(1000),
        (&tasks, CancellationToken::new()),
    );
    opened.await.unwrap()
}

#[tokio::test]
async fn the_newest_of_all_lanes_wins_with_its_origin() {
    let house = House::new(2).await;
    assert_eq!(house.last_seen("u0"), None);
    assert_eq!(house.saw("u0", Lane::Crowd, NOW - DAY), Took::Newer);
    assert_eq!(house.saw("u0", Lane::ActivityApi, NOW - 2 * DAY), Took::Newer);
    assert_eq!(house.saw("u0", Lane::Crowd, NOW - 3 * DAY), Took::Older);
    assert_eq!(
        house.last_seen("u0").as_deref(),
        Some("2027-01-14T08:00:00.000Z (crowd: the start of a session, application `jira`)")
    );
    let lanes = house.activity.lanes_of(house.id(), house.user("u0"));
    assert_eq!(
        lanes.iter().map(|seen| seen.lane).collect::<Vec<_>>(),
        [Lane::Crowd, Lane::ActivityApi]
    );
    let picture = house.activity.picture(house.id());
    let source_only = picture.last_seen_in(house.user("u0"), &[Lane::Source]);
    assert_eq!((source_only, house.last_seen("u1")), (None, None));
}

#[tokio::test]
async fn what_lies_ahead_of_the_clock_or_says_never_is_not_taken() {
    let house = House::new(1).await;
    for (at, took) in [
        (0, Took::Nothing),
        (-11_644_473_600_000, Took::Nothing),
        (i64::MIN, Took::Nothing),
        (NOW + 6 * 60_000, Took::Ahead),
        (i64::MAX, Took::Ahead),
    ] {
        assert_eq!(house.saw("u0", Lane::ActivityApi, at), took, "{at}");
    }
    assert_eq!(house.last_seen("u0"), None);
    let health = house.activity.lane_health(house.id(), Lane::ActivityApi);
    assert_eq!((health.newest, health.told), (None, 0));
    assert_eq!(house.saw("u0", Lane::ActivityApi, NOW + 4 * 60_000), Took::Newer);
}

#[tokio::test]
async fn a_clock_that_was_ahead_for_a_while_leaves_nobody_seen_in_the_future() {
    let house = House::new(1).await;
    house.clock.advance(365 * DAY);
    house.saw("u0", Lane::Crowd, NOW + 365 * DAY);
    house.clock.advance(-365 * DAY);
    let fresh = |house: &House| {
        let health = house.activity.lane_health(house.id(), Lane::Crowd);
        health.is_fresh(NOW, 7 * DAY)
    };
    assert!(
        !fresh(&house),
        "a lane whose newest time lies ahead is not relied on"
    );
    assert_eq!(house.saw("u0", Lane::Crowd, NOW), Took::Newer);
    assert_eq!(
        house
            .activity
            .last_seen(house.id(), house.user("u0"))
            .map(|seen| seen.at),
        Some(NOW)
    );
    assert!(fresh(&house));
}

#[tokio::test]
async fn what_was_written_down_is_there_after_a_restart_and_moved_no_seq() {
    let house = House::new(1_500).await;
    let seq = house.directory.snapshot().seq();
    for at in 0..1_500 {
        house.saw(&format!("u{at}"), Lane::Crowd, NOW - i64::from(at) * 1000);
    }
    house
        .activity
        .attempted(house.id(), house.user("u7"), How::Password, "wiki");
    house.activity.failed(house.id(), Lane::Source, "no licence");
    house.activity.write(Durability::Now).await.unwrap();
    house.saw("u3", Lane::Source, NOW);
    let house = house.restarted().await;
    for at in [0, 3, 511, 512, 1_499] {
        let seen = house
            .activity
            .last_seen(house.id(), house.user(&format!("u{at}")))
            .unwrap();
        assert_eq!(
            (seen.at, seen.lane),
            (NOW - at * 1000, Lane::Crowd),
            "u{at}; what came after the write is lost"
        );
        assert_eq!(seen.origin.application.as_deref(), Some("jira"));
    }
    let attempt = house
        .activity
        .picture(house.id())
        .last_attempt(house.user("u7"))
        .unwrap();
    assert_eq!((attempt.at, attempt.origin.how), (NOW, How::Password));
    let health = house.activity.lane_health(house.id(), Lane::Source);
    assert!(
        health.failing
            && health
                .last_failure
                .is_some_and(|failure| failure.words == "no licence")
    );
    assert_eq!(house.activity.lane_health(house.id(), Lane::Crowd).told, 1_500);
    assert_eq!(house.directory.snapshot().seq(), seq);
}

#[tokio::test]
async fn an_entry_holds_512_users_and_fits_into_one_record() {
    let house = House::new(1_500).await;
    for at in 0..1_500 {
        house.saw(&format!("u{at}"), Lane::Crowd, NOW);
    }
    house.activity.write(Durability::Now).await.unwrap();
    let entries = house.store.entries("activity", NOW).await.unwrap();
    assert_eq!(entries.len(), 3);
    assert!(entries.iter().all(|entry| entry.value.len() <= 4_096));
}

#[tokio::test]
async fn who_is_removed_keeps_its_time_and_who_is_forgotten_has_none() {
    let house = House::new(2).await;
    let (gone, forgotten) = (house.user("u0"), house.user("u1"));
    for user in ["u0", "u1"] {
        house.saw(user, Lane::Crowd, NOW);
    }
    let request = Request {
        changes: vec![remove_user("u0")],
        ..Request::default()
    };
    house.directory.apply(request).await.unwrap();
    house.activity.forget(house.id(), forgotten);
    house.activity.write(Durability::Now).await.unwrap();
    let house = house.restarted().await;
    assert!(
        house.activity.last_seen(house.id(), gone).is_some(),
        "it may return"
    );
    assert_eq!(house.activity.last_seen(house.id(), forgotten), None);
}

#[tokio::test]
async fn entries_that_cannot_be_are_ignored() {
    let house = House::new(1).await;
    let write = |key: &str, value: &[u8]| crate::model::commit::EntryWrite {
        space: "activity".to_owned(),
        key: key.to_owned(),
        value: Some(value.to_vec()),
        expires_at: None,
        expect: None,
    };
    let good = super::block::Block::default().encode(&[]);
    let writes = vec![
        write("corp/crowd/ffffffff", &good),
        write("corp/crowd/000000", b"\x01\x05rubbish"),
        write("corp/newer/000000", &good),
        write("other/crowd/000000", &good),
        write("corp", &good),
    ];
    house.store.put_entries(writes, Durability::Now).await.unwrap();
    let house = house.restarted().await;
    assert_eq!(house.last_seen("u0"), None);
    assert_eq!(house.saw("u0", Lane::Crowd, NOW), Took::Newer);
}

#[tokio::test]
async fn an_attempt_is_no_evidence() {
    let house = House::new(1).await;
    house
        .activity
        .attempted(house.id(), house.user("u0"), How::Notification, "jira");
    assert_eq!(house.last_seen("u0"), None);
    let health = house.activity.lane_health(house.id(), Lane::Crowd);
    assert_eq!((health.newest, health.told), (None, 0));
}

proptest! {
    #[test]
    fn the_fused_time_is_the_newest_of_all_told_whatever_the_order(
        told in prop::collection::vec((0_u32..2_000, 0..Lane::ALL.len(), 1_i64..=1_000_000), 0..200),
    ) {
        let (mut book, mut newest) = (Book::default(), BTreeMap::<u32, i64>::new());
        for (user, lane, seconds) in &told {
            book.keep(*lane, UserId(*user), (seconds * 1000, How::Report), Some("jira"), NOW);
            let kept = newest.entry(*user).or_default();
            *kept = (*kept).max(seconds * 1000);
        }
        book.keep(ATTEMPTS, UserId(0), (NOW, How::Password), None, NOW);
        for user in 0..2_000 {
            let seen = book.now.last_seen(UserId(user)).map(|seen| seen.at);
            prop_assert_eq!(seen, newest.get(&user).copied());
        }
    }
}
