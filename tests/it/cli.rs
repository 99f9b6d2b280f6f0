//! The command line, as a person at a terminal uses it.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use throng::simulator::entra::{Edit, Running};
use tokio::io::AsyncWriteExt;

use crate::harness::{company, configuration};
use crate::process::{ended_well, run, serve, throng, with_ports};

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
        err.contains("no daemon answers at")
            && err.contains("\nhint: start it with `throng serve`")
            && err.contains("\ncode: DAEMON_UNREACHABLE, see `throng explain error DAEMON_UNREACHABLE`"),
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
