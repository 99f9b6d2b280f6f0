//! TLS with a certificate authority of our own, and what a check says of what is wrong.

use serde_json::{Value, json};
use throng::connector::Connector;

use super::slapd::{Options, READER, Slapd};
use super::{read_all, source};

fn tls(server: &Slapd, authority: &str) -> Value {
    let file = server.folder.path().join(authority);
    json!({ "url": format!("ldaps://127.0.0.1:{}", server.tls_port), "ca_file": file })
}

/// The code of the one thing that is wrong, and its sentence.
async fn wrong(server: &Slapd, more: &Value) -> (&'static str, String) {
    let report = source(server, more).check().await;
    let mut errors = report.items.iter().filter_map(|item| item.outcome.as_ref().err());
    let error = errors.next().unwrap();
    (error.code(), error.to_string())
}

#[tokio::test]
async fn a_pinned_authority_is_trusted_over_both_kinds_of_tls() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    read_all(&server, &source(&server, &tls(&server, "ca.pem"))).await;
    let later = json!({ "start_tls": true, "ca_file": server.folder.path().join("ca.pem") });
    let source = source(&server, &later);
    read_all(&server, &source).await;
    assert_eq!(source.check().await.items[0].outcome, Ok("with TLS".to_owned()));
}

#[tokio::test]
async fn another_authority_is_not_trusted_and_nothing_is_sent() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    for more in [
        tls(&server, "other.pem"),
        json!({ "url": format!("ldaps://127.0.0.1:{}", server.tls_port) }),
        json!({ "start_tls": true, "ca_file": server.folder.path().join("other.pem") }),
    ] {
        let (code, told) = wrong(&server, &more).await;
        assert_eq!(code, "SOURCE_UNTRUSTED", "{told}");
        assert!(told.contains("`ca_file`"), "{told}");
        assert!(super::reader().pull(&source(&server, &more)).await.is_err());
    }
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    let (code, told) = wrong(&server, &json!({ "bind_password": { "value": "wrong" } })).await;
    assert_eq!(code, "SOURCE_SECRET_WRONG");
    assert!(
        told.contains("`bind_password`") && !told.contains("`wrong`"),
        "{told}"
    );
    // An account that may sign in, and is let see nothing.
    let blind = super::slapd::user(3);
    let (code, told) = wrong(&server, &json!({ "bind_dn": blind })).await;
    assert_eq!(code, "SOURCE_PERMISSION_MISSING", "{told}");
    let (code, told) = wrong(&server, &json!({ "url": "ldap://127.0.0.1:9" })).await;
    assert_eq!(code, "SOURCE_UNREACHABLE", "{told}");
    let (code, told) = wrong(&server, &json!({ "user_filter": "(uid=nobody)" })).await;
    assert_eq!(code, "SOURCE_PERMISSION_MISSING");
    assert!(told.contains("`user_filter`"), "{told}");
    assert!(source(&server, &json!({ "bind_dn": READER })).check().await.ok());
}
