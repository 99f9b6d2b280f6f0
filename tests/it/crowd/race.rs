//! Full syncs over real HTTP while commits go on: no update is lost, whatever comes between two requests.

use std::sync::Arc;

use throng::model::Change;
use throng::simulator::jira::{Jira, Synced};
use throng::store::Store;
use throng::store::memory::MemoryStore;

use super::changes::{join, leave, named, named_group, nest, remove_group, remove_user, unnest};
use super::face::{Face, Setup};
use super::socket::Socket;

/// How many requests a full sync makes.
pub(super) const STEPS: usize = 5;

/// An endless story of edits, none of which sends a client to a full sync by itself.
#[derive(Default)]
pub(super) struct Story {
    told: usize,
}

impl Story {
    pub(super) fn next(&mut self) -> Vec<Change> {
        let (at, round) = (self.told % 8, self.told / 8);
        self.told += 1;
        let new = format!("new{round}");
        let flag = round.is_multiple_of(2);
        match at {
            0 => vec![named(&new, &new, true), join("devs", &new)],
            1 => vec![named("ann", "ann", !flag)],
            2 if flag => vec![leave("devs", "bob")],
            2 => vec![join("devs", "bob")],
            3 => vec![named_group(&new, &new), join(&new, "ann")],
            4 => vec![named_group("devs", if flag { "engineers" } else { "devs" })],
            5 if flag => vec![nest("ops", "devs")],
            5 => vec![unnest("ops", "devs")],
            6 => vec![remove_group(&new)],
            _ => vec![remove_user(&new)],
        }
    }
}

async fn begin(store: Arc<dyn Store>) -> Face {
    begin_with(Setup {
        store,
        ..Setup::default()
    })
    .await
}

pub(super) async fn begin_with(setup: Setup) -> Face {
    let directories = setup.directories.len();
    let face = Face::with(setup).await;
    for directory in 0..directories {
        let changes = vec![
            named("ann", "ann", true),
            named("bob", "bob", true),
            named_group("devs", "devs"),
            named_group("ops", "ops"),
            join("devs", "bob"),
        ];
        face.commit_to(directory, changes).await;
    }
    face
}

/// One request of a full sync.
pub(super) async fn step(jira: &mut Jira, at: usize) {
    match at {
        0 => jira.first_token().await,
        1 => jira.list_users().await,
        2 => jira.list_groups().await,
        3 => jira.list_memberships().await,
        _ => jira.last_token().await,
    }
    .unwrap();
}

/// By one increment, and no full sync, the client must have the picture of one that reads everything now.
async fn assert_caught_up(jira: &mut Jira, socket: &Socket, what: &str) {
    let synced = jira.sync().await.unwrap();
    assert!(matches!(synced, Synced::Incremental { .. }), "{what}: {synced:?}");
    assert_same(jira, socket, what).await;
}

/// The client has the picture of one that reads everything now.
pub(super) async fn assert_same(jira: &Jira, socket: &Socket, what: &str) {
    let mut fresh = socket.jira();
    fresh.sync_in_full().await.unwrap();
    assert_eq!(jira.cache, fresh.cache, "{what}");
}

#[tokio::test]
async fn an_edit_between_any_two_requests_reaches_clients_of_both_eras_by_the_next_increment() {
    let face = begin(MemoryStore::new()).await;
    let socket = face.serve().await;
    let mut story = Story::default();
    for gap in 0..=STEPS {
        for edit in 0..8 {
            let mut clients = [socket.jira(), socket.jira().of_the_first_era()];
            for at in 0..STEPS {
                if at == gap {
                    face.commit(story.next()).await;
                }
                for jira in &mut clients {
                    step(jira, at).await;
                }
            }
            if gap == STEPS {
                face.commit(story.next()).await;
            }
            for jira in &mut clients {
                assert_caught_up(jira, &socket, &format!("gap {gap}, edit {edit}")).await;
            }
        }
    }
}

/// Every seventh of the 252 ways in which the requests of two clients can be mixed.
#[tokio::test]
async fn two_clients_of_one_application_that_overlap_lose_nothing() {
    overlap(7).await;
}

/// All of them: `cargo test --release --test it overlap -- --ignored`.
#[tokio::test]
#[ignore = "takes half a minute"]
async fn two_clients_of_one_application_lose_nothing_in_whatever_order_they_overlap() {
    overlap(1).await;
}

/// Two clients with jars of their own, an edit between every two requests.
async fn overlap(every: usize) {
    let face = begin(MemoryStore::new()).await;
    let socket = face.serve().await;
    let mut story = Story::default();
    let orders = (0..1_u32 << (2 * STEPS)).filter(|order| order.count_ones() as usize == STEPS);
    for order in orders.step_by(every) {
        let mut clients = [(socket.jira(), 0), (socket.jira(), 0)];
        for turn in 0..2 * STEPS {
            let (jira, at) = &mut clients[(order >> turn & 1) as usize];
            step(jira, *at).await;
            *at += 1;
            face.commit(story.next()).await;
        }
        for (jira, _) in &mut clients {
            assert_caught_up(jira, &socket, &format!("{order:010b}")).await;
        }
    }
}

#[tokio::test]
async fn a_round_that_dies_and_begins_again_loses_nothing() {
    let face = begin(MemoryStore::new()).await;
    let socket = face.serve().await;
    let mut story = Story::default();
    for died_after in 1..STEPS {
        let mut jira = socket.jira();
        for at in (0..died_after).chain(0..STEPS) {
            step(&mut jira, at).await;
            face.commit(story.next()).await;
        }
        assert_caught_up(&mut jira, &socket, &format!("died after step {died_after}")).await;
    }
}

#[tokio::test]
async fn a_restart_between_any_two_requests_loses_nothing() {
    for restart in 1..STEPS {
        let kept: Arc<dyn Store> = MemoryStore::new();
        let mut face = begin(Arc::clone(&kept)).await;
        let mut socket = face.serve().await;
        let mut jira = socket.jira();
        let mut story = Story::default();
        for at in 0..STEPS {
            if at == restart {
                let address = socket.end().await;
                drop(face);
                let read = false; // the cursor is in the store
                face = Face::with(Setup {
                    store: Arc::clone(&kept),
                    read,
                    ..Setup::default()
                })
                .await;
                socket = face.serve_at(address).await;
            }
            step(&mut jira, at).await;
            face.commit(story.next()).await;
        }
        assert_caught_up(&mut jira, &socket, &format!("restart before step {restart}")).await;
    }
}

#[tokio::test]
async fn a_rename_in_the_middle_of_a_full_sync_leads_to_one_more() {
    let face = begin(MemoryStore::new()).await;
    let socket = face.serve().await;
    let mut jira = socket.jira();
    for at in 0..STEPS {
        step(&mut jira, at).await;
        if at == 1 {
            face.commit(vec![named("bob", "robert", true)]).await;
        }
    }
    assert_eq!(jira.sync().await.unwrap(), Synced::Full);
    assert_eq!(jira.sync().await.unwrap(), Synced::Incremental { events: 0 });
    assert_eq!(jira.cache.users["robert"].key, "corp:bob");
    assert_eq!(jira.cache.groups_of("robert"), ["devs"]);
}
