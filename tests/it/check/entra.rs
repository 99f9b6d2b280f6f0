//! What `throng check --online` says of Entra ID.

use throng::simulator::entra::{Options, Running, start};

use super::common;
use super::row::Row;

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys/client.pem");
const HOUR: i64 = 3_600_000;

async fn running() -> Running {
    let options = Options {
        users: 20,
        groups: 4,
        memberships: 40,
        ..Options::default()
    };
    let running = start(options).await.unwrap();
    running
        .tenant()
        .register_certificate(&std::fs::read_to_string(KEY).unwrap());
    running
}

fn at(url: &str, more: &str) -> String {
    let Options {
        tenant, client_id, ..
    } = Options::default();
    let credential = if more.contains("client_secret") || more.contains("certificate") {
        ""
    } else {
        "client_secret = { value = \"simulated-secret\" }\n"
    };
    let tenant = if more.contains("tenant = ") {
        String::new()
    } else {
        format!("tenant = \"{tenant}\"\n")
    };
    format!(
        "scope = {{ users = \"assigned\" }}\n[directory.source]\nkind = \"entra\"\n{tenant}client_id = \"{client_id}\"\n\
         sign_in_activity = true\nlogin_url = \"{url}\"\ngraph_url = \"{url}\"\n{credential}{more}"
    )
}

/// A row of a tenant that `spoil` has done something to.
async fn row(fault: &'static str, more: &str, spoil: impl FnOnce(&Running)) -> Row {
    let running = running().await;
    spoil(&running);
    Row::new("entra", fault, at(&running.url(), more)).keep(running)
}

pub(super) async fn good() -> Row {
    row("none", "", |_| {}).await
}

pub(super) async fn rows() -> Vec<Row> {
    let mut rows = common::rows("entra", at).await;
    let secret = |value: &str| format!("client_secret = {{ value = \"{value}\" }}\n");
    let certificate = format!("certificate = {{ file = \"{KEY}\" }}\n");
    rows.extend(permissions().await);
    let id = secret("0f8fad5b-d9cb-469f-a165-70867728950e");
    let other = "tenant = \"another.example\"\n";
    rows.extend([
        row("secret", &secret("mistaken-secret"), |_| {}).await.expect(
            "SOURCE_SECRET_WRONG",
            &["secret is wrong"],
            "copy it again",
        ),
        row("secret's id", &id, |_| {})
            .await
            .expect("SOURCE_SECRET_ID", &["value, not its id"], "*Value*"),
        row("secret expired", "", |running| {
            running.tenant().expire_credentials();
        })
        .await
        .expect("SOURCE_SECRET_EXPIRED", &["has expired"], "make a new one"),
        row("certificate expired", &certificate, |running| {
            running.tenant().expire_credentials();
        })
        .await
        .expect(
            "SOURCE_CERTIFICATE_EXPIRED",
            &["certificate has expired"],
            "make a new one",
        ),
        row("clock", &certificate, |running| running.tenant().keep_time(-HOUR))
            .await
            .expect("SOURCE_CLOCK_SKEW", &["ahead of", "minutes"], "NTP"),
        row("clock", "", |running| running.tenant().keep_time(HOUR))
            .await
            .expect("SOURCE_CLOCK_SKEW", &["behind", "minutes"], "NTP"),
        row("licence", "", |running| running.tenant().end_licence())
            .await
            .expect("SOURCE_LICENCE_MISSING", &["premium"], "sign_in_activity"),
        row("consent", "", |running| running.tenant().withdraw_consent())
            .await
            .expect("SOURCE_APPLICATION_UNKNOWN", &["application"], "client_id"),
        row("tenant", other, |_| {}).await.expect(
            "SOURCE_TENANT_UNKNOWN",
            &["`tenant` and `cloud`"],
            "overview page",
        ),
    ]);
    rows
}

async fn permissions() -> Vec<Row> {
    let mut rows = Vec::new();
    for permission in [
        "User.Read.All",
        "GroupMember.Read.All",
        "AuditLog.Read.All",
        "Application.Read.All",
    ] {
        let row = row("permission", "", |running| {
            running.tenant().revoke_permission(permission);
        })
        .await;
        rows.push(row.expect(
            "SOURCE_PERMISSION_MISSING",
            &[permission, "admin consent"],
            "consent",
        ));
    }
    rows
}
