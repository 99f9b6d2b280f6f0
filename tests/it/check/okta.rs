//! What `throng check --online` says of Okta.

use throng::simulator::okta::{Options, Running, start};

use super::common;
use super::row::Row;

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys/client.pem");
const HOUR: i64 = 3_600_000;

fn options() -> Options {
    Options {
        certificate: Some(std::fs::read_to_string(KEY).unwrap()),
        users: 20,
        groups: 4,
        memberships: 40,
        ..Options::default()
    }
}

fn at(url: &str, more: &str) -> String {
    let token = if more.contains("token") || more.contains("private_key") {
        ""
    } else {
        "token = { value = \"simulated-token\" }\n"
    };
    format!("[directory.source]\nkind = \"okta\"\nurl = \"{url}\"\n{token}{more}")
}

/// A row of an organisation that `spoil` has done something to.
async fn row(fault: &'static str, options: Options, more: &str, spoil: impl FnOnce(&Running)) -> Row {
    let running = start(options).await.unwrap();
    running.tenant().keep_time(0);
    spoil(&running);
    Row::new("okta", fault, at(&running.url(), more)).keep(running)
}

pub(super) async fn good() -> Row {
    row("none", options(), "", |_| {}).await
}

pub(super) async fn rows() -> Vec<Row> {
    let mut rows = common::rows("okta", at).await;
    let app = format!("client_id = \"0oaservice\"\nprivate_key = {{ file = \"{KEY}\" }}\n");
    for scope in ["okta.users.read", "okta.groups.read", "okta.logs.read"] {
        let by_app = row("permission", options(), &app, |running| running.withhold(scope)).await;
        rows.push(by_app.expect("SOURCE_PERMISSION_MISSING", &[scope, "service app"], "grant it"));
    }
    for scope in ["okta.users.read", "okta.logs.read"] {
        let by_token = row("permission", options(), "", |running| running.withhold(scope)).await;
        rows.push(by_token.expect("SOURCE_PERMISSION_MISSING", &[scope, "role"], "grant it"));
    }
    let nobody = Options {
        users: 0,
        ..options()
    };
    let keyless = Options {
        certificate: None,
        ..options()
    };
    let wrong = "token = { value = \"mistaken-secret\" }\n";
    rows.extend([
        row("permission", nobody, "", |_| {}).await.expect(
            "SOURCE_PERMISSION_MISSING",
            &["read-only administrator role"],
            "grant it",
        ),
        row("secret", options(), wrong, |_| {}).await.expect(
            "SOURCE_SECRET_WRONG",
            &["30 days", "make a new one"],
            "copy it again",
        ),
        row("key unknown", keyless, &app, |_| {}).await.expect(
            "SOURCE_CERTIFICATE_UNKNOWN",
            &["`private_key`", "`key_id`"],
            "upload",
        ),
        row("clock", options(), &app, |running| {
            running.tenant().keep_time(-HOUR);
        })
        .await
        .expect("SOURCE_CLOCK_SKEW", &["ahead of", "minutes"], "NTP"),
        row("clock", options(), "", |running| running.tenant().keep_time(HOUR))
            .await
            .expect("SOURCE_CLOCK_SKEW", &["behind", "minutes"], "NTP"),
    ]);
    rows
}
