//! The command line, as a person at a terminal uses it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use throng::client;
use throng::secret::Secret;
use throng::simulator::entra::{Edit, Running};
use throng::simulator::jira::Jira;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio_util::task::TaskTracker;

use crate::harness::{TOKEN, company, configuration};

pub(crate) fn throng() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throng"));
    command.env("THRONG_ADMIN_TOKEN", TOKEN).kill_on_drop(true);
    command
}

/// Runs to the end: exit code, standard output, standard error.
async fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Two free ports for a configuration that a second process must know.
pub(crate) fn with_ports(text: &str) -> (String, u16, u16) {
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (crowd, admin) = (free(), free());
    let (crowd, admin) = (
        crowd.local_addr().unwrap().port(),
        admin.local_addr().unwrap().port(),
    );
    let text = text.replacen("127.0.0.1:0", &format!("127.0.0.1:{crowd}"), 1);
    (
        text.replacen("127.0.0.1:0", &format!("127.0.0.1:{admin}"), 1),
        crowd,
        admin,
    )
}

/// A daemon in a process of its own; returns once it says that it is up.
pub(crate) async fn serve(file: &Path) -> Child {
    let mut child = throng()
        .args(["serve", "--config"])
        .arg(file)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut told = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("throng is up") {
            // The rest is read by nobody, but a full pipe would stop the daemon.
            child.stderr = None;
            TaskTracker::new().spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return child;
        }
        told.push_str(&line);
        told.push('\n');
    }
    panic!("the daemon did not come up: {told}");
}

fn shared(company: &Running) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (text, _, _) = with_ports(&configuration(company, &folder.path().join("data"), ""));
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

#[tokio::test]
async fn serve_check_sync_and_plan_work_together() {
    let company = company(60).await;
    let (_folder, file) = shared(&company);
    let (code, out, _) = run(throng().args(["check", "--online", "--config"]).arg(&file)).await;
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("directory `corp`: read users: "), "{out}");

    let (code, _, err) = run(throng().args(["sync", "corp", "--config"]).arg(&file)).await;
    assert_eq!(code, 1);
    assert!(
        err.contains("no daemon answers at") && err.contains("\nhint: start it with `throng serve`"),
        "{err}"
    );

    let daemon = serve(&file).await;
    let (code, out, err) = run(throng()
        .args(["sync", "corp", "--output", "json", "--config"])
        .arg(&file))
    .await;
    assert_eq!(code, 0, "{out}{err}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["counts"]["users"]["added"], 60);

    let truth = company.tenant().truth();
    for id in truth
        .users
        .iter()
        .filter(|(_, user)| user.enabled)
        .take(20)
        .map(|(id, _)| id)
    {
        company
            .tenant()
            .edit(&Edit::DisableUser { user: id.to_string() })
            .unwrap();
    }
    let (code, out, _) = run(throng().args(["sync", "corp", "--config"]).arg(&file)).await;
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("hint: see it with `throng plan show "), "{out}");
    let (_, out, _) = run(throng()
        .args(["plan", "--output", "json", "list", "--config"])
        .arg(&file))
    .await;
    let plans: Value = serde_json::from_str(&out).unwrap();
    let id = plans["plans"][0]["id"].as_str().unwrap().to_owned();
    let (code, out, _) = run(throng().args(["plan", "show", &id, "--config"]).arg(&file)).await;
    assert_eq!(
        (
            code,
            out.lines().filter(|line| line.contains("deactivate")).count()
        ),
        (0, 20),
        "{out}"
    );
    let (code, out, err) = run(throng().args(["plan", "approve", &id, "--config"]).arg(&file)).await;
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("20 deactivated"), "{out}");
    ended_well(daemon).await;
}

async fn ended_well(mut daemon: Child) {
    let id = daemon.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .unwrap()
            .success()
    );
    assert!(daemon.wait().await.unwrap().success());
}

#[tokio::test]
async fn two_daemons_do_not_share_a_data_folder() {
    let company = company(40).await;
    let (folder, file) = shared(&company);
    let daemon = serve(&file).await;
    let other = folder.path().join("other.toml");
    std::fs::write(
        &other,
        with_ports(&configuration(&company, &folder.path().join("data"), "")).0,
    )
    .unwrap();
    let (code, _, err) = run(throng().args(["serve", "--config"]).arg(&other)).await;
    assert_eq!(code, 1);
    assert!(
        err.contains("is in use by another process\nhint: stop that one"),
        "{err}"
    );
    ended_well(daemon).await;
}

#[tokio::test]
async fn a_wrong_configuration_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, "[store]\npth = \"x\"\n").unwrap();
    for verb in ["serve", "check", "sync"] {
        let mut command = throng();
        command.arg(verb);
        if verb == "sync" {
            command.arg("corp");
        }
        let (code, _, err) = run(command.arg("--config").arg(&file)).await;
        assert_eq!(code, 1);
        assert!(
            err.contains("throng.toml:2: `store.pth` is not a known key\nhint: did you mean `store.path`?"),
            "{err}"
        );
    }
    let (code, _, err) = run(throng().args(["serve", "--config", "/nowhere/throng.toml"])).await;
    assert!(
        code == 1 && err.contains("/nowhere/throng.toml: the configuration cannot be read"),
        "{err}"
    );
    let (code, _, _) = run(throng().arg("nonsense")).await;
    assert_eq!(code, 2);
}

#[tokio::test]
async fn hashes_are_made_from_standard_input() {
    let mut child = throng()
        .arg("hash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"correct horse\n")
        .await
        .unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert!(output.stdout.starts_with(b"$argon2id$"));
    let (code, out, _) = run(throng().args(["hash", "--token"])).await;
    assert!(
        code == 0 && out.contains("token  ") && out.contains("hash   sha256:"),
        "{out}"
    );
}

#[tokio::test]
async fn codes_schemas_and_completions_are_printed() {
    let (code, out, _) = run(throng().args(["explain", "error", "store_locked"])).await;
    assert!(code == 0 && out.starts_with("STORE_LOCKED\ncause:  "), "{out}");
    assert_eq!(run(throng().args(["explain", "error", "NONE"])).await.0, 1);
    let (_, out, _) = run(throng().arg("schema")).await;
    let schema: Value = serde_json::from_str(&out).unwrap();
    assert!(schema["properties"]["directory"].is_object(), "{out}");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/config.schema.json");
    assert_eq!(
        std::fs::read_to_string(kept).unwrap(),
        out,
        "hint: `cargo run -- schema --write schemas`"
    );
    let (_, out, _) = run(throng().args(["completions", "bash"])).await;
    assert!(out.contains("_throng"));
}

/// The key of every user, by name, as a Crowd client keeps it.
async fn keys(port: u16) -> BTreeMap<String, String> {
    let url = format!("http://127.0.0.1:{port}/crowd");
    let mut jira = Jira::new(client::build().unwrap(), &url, "jira", Secret::new("secret"));
    jira.sync().await.unwrap();
    let users = jira.cache.users.into_iter();
    users.map(|(name, user)| (name, user.key)).collect()
}

#[tokio::test]
async fn a_damaged_store_is_refused_and_a_full_read_brings_the_same_keys_back() {
    let company = company(40).await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (text, crowd, _) = with_ports(&configuration(&company, &data, ""));
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, text).unwrap();
    let daemon = serve(&file).await;
    assert_eq!(
        run(throng().args(["sync", "corp", "--config"]).arg(&file))
            .await
            .0,
        0
    );
    let before = keys(crowd).await;
    assert_eq!(before.len(), 40);
    ended_well(daemon).await;

    damage(&data);
    let (code, _, err) = run(throng().args(["serve", "--config"]).arg(&file)).await;
    assert_eq!(code, 1, "{err}");
    assert!(
        err.contains("the store is damaged") && err.contains(&*data.to_string_lossy()),
        "{err}"
    );
    assert!(
        err.contains("\nhint: stop throng, move the data folder aside and start again"),
        "{err}"
    );

    std::fs::rename(&data, folder.path().join("aside")).unwrap();
    let daemon = serve(&file).await;
    assert_eq!(
        run(throng().args(["sync", "corp", "--config"]).arg(&file))
            .await
            .0,
        0
    );
    assert_eq!(keys(crowd).await, before);
    ended_well(daemon).await;
}

/// Overwrites the middle of the largest file below a folder.
fn damage(folder: &Path) {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push((std::fs::metadata(&path).unwrap().len(), path));
            }
        }
    }
    let (_, largest) = files.into_iter().max().unwrap();
    let mut bytes = std::fs::read(&largest).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    for byte in &mut bytes[used / 4..used / 2] {
        *byte = !*byte;
    }
    std::fs::write(largest, bytes).unwrap();
}
