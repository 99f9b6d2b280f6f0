//! A directory that vanishes from the configuration: nobody is deleted at Jira until somebody retires it, and then visibly.

use std::path::Path;

use serde_json::json;
use throng::simulator::jira::Synced;
use tokio::process::Child;

use crate::harness::{Operator, READER, TOKEN, company, configuration, new_jira};
use crate::process::{ended_well, run, serve, throng, with_ports};

/// The configuration without the section of `corp`, with a local directory in its place.
fn without_corp(text: &str, application: &str) -> String {
    let (start, rest) = text.split_once("[[directory]]").unwrap();
    let (_, end) = rest.split_once("[[application]]").unwrap();
    let other = "[[directory]]\nid = \"other\"\n[directory.source]\nkind = \"local\"\n";
    let end = end.replace("directories = [\"corp\"]", application);
    format!("{start}{other}[[application]]{end}")
}

/// What `throng check` and the status say of a directory without a section, and that it is not read.
async fn said_by_check_and_status(admin: u16, file: &Path) {
    let operator = Operator::new(&format!("127.0.0.1:{admin}"), TOKEN);
    let (code, out, _) = run(throng().arg("check").arg("--config").arg(file)).await;
    assert!(
        code == 0 && out.contains("ok      directory `corp`: section: none: it is served on"),
        "{out}"
    );
    let read = operator.post("/api/v1/directories/corp/sync", &json!({})).await;
    assert_eq!(
        (read.status, &read.body["code"]),
        (409, &json!("DIRECTORY_HAS_NO_SOURCE"))
    );
    let status = operator.get("/api/v1/status").await.body;
    let shown = status["directories"].as_array().unwrap();
    assert_eq!(
        (&shown[0]["served_on"], &shown[1]["served_on"]),
        (&json!(null), &json!(true))
    );
}

/// A reader may not retire, nor may anybody by a mistyped id.
async fn refused_unless_confirmed(admin: u16, file: &Path) {
    let reader = Operator::new(&format!("127.0.0.1:{admin}"), READER);
    let refused = reader
        .post("/api/v1/directories/corp/retire", &json!({ "confirm": "corp" }))
        .await;
    assert_eq!(refused.status, 403);
    let mut command = throng();
    command.args(["directory", "retire", "corp", "--confirm", "crop", "--config"]);
    let (code, _, err) = run(command.arg(file)).await;
    assert!(code == 1 && err.contains("RETIRE_NOT_CONFIRMED"), "{err}");
}

#[tokio::test]
async fn a_lost_section_deletes_nobody_and_a_retired_directory_is_gone_visibly() {
    let company = company(40).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("throng.toml");
    let (text, crowd, admin) = with_ports(&configuration(&company, &folder.path().join("data"), ""));
    let cli = |verb: &[&str]| {
        let mut command = throng();
        command.args(verb).arg("--config").arg(&file);
        command
    };
    let operator = || Operator::new(&format!("127.0.0.1:{admin}"), TOKEN);
    std::fs::write(&file, &text).unwrap();
    let daemon = serve(&file).await;
    assert_eq!(run(&mut cli(&["sync", "corp"])).await.0, 0);
    let base = format!("http://127.0.0.1:{crowd}/crowd");
    let mut jira = new_jira(&base);
    assert_eq!(jira.sync().await.unwrap(), Synced::Full);
    assert_eq!(jira.cache.users.len(), 40);
    let confirmed = json!({ "confirm": "corp" });
    let configured = operator()
        .post("/api/v1/directories/corp/retire", &confirmed)
        .await;
    assert_eq!(configured.body["code"], "DIRECTORY_CONFIGURED");

    // The application still names it.
    let daemon = restarted(daemon, &file, &without_corp(&text, "directories = [\"corp\"]")).await;
    assert_eq!(jira.sync().await.unwrap(), Synced::Incremental { events: 0 });
    said_by_check_and_status(admin, &file).await;

    // Nor does it have to: it saw it.
    let text = without_corp(&text, "directories = [\"other\"]");
    let daemon = restarted(daemon, &file, &text).await;
    jira.sync().await.unwrap();
    assert_eq!(jira.cache.users.len(), 40);

    refused_unless_confirmed(admin, &file).await;
    jira.sync().await.unwrap();
    assert_eq!(jira.cache.users.len(), 40);
    let (code, out, err) = run(&mut cli(&["directory", "retire", "corp", "--confirm", "corp"])).await;
    assert!(
        code == 0 && out.contains("directory `corp` is retired: 40 users"),
        "{out}{err}"
    );
    jira.sync().await.unwrap();
    assert_eq!((jira.cache.users.len(), jira.cache.memberships.len()), (0, 0));

    let daemon = restarted(daemon, &file, &text).await;
    let shown = operator().get("/api/v1/directories/corp").await;
    assert_eq!(shown.status, 404, "{}", shown.body);
    assert_eq!(jira.sync().await.unwrap(), Synced::Full, "another view");
    let trail = folder.path().join("saved.jsonl");
    assert_eq!(run(&mut cli(&["backup", trail.to_str().unwrap()])).await.0, 0);
    assert!(
        std::fs::read_to_string(&trail)
            .unwrap()
            .contains("directory retired"),
        "in the audit trail"
    );
    ended_well(daemon).await;
}

#[tokio::test]
async fn a_retired_directory_that_is_configured_again_begins_anew_with_the_same_keys() {
    let company = company(20).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("throng.toml");
    let (text, crowd, _) = with_ports(&configuration(&company, &folder.path().join("data"), ""));
    let cli = |verb: &[&str]| {
        let mut command = throng();
        command.args(verb).arg("--config").arg(&file);
        command
    };
    std::fs::write(&file, &text).unwrap();
    let daemon = serve(&file).await;
    assert_eq!(run(&mut cli(&["sync", "corp"])).await.0, 0);
    let before = crate::process::keys(crowd).await;
    let daemon = restarted(daemon, &file, &without_corp(&text, "directories = [\"corp\"]")).await;
    assert_eq!(
        run(&mut cli(&["directory", "retire", "corp", "--confirm", "corp"]))
            .await
            .0,
        0
    );
    ended_well(daemon).await;
    // Named still, and neither configured nor kept.
    let (code, _, err) = run(&mut cli(&["serve"])).await;
    assert!(
        code == 1 && err.contains("names the directory `corp`, which does not exist"),
        "{err}"
    );
    std::fs::write(&file, &text).unwrap();
    let daemon = serve(&file).await;
    let (code, out, err) = run(&mut cli(&["sync", "corp", "--output", "json"])).await;
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(crate::process::keys(crowd).await, before);
    ended_well(daemon).await;
}

/// Ends a daemon, then starts one with another configuration on the same data.
async fn restarted(daemon: Child, file: &Path, text: &str) -> Child {
    ended_well(daemon).await;
    std::fs::write(file, text).unwrap();
    serve(file).await
}
