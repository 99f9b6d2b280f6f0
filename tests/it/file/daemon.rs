//! The sample company from the configuration to the applications.

use std::path::Path;

use serde_json::json;

use crate::activity::{explained, newest, read_lane};
use crate::harness::{nothing, started, with_source};
use crate::process::{run, throng};

fn configuration(folder: &Path) -> String {
    configured(folder, "")
}

fn configured(folder: &Path, more: &str) -> String {
    with_source(&format!(
        r#"kind = "file"
path = "{}"
settle = "0s"
{more}
[directory.mapping]
display_name = {{ from = ["displayName"] }}
email = {{ from = ["emails.work", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"] }}"#,
        folder.display()
    ))
}

fn acme() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/acme")
}

#[tokio::test]
async fn the_sample_company_reaches_the_applications() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["users.jsonl", "groups.jsonl"] {
        std::fs::copy(acme().join(name), folder.path().join(name)).unwrap();
    }
    let (_daemon, operator, mut jira) = started(&configuration(folder.path()), 1_800_000_000_000).await;
    assert_eq!(operator.sync(&nothing()).await["state"], "succeeded");
    jira.sync().await.unwrap();
    let zoe = &jira.cache.users["zoe.vanderberg@acme.example"];
    assert_eq!(
        (&*zoe.display_name, &*zoe.email),
        ("Zoë van der Berg", "zoe.vanderberg@acme.example")
    );
    assert!(!jira.cache.users["kofi.mensah@acme.example"].active);
    assert_eq!(jira.cache.users.len(), 61);
    // Unchanged: nothing is read, nothing planned.
    let again = operator.sync(&nothing()).await;
    assert_eq!(
        (&again["state"], &again["full"]),
        (&json!("succeeded"), &json!(false))
    );
    // A file cut short takes nobody away.
    let users = folder.path().join("users.jsonl");
    let whole = std::fs::read_to_string(&users).unwrap();
    std::fs::write(&users, &whole[..whole.len() / 2]).unwrap();
    let failed = operator.sync(&nothing()).await;
    assert_eq!(failed["state"], "failed");
    assert!(
        failed["error"]["message"]
            .as_str()
            .unwrap()
            .contains("users.jsonl:"),
        "{failed}"
    );
    std::fs::write(&users, whole).unwrap();
    assert_eq!(
        operator.sync(&json!({ "full": true })).await["state"],
        "succeeded"
    );
    jira.sync().await.unwrap();
    assert_eq!(jira.cache.users.values().filter(|user| user.active).count(), 57);
}

#[tokio::test]
async fn the_files_tell_when_their_users_last_logged_in() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(acme().join("groups.jsonl"), folder.path().join("groups.jsonl")).unwrap();
    let told = std::fs::read_to_string(acme().join("users.jsonl")).unwrap();
    let mut logins = [
        "\"2027-01-15T07:00:00Z\"",
        "1799990000000",
        "\"1970-01-01T00:00:00Z\"",
    ]
    .into_iter();
    let told: Vec<String> = told
        .lines()
        .map(|line| match logins.next() {
            Some(at) => line.replacen('{', &format!("{{\"urn:acme:User\":{{\"lastLogin\":{at}}},"), 1),
            None => line.to_owned(),
        })
        .collect();
    std::fs::write(folder.path().join("users.jsonl"), told.join("\n") + "\n").unwrap();
    let text = configured(folder.path(), "last_login = \"urn:acme:User:lastLogin\"");
    let (_daemon, operator, _jira) = started(&text, 1_800_000_000_000).await;
    operator.sync(&nothing()).await;
    let read = read_lane(&operator).await;
    assert_eq!(
        (&read["state"], &read["users"], &read["unknown"]),
        (&json!("read"), &json!(2), &json!(0)),
        "{read}"
    );
    let anna = explained(&operator, "anna.lindqvist@acme.example").await;
    assert_eq!(
        newest(&anna),
        ["2027-01-15T07:00:00.000Z", "source", "sign-in", ""]
    );
}

#[tokio::test]
async fn a_check_looks_at_the_files_without_being_told_to_go_online() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, configuration(&acme())).unwrap();
    let (code, out, err) = run(throng().args(["check", "--config"]).arg(&file)).await;
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("users: 61, 4 of them disabled"), "{out}");
    std::fs::write(&file, configuration(folder.path())).unwrap();
    let (code, out, _) = run(throng().args(["check", "--config"]).arg(&file)).await;
    assert_eq!(code, 1);
    assert!(out.contains("neither `users.jsonl` nor `users.csv`"), "{out}");
}
