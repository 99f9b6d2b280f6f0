//! Feeds that send their client to a full sync.

use super::feed::{EventToken, Expired};
use super::world::{World, remove_user, small, user};
use crate::model::Epoch;

#[test]
fn r5a_a_rename_expires_the_token() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[user("u1", "anna", true)]);
    assert_eq!(world.since(&token), "410 Reset");
}

#[test]
fn r5a_a_swap_expires_the_token() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[user("u1", "bob", true), user("u2", "ann", true)]);
    assert_eq!(
        world.view().user("bob").map(|user| user.key()).as_deref(),
        Some("d1:u1")
    );
    assert_eq!(world.since(&token), "410 Reset");
}

#[test]
fn r5a_a_renamed_user_who_is_deleted_again_does_not() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[user("u1", "anna", true)]);
    world.commit(0, &[remove_user("u1")]);
    assert_eq!(world.since(&token), "-user ann\n-user anna");
}

#[test]
fn r5b_a_returning_key_expires_the_token_under_the_same_name_and_another() {
    for name in ["ann", "other"] {
        let mut world = small();
        world.commit(0, &[remove_user("u1")]);
        let token = world.view().token();
        world.commit(0, &[user("u1", name, true)]);
        assert_eq!(world.since(&token), "410 Reset", "{name}");
    }
}

#[test]
fn r5c_an_unshadowed_user_expires_the_token() {
    let mut world = World::new(2);
    world.commit(0, &[user("u1", "ann", true)]);
    world.commit(1, &[user("x1", "ann", true)]);
    let token = world.view().token();
    world.commit(0, &[remove_user("u1")]);
    assert_eq!(world.since(&token), "410 Reset");
}

#[test]
fn r9_foreign_tokens_expire() {
    let world = small();
    let token = world.view().token();
    let mut other = EventToken {
        epoch: Epoch([8; 16]),
        ..token.clone()
    };
    assert_eq!(world.since(&other), "410 Foreign");
    other = EventToken {
        view: 43,
        ..token.clone()
    };
    assert_eq!(world.since(&other), "410 Foreign");
    other = EventToken {
        seqs: vec![token.seqs[0].next()],
        ..token.clone()
    };
    assert_eq!(world.since(&other), "410 Foreign");
    other = EventToken {
        seqs: vec![],
        ..token
    };
    assert_eq!(world.since(&other), "410 Foreign");
}

#[test]
fn r9_more_events_than_a_full_sync_is_worth_expire_the_token() {
    let mut world = World::new(1);
    let token = world.view().token();
    let changes: Vec<_> = (0..5_001)
        .map(|at| user(&format!("u{at}"), &format!("user{at}"), true))
        .collect();
    world.commit(0, &changes[..5_000]);
    assert!(
        world
            .view()
            .feed(&token)
            .is_ok_and(|feed| feed.events.len() == 10_000)
    );
    world.commit(0, &changes[5_000..]);
    assert_eq!(world.view().feed(&token).err(), Some(Expired::TooMany));
}
