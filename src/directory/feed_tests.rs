//! Feeds that tell: each rule of the event feed as one test.

use super::world::{World, group, members, nest, remove_group, remove_user, small, user};

#[test]
fn the_head_token_has_no_events() {
    let world = small();
    assert_eq!(world.since(&world.view().token()), "");
}

#[test]
fn r2_a_hundred_edits_of_one_user_are_one_event() {
    let mut world = small();
    let token = world.view().token();
    for round in 0..100 {
        world.commit(0, &[user("u1", "ann", round % 2 == 0)]);
    }
    assert_eq!(
        world.since(&token),
        "user ann d1:u1 inactive\ngroups of ann: [devs]"
    );
}

#[test]
fn r2_a_living_name_is_never_deleted() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[remove_user("u1")]);
    world.commit(0, &[user("u9", "Ann", true)]);
    assert_eq!(world.since(&token), "user Ann d1:u9 active\ngroups of Ann: []");
}

#[test]
fn r3_an_empty_membership_set_is_told() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[members("g1", &[], &["u2"])]);
    assert_eq!(world.since(&token), "user bob d1:u2 active\ngroups of bob: []");
}

#[test]
fn r4_entities_come_before_edges_deletions_first() {
    let mut world = small();
    let token = world.view().token();
    world.commit(
        0,
        &[
            remove_user("u1"),
            remove_group("g2"),
            user("u3", "eve", true),
            group("g3", "new"),
        ],
    );
    world.commit(0, &[members("g3", &["u3"], &[]), nest("g3", &["g1"], &[])]);
    let expected = "-user ann\n-group ops\nuser eve d1:u3 active\ngroup devs\ngroup new\n\
                    nesting devs in [new] has []\nnesting new in [] has [devs]\ngroups of eve: [new]";
    assert_eq!(world.since(&token), expected);
}

#[test]
fn a_change_of_case_is_an_update() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[user("u1", "ANN", true)]);
    assert_eq!(
        world.since(&token),
        "user ANN d1:u1 active\ngroups of ANN: [devs]"
    );
}

#[test]
fn a_new_key_that_shadows_is_an_update() {
    let mut world = World::new(2);
    world.commit(
        1,
        &[
            user("x1", "ann", true),
            group("y1", "devs"),
            members("y1", &["x1"], &[]),
        ],
    );
    let token = world.view().token();
    world.commit(0, &[user("u1", "ann", true)]);
    assert_eq!(
        world.since(&token),
        "user ann d1:u1 active\ngroups of ann: [devs]"
    );
}

#[test]
fn r6_a_group_rename_tells_old_new_nesting_members() {
    let mut world = small();
    world.commit(0, &[nest("g2", &["g1"], &[])]);
    let token = world.view().token();
    world.commit(0, &[group("g1", "engineers")]);
    let expected = "-group devs\nuser ann d1:u1 active\nuser bob d1:u2 active\ngroup engineers\n\
                    nesting engineers in [ops] has []\ngroups of ann: [engineers]\ngroups of bob: [engineers]";
    assert_eq!(world.since(&token), expected);
}

#[test]
fn a_group_deleted_and_made_again_has_its_new_members() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[remove_group("g1")]);
    world.commit(0, &[group("g9", "devs"), members("g9", &["u2"], &[])]);
    let expected = "user ann d1:u1 active\nuser bob d1:u2 active\ngroup devs\nnesting devs in [] has []\n\
                    groups of ann: []\ngroups of bob: [devs]";
    assert_eq!(world.since(&token), expected);
}

#[test]
fn r7_an_inactive_user_with_a_past_is_told_twice() {
    let mut world = small();
    world.commit(0, &[remove_user("u1")]);
    let token = world.view().token();
    world.commit(0, &[user("u9", "ann", false), user("u8", "fay", false)]);
    world.commit(0, &[user("u2", "bob", false)]);
    let expected = "user ann d1:u9 inactive\nuser ann d1:u9 inactive\nuser bob d1:u2 inactive\n\
                    user fay d1:u8 inactive\nuser fay d1:u8 inactive\n\
                    groups of ann: []\ngroups of bob: [devs]\ngroups of fay: []";
    assert_eq!(world.since(&token), expected);
}

#[test]
fn r8_a_token_of_a_full_sync_repairs_what_the_sync_revived() {
    let mut world = small();
    world.commit(0, &[remove_user("u1")]);
    world.commit(0, &[user("u9", "ann", false)]);
    let mut token = world.view().token();
    assert_eq!(world.since(&token), "");
    token.after_full = true;
    let expected = "user ann d1:u9 inactive\ngroups of ann: []";
    assert_eq!(
        world.since(&token).replacen("user ann d1:u9 inactive\n", "", 1),
        expected
    );
    let view = world.view();
    assert!(!view.feed(&token).is_ok_and(|feed| feed.token.after_full));
}

#[test]
fn a_reference_that_becomes_a_group_tells_its_members() {
    let mut world = small();
    world.commit(0, &[members("g7", &["u1"], &[])]);
    let token = world.view().token();
    world.commit(0, &[group("g7", "late")]);
    let expected = "user ann d1:u1 active\ngroup late\nnesting late in [] has []\ngroups of ann: [devs late]";
    assert_eq!(world.since(&token), expected);
}
