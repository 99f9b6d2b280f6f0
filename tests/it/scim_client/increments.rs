//! Increments by `meta.lastModified`, and when they are not believed.

use std::sync::Arc;

use serde_json::json;
use throng::clock::{Clock, StoppedClock};
use throng::connector::api::Coverage;
use throng::simulator::scim::Options;
use tokio_util::task::TaskTracker;

use super::{NOW, asked, assert_truth, build, config, full, scim, simulator, small, with};

#[tokio::test]
async fn an_increment_tells_what_changed_in_four_requests() {
    let running = simulator(small()).await;
    let scim = scim(&running);
    let (mut reader, _) = full(&running, &scim).await;
    let (tenant, truth) = (running.tenant(), running.tenant().truth());
    let (group, member) = truth.members.first().unwrap();
    let user = truth.users.keys().find(|id| *id != member).unwrap();
    tenant.create_user("new.person").unwrap();
    tenant.disable_user(user).unwrap();
    tenant.leave(group, member).unwrap();
    tenant.reset_stats();
    let went = reader.pull(&scim).await.unwrap();
    assert_eq!((went.full, went.coverage), (false, Some(Coverage::ChangesOnly)));
    assert_eq!((asked(&running, "users"), asked(&running, "groups")), (2, 2));
    assert_truth(&running, &reader);
    // The same changes lie within the overlap: they are not told again.
    let went = reader.pull(&scim).await.unwrap();
    assert_eq!((went.full, went.records), (false, 0));
}

#[tokio::test]
async fn who_is_gone_shows_in_the_totals_only_and_leads_to_a_full_read() {
    let running = simulator(small()).await;
    let scim = scim(&running);
    let (mut reader, _) = full(&running, &scim).await;
    let user = running.tenant().truth().users.keys().next().unwrap().to_string();
    running.tenant().delete_user(&user).unwrap();
    // As many as before.
    running.tenant().create_user("new.person").unwrap();
    assert!(reader.pull(&scim).await.unwrap().full);
    assert_truth(&running, &reader);
    // Somebody comes back as another goes: the totals say nothing, who asks for memberships does.
    let other = running.tenant().truth().users.keys().next().unwrap().to_string();
    running.tenant().restore_user(&user).unwrap();
    running.tenant().delete_user(&other).unwrap();
    assert!(reader.pull(&scim).await.unwrap().full);
    assert_truth(&running, &reader);
}

#[tokio::test]
async fn without_filters_or_against_the_configuration_every_read_is_full() {
    let running = simulator(Options {
        filter: false,
        ..small()
    })
    .await;
    let scim = scim(&running);
    let (mut reader, _) = full(&running, &scim).await;
    assert!(reader.pull(&scim).await.unwrap().full);
    let running = simulator(small()).await;
    let scim = with(&running, &json!({ "increments": false }));
    let (mut reader, _) = full(&running, &scim).await;
    assert!(reader.pull(&scim).await.unwrap().full);
}

#[tokio::test]
async fn increments_are_believed_for_a_day() {
    let running = simulator(small()).await;
    let clock = StoppedClock::at(NOW);
    let config = config(&running.url(), &Options::default().token, &json!({}));
    let scim = build(&config, Arc::clone(&clock) as Arc<dyn Clock>, TaskTracker::new());
    let (mut reader, _) = full(&running, &scim).await;
    clock.advance(86_399_999);
    assert!(!reader.pull(&scim).await.unwrap().full);
    clock.advance(1);
    assert!(reader.pull(&scim).await.unwrap().full);
    // A clock that was set back says nothing about the age.
    clock.advance(-90_000_000);
    assert!(reader.pull(&scim).await.unwrap().full);
}

#[tokio::test]
async fn a_server_whose_dates_stand_still_is_read_in_full_from_then_on() {
    let running = simulator(Options {
        dates_move: false,
        ..small()
    })
    .await;
    let scim = scim(&running);
    let (mut reader, _) = full(&running, &scim).await;
    let (group, member) = running.tenant().truth().members.first().cloned().unwrap();
    running.tenant().leave(&group, &member).unwrap();
    // The increment sees nothing of it: this is what a full read is for.
    assert_eq!(reader.pull(&scim).await.unwrap().records, 0);
    reader.cursor = None;
    assert!(reader.pull(&scim).await.unwrap().full);
    assert_truth(&running, &reader);
    running.tenant().join(&group, &member).unwrap();
    assert!(reader.pull(&scim).await.unwrap().full);
    assert_truth(&running, &reader);
}
