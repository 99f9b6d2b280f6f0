//! Backup and restore at the command line: the same users under the same keys, tokens of before expired.

use serde_json::Value;
use throng::client;

use crate::harness::{Operator, READER, company, configuration, nothing};
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
