//! What proves that the connector is the application, and what is said when it does not.

use std::collections::BTreeSet;
use std::time::Duration;

use throng::catalogue;
use throng::clock::{Clock, StoppedClock, SystemClock};
use throng::connector::Connector;
use throng::connector::entra::{Entra, EntraConfig};
use throng::simulator::entra::{Options, Running};
use tokio_util::task::TaskTracker;

use super::{config, reader, simulator};

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys/client.pem");

/// A connector whose clock goes so many milliseconds ahead.
fn built(config: &EntraConfig, ahead: i64) -> Entra {
    // The simulator judges assertions by the machine's clock.
    let clock = StoppedClock::at(SystemClock.now() + ahead);
    let proof = config.proof().unwrap();
    let built = Entra::build(config, proof, &BTreeSet::new(), clock, TaskTracker::new());
    built.unwrap().with_back_off(Duration::from_millis(1))
}

fn with_certificate(running: &Running) -> EntraConfig {
    let mut config = config(running, "none");
    config.client_secret = None;
    config.certificate = serde_json::from_value(serde_json::json!({ "file": CERTIFICATE })).unwrap();
    config
}

/// The one thing that a check finds wrong: its code and sentence. Both are in the catalogue's words too.
async fn wrong(connector: &Entra) -> (&'static str, String) {
    let report = connector.check().await;
    let errors: Vec<_> = report
        .items
        .iter()
        .filter_map(|item| item.outcome.as_ref().err())
        .collect();
    assert_eq!(errors.len(), 1, "{report:?}");
    assert!(catalogue::find(errors[0].code()).is_some());
    (errors[0].code(), errors[0].to_string())
}

#[tokio::test]
async fn a_certificate_lets_us_in() {
    let running = simulator().await;
    running
        .tenant()
        .register_certificate(&std::fs::read_to_string(CERTIFICATE).unwrap());
    let connector = built(&with_certificate(&running), 0);
    assert!(connector.check().await.ok());
    let mut reader = reader();
    reader.pull(&connector).await.unwrap();
    super::assert_truth(&running, &reader);
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said() {
    let running = simulator().await;
    let config = with_certificate(&running);
    let (code, _) = wrong(&built(&config, 0)).await;
    assert_eq!(code, "SOURCE_CERTIFICATE_UNKNOWN");
    running
        .tenant()
        .register_certificate(&std::fs::read_to_string(CERTIFICATE).unwrap());
    for (ahead, side) in [(1_800_000, "30 minutes ahead of"), (-1_800_000, "minutes behind")] {
        let (code, sentence) = wrong(&built(&config, ahead)).await;
        assert_eq!(code, "SOURCE_CLOCK_SKEW");
        assert!(
            sentence.contains(side) || sentence.contains("29 minutes ahead of"),
            "{sentence}"
        );
    }
    running.tenant().expire_credentials();
    let (code, _) = wrong(&built(&config, 0)).await;
    assert_eq!(code, "SOURCE_CERTIFICATE_EXPIRED");
}

#[tokio::test]
async fn a_token_of_another_issuer_is_read_for_each_use() {
    let running = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "first.foreign.token\n").unwrap();
    let mut config = config(&running, "none");
    config.client_secret = None;
    config.federated_token = serde_json::from_value(serde_json::json!({ "file": file })).unwrap();
    let connector = built(&config, 0);
    let (code, _) = wrong(&connector).await;
    assert_eq!(code, "SOURCE_FEDERATION_UNKNOWN");
    running.tenant().trust_token("second.foreign.token");
    std::fs::write(&file, "second.foreign.token\n").unwrap();
    assert!(
        connector.check().await.ok(),
        "it kept the token that it read first"
    );
    std::fs::remove_file(&file).unwrap();
    running.tenant().revoke_access_tokens();
    let error = reader().pull(&connector).await.unwrap_err();
    assert!(
        error.to_string().contains("`federated_token` cannot be used"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_secret_is_said() {
    let running = simulator().await;
    let secret = |secret: &str| config(&running, secret);
    let good = Options::default().client_secret;
    let (code, _) = wrong(&built(&secret("wrong"), 0)).await;
    assert_eq!(code, "SOURCE_SECRET_WRONG");
    let (code, sentence) = wrong(&built(&secret("0f8fad5b-d9cb-469f-a165-70867728950e"), 0)).await;
    assert_eq!(code, "SOURCE_SECRET_ID");
    assert!(sentence.contains("value, not its id"), "{sentence}");
    let mut other = secret(&good);
    other.client_id = "another".to_owned();
    assert_eq!(wrong(&built(&other, 0)).await.0, "SOURCE_APPLICATION_UNKNOWN");
    let mut other = secret(&good);
    other.tenant = "another".to_owned();
    assert_eq!(wrong(&built(&other, 0)).await.0, "SOURCE_TENANT_UNKNOWN");
    running.tenant().expire_credentials();
    assert_eq!(wrong(&built(&secret(&good), 0)).await.0, "SOURCE_SECRET_EXPIRED");
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_named() {
    let running = simulator().await;
    let mut config = config(&running, &Options::default().client_secret);
    // Bound, then closed: nobody listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    config.login_url = format!("http://{closed}");
    let (code, sentence) = wrong(&built(&config, 0)).await;
    assert_eq!(code, "SOURCE_UNREACHABLE");
    assert!(
        sentence.contains(&closed.to_string()) && sentence.contains("refused"),
        "{sentence}"
    );
    assert!(!sentence.contains("simulated-secret"));
}

#[tokio::test]
async fn each_missing_permission_is_named() {
    for (permission, what) in [
        ("User.Read.All", "read users"),
        ("GroupMember.Read.All", "read groups"),
        ("AuditLog.Read.All", "read sign-ins"),
        ("Application.Read.All", "read assignments"),
    ] {
        let running = simulator().await;
        running.tenant().revoke_permission(permission);
        let mut config = config(&running, &Options::default().client_secret);
        config.sign_in_activity = true;
        let report = built(&config, 0).assigned_only(true).check().await;
        let item = report.items.iter().find(|item| item.what == what).unwrap();
        let error = item.outcome.as_ref().unwrap_err();
        assert_eq!(error.code(), "SOURCE_PERMISSION_MISSING");
        assert!(error.to_string().contains(permission), "{error}");
    }
}
