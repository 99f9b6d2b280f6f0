//! Credentials, and what a check says of them.

use serde_json::json;
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::scim::{Scim, ScimSourceConfig};
use throng::simulator::entra::{Fault, FaultKind};
use throng::simulator::scim::{Options, Running};
use tokio_util::task::TaskTracker;

use super::{asked, build, full, reader, scim, simulator, small};

fn by(running: &Running, credentials: &serde_json::Value) -> Scim {
    let mut text = json!({ "url": running.url() });
    for (key, value) in credentials.as_object().unwrap() {
        text[key] = value.clone();
    }
    let config: ScimSourceConfig = serde_json::from_value(text).unwrap();
    build(&config, StoppedClock::at(1_000), TaskTracker::new())
}

fn oauth(running: &Running, secret: &str) -> serde_json::Value {
    let token_url = format!("{}/oauth/token", running.origin());
    json!({ "oauth": { "token_url": token_url, "client_id": "reader", "client_secret": { "value": secret } } })
}

#[tokio::test]
async fn every_way_to_authenticate_lets_in() {
    let running = simulator(small()).await;
    let token = Options::default().token;
    full(&running, &by(&running, &json!({ "token": { "value": token } }))).await;
    full(
        &running,
        &by(
            &running,
            &json!({ "username": "reader", "password": { "value": token } }),
        ),
    )
    .await;
    full(&running, &by(&running, &oauth(&running, &token))).await;
    assert_eq!(asked(&running, "token"), 1);
}

#[tokio::test]
async fn a_token_that_ends_is_renewed_once() {
    let running = simulator(small()).await;
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Unauthorized, "users"));
    full(
        &running,
        &by(&running, &oauth(&running, &Options::default().token)),
    )
    .await;
    assert_eq!(asked(&running, "token"), 2);
    // Nobody can renew one that was made by hand.
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Unauthorized, "users"));
    let error = reader().pull(&scim(&running)).await.unwrap_err();
    assert_eq!(error.code(), "SOURCE_SECRET_WRONG");
}

async fn failures(scim: &Scim) -> Vec<(String, String)> {
    let report = scim.check().await;
    let failed = report.items.into_iter();
    failed
        .filter_map(|item| Some((item.what, item.outcome.err()?.to_string())))
        .collect()
}

#[tokio::test]
async fn a_check_names_what_is_missing() {
    let running = simulator(small()).await;
    let report = scim(&running).check().await;
    assert!(report.ok(), "{report:?}");
    let told: Vec<String> = report
        .items
        .iter()
        .map(|item| format!("{:?}", item.outcome))
        .collect();
    assert!(
        told[0].contains("pages by index, can filter") && told[1].contains("there are 120"),
        "{told:?}"
    );
    for (on, what) in [("users", "read users"), ("groups", "read groups")] {
        running
            .tenant()
            .faults()
            .add(Fault::new(FaultKind::Error { status: 403 }, on));
        let failed = failures(&scim(&running)).await;
        assert_eq!(failed.len(), 1);
        assert!(
            failed[0].0 == what && failed[0].1.contains("hint: let this client read"),
            "{failed:?}"
        );
    }
    let wrong = by(&running, &json!({ "token": { "value": "wrong" } }));
    let failed = failures(&wrong).await;
    assert!(
        failed[0].1.contains("wrong or has expired") && !failed[0].1.contains("`wrong`"),
        "{failed:?}"
    );
    let failed = failures(&by(&running, &oauth(&running, "wrong"))).await;
    assert!(
        failed[0].1.contains("check `client_id` and `client_secret`"),
        "{failed:?}"
    );
    let text = json!({ "url": format!("{}/elsewhere", running.origin()), "token": { "value": "x" } });
    let elsewhere: ScimSourceConfig = serde_json::from_value(text).unwrap();
    let failed = failures(&build(&elsewhere, StoppedClock::at(1_000), TaskTracker::new())).await;
    assert!(failed[0].1.contains("usually ends in `/scim/v2`"), "{failed:?}");
}
