//! The slow lane: last sign-ins, which may fail alone.

use std::collections::BTreeMap;

use throng::connector::Connector;
use throng::connector::entra::Entra;
use throng::simulator::entra::{Edit, Fault, FaultKind, Options, Running, start};
use tokio_util::task::TaskTracker;

use super::{asked, build, config, good, reader};

fn watching(running: &Running) -> Entra {
    let mut config = config(running, &Options::default().client_secret);
    config.sign_in_activity = true;
    build(&config, &TaskTracker::new())
}

async fn many() -> Running {
    let options = Options {
        users: 1200,
        groups: 2,
        memberships: 10,
        ..Options::default()
    };
    start(options).await.unwrap()
}

#[tokio::test]
async fn every_last_sign_in_is_read_and_never_is_not_one() {
    let running = many().await;
    let id = running.tenant().truth().users.keys().next().unwrap().to_string();
    let at = "2026-11-20T10:00:00Z".to_owned();
    running.tenant().edit(&Edit::SignIn { user: id, at }).unwrap();
    let evidence = watching(&running).last_seen().await.unwrap().unwrap();
    let seen: BTreeMap<String, i64> = evidence
        .seen
        .into_iter()
        .map(|(id, seen)| (id.to_string(), seen))
        .collect();
    let truth = running.tenant().truth();
    let moment = |text: &String| {
        chrono::DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
    };
    let wanted: BTreeMap<String, i64> = truth
        .users
        .iter()
        .filter_map(|(id, user)| Some((id.to_string(), moment(user.seen.as_ref()?))))
        .collect();
    assert!(wanted.len() > 900 && wanted.len() < truth.users.len());
    assert_eq!(seen, wanted);
    assert_eq!(asked(&running, "users"), 3, "500 a page");
}

#[tokio::test]
async fn nobody_is_asked_who_does_not_want_to_know() {
    let running = many().await;
    assert_eq!(good(&running).last_seen().await.unwrap(), None);
    assert_eq!(asked(&running, "users"), 0);
}

#[tokio::test]
async fn without_licence_or_permission_only_the_lane_fails() {
    for (revoke, code) in [
        (true, "SOURCE_PERMISSION_MISSING"),
        (false, "SOURCE_LICENCE_MISSING"),
    ] {
        let running = many().await;
        if revoke {
            running.tenant().revoke_permission("AuditLog.Read.All");
        } else {
            running.tenant().end_licence();
        }
        let connector = watching(&running);
        assert_eq!(connector.last_seen().await.unwrap_err().code(), code);
        let mut reader = reader();
        reader.pull(&connector).await.unwrap();
        assert_eq!(reader.picture.users.len(), 1200);
    }
}

#[tokio::test]
async fn a_page_that_fails_is_no_half_evidence() {
    let running = many().await;
    let fault = Fault::new(FaultKind::Error { status: 503 }, "users")
        .after(1)
        .times(u32::MAX);
    running.tenant().faults().add(fault);
    assert_eq!(
        watching(&running).last_seen().await.unwrap_err().code(),
        "SOURCE_UNAVAILABLE"
    );
}
