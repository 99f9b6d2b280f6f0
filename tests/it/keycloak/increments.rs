//! What the simulated realm's admin events name, and what they do not.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use throng::client::Limiter;
use throng::clock::StoppedClock;
use throng::connector::api::{Connector, ConnectorError, Coverage};
use throng::connector::conformance::{Reader, Went};
use throng::connector::keycloak::{Keycloak, KeycloakConfig};
use throng::simulator::entra::{Fault, FaultKind};
use throng::simulator::keycloak::{Options, Running, start};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

use super::{good, small, with, with_many_children};
use crate::connector::picture;
use crate::harness::{nothing, started, with_source};

const HOUR: i64 = 3_600_000;

fn requests(running: &Running) -> BTreeMap<String, u64> {
    running.tenant().stats().requests.into_iter().collect()
}

/// What was asked while this ran, but for tokens.
async fn asked(running: &Running, reader: &mut Reader, keycloak: &Keycloak) -> (Went, BTreeMap<String, u64>) {
    let before = requests(running);
    let went = reader.pull(keycloak).await.unwrap();
    let mut asked = requests(running);
    for (kind, count) in before {
        *asked.get_mut(&kind).unwrap() -= count;
    }
    asked.retain(|kind, count| *count > 0 && kind != "token" && kind != "realm");
    (went, asked)
}

async fn read_all(running: &Running, keycloak: &Keycloak) -> Reader {
    let mut reader = Reader::new("username");
    let went = reader.pull(keycloak).await.unwrap();
    assert_eq!((went.full, went.coverage), (true, Some(Coverage::Everything)));
    assert_eq!(reader.picture, picture(&running.truth()));
    reader
}

fn of(asked: &[(&str, u64)]) -> BTreeMap<String, u64> {
    asked
        .iter()
        .map(|(kind, count)| ((*kind).to_owned(), *count))
        .collect()
}

#[tokio::test]
async fn a_quiet_realm_is_asked_for_its_events_and_counts_alone() {
    let running = start(small()).await.unwrap();
    let keycloak = good(&running);
    let mut reader = read_all(&running, &keycloak).await;
    let (went, asked) = asked(&running, &mut reader, &keycloak).await;
    assert_eq!((went.full, went.records, went.goes_on), (false, 0, true));
    assert_eq!(asked, of(&[("events", 2), ("count", 2)]));
    assert_eq!((went.tally.users, went.tally.groups), (Some(120), Some(30)));
}

#[tokio::test]
async fn only_what_events_name_is_read_again() {
    let running = start(small()).await.unwrap();
    let keycloak = good(&running);
    let mut reader = read_all(&running, &keycloak).await;
    let truth = running.truth();
    let tenant = running.tenant();
    let users: Vec<_> = truth.users.keys().collect();
    tenant.rename_user(users[0], "renamed@corp.example").unwrap();
    let (group, member) = truth.members.first().unwrap();
    tenant.leave(group, member).unwrap();
    let (went, told) = asked(&running, &mut reader, &keycloak).await;
    assert!(!went.full && went.goes_on, "{went:?}");
    assert_eq!(
        told,
        of(&[("events", 2), ("count", 2), ("user", 1), ("memberOf", 1)])
    );
    assert_eq!(reader.picture, picture(&running.truth()));
    // Many who come to one group are read by its list.
    let team = tenant.create_group("Team").unwrap();
    asked(&running, &mut reader, &keycloak).await;
    for user in &users[1..30] {
        tenant.join(&team, user).unwrap();
    }
    let (_, told) = asked(&running, &mut reader, &keycloak).await;
    assert_eq!(told, of(&[("events", 2), ("count", 2), ("members", 1)]));
    assert_eq!(reader.picture, picture(&running.truth()));
}

#[tokio::test]
async fn a_new_user_comes_with_its_groups_and_a_gone_one_goes() {
    let running = start(small()).await.unwrap();
    let keycloak = good(&running);
    let mut reader = read_all(&running, &keycloak).await;
    let tenant = running.tenant();
    let groups: Vec<String> = running.truth().groups.keys().map(ToString::to_string).collect();
    let gone = running.truth().users.keys().next().unwrap().to_string();
    let person = tenant.create_user("new.person").unwrap();
    for group in &groups[..3] {
        tenant.join(group, &person).unwrap();
    }
    tenant.purge_user(&gone).unwrap();
    let (went, told) = asked(&running, &mut reader, &keycloak).await;
    assert!(!went.full && !told.contains_key("users"), "{told:?}");
    assert_eq!(reader.picture, picture(&running.truth()));
    assert_eq!(reader.picture.users.len(), 120);
}

#[tokio::test]
async fn groups_that_move_are_within_what_they_moved_to_and_what_is_below_follows() {
    for old in [false, true] {
        let running = start(Options { old, ..small() }).await.unwrap();
        let parent = with_many_children(&running);
        let keycloak = with(&running, &json!({ "group_names": "path" }));
        let mut reader = Reader::new("username");
        reader.pull(&keycloak).await.unwrap();
        let tenant = running.tenant();
        let paths = |reader: &Reader, part: &str| {
            let names = reader.picture.groups.values();
            names.filter(|name| name.contains(part)).count()
        };
        assert_eq!(paths(&reader, "/Parent/"), 30);
        // Who is below another is told by its path as well.
        tenant.rename_group(&parent, "Elder").unwrap();
        let (went, told) = asked(&running, &mut reader, &keycloak).await;
        assert!(!went.full && !told.contains_key("groups"), "{told:?}");
        assert_eq!((paths(&reader, "/Parent/"), paths(&reader, "/Elder/")), (0, 30));
        let edges = |reader: &Reader| reader.picture.edges.clone();
        assert_eq!(edges(&reader), picture(&running.truth()).edges);
        // To the top: its old place is not named by any event.
        tenant.unnest(&parent, "Child 3").unwrap();
        let (went, _) = asked(&running, &mut reader, &keycloak).await;
        assert!(!went.full && went.goes_on, "{went:?}");
        assert_eq!(edges(&reader), picture(&running.truth()).edges);
        assert_eq!(paths(&reader, "/Elder/"), 28);
        // What is within a group that is gone is looked for.
        tenant.delete_group(&parent).unwrap();
        let (went, _) = asked(&running, &mut reader, &keycloak).await;
        assert!(!went.full && went.goes_on, "{went:?}");
        assert_eq!(
            (edges(&reader), paths(&reader, "/Elder/")),
            (picture(&running.truth()).edges, 0)
        );
    }
}

/// The next list of events is empty, whatever happened.
fn silence(running: &Running) {
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Short, "events").after(1));
}

#[tokio::test]
async fn who_comes_or_goes_without_an_event_is_told_by_the_count() {
    let running = start(small()).await.unwrap();
    let keycloak = good(&running);
    let mut reader = read_all(&running, &keycloak).await;
    let tenant = running.tenant();
    let gone = running.truth().users.keys().next().unwrap().to_string();
    tenant.purge_user(&gone).unwrap();
    tenant.create_user("ann.self").unwrap();
    tenant.create_user("bob.self").unwrap();
    tenant.create_group("Federated").unwrap();
    silence(&running);
    let (went, told) = asked(&running, &mut reader, &keycloak).await;
    assert!(!went.full && went.goes_on, "{went:?}");
    assert!(
        told.contains_key("users") && told.contains_key("groups"),
        "{told:?}"
    );
    assert_eq!(reader.picture, picture(&running.truth()));
}

fn with_clock(running: &Running, clock: &Arc<StoppedClock>) -> Keycloak {
    let config: KeycloakConfig = serde_json::from_value(json!({
        "url": running.url(), "realm": "corp", "client_id": "throng", "client_secret": { "value": "simulated-secret" },
        "page_size": 50,
    }))
    .unwrap();
    let secret = config.client_secret.read().unwrap();
    let (attributes, tasks) = (Mapping::keycloak().attributes(), TaskTracker::new());
    let clock = Arc::clone(clock) as _;
    Keycloak::build(&config, secret, Limiter::adaptive(), &attributes, clock, tasks).unwrap()
}

#[tokio::test]
async fn what_no_event_and_no_count_tells_is_told_within_a_day() {
    let running = start(small()).await.unwrap();
    let clock = StoppedClock::at(1_000);
    let keycloak = with_clock(&running, &clock);
    let mut reader = read_all(&running, &keycloak).await;
    let truth = running.truth();
    let (group, member) = truth.members.first().unwrap();
    running.tenant().leave(group, member).unwrap();
    running.tenant().disable_user(member).ok();
    running
        .tenant()
        .rename_user(member, "by.myself@corp.example")
        .unwrap();
    let mut lists = 0;
    for hour in 0..24 {
        silence(&running);
        clock.advance(HOUR);
        let (went, told) = asked(&running, &mut reader, &keycloak).await;
        assert!(!went.full && went.goes_on, "{went:?}");
        let members = told.get("members").copied().unwrap_or_default();
        // Two of 30 groups an hour, of which one has three pages.
        assert!((1..=4).contains(&members), "{members} lists in hour {hour}");
        lists += members;
    }
    assert!(lists >= 30);
    assert_eq!(reader.picture, picture(&running.truth()));
}

/// A cursor is not followed, for a reason.
async fn not_followed(keycloak: &Keycloak, reader: &Reader) -> String {
    let mut pull = keycloak.pull(reader.cursor.as_ref()).await.unwrap();
    assert!(!pull.full);
    match futures_util::StreamExt::next(&mut pull.batches).await.unwrap() {
        Err(ConnectorError::Expired(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn without_events_everything_is_read_and_why_is_said() {
    let running = start(small()).await.unwrap();
    let keycloak = good(&running);
    let mut reader = read_all(&running, &keycloak).await;
    running.tenant().revoke_permission("view-events");
    let why = not_followed(&keycloak, &reader).await;
    assert!(why.contains("`view-events` of `realm-management`"), "{why}");
    assert!(reader.pull(&keycloak).await.unwrap().full);
    let running = start(Options {
        admin_events: false,
        ..small()
    })
    .await
    .unwrap();
    let keycloak = good(&running);
    let mut reader = read_all(&running, &keycloak).await;
    let why = not_followed(&keycloak, &reader).await;
    assert!(
        why.contains("realm `corp` keeps no admin events; hint: "),
        "{why}"
    );
    assert!(reader.pull(&keycloak).await.unwrap().full);
    // Who says that there are none is not told so.
    let keycloak = with(&running, &json!({ "change_hints": false }));
    let mut reader = read_all(&running, &keycloak).await;
    let (went, told) = asked(&running, &mut reader, &keycloak).await;
    assert!(went.full && !told.contains_key("events"), "{told:?}");
    let tried = keycloak.check().await;
    assert!(tried.ok() && tried.items.iter().all(|item| item.what != "read admin events"));
}

#[tokio::test]
async fn a_run_says_why_it_read_everything() {
    let running = start(small()).await.unwrap();
    let source = format!(
        "kind = \"keycloak\"\nurl = \"{}\"\nrealm = \"corp\"\nclient_id = \"throng\"\nclient_secret = {{ value = \"simulated-secret\" }}",
        running.url()
    );
    let (_daemon, operator, _) = started(&with_source(&source), 1_790_000_000_000).await;
    assert_eq!(operator.sync(&nothing()).await["state"], "succeeded");
    running.tenant().create_user("new.person").unwrap();
    let run = operator.sync(&nothing()).await;
    assert_eq!(
        (&run["full"], &run["counts"]["users"]["added"]),
        (&json!(false), &json!(1)),
        "{run}"
    );
    running.tenant().revoke_permission("view-events");
    let run = operator.sync(&nothing()).await;
    assert_eq!(
        (&run["state"], &run["full"]),
        (&json!("succeeded"), &json!(true)),
        "{run}"
    );
    let said = run["notices"].to_string();
    assert!(
        said.contains("everything was read: admin events cannot be read"),
        "{said}"
    );
    assert!(said.contains("`view-events`"), "{said}");
}
