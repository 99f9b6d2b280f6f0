//! A source that loses a little, much or all of its users, groups or memberships, with errors and without.

use throng::simulator::entra::{Edit, Fault, FaultKind, Tenant};
use throng::simulator::jira::Cache;

use super::Scene;
use crate::harness::House;

const USERS: usize = 200;

/// What the source loses.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Of {
    Users,
    Groups,
    Memberships,
}

/// How much of it, and how the limits take that.
type Row = (Of, usize, &'static str);

/// The limits by default: users 10 % and more than 5, groups 10 % and more than 2, memberships 20 % and more than 50.
const TABLE: [Row; 10] = [
    (Of::Users, 1, "succeeded"),
    (Of::Users, 11, "held"),
    (Of::Users, 100, "held"),
    (Of::Groups, 1, "succeeded"),
    (Of::Groups, 11, "held"),
    (Of::Groups, 100, "held"),
    (Of::Memberships, 1, "succeeded"),
    (Of::Memberships, 11, "succeeded"),
    (Of::Memberships, 25, "held"),
    (Of::Memberships, 100, "held"),
];

/// So many of a hundred, spread evenly; at least one.
fn some<T>(all: Vec<T>, percent: usize) -> Vec<T> {
    let wanted = (all.len() * percent).div_ceil(100);
    let total = all.len();
    let mut taken = 0;
    let spread = all.into_iter().enumerate().filter_map(|(at, one)| {
        let due = (at + 1) * wanted / total;
        (due > taken).then(|| {
            taken = due;
            one
        })
    });
    spread.collect()
}

/// Takes it away at the source; answers how much that was.
fn lose(tenant: &Tenant, of: Of, percent: usize) -> usize {
    let truth = tenant.truth();
    let edits: Vec<Edit> = match of {
        Of::Users => some(truth.users.keys().collect(), percent)
            .into_iter()
            .map(|user| Edit::PurgeUser {
                user: user.to_string(),
            })
            .collect(),
        Of::Groups => some(truth.groups.keys().collect(), percent)
            .into_iter()
            .map(|group| Edit::DeleteGroup {
                group: group.to_string(),
            })
            .collect(),
        Of::Memberships => some(truth.members.iter().collect(), percent)
            .into_iter()
            .map(|(group, user)| Edit::Leave {
                group: group.to_string(),
                member: user.to_string(),
            })
            .collect(),
    };
    for edit in &edits {
        tenant.edit(edit).unwrap();
    }
    edits.len()
}

/// Users who may log in, groups, memberships: what Jira has of each.
fn picture(cache: &Cache) -> (usize, usize, usize) {
    let active = cache.users.values().filter(|user| user.active).count();
    (active, cache.groups.len(), cache.memberships.len())
}

/// What the source lost is gone from the picture, and nothing else.
fn is_without(before: &Cache, now: &Cache, of: Of, lost: usize) {
    let ((users, groups, edges), (users_now, groups_now, edges_now)) = (picture(before), picture(now));
    match of {
        // Some of the lost were disabled before.
        Of::Users => assert!(
            users_now < users && users - users_now <= lost,
            "{users} {users_now} {lost}"
        ),
        Of::Groups => assert_eq!(groups_now, groups - lost),
        Of::Memberships => assert_eq!(edges_now, edges - lost),
    }
    if of != Of::Users {
        assert_eq!(users_now, users, "no user goes with a group");
    }
    if of != Of::Groups {
        assert_eq!(groups_now, groups);
    }
    if of == Of::Users {
        assert_eq!(edges_now, edges, "who vanished keeps the memberships");
    }
}

/// Jira has every user that it had, under the same key.
fn nobody_is_lost(before: &Cache, now: &Cache, row: Row) {
    for (name, user) in &before.users {
        let kept = now.users.get(name);
        assert_eq!(kept.map(|kept| &kept.key), Some(&user.key), "{row:?}");
    }
}

async fn scene() -> Scene {
    Scene::of(House::with(USERS, "", |text| text).await).await
}

/// One row: `broken` is what cannot be read at first.
async fn play(row: Row, broken: &str) {
    let (of, percent, state) = row;
    let mut scene = scene().await;
    let before = scene.jira.cache.clone();
    let lost = lose(scene.tenant(), of, percent);

    let fault = Fault::new(FaultKind::MissingValue, broken);
    scene.tenant().faults().add(fault);
    scene.run_in_full("incomplete").await;
    assert_eq!(
        scene.jira.cache, before,
        "{row:?}: with an error in `{broken}` nothing goes"
    );

    let run = scene.run_in_full(state).await;
    nobody_is_lost(&before, &scene.jira.cache, row);
    if state == "held" {
        assert_eq!(
            scene.jira.cache, before,
            "{row:?}: nothing goes before somebody has looked"
        );
        let plan = scene.operator.plans().await.remove(0);
        assert_eq!(plan["id"], run["plan"]);
        assert!(!plan["reasons"].as_array().unwrap().is_empty(), "{plan}");
        let approved = scene.approve().await;
        assert_eq!(approved["state"], "succeeded", "{row:?}: {approved}");
        nobody_is_lost(&before, &scene.jira.cache, row);
    }
    is_without(&before, &scene.jira.cache, of, lost);
    assert_eq!(
        scene
            .operator
            .plans()
            .await
            .iter()
            .filter(|plan| plan["state"] == "held")
            .count(),
        0
    );
}

#[tokio::test]
async fn lost_users_flow_or_wait_as_the_limits_say() {
    for row in TABLE.into_iter().filter(|row| row.0 == Of::Users) {
        play(row, "users").await;
        play(row, "groups").await;
    }
}

#[tokio::test]
async fn lost_groups_flow_or_wait_as_the_limits_say() {
    for row in TABLE.into_iter().filter(|row| row.0 == Of::Groups) {
        play(row, "groups").await;
    }
}

#[tokio::test]
async fn lost_memberships_flow_or_wait_as_the_limits_say() {
    for row in TABLE.into_iter().filter(|row| row.0 == Of::Memberships) {
        play(row, "members").await;
    }
}

#[tokio::test]
async fn what_comes_flows_while_what_goes_waits() {
    for of in [Of::Users, Of::Groups, Of::Memberships] {
        let mut scene = scene().await;
        let before = scene.jira.cache.clone();
        lose(scene.tenant(), of, 100);
        let user = scene.edit(&Edit::CreateUser {
            name: "new.comer".to_owned(),
        });
        let team = scene.team("Arrivals", std::slice::from_ref(&user));
        scene.run("held").await;
        assert_eq!(scene.groups(&user), ["Arrivals"], "{of:?} {team}");
        let mut now = scene.jira.cache.clone();
        now.users.remove("new.comer@corp.example");
        now.groups.remove("arrivals");
        now.memberships.retain(|(group, _)| group != "arrivals");
        assert_eq!(now, before, "{of:?}");
    }
}
