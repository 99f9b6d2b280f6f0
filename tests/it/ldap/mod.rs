//! The LDAP connector against a real OpenLDAP.

mod controller;
mod increments;
mod login;
mod posix;
mod primary;
mod slapd;
mod subject;
mod trust;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::api::{Coverage, Evidence};
use throng::connector::conformance::Reader;
use throng::connector::ldap::{LdapConfig, LdapSource};
use tokio_util::task::TaskTracker;

use slapd::{BASE, Options, PASSWORD, READER, Slapd};

/// The configuration for a server, with other keys over the usual ones.
fn config(server: &Slapd, more: &Value) -> LdapConfig {
    let mut text = json!({
        "url": server.url(), "bind_dn": READER, "bind_password": { "value": PASSWORD }, "base_dn": BASE,
        "flavour": "openldap", "page_size": 50,
    });
    for (key, value) in more.as_object().unwrap() {
        text[key] = value.clone();
    }
    serde_json::from_value(text).unwrap()
}

fn build(config: &LdapConfig, tasks: &TaskTracker) -> LdapSource {
    let wanted: BTreeSet<String> = ["uid", "cn", "mail"].map(str::to_owned).into();
    let secret = config.bind_password.read().unwrap();
    let authority = config.authority().unwrap();
    let clock = StoppedClock::at(1_000);
    let built = LdapSource::build(
        config,
        secret,
        authority.as_deref(),
        &wanted,
        clock,
        tasks.clone(),
    );
    built.unwrap().with_back_off(Duration::from_millis(1))
}

fn source(server: &Slapd, more: &Value) -> LdapSource {
    build(&config(server, more), &TaskTracker::new())
}

fn reader() -> Reader {
    Reader::new("uid")
}

/// What differs is shown, not all of it.
fn assert_truth(reader: &Reader, server: &Slapd, what: &str) {
    let (mine, truth) = (&reader.picture, server.truth());
    let edges: Vec<_> = mine.edges.symmetric_difference(&truth.edges).take(5).collect();
    let users: Vec<_> = truth
        .users
        .iter()
        .filter(|(id, user)| mine.users.get(*id) != Some(user))
        .take(5)
        .collect();
    assert_eq!((users, edges), (Vec::new(), Vec::new()), "{what}");
    assert!(
        mine.users.len() == truth.users.len() && mine.groups == truth.groups,
        "{what}"
    );
}

/// A full read that must be complete and right.
async fn read_all(server: &Slapd, source: &LdapSource) -> Reader {
    let mut reader = reader();
    let went = reader.pull(source).await.unwrap();
    assert_eq!(
        (went.full, went.coverage, went.goes_on),
        (true, Some(Coverage::Everything), true),
        "{went:?}"
    );
    assert_truth(&reader, server, "read");
    reader
}

#[tokio::test]
async fn three_thousand_users_and_nested_groups_are_read_as_openldap_itself_tells_them() {
    let options = Options {
        users: 3000,
        ..Options::default()
    };
    let Some(server) = Slapd::start(&options) else {
        return;
    };
    let source = source(&server, &json!({ "page_size": 500 }));
    let reader = read_all(&server, &source).await;
    let picture = &reader.picture;
    assert_eq!((picture.users.len(), picture.groups.len()), (3000, 300 + 31));
    // Every user in one team, every team in one unit, every unit in the first.
    assert_eq!(picture.edges.len(), 3000 + 300 + 31);
    assert!(source.check().await.ok());
}

#[tokio::test]
async fn a_check_says_that_clocks_are_not_compared() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    let report = source(&server, &json!({})).check().await;
    assert!(report.ok() && report.server_time.is_none(), "{report:?}");
    let clock = report.items.iter().find(|item| item.what == "clock").unwrap();
    let told = clock.outcome.as_ref().unwrap();
    assert!(
        told.starts_with("not compared: OpenLDAP does not tell its time"),
        "{told}"
    );
}

#[tokio::test]
async fn a_list_that_the_server_cuts_is_never_everything() {
    let options = Options {
        limits: "sizelimit 20",
        ..Options::default()
    };
    let Some(server) = Slapd::start(&options) else {
        return;
    };
    let mut reader = reader();
    let went = reader.pull(&source(&server, &json!({}))).await.unwrap();
    assert_eq!(
        (went.coverage, went.goes_on),
        (Some(Coverage::ChangesOnly), false)
    );
    assert!(went.incomplete[0].contains("sizeLimitExceeded"), "{went:?}");
    assert_eq!(reader.picture.users.len(), 20, "what came is told");
}

#[tokio::test]
async fn a_server_that_tells_no_changes_is_read_whole_each_time() {
    let options = Options {
        syncprov: false,
        ..Options::default()
    };
    let Some(server) = Slapd::start(&options) else {
        return;
    };
    let source = source(&server, &json!({}));
    let mut reader = read_all(&server, &source).await;
    server.change(&format!("dn: {}\nchangetype: delete\n", slapd::user(3)));
    let went = reader.pull(&source).await.unwrap();
    assert_eq!((went.full, went.coverage), (true, Some(Coverage::Everything)));
    assert_truth(&reader, &server, "read");
}

#[tokio::test]
async fn filters_and_bases_say_who_is_read() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    let more = json!({
        "user_filter": "(&(objectClass=inetOrgPerson)(uid=u1*))", "group_base": format!("ou=groups,{BASE}"),
        "group_filter": "(cn=team *)",
    });
    let mut reader = reader();
    let went = reader.pull(&source(&server, &more)).await.unwrap();
    assert_eq!(went.coverage, Some(Coverage::Everything));
    assert_eq!((reader.picture.users.len(), reader.picture.groups.len()), (11, 6));
    assert_eq!(reader.picture.edges.len(), 11);
}

#[tokio::test]
async fn last_logins_are_read_where_they_are_wanted() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    assert_eq!(source(&server, &json!({})).last_seen().await.unwrap(), None);
    let wanted = source(
        &server,
        &json!({ "sign_in_activity": true, "check_passwords": true }),
    );
    let none = Evidence::default();
    assert_eq!(wanted.last_seen().await.unwrap(), Some(none));
    let id = server
        .truth()
        .users
        .into_iter()
        .find(|(_, user)| user.1 == "u3")
        .unwrap()
        .0;
    let right = throng::secret::Secret::new(PASSWORD);
    wanted.verify_password(&id, &right).await.unwrap();
    let evidence = wanted.last_seen().await.unwrap().unwrap();
    assert_eq!(evidence.seen.len(), 1);
    assert_eq!(evidence.seen[0].0, id);
}
