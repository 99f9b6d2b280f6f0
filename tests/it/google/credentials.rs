//! Who is let in by Google: a key, a federation; what is said otherwise.

use serde_json::json;
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::google::{Credential, GoogleSource};
use throng::simulator::google::{Options, Running, start};
use tokio_util::task::TaskTracker;

use super::{NOW, build, build_at, build_with, config, pull, reader, small, source};

/// The codes of what is wrong.
async fn wrong(source: &GoogleSource) -> Vec<(String, &'static str, String)> {
    let report = source.check().await;
    let errors = report.items.iter().filter_map(|item| {
        let error = item.outcome.as_ref().err()?;
        Some((item.what.clone(), error.code(), error.to_string()))
    });
    errors.collect()
}

async fn only(source: &GoogleSource, code: &str, hint: &str) {
    let errors = wrong(source).await;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].1, code, "{errors:?}");
    assert!(
        errors[0].2.contains("hint: ") && errors[0].2.contains(hint),
        "{errors:?}"
    );
}

#[tokio::test]
async fn all_is_well_with_every_scope_and_right() {
    let running = start(small()).await.unwrap();
    let report = source(&running).check().await;
    assert!(report.ok(), "{report:?}");
    assert_eq!(report.items.len(), 8, "four scopes, four requests: {report:?}");
}

#[tokio::test]
async fn each_missing_scope_is_named() {
    for scope in [
        "admin.directory.user.readonly",
        "admin.directory.group.readonly",
        "admin.directory.group.member.readonly",
        "admin.reports.audit.readonly",
    ] {
        let running = start(small()).await.unwrap();
        running.withhold(scope);
        only(&source(&running), "SOURCE_PERMISSION_MISSING", scope).await;
    }
    let running = start(small()).await.unwrap();
    running.withhold("admin.directory.user.readonly");
    running.withhold("admin.directory.group.readonly");
    let errors = wrong(&source(&running)).await;
    assert_eq!(errors.len(), 2, "both are named at once: {errors:?}");
}

#[tokio::test]
async fn each_missing_privilege_is_named() {
    for (class, hint) in [
        ("users", "Users: Read"),
        ("groups", "Groups: Read"),
        ("members", "Groups: Read"),
        ("log", "Reports"),
    ] {
        let running = start(small()).await.unwrap();
        running.refuse(class, "forbidden");
        only(&source(&running), "SOURCE_PERMISSION_MISSING", hint).await;
    }
    for (reason, hint) in [
        ("accessNotConfigured", "Admin SDK"),
        ("domainPolicy", "API access"),
    ] {
        let running = start(small()).await.unwrap();
        running.refuse("users", reason);
        let errors = wrong(&source(&running)).await;
        assert!(
            errors
                .iter()
                .any(|error| error.1 == "SOURCE_POLICY_BLOCKED" && error.2.contains(hint)),
            "{errors:?}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_credentials_is_said() {
    let running = start(small()).await.unwrap();
    let late = StoppedClock::at(NOW + 3_600_000);
    let ahead = build_at(&running, &config(), late, &TaskTracker::new());
    only(&ahead, "SOURCE_CLOCK_SKEW", "set the clock").await;
    let mut nobody = config();
    nobody["admin"] = json!("nobody@corp.example");
    only(
        &build(&running, &nobody, &TaskTracker::new()),
        "SOURCE_SECRET_WRONG",
        "`nobody@corp.example`",
    )
    .await;
    let mut file = running.key_file();
    file["client_email"] = json!("gone@simulated.iam.gserviceaccount.com");
    let other = with(&running, &file);
    only(
        &other,
        "SOURCE_APPLICATION_UNKNOWN",
        "`gone@simulated.iam.gserviceaccount.com`",
    )
    .await;
    running.delete_key();
    only(&source(&running), "SOURCE_CERTIFICATE_UNKNOWN", "make a new one").await;
}

fn with(running: &Running, file: &serde_json::Value) -> GoogleSource {
    let credential = Credential::parse(&file.to_string()).unwrap();
    build_with(
        running,
        &config(),
        credential,
        StoppedClock::at(NOW),
        &TaskTracker::new(),
    )
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_named() {
    let running = start(small()).await.unwrap();
    let mut file = running.key_file();
    file["token_uri"] = json!("http://127.0.0.1:1/token");
    let errors = wrong(&with(&running, &file)).await;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(
        (errors[0].1, errors[0].2.contains("`http://127.0.0.1:1`")),
        ("SOURCE_UNREACHABLE", true),
        "{errors:?}"
    );
}

#[tokio::test]
async fn a_token_of_another_issuer_stands_for_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let options = Options {
        trusted: Some("another issuer's".to_owned()),
        ..small()
    };
    let running = start(options).await.unwrap();
    running.delete_key();
    let federation = running.federation(file.to_str().unwrap());
    let missing = with(&running, &federation);
    let errors = wrong(&missing).await;
    assert_eq!(errors[0].1, "SOURCE_FEDERATION_UNKNOWN", "{errors:?}");
    std::fs::write(&file, "an old one").unwrap();
    only(
        &with(&running, &federation),
        "SOURCE_FEDERATION_UNKNOWN",
        "audience",
    )
    .await;
    // The file changes; it is read each time.
    std::fs::write(&file, "another issuer's\n").unwrap();
    pull(&running, &missing, &mut reader()).await;
    let mut json = federation.clone();
    json["credential_source"]["format"] = json!({ "type": "json", "subject_token_field_name": "jwt" });
    std::fs::write(&file, r#"{"jwt":"another issuer's"}"#).unwrap();
    assert!(with(&running, &json).check().await.ok());
}

#[tokio::test]
async fn a_token_that_was_revoked_is_asked_for_again() {
    let running = start(small()).await.unwrap();
    let (source, mut reader) = (source(&running), reader());
    pull(&running, &source, &mut reader).await;
    running.revoke_tokens();
    running.tenant().create_user("new.person").unwrap();
    pull(&running, &source, &mut reader).await;
}
