//! What `throng check --online` says of Active Directory.

use throng::simulator::ldap::{DOMAIN, Options, Running, start};

use super::common;
use super::row::Row;

const HOUR: i64 = 3_600_000;

fn source(url: &str, password: &str, more: &str) -> String {
    let (url, account) = (url.replacen("http", "ldap", 1), Options::default().bind_dn);
    format!(
        "[directory.source]\nkind = \"ldap\"\nflavour = \"ad\"\nurl = \"{url}\"\nbase_dn = \"{DOMAIN}\"\n\
         bind_dn = \"{account}\"\nbind_password = {{ value = \"{password}\" }}\n{more}"
    )
}

/// A row of a controller that `spoil` has done something to.
async fn row(fault: &'static str, password: &str, spoil: impl FnOnce(&Running)) -> Row {
    let options = Options {
        users: 20,
        groups: 4,
        memberships: 40,
        ..Options::default()
    };
    let running = start(options).await.unwrap();
    spoil(&running);
    Row::new("ldap", fault, source(&running.url(), password, "")).keep(running)
}

async fn usual(fault: &'static str, spoil: impl FnOnce(&Running)) -> Row {
    row(fault, "simulated-secret", spoil).await
}

pub(super) async fn good() -> Row {
    usual("none", |_| {}).await
}

pub(super) async fn rows() -> Vec<Row> {
    let at = |url: &str, more: &str| source(url, "simulated-secret", more);
    let mut rows = common::rows("ldap", at).await;
    for (list, keys) in [("users", "`user_base`"), ("groups", "`group_base`")] {
        let row = usual("permission", |running| running.tenant().revoke_permission(list)).await;
        rows.push(row.expect(
            "SOURCE_PERMISSION_MISSING",
            &[list, keys, "`bind_dn`"],
            "grant it",
        ));
    }
    for (number, word) in [("533", "disabled"), ("701", "its end"), ("775", "locked")] {
        let row = usual("account", |running| running.tenant().end_account(number)).await;
        rows.push(row.expect("SOURCE_ACCOUNT_DISABLED", &[word, "`bind_dn`"], "unlock"));
    }
    rows.extend([
        row("secret", "mistaken-secret", |_| {}).await.expect(
            "SOURCE_SECRET_WRONG",
            &["`bind_password`"],
            "copy it again",
        ),
        usual("secret expired", |running| running.tenant().end_account("532"))
            .await
            .expect(
                "SOURCE_SECRET_EXPIRED",
                &["password has expired"],
                "make a new one",
            ),
        usual("clock", |running| running.tenant().keep_time(-HOUR))
            .await
            .expect("SOURCE_CLOCK_SKEW", &["ahead of", "minutes"], "NTP"),
    ]);
    rows
}
