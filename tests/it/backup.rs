//! Backup and restore at the command line: the same users under the same keys, tokens of before expired.

use std::path::Path;

use serde_json::{Value, json};
use throng::client;
use throng::simulator::entra::Edit;
use tokio::process::Command;

use crate::harness::{Operator, READER, TOKEN, company, configuration, nothing};
use crate::ports::own_port;
use crate::process::{ended_well, keys, run, serve, throng, with_ports};

#[tokio::test]
async fn a_restored_daemon_serves_the_same_users_under_the_same_keys() {
    let company = company(60).await;
    let folder = tempfile::tempdir().unwrap();
    let (data, saved) = (folder.path().join("data"), folder.path().join("saved.jsonl"));
    let (text, crowd, admin) = with_ports(&configuration(&company, &data, ""));
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, text).unwrap();
    let daemon = serve(&file).await;
    let cli = |verb: &[&str]| {
        let mut command = throng();
        command.args(verb).arg("--config").arg(&file);
        command
    };
    assert_eq!(run(&mut cli(&["sync", "corp"])).await.0, 0);
    let (before, token) = (keys(crowd).await, event_token(crowd).await);
    assert_eq!(before.len(), 60);

    let place = saved.to_str().unwrap();
    let reader = Operator::new(&format!("127.0.0.1:{admin}"), READER);
    assert_eq!(reader.post("/api/v1/backup", &nothing()).await.status, 403);
    let (code, out, err) = run(&mut cli(&["backup", place])).await;
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("1 directories, 60 users, "), "{out}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&saved).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);

    let (code, _, err) = run(&mut cli(&["restore", place])).await;
    assert!(code == 1 && err.contains("code: RESTORE_OCCUPIED"), "{err}");
    ended_well(daemon).await;
    std::fs::rename(&data, folder.path().join("aside")).unwrap();
    let (code, out, err) = run(&mut cli(&["restore", place])).await;
    assert_eq!(code, 0, "{out}{err}");

    let daemon = serve(&file).await;
    assert_eq!(keys(crowd).await, before);
    assert_eq!(
        status(crowd, &format!("event/{token}")).await,
        410,
        "a restore makes a new epoch"
    );
    // The cursor is still good, and planning against the source gives nothing.
    let (code, out, err) = run(&mut cli(&["sync", "corp", "--output", "json"])).await;
    assert_eq!(code, 0, "{out}{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&told["full"], &told["counts"]["users"]["updated"]),
        (&Value::Bool(false), &Value::from(0))
    );
    ended_well(daemon).await;
}

#[tokio::test]
async fn what_was_pushed_keeps_its_ids_over_a_backup_and_a_restore() {
    let folder = tempfile::tempdir().unwrap();
    let (data, saved) = (folder.path().join("data"), folder.path().join("saved.jsonl"));
    let (scim, text) = (own_port(), pushed(&data));
    let (text, crowd, _) = with_ports(&text.replace("SCIM", &scim.to_string()));
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, text).unwrap();
    let cli = |verb: &[&str]| {
        let mut command = throng();
        command.args(verb).arg("--config").arg(&file);
        command
    };
    let daemon = serve(&file).await;
    let ann = json!({ "userName": "ann", "externalId": "00u1", "title": "Dr", "password": "secret-1",
        "emails": [{ "value": "ann@x.org", "type": "work", "primary": true }] });
    let ann = push(scim, "POST", "Users", &ann).await;
    let devs = json!({ "displayName": "devs", "members": [{ "value": ann["id"] }] });
    let devs = push(scim, "POST", "Groups", &devs).await;
    let place = saved.to_str().unwrap();
    assert_eq!(run(&mut cli(&["backup", place])).await.0, 0);
    ended_well(daemon).await;
    std::fs::rename(&data, folder.path().join("aside")).unwrap();
    let (code, out, err) = run(&mut cli(&["restore", place])).await;
    assert_eq!(code, 0, "{out}{err}");

    let daemon = serve(&file).await;
    // The version is of another epoch; everything else is as the provider knows it.
    for (kind, before) in [("Users", &ann), ("Groups", &devs)] {
        let id = before["id"].as_str().unwrap();
        let mut after = push(scim, "GET", &format!("{kind}/{id}"), &Value::Null).await;
        assert_ne!(after["meta"]["version"], before["meta"]["version"]);
        after["meta"]["version"] = before["meta"]["version"].clone();
        if kind == "Users" {
            assert_eq!(after["groups"][0]["value"], devs["id"]);
            after.as_object_mut().unwrap().remove("groups");
        }
        assert_eq!(&after, before);
    }
    let found = push(
        scim,
        "GET",
        "Users?filter=externalId%20eq%20%2200u1%22",
        &Value::Null,
    )
    .await;
    assert_eq!(found["Resources"][0]["id"], ann["id"]);
    let key = keys(crowd).await["ann"].clone();
    assert_eq!(key, format!("pushed:{}", ann["id"].as_str().unwrap()));
    let url = format!("http://127.0.0.1:{crowd}/crowd/rest/usermanagement/1/authentication?username=ann");
    let login = client::build()
        .unwrap()
        .post(url)
        .basic_auth("jira", Some("secret"));
    let login = login
        .header("content-type", "application/json")
        .body("{\"value\":\"secret-1\"}");
    assert_eq!(
        login.send().await.unwrap().status(),
        200,
        "the password is in the backup too"
    );
    ended_well(daemon).await;
}

/// A backup of 39 users says what is in it; with a name touched, or cut in half, it restores nothing.
async fn refused_when_spoiled(saved: &Path, name: &str, restore: impl Fn() -> Command) {
    let whole = std::fs::read_to_string(saved).unwrap();
    let last: Value = serde_json::from_str(whole.lines().last().unwrap()).unwrap();
    let (end, lines) = (&last["end"], whole.lines().count());
    assert_eq!(
        (
            &end["lines"],
            &end["contents"]["users"],
            end["sha256"].as_str().unwrap().len()
        ),
        (&json!(lines - 1), &json!(39), 64)
    );
    let touched = whole.replacen(&name[..4], "evil", 1);
    let cut = whole
        .lines()
        .take(lines / 2)
        .fold(String::new(), |text, line| text + line + "\n");
    for (spoiled, said) in [
        (touched, format!("line {lines} ")),
        (cut, format!("line {} ", lines / 2)),
    ] {
        std::fs::write(saved, spoiled).unwrap();
        let (code, _, err) = run(&mut restore()).await;
        assert!(
            code == 1 && err.contains("code: BACKUP_DAMAGED") && err.contains(&said),
            "{err}"
        );
    }
    std::fs::write(saved, whole).unwrap();
}

#[tokio::test]
async fn who_was_removed_returns_after_a_restore_as_who_they_were_and_a_touched_file_restores_nothing() {
    let company = company(40).await;
    let folder = tempfile::tempdir().unwrap();
    let (data, saved) = (folder.path().join("data"), folder.path().join("saved.jsonl"));
    let (text, crowd, admin) = with_ports(&configuration(
        &company,
        &data,
        "[directory.missing]\nusers = \"remove\"",
    ));
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, text).unwrap();
    let cli = |verb: &[&str]| {
        let mut command = throng();
        command.args(verb).arg("--config").arg(&file);
        command
    };
    let daemon = serve(&file).await;
    let operator = Operator::new(&format!("127.0.0.1:{admin}"), TOKEN);
    operator.sync(&nothing()).await;
    let before = keys(crowd).await;
    let truth = company.tenant().truth();
    let (id, user) = truth.users.iter().find(|(_, user)| user.enabled).unwrap();
    company
        .tenant()
        .edit(&Edit::DeleteUser { user: id.to_string() })
        .unwrap();
    assert_eq!(operator.sync(&nothing()).await["counts"]["users"]["removed"], 1);
    let name = user.upn.to_lowercase();
    assert!(!keys(crowd).await.contains_key(&name));
    let place = saved.to_str().unwrap();
    assert_eq!(run(&mut cli(&["backup", place])).await.0, 0);
    ended_well(daemon).await;
    std::fs::rename(&data, folder.path().join("aside")).unwrap();

    refused_when_spoiled(
        &saved,
        before.keys().find(|other| **other != name).unwrap(),
        || cli(&["restore", place]),
    )
    .await;
    assert!(!data.exists(), "nothing is in its place");
    let (code, out, err) = run(&mut cli(&["restore", place])).await;
    assert_eq!(code, 0, "{out}{err}");
    let daemon = serve(&file).await;
    company
        .tenant()
        .edit(&Edit::RestoreUser { user: id.to_string() })
        .unwrap();
    assert_eq!(operator.sync(&nothing()).await["counts"]["users"]["added"], 1);
    assert_eq!(keys(crowd).await, before, "the tombstone knew the key");
    ended_well(daemon).await;
}

fn pushed(data: &Path) -> String {
    format!(
        r#"
store = {{ path = "{}" }}
crowd = {{ listen = "127.0.0.1:0" }}
scim = {{ listen = "127.0.0.1:SCIM" }}
[admin]
listen = "127.0.0.1:0"
tokens = [ {{ name = "ops", secret = {{ value = "{TOKEN}" }}, scopes = ["*"] }} ]
[[directory]]
id = "pushed"
[directory.source]
kind = "scim-push"
tokens = [ {{ name = "idp", secret = {{ value = "a-token-of-the-provider" }} }} ]
accept_passwords = true
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["pushed"]
"#,
        data.display()
    )
}

async fn push(scim: u16, method: &str, path: &str, body: &Value) -> Value {
    let url = format!("http://127.0.0.1:{scim}/scim/v2/pushed/{path}");
    let request = client::build().unwrap().request(method.parse().unwrap(), url);
    let mut request = request.bearer_auth("a-token-of-the-provider");
    if !body.is_null() {
        request = request
            .header("content-type", "application/scim+json")
            .body(body.to_string());
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{method} {path}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

async fn ask(crowd: u16, path: &str) -> reqwest::Response {
    let url = format!("http://127.0.0.1:{crowd}/crowd/rest/usermanagement/1/{path}");
    let request = client::build()
        .unwrap()
        .get(url)
        .header("accept", "application/json");
    request.basic_auth("jira", Some("secret")).send().await.unwrap()
}

async fn status(crowd: u16, path: &str) -> u16 {
    ask(crowd, path).await.status().as_u16()
}

async fn event_token(crowd: u16) -> String {
    let told: Value = serde_json::from_str(&ask(crowd, "event").await.text().await.unwrap()).unwrap();
    told["newEventToken"].as_str().unwrap().to_owned()
}
