//! The Okta connector against the simulator.

mod credentials;
mod subject;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use throng::client::Limiter;
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::api::Coverage;
use throng::connector::conformance::{Picture, Reader};
use throng::connector::okta::{OktaConfig, OktaSource};
use throng::simulator::entra::{Edit, Fault, FaultKind};
use throng::simulator::okta::{APP, Options, Running, start};
use tokio_util::task::TaskTracker;

use subject::picture;

fn small() -> Options {
    Options {
        users: 300,
        groups: 30,
        memberships: 900,
        ..Options::default()
    }
}

fn config(running: &Running) -> OktaConfig {
    let text = serde_json::json!({ "url": running.url(), "token": { "value": Options::default().token } });
    serde_json::from_value(text).unwrap()
}

fn build(
    config: &OktaConfig,
    clock: Arc<StoppedClock>,
    tasks: &TaskTracker,
    wanted: &BTreeSet<String>,
) -> OktaSource {
    let limiter = Limiter::sharing(config.budget_percent);
    let built = OktaSource::build(
        config,
        config.sign().unwrap(),
        limiter,
        wanted,
        clock,
        tasks.clone(),
    );
    built.unwrap().with_back_off(Duration::from_millis(1))
}

fn source(config: &OktaConfig) -> OktaSource {
    build(
        config,
        StoppedClock::at(1_000),
        &TaskTracker::new(),
        &BTreeSet::new(),
    )
}

fn reader() -> Reader {
    Reader::new("profile.login")
}

#[tokio::test]
async fn the_deprovisioned_are_known_and_inactive() {
    let running = start(small()).await.unwrap();
    let gone = running.truth(false).users.keys().next().unwrap().clone();
    running.tenant().delete_user(&gone).unwrap();
    let mut reader = reader();
    reader.pull(&source(&config(&running))).await.unwrap();
    assert_eq!(reader.picture, picture(&running.truth(false)));
    assert!(!reader.picture.users[gone.as_str()].0);
}

#[tokio::test]
async fn an_increment_asks_for_little_and_tells_nothing_twice() {
    let running = start(small()).await.unwrap();
    let source = source(&config(&running));
    let mut reader = reader();
    reader.pull(&source).await.unwrap();
    running.tenant().reset_stats();
    let (group, member) = running.truth(false).members.first().cloned().unwrap();
    running.tenant().leave(&group, &member).unwrap();
    let went = reader.pull(&source).await.unwrap();
    assert_eq!((went.full, went.coverage), (false, Some(Coverage::ChangesOnly)));
    assert_eq!(reader.picture, picture(&running.truth(false)));
    // Users, groups, that group's members, the log.
    assert_eq!(running.tenant().stats().requests.values().sum::<u64>(), 4);
    let went = reader.pull(&source).await.unwrap();
    assert_eq!(went.records, 0, "the overlap was told again");
}

#[tokio::test]
async fn who_changes_between_two_lists_is_in_one() {
    let running = start(small()).await.unwrap();
    let user = running.truth(false).users.keys().next().unwrap().clone();
    running.tenant().delete_user(&user).unwrap();
    // Deprovisioned at the first list, back before the second.
    let edits = vec![Edit::RestoreUser { user: user.clone() }];
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "users").after(2));
    let mut reader = reader();
    let went = reader.pull(&source(&config(&running))).await.unwrap();
    assert_eq!(went.coverage, Some(Coverage::Everything));
    assert_eq!(reader.picture, picture(&running.truth(false)));
}

#[tokio::test]
async fn only_the_users_and_groups_of_an_app_are_read() {
    let running = start(small()).await.unwrap();
    let mut config = config(&running);
    config.app = Some(APP.to_owned());
    let source = source(&config);
    assert!(source.check().await.ok());
    let mut reader = reader();
    reader.pull(&source).await.unwrap();
    assert_eq!(reader.picture, Picture::default());
    let truth = running.truth(false);
    let (group, _) = truth.members.first().unwrap();
    let alone = truth.users.keys().last().unwrap();
    for to in [group, alone] {
        running.tenant().edit(&Edit::Assign { to: to.clone() }).unwrap();
    }
    for _ in 0..2 {
        let went = reader.pull(&source).await.unwrap();
        assert_eq!((went.full, went.coverage), (true, Some(Coverage::Everything)));
        let wanted = picture(&running.truth(true));
        assert!(wanted.users.len() > 1 && wanted.groups.len() == 1);
        assert_eq!(reader.picture, wanted);
    }
}

#[tokio::test]
async fn last_logins_are_read_where_they_are_wanted() {
    let running = start(small()).await.unwrap();
    let mut config = config(&running);
    assert_eq!(source(&config).last_seen().await.unwrap(), None);
    config.sign_in_activity = true;
    let evidence = source(&config).last_seen().await.unwrap().unwrap();
    let seen = running
        .tenant()
        .truth()
        .users
        .values()
        .filter(|user| user.seen.is_some())
        .count();
    assert_eq!(evidence.seen.len(), seen);
    assert!(seen > 200 && seen < 300);
}

#[tokio::test]
async fn no_more_than_the_share_is_asked() {
    let options = Options { limit: 20, ..small() };
    let running = start(options).await.unwrap();
    let mut config = config(&running);
    config.budget_percent = 20;
    let reading = source(&config);
    let mut reader = reader();
    // After four requests for members the rest waits for the end of Okta's window.
    let pull = reader.pull(&reading);
    let waiting = tokio::time::timeout(Duration::from_millis(500), pull).await;
    assert!(waiting.is_err());
    let asked = running.tenant().stats().requests["members"];
    // Those under way when the limit was first told are not called back.
    assert!(asked <= 8, "{asked} of 20 were asked with a share of 4");
}
