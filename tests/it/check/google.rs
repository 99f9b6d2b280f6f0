//! What `throng check --online` says of Google Workspace.

use std::path::Path;

use throng::simulator::google::{Options, Running, start};

use super::common;
use super::row::Row;

const HOUR: i64 = 3_600_000;

async fn running() -> Running {
    let options = Options {
        users: 20,
        groups: 4,
        memberships: 40,
        ..Options::default()
    };
    let running = start(options).await.unwrap();
    running.tenant().keep_time(0);
    running
}

fn source(url: &str, key: &Path, admin: &str, more: &str) -> String {
    format!(
        "[directory.source]\nkind = \"google\"\nadmin = \"{admin}\"\nkey_file = \"{}\"\ndirectory_url = \"{url}\"\n{more}",
        key.display()
    )
}

/// A row of a customer that `spoil` has done something to.
async fn row(fault: &'static str, spoil: impl FnOnce(&Running)) -> Row {
    named(fault, &Options::default().admin, spoil).await
}

async fn named(fault: &'static str, admin: &str, spoil: impl FnOnce(&Running)) -> Row {
    let (running, folder) = (running().await, tempfile::tempdir().unwrap());
    spoil(&running);
    let key = folder.path().join("sa.json");
    std::fs::write(&key, running.key_file().to_string()).unwrap();
    let source = source(&running.url(), &key, admin, "");
    Row::new("google", fault, source).keep(running).keep(folder)
}

pub(super) async fn good() -> Row {
    row("none", |_| {}).await
}

pub(super) async fn rows() -> Vec<Row> {
    let (running, folder) = (running().await, tempfile::tempdir().unwrap());
    let at = |url: &str, more: &str| {
        let key = folder
            .path()
            .join(format!("{}.json", url.replace([':', '/'], "-")));
        let text = running.key_file().to_string().replace(&running.url(), url);
        std::fs::write(&key, text).unwrap();
        source(url, &key, &Options::default().admin, more)
    };
    let mut rows = common::rows("google", at).await;
    let last = rows.pop().unwrap();
    rows.push(last.keep(folder));
    for scope in [
        "admin.directory.user.readonly",
        "admin.directory.group.readonly",
        "admin.directory.group.member.readonly",
        "admin.reports.audit.readonly",
    ] {
        let row = row("permission", |running| running.withhold(scope)).await;
        rows.push(row.expect(
            "SOURCE_PERMISSION_MISSING",
            &[scope, "Domain-wide delegation"],
            "grant it",
        ));
    }
    for (class, privilege) in [
        ("users", "Users: Read"),
        ("groups", "Groups: Read"),
        ("members", "Groups: Read"),
        ("log", "Reports"),
    ] {
        let row = row("permission", |running| running.refuse(class, "forbidden")).await;
        rows.push(row.expect("SOURCE_PERMISSION_MISSING", &[privilege, "`admin`"], "grant it"));
    }
    rows.extend([
        named("secret", "nobody@corp.example", |_| {}).await.expect(
            "SOURCE_SECRET_WRONG",
            &["`nobody@corp.example`", "administrator"],
            "copy it again",
        ),
        row("key deleted", Running::delete_key).await.expect(
            "SOURCE_CERTIFICATE_UNKNOWN",
            &["key", "make a new one"],
            "upload",
        ),
        row("clock", |running| {
            use throng::clock::{Clock, SystemClock};
            running.set_now(SystemClock.now() - HOUR);
        })
        .await
        .expect("SOURCE_CLOCK_SKEW", &["ahead of", "minutes"], "NTP"),
        row("clock", |running| running.tenant().keep_time(HOUR))
            .await
            .expect("SOURCE_CLOCK_SKEW", &["behind", "minutes"], "NTP"),
    ]);
    rows
}
