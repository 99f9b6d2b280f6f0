//! Keycloak as a source, against the simulated one.

mod increments;
mod subject;

use std::time::Duration;

use serde_json::json;
use throng::client::Limiter;
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::api::Coverage;
use throng::connector::conformance::{Reader, Went};
use throng::connector::keycloak::{Keycloak, KeycloakConfig};
use throng::simulator::entra::{Edit, Fault, FaultKind};
use throng::simulator::keycloak::{Options, Running, start};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

use crate::connector::picture;

pub(crate) fn build(
    running: &Running,
    secret: &str,
    more: &serde_json::Value,
    tasks: TaskTracker,
) -> Keycloak {
    let mut text = json!({
        "url": running.url(), "realm": "corp", "client_id": "throng", "client_secret": { "value": secret },
        "page_size": 50,
    });
    for (key, value) in more.as_object().unwrap() {
        text[key] = value.clone();
    }
    let config: KeycloakConfig = serde_json::from_value(text).unwrap();
    let secret = config.client_secret.read().unwrap();
    let (limiter, clock) = (Limiter::adaptive(), StoppedClock::at(1_000));
    let attributes = Mapping::keycloak().attributes();
    let built = Keycloak::build(&config, secret, limiter, &attributes, clock, tasks);
    built.unwrap().with_back_off(Duration::from_micros(100))
}

fn good(running: &Running) -> Keycloak {
    with(running, &json!({}))
}

fn with(running: &Running, more: &serde_json::Value) -> Keycloak {
    build(
        running,
        &Options::default().client_secret,
        more,
        TaskTracker::new(),
    )
}

fn small() -> Options {
    Options {
        users: 120,
        groups: 30,
        memberships: 500,
        ..Options::default()
    }
}

async fn read(running: &Running, keycloak: &Keycloak) -> (Reader, Went) {
    let mut reader = Reader::new("username");
    let went = reader.pull(keycloak).await.unwrap();
    assert_eq!(went.coverage == Some(Coverage::Everything), went.goes_on);
    if went.goes_on {
        assert_eq!(reader.picture, picture(&running.truth()));
    }
    (reader, went)
}

/// A group with more groups within it than Keycloak tells unasked.
fn with_many_children(running: &Running) -> String {
    let tenant = running.tenant();
    let parent = tenant.create_group("Parent").unwrap();
    for number in 0..15 {
        let child = tenant.create_group(&format!("Child {number}")).unwrap();
        tenant.nest(&parent, &child).unwrap();
        let grandchild = tenant.create_group(&format!("Grandchild {number}")).unwrap();
        tenant.nest(&child, &grandchild).unwrap();
    }
    parent
}

#[tokio::test]
async fn the_whole_tree_is_read_whatever_the_version() {
    for old in [false, true] {
        let running = start(Options { old, ..small() }).await.unwrap();
        with_many_children(&running);
        let (reader, went) = read(&running, &good(&running)).await;
        assert!(went.goes_on, "{went:?}");
        assert!(running.truth().nested.len() >= 30);
        assert_eq!(reader.picture.groups.len(), 61);
    }
}

#[tokio::test]
async fn groups_may_be_called_by_their_paths() {
    let running = start(small()).await.unwrap();
    with_many_children(&running);
    let mut reader = Reader::new("displayName");
    let paths = with(&running, &json!({ "group_names": "path" }));
    reader.pull(&paths).await.unwrap();
    let names: Vec<&str> = reader.picture.groups.values().map(String::as_str).collect();
    assert!(names.contains(&"/Parent/Child 3/Grandchild 3"), "{names:?}");
    // The name to show is made of both names.
    assert!(
        reader
            .picture
            .users
            .values()
            .any(|(_, shown)| shown.contains(' '))
    );
}

#[tokio::test]
async fn a_list_that_moves_is_read_again() {
    let running = start(small()).await.unwrap();
    let first = running.truth().users.keys().next().unwrap().to_string();
    let edits = vec![Edit::PurgeUser { user: first }];
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "users").after(1));
    let (reader, went) = read(&running, &good(&running)).await;
    assert!(went.goes_on, "{went:?}");
    assert_eq!(reader.picture.users.len(), 119);
}

#[tokio::test]
async fn a_list_shorter_than_its_count_is_incomplete_unless_counts_are_not_trusted() {
    let running = start(Options {
        unlisted: 2,
        ..small()
    })
    .await
    .unwrap();
    let (_, went) = read(&running, &good(&running)).await;
    assert!(!went.goes_on);
    assert_eq!(
        went.incomplete,
        ["Keycloak counts 122 users, and tells 120 of them"]
    );
    let (_, went) = read(&running, &with(&running, &json!({ "trust_counts": false }))).await;
    assert!(went.goes_on, "{went:?}");
}

#[tokio::test]
async fn a_group_deleted_after_it_was_listed_is_gone_alone() {
    let running = start(small()).await.unwrap();
    let truth = running.truth();
    let lone = |id: &&std::sync::Arc<str>| !truth.nested.iter().any(|(parent, _)| parent == *id);
    let group = truth.groups.keys().find(lone).unwrap().to_string();
    let edits = vec![Edit::DeleteGroup { group }];
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "members"));
    let (reader, went) = read(&running, &good(&running)).await;
    assert!(went.goes_on, "{went:?}");
    assert_eq!(reader.picture.groups.len(), 29);
}

async fn failures(keycloak: &Keycloak) -> Vec<(String, String)> {
    let report = keycloak.check().await;
    let failed = report.items.into_iter();
    failed
        .filter_map(|item| Some((item.what, item.outcome.err()?.to_string())))
        .collect()
}

#[tokio::test]
async fn a_check_names_what_is_missing() {
    let running = start(small()).await.unwrap();
    let report = good(&running).check().await;
    assert!(report.ok(), "{report:?}");
    let tried: Vec<&str> = report.items.iter().map(|item| item.what.as_str()).collect();
    assert_eq!(
        tried,
        [
            "realm",
            "token",
            "read users",
            "read groups",
            "read members",
            "read admin events"
        ]
    );
    for (on, what, role) in [
        ("users", "read users", "`view-users`"),
        ("groups", "read groups", "`query-groups`"),
        ("members", "read members", "`view-users`"),
        ("events", "read admin events", "`view-events`"),
    ] {
        running
            .tenant()
            .faults()
            .add(Fault::new(FaultKind::Error { status: 403 }, on));
        let failed = failures(&good(&running)).await;
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(failed[0].0 == what && failed[0].1.contains(role), "{failed:?}");
    }
    let failed = failures(&build(&running, "wrong", &json!({}), TaskTracker::new())).await;
    assert!(
        failed[0].0 == "token" && failed[0].1.contains("check `client_id` and `client_secret`"),
        "{failed:?}"
    );
    let failed = failures(&with(&running, &json!({ "realm": "crop" }))).await;
    assert!(
        failed[0].0 == "realm" && failed[0].1.contains("has no realm `crop`"),
        "{failed:?}"
    );
}

#[tokio::test]
async fn a_service_account_that_may_only_query_sees_empty_lists() {
    let running = start(Options {
        users: 0,
        unlisted: 5,
        ..small()
    })
    .await
    .unwrap();
    let failed = failures(&good(&running)).await;
    assert!(
        failed[0].1.contains("counts 5 users and lists none"),
        "{failed:?}"
    );
}

#[tokio::test]
async fn a_token_of_a_minute_is_renewed() {
    let running = start(small()).await.unwrap();
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Unauthorized, "members").after(3));
    let (_, went) = read(&running, &good(&running)).await;
    assert!(went.goes_on, "{went:?}");
    assert_eq!(running.tenant().stats().requests["token"], 2);
}
