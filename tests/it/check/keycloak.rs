//! What `throng check --online` says of Keycloak.

use throng::simulator::keycloak::{Options, Running, start};

use super::common;
use super::row::Row;

const HOUR: i64 = 3_600_000;

fn source(url: &str, realm: &str, secret: &str, more: &str) -> String {
    format!(
        "[directory.source]\nkind = \"keycloak\"\nurl = \"{url}\"\nrealm = \"{realm}\"\nclient_id = \"throng\"\n\
         client_secret = {{ value = \"{secret}\" }}\n{more}"
    )
}

fn small() -> Options {
    Options {
        users: 20,
        groups: 4,
        memberships: 40,
        ..Options::default()
    }
}

/// A row of a realm that `spoil` has done something to.
async fn row(fault: &'static str, realm: &str, secret: &str, spoil: impl FnOnce(&Running)) -> Row {
    let running = start(small()).await.unwrap();
    running.tenant().keep_time(0);
    spoil(&running);
    Row::new("keycloak", fault, source(&running.url(), realm, secret, "")).keep(running)
}

async fn usual(fault: &'static str, spoil: impl FnOnce(&Running)) -> Row {
    row(fault, "corp", "simulated-secret", spoil).await
}

/// Rows of realms whose admin events may not be seen, or are not kept.
async fn without_events() -> [Row; 2] {
    let revoked = |running: &Running| running.tenant().revoke_permission("view-events");
    let unseen = usual("permission", revoked).await.expect(
        "SOURCE_PERMISSION_MISSING",
        &["`view-events`", "`realm-management`", "every read is a full one"],
        "grant it",
    );
    let running = start(Options {
        admin_events: false,
        ..small()
    })
    .await
    .unwrap();
    running.tenant().keep_time(0);
    let source = source(&running.url(), "corp", "simulated-secret", "");
    let unkept = Row::new("keycloak", "events", source).keep(running).expect(
        "SOURCE_REFUSED",
        &["realm `corp` keeps no admin events", "every read is a full one"],
        "names what is missing",
    );
    [unseen, unkept]
}

pub(super) async fn good() -> Row {
    usual("none", |_| {}).await
}

pub(super) async fn rows() -> Vec<Row> {
    let at = |url: &str, more: &str| source(url, "corp", "simulated-secret", more);
    let mut rows = common::rows("keycloak", at).await;
    let revoked = |roles: &'static [&'static str]| {
        move |running: &Running| {
            for role in roles {
                running.tenant().revoke_permission(role);
            }
        }
    };
    rows.extend([
        // With the query roles alone lists are empty, and members are refused.
        usual("permission", revoked(&["view-users"]))
            .await
            .expect(
                "SOURCE_PERMISSION_MISSING",
                &["lists none", "`view-users`", "`realm-management`"],
                "grant it",
            )
            .failing(2),
        usual("permission", revoked(&["view-users", "query-users"]))
            .await
            .expect(
                "SOURCE_PERMISSION_MISSING",
                &["`view-users`", "`realm-management`", "403"],
                "grant it",
            )
            .failing(2),
        usual(
            "permission",
            revoked(&["view-users", "query-users", "query-groups"]),
        )
        .await
        .expect(
            "SOURCE_PERMISSION_MISSING",
            &["`query-groups` and `view-users`"],
            "grant it",
        )
        .failing(2),
        row("secret", "corp", "mistaken-secret", |_| {}).await.expect(
            "SOURCE_SECRET_WRONG",
            &["`client_secret`"],
            "copy it again",
        ),
        row("realm", "crop", "simulated-secret", |_| {}).await.expect(
            "SOURCE_TENANT_UNKNOWN",
            &["no realm `crop`"],
            "`tenant`",
        ),
        usual("clock", |running| running.tenant().keep_time(-HOUR))
            .await
            .expect("SOURCE_CLOCK_SKEW", &["ahead of", "minutes"], "NTP"),
    ]);
    rows.extend(without_events().await);
    rows
}
