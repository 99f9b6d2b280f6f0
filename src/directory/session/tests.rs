//! Sessions over a store and a directory in memory.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::book::{Book, Bounds};
use super::key::hash;
use super::record::{Record, SPACE};
use super::*;
use crate::clock::{Clock, StoppedClock};
use crate::directory::world::{remove_user, user};
use crate::directory::{Directory, Request};
use crate::model::{Change, DirectoryId, ExternalId};
use crate::store::Store;
use crate::store::memory::MemoryStore;

const SETTINGS: SessionSettings = SessionSettings {
    timeout: Duration::from_mins(30),
    consistent_address: true,
};

/// A place without sessions, for tests of others.
pub(crate) async fn no_sessions() -> Arc<Sessions> {
    let tasks = (TaskTracker::new(), CancellationToken::new());
    let key = SessionKey::new([7; 64]);
    let opened = Sessions::open(key, SETTINGS, MemoryStore::new(), StoppedClock::at(0), &[], tasks);
    opened.await.unwrap()
}

struct Place {
    store: Arc<dyn Store>,
    clock: Arc<StoppedClock>,
    directory: Arc<Directory>,
    sessions: Arc<Sessions>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Place {
    /// With the users u1 and u2.
    async fn new() -> Self {
        let (store, clock): (Arc<dyn Store>, _) = (MemoryStore::new(), StoppedClock::at(4_000_000_000_000));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let tasks_of_writer = TaskTracker::new();
        let opened = Directory::open(
            "d1".into(),
            Arc::clone(&store),
            Arc::clone(&time),
            &tasks_of_writer,
        );
        let directory = opened.await.unwrap();
        let sessions = Sessions::open(
            SessionKey::new([7; 64]),
            SETTINGS,
            Arc::clone(&store),
            time,
            std::slice::from_ref(&directory),
            (tasks.clone(), stop.clone()),
        );
        let place = Self {
            sessions: sessions.await.unwrap(),
            store,
            clock,
            directory,
            tasks,
            stop,
        };
        place
            .commit(vec![user("u1", "ann", true), user("u2", "bob", true)])
            .await;
        place
    }

    async fn commit(&self, changes: Vec<Change>) {
        let request = Request {
            changes,
            ..Request::default()
        };
        self.directory.apply(request).await.unwrap();
    }

    async fn begin(&self, user: &str, address: &str) -> Session {
        let (directory, user): (DirectoryId, ExternalId) = ("d1".into(), user.into());
        let begin = Begin {
            directory: &directory,
            user: &user,
            factors: at(address),
            duration: None,
            application: "jira",
        };
        self.sessions.begin(begin).await.unwrap()
    }

    async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn at(address: &str) -> Factors {
    let (text, origin) = (address.to_owned(), Origin::RemoteAddress);
    Factors::new(Some(Address { text, origin }), [])
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_validations_a_minute_are_one_write_a_second() {
    let place = Place::new().await;
    let mut sessions = Vec::new();
    for user in 0..100 {
        let address = format!("192.0.2.{user}");
        sessions.push((place.begin("u1", &address).await, at(&address)));
        place.begin("u2", &address).await;
    }
    // Fifty of the hundred have given way already.
    sessions.drain(..50);
    for round in 0..10_000 {
        let (session, factors) = &sessions[round % 50];
        assert!(place.sessions.validate(&session.token, factors, "jira").is_ok());
        place.clock.advance(6);
        tokio::time::sleep(Duration::from_millis(6)).await; // of the paused clock
    }
    place.end().await;
    let entries = place.store.entries(SPACE, place.clock.now()).await.unwrap();
    let writes: Vec<_> = entries
        .iter()
        .map(|entry| entry.version)
        .filter(|version| *version > 1)
        .collect();
    assert_eq!(writes.len(), 50);
    assert!(
        writes.iter().all(|version| (58..=63).contains(version)),
        "{writes:?}"
    );
    // All of the last use is written down at the end.
    let last = entries.iter().filter_map(|entry| entry.expires_at).max();
    assert_eq!(last, Some(place.clock.now() - 6 + 1_800_000));
}

#[tokio::test]
async fn a_difference_is_remembered_with_both_addresses() {
    let place = Place::new().await;
    let session = place.begin("u1", "192.0.2.1").await;
    let forwarded = Factors::new(
        Some(Address {
            text: "198.51.100.7".to_owned(),
            origin: Origin::ForwardedFor,
        }),
        [("NAME".to_owned(), "x".to_owned())],
    );
    for _ in 0..3 {
        let said = place.sessions.validate(&session.token, &forwarded, "wiki");
        assert_eq!(said.unwrap_err(), Invalid::Differs);
        place.clock.advance(1);
    }
    let Some(Explained::Living(told)) = place.sessions.explain(&session.token) else {
        panic!("it lives")
    };
    assert_eq!((told.user.as_str(), told.application.as_str()), ("ann", "jira"));
    assert_eq!(
        told.factors.address.unwrap().to_string(),
        "`192.0.2.1` (from `remote_address`)"
    );
    let difference = told.difference.unwrap();
    assert_eq!((difference.times, difference.at), (3, 4_000_000_000_002));
    assert_eq!(
        (difference.application.as_str(), difference.others),
        ("wiki", true)
    );
    assert_eq!(
        difference.address.unwrap().to_string(),
        "`198.51.100.7` (from `X-Forwarded-For`)"
    );
    // By its id, too: that one stands in the log.
    assert!(matches!(
        place.sessions.explain(&told.id),
        Some(Explained::Living(_))
    ));
    assert!(place.sessions.explain("nonsense").is_none());
}

#[tokio::test]
async fn an_ended_session_says_why() {
    let place = Place::new().await;
    let why = |token: &str| match place.sessions.explain(token) {
        Some(Explained::Ended(ended)) => ended.why,
        other => panic!("{other:?}"),
    };
    let out = place.begin("u1", "a").await.token;
    place.sessions.end(&out).await.unwrap();
    assert_eq!(why(&out), Why::SignedOut);
    let old = place.begin("u1", "b").await.token;
    place.clock.advance(1_800_000);
    let left = place.begin("u1", "c").await.token;
    assert_eq!(why(&old), Why::Unused);
    place.commit(vec![remove_user("u1")]).await;
    assert!(place.sessions.find(&left).is_none());
    assert_eq!(why(&left), Why::UserLeft);
    assert_eq!(place.sessions.count(), 0);
}

#[tokio::test]
async fn a_use_that_waits_to_be_written_does_not_bring_an_ended_session_back() {
    let place = Place::new().await;
    for _ in 0..20 {
        let session = place.begin("u1", "a").await;
        place.sessions.validate(&session.token, &at("a"), "jira").unwrap();
        place.sessions.end(&session.token).await.unwrap();
    }
    place.end().await;
    let now = place.clock.now();
    assert_eq!(place.store.entries(SPACE, now).await.unwrap(), []);
}

#[tokio::test]
async fn tokens_of_another_key_are_worth_nothing() {
    let place = Place::new().await;
    let session = place.begin("u1", "a").await;
    place.end().await;
    let opened = Sessions::open(
        SessionKey::new([8; 64]),
        SETTINGS,
        Arc::clone(&place.store),
        StoppedClock::at(place.clock.now()),
        std::slice::from_ref(&place.directory),
        (TaskTracker::new(), CancellationToken::new()),
    );
    let other = opened.await.unwrap();
    assert!(other.find(&session.token).is_none());
    assert_eq!(other.count(), 0);
}

fn record(user: &str, id: usize, used_at: i64) -> Record {
    Record {
        id: id.to_string(),
        directory: "d1".into(),
        user: user.into(),
        application: "jira".to_owned(),
        created_at: 0,
        used_at,
        lifetime: 1_000,
        factors: Factors::default(),
    }
}

#[test]
fn beyond_the_bounds_the_longest_unused_gives_way() {
    let mut book = Book::bounded(Bounds {
        per_user: 3,
        in_all: 5,
    });
    let hashes: Vec<_> = (0..10).map(|id: usize| hash(&id.to_string()).unwrap()).collect();
    let alive = |book: &Book| -> Vec<_> {
        (0..10)
            .filter(|id| book.get(&hashes[*id], 10).is_some())
            .collect()
    };
    for (id, hash) in hashes.iter().enumerate().take(3) {
        book.add(*hash, record("u1", id, 0), 0);
    }
    book.slide(&hashes[0], None, 5);
    book.add(hashes[3], record("u1", 3, 6), 6);
    assert_eq!(alive(&book), [0, 2, 3], "of one user");
    for (id, hash) in hashes.iter().enumerate().take(7).skip(4) {
        book.add(*hash, record(&format!("u{id}"), id, 7), 7);
    }
    assert_eq!(alive(&book), [0, 3, 4, 5, 6], "in all");
    let (used, gone) = book.untold();
    assert_eq!(used.len(), 1);
    assert_eq!(gone, [hashes[1], hashes[2]], "the store learns of it");
    assert!(book.untold().0.is_empty(), "once");
    assert!(matches!(book.find("2"), Some(Err(ended)) if ended.why == Why::Displaced));
}

#[test]
fn a_clock_that_is_set_back_shortens_no_session() {
    let mut book = Book::default();
    let one = hash("1").unwrap();
    book.add(one, record("u1", 1, 100), 100);
    book.slide(&one, None, 40);
    assert!(book.get(&one, 1_099).is_some());
}
