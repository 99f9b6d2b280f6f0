//! What `throng check --online` says of a SCIM server.

use throng::simulator::scim::{Options, Running, start};

use super::common;
use super::row::Row;

const HOUR: i64 = 3_600_000;

fn source(url: &str, token: &str, more: &str) -> String {
    format!(
        "[directory.source]\nkind = \"scim\"\nurl = \"{url}/scim/v2\"\ntoken = {{ value = \"{token}\" }}\n{more}"
    )
}

/// A row of a server that `spoil` has done something to.
async fn row(fault: &'static str, token: &str, spoil: impl FnOnce(&Running)) -> Row {
    let options = Options {
        users: 20,
        groups: 4,
        memberships: 40,
        ..Options::default()
    };
    let running = start(options).await.unwrap();
    running.tenant().keep_time(0);
    spoil(&running);
    Row::new("scim", fault, source(&running.origin(), token, "")).keep(running)
}

pub(super) async fn good() -> Row {
    row("none", "simulated-token", |_| {}).await
}

pub(super) async fn rows() -> Vec<Row> {
    let at = |url: &str, more: &str| source(url, "simulated-token", more);
    let mut rows = common::rows("scim", at).await;
    for (list, path) in [("users", "`/Users`"), ("groups", "`/Groups`")] {
        let row = row("permission", "simulated-token", |running| {
            running.tenant().revoke_permission(list);
        });
        rows.push(row.await.expect(
            "SOURCE_PERMISSION_MISSING",
            &[path, "let this client read"],
            "grant it",
        ));
    }
    rows.extend([
        row("secret", "mistaken-secret", |_| {}).await.expect(
            "SOURCE_SECRET_WRONG",
            &["wrong or has expired"],
            "copy it again",
        ),
        row("clock", "simulated-token", |running| {
            running.tenant().keep_time(-HOUR);
        })
        .await
        .expect("SOURCE_CLOCK_SKEW", &["ahead of", "minutes"], "NTP"),
    ]);
    rows
}
