//! Who is let in by Okta: a token, a service app, with proofs where they are demanded; what is said otherwise.

use std::collections::BTreeSet;

use throng::clock::{Clock, StoppedClock, SystemClock};
use throng::connector::Connector;
use throng::connector::okta::{OktaConfig, OktaSource};
use throng::simulator::okta::{Options, Running, start};
use tokio_util::task::TaskTracker;

use super::subject::picture;
use super::{build, config, reader, small};

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys/client.pem");

async fn with_app(binding: bool) -> (Running, OktaConfig) {
    let options = Options {
        certificate: Some(std::fs::read_to_string(KEY).unwrap()),
        binding,
        ..small()
    };
    let running = start(options).await.unwrap();
    let text = serde_json::json!({
        "url": running.url(), "client_id": "0oaservice", "private_key": { "file": KEY }, "key_id": "k1",
    });
    (running, serde_json::from_value(text).unwrap())
}

/// With a clock so many milliseconds ahead: the simulator judges assertions by the machine's clock.
fn built(config: &OktaConfig, ahead: i64) -> OktaSource {
    let clock = StoppedClock::at(SystemClock.now() + ahead);
    build(config, clock, &TaskTracker::new(), &BTreeSet::new())
}

async fn wrong(source: &OktaSource) -> &'static str {
    let report = source.check().await;
    let errors: Vec<_> = report
        .items
        .iter()
        .filter_map(|item| item.outcome.as_ref().err())
        .collect();
    assert_eq!(errors.len(), 1, "{report:?}");
    errors[0].code()
}

#[tokio::test]
async fn a_service_app_is_let_in_with_proofs_or_without() {
    for binding in [false, true] {
        let (running, config) = with_app(binding).await;
        let source = built(&config, 0);
        let mut reader = reader();
        reader.pull(&source).await.unwrap();
        assert_eq!(reader.picture, picture(&running.truth(false)));
        let asked = |running: &Running| running.tenant().stats().requests["token"];
        // Plainly; with a proof; with the nonce that it lacked.
        assert_eq!(asked(&running), if binding { 3 } else { 1 });
        running.revoke_tokens();
        running.tenant().create_user("new.person").unwrap();
        reader.pull(&source).await.unwrap();
        assert_eq!(reader.picture, picture(&running.truth(false)));
        assert_eq!(asked(&running), if binding { 4 } else { 2 });
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_credentials_is_said() {
    let (_running, mut config) = with_app(false).await;
    assert_eq!(wrong(&built(&config, 3_600_000)).await, "SOURCE_CLOCK_SKEW");
    config.client_id = Some("another".to_owned());
    assert_eq!(wrong(&built(&config, 0)).await, "SOURCE_APPLICATION_UNKNOWN");
    let running = start(small()).await.unwrap(); // no key is registered
    config.url = running.url();
    config.client_id = Some("0oaservice".to_owned());
    assert_eq!(wrong(&built(&config, 0)).await, "SOURCE_CERTIFICATE_UNKNOWN");
    let mut token = super::config(&running);
    token.token = serde_json::from_value(serde_json::json!({ "value": "wrong" })).unwrap();
    assert_eq!(wrong(&built(&token, 0)).await, "SOURCE_SECRET_WRONG");
}

#[tokio::test]
async fn each_missing_scope_is_named() {
    for (scope, what) in [
        ("okta.users.read", "read users"),
        ("okta.groups.read", "read groups"),
        ("okta.logs.read", "read the log"),
    ] {
        let running = start(small()).await.unwrap();
        running.withhold(scope);
        let report = built(&config(&running), 0).check().await;
        let item = report.items.iter().find(|item| item.what == what).unwrap();
        let error = item.outcome.as_ref().unwrap_err();
        assert_eq!(error.code(), "SOURCE_PERMISSION_MISSING");
        assert!(error.to_string().contains(scope), "{error}");
    }
    let (running, config) = with_app(false).await;
    running.withhold("okta.logs.read");
    assert_eq!(wrong(&built(&config, 0)).await, "SOURCE_PERMISSION_MISSING");
}

#[tokio::test]
async fn a_role_that_sees_nobody_is_noticed() {
    let nobody = Options { users: 0, ..small() };
    let running = start(nobody).await.unwrap();
    assert_eq!(
        wrong(&built(&config(&running), 0)).await,
        "SOURCE_PERMISSION_MISSING"
    );
}
