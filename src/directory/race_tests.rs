//! Clients that sync while commits go on: after each increment each must equal the server.

use std::cell::Cell;

use proptest::test_runner::{Config, TestRunner};

use super::race_client::{Client, truth};
use super::world::{World, group, members, nest, remove_group, remove_user, user};
use crate::model::{Change, HiddenGroups, Hold, MemberKind};

/// An edit of one directory from five random numbers; few names and ids, so that they collide.
pub(super) fn edit(world: &World, directory: usize, [what, id, name, other, flag]: [u8; 5]) -> Vec<Change> {
    let names = ["ann", "bo", "cyd", "dora", "eve"];
    let groups = ["devs", "ops", "all", "top"];
    let user_id = format!("u{}", id % 6);
    let group_id = format!("g{}", id % 4);
    let (first, second) = (names[name as usize % 5], names[other as usize % 5]);
    let known = |id: &str| {
        world.snapshots[directory]
            .group_id(&id.into())
            .is_some_and(|id| world.snapshots[directory].group(id).is_some())
    };
    match what % 18 {
        0..=2 => vec![user(&user_id, first, flag % 3 > 0)],
        3 => vec![
            user(&user_id, first, flag % 2 == 0),
            user(&format!("u{}", (id % 6 + 1) % 6), second, true),
        ],
        4 => vec![remove_user(&user_id)],
        5 => vec![group(&group_id, groups[name as usize % 4])],
        6 => vec![remove_group(&group_id)],
        7..=10 if known(&group_id) => {
            let member = format!("u{}", other % 6);
            vec![if flag % 3 == 0 {
                members(&group_id, &[], &[&member])
            } else {
                members(&group_id, &[&member], &[])
            }]
        }
        11..=13 if known(&group_id) => {
            let child = format!("g{}", other % 4);
            vec![if flag % 3 == 0 {
                nest(&group_id, &[], &[&child])
            } else {
                nest(&group_id, &[&child], &[])
            }]
        }
        14..=16 => {
            let hold = Hold {
                groups: match flag % 4 {
                    0 => HiddenGroups::All,
                    1 => HiddenGroups::These([group_id.as_str().into()].into()),
                    _ => HiddenGroups::default(),
                },
                removed: flag % 4 == 2,
                anonymised: flag % 16 == 13,
                ..Hold::new("idle", "cleanup", 1)
            };
            vec![Change::Hold {
                user: user_id.as_str().into(),
                hold: hold.into(),
            }]
        }
        17 => vec![Change::Release {
            user: user_id.as_str().into(),
        }],
        _ => Vec::new(),
    }
}

/// Users, groups and memberships to begin with, so that short scripts come far.
pub(super) fn furnish(world: &mut World) {
    for directory in 0..world.snapshots.len() {
        let changes = [
            user("u0", "ann", true),
            user("u1", "bo", true),
            user("u2", "cyd", true),
            user("u3", "dora", false),
            group("g0", "devs"),
            group("g1", "ops"),
            group("g2", "all"),
            members("g0", &["u0"], &[]),
            members("g1", &["u1", "u2"], &[]),
            members("g2", &["u2", "u3"], &[]),
            nest("g0", &["g1"], &[]),
        ];
        world.commit(directory, &changes);
    }
}

/// Scripts of edits, one or two of them between every two requests of two clients.
fn rounds(cases: u32, start: impl Fn() -> World) {
    let (increments, fulls) = counted_rounds(cases, start);
    // A feed that always expires would end with the truth as well.
    assert!(increments > fulls, "{increments} increments, {fulls} full syncs");
}

/// The same; how many synchronisations went by events, how many in full.
fn counted_rounds(cases: u32, start: impl Fn() -> World) -> (usize, usize) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let script = proptest::collection::vec(proptest::array::uniform6(0u8..), 20..80);
    let (increments, fulls) = (Cell::new(0_usize), Cell::new(0_usize));
    let run = |script: Vec<[u8; 6]>| {
        let mut world = start();
        furnish(&mut world);
        let directories = world.snapshots.len();
        let mut clients = [Client::default(), Client::default()];
        let mut script = script.into_iter();
        let mut step = |world: &mut World| {
            let Some([which, what, id, name, other, flag]) = script.next() else {
                return false;
            };
            let directory = which as usize % directories;
            let changes = edit(world, directory, [what, id, name, other, flag]);
            world.commit(directory, &changes);
            true
        };
        while step(&mut world) {
            step(&mut world);
            for client in &mut clients {
                let went = client.sync(&mut world, &mut |world| {
                    step(world);
                });
                let count = if went { &increments } else { &fulls };
                count.set(count.get() + 1);
            }
            // Nothing happens now: one more increment (or quiet full sync with its increment) must show the truth.
            for client in &mut clients {
                for _ in 0..2 {
                    client.sync(&mut world, &mut |_| ());
                }
                assert_eq!(client.picture(), truth(&world.view()));
            }
        }
        Ok(())
    };
    TestRunner::new(config)
        .run(&script, run)
        .map_err(|error| error.to_string())
        .unwrap();
    (increments.get(), fulls.get())
}

#[test]
fn a_client_that_syncs_while_commits_go_on_ends_with_the_truth() {
    rounds(300, || World::new(1));
}

#[test]
fn a_client_of_two_directories_ends_with_the_truth() {
    rounds(300, || World::new(2));
}

#[test]
fn a_client_that_sees_the_members_of_one_group_ends_with_the_truth() {
    rounds(400, || World::scoped(1, &["devs"], true));
}

#[test]
fn a_client_of_two_directories_that_sees_the_members_of_two_groups_ends_with_the_truth() {
    rounds(400, || World::scoped(2, &["devs", "ops"], true));
}

#[test]
fn a_client_without_groups_in_groups_that_sees_the_members_of_one_ends_with_the_truth() {
    rounds(300, || World::scoped(2, &["devs"], false));
}

/// Every fifth edit of the scripts is about groups in groups, which leads to full synchronisations there.
#[test]
fn a_client_that_has_groups_flattened_ends_with_the_truth() {
    for (directories, access) in [(1, [].as_slice()), (2, &[]), (2, &["devs", "ops"])] {
        let start = || World::scoped(directories, access, true).flattened();
        let (increments, fulls) = counted_rounds(300, start);
        assert!(
            increments * 3 > fulls,
            "{increments} increments, {fulls} full syncs"
        );
    }
}

/// Every edge is kept in both directions, whatever happened before.
#[test]
fn both_ends_of_every_edge_agree() {
    let mut world = World::new(1);
    world.commit(0, &[user("u1", "ann", true), group("g1", "a"), group("g2", "b")]);
    world.commit(0, &[members("g1", &["u1", "u2"], &[]), nest("g2", &["g1"], &[])]);
    world.commit(0, &[remove_group("g1")]);
    let snapshot = &world.snapshots[0];
    assert_eq!(snapshot.membership_count(), 0);
    let group = snapshot.group_id(&"g2".into()).unwrap();
    assert!(snapshot.all_members(group, MemberKind::Group).is_empty());
    let user = snapshot.user_id(&"u1".into()).unwrap();
    assert!(snapshot.groups_of(user).is_empty());
}
