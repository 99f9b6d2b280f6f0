//! Access tokens: one for all requests, a new one when the old one is not accepted.

use throng::connector::ConnectorError;
use throng::simulator::entra::{Fault, FaultKind, Options, start};

use super::{asked, assert_truth, connector, full, good, reader, simulator};

#[tokio::test]
async fn one_token_serves_all_requests_until_it_is_refused() {
    let running = simulator().await;
    let (connector, mut reader) = full(&running).await;
    assert_eq!(asked(&running, "token"), 1);
    running.tenant().revoke_access_tokens();
    running.tenant().create_user("new.person").unwrap();
    reader.pull(&connector).await.unwrap();
    assert_eq!(asked(&running, "token"), 2);
    assert_truth(&running, &reader);
}

#[tokio::test]
async fn many_requests_whose_token_is_refused_at_once_ask_for_one_new_token() {
    let options = Options {
        users: 300,
        groups: 200,
        memberships: 2000,
        ..Options::default()
    };
    let running = start(options).await.unwrap();
    // Eight batches are under way when the token ends.
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Unauthorized, "batch").after(2));
    full(&running).await;
    assert_eq!(asked(&running, "token"), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_twice_ends_the_read() {
    let running = simulator().await;
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Unauthorized, "users").times(2));
    let error = reader().pull(&good(&running)).await.unwrap_err();
    assert!(matches!(error, ConnectorError::Refused(_)), "{error}");
    assert_eq!(asked(&running, "users"), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_words_and_not_tried_again() {
    let running = simulator().await;
    let error = reader().pull(&connector(&running, "wrong")).await.unwrap_err();
    assert!(error.to_string().contains("client secret is wrong"), "{error}");
    assert_eq!(asked(&running, "token"), 1);
}

#[tokio::test]
async fn a_token_service_that_fails_in_passing_is_asked_again() {
    let kinds = [
        FaultKind::Throttle {
            retry_after: Some("0.002".to_owned()),
        },
        FaultKind::Error { status: 503 },
        FaultKind::Html,
        FaultKind::Truncate,
        FaultKind::Drop,
    ];
    for kind in kinds {
        let running = simulator().await;
        running.tenant().faults().add(Fault::new(kind, "token").times(2));
        full(&running).await;
        assert_eq!(asked(&running, "token"), 3);
    }
}
