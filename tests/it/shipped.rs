//! What is shipped, and what a damaged store needs, tried as an administrator would.

use std::path::Path;

use crate::harness::{company, configuration};
use crate::process::{ended_well, keys, run, serve, throng, up, with_ports};

#[tokio::test]
async fn the_shipped_example_runs_against_the_simulator() {
    let company = company(40).await;
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/throng.example.toml");
    let text = std::fs::read_to_string(shipped).unwrap();
    assert!(text.contains("path = \"data\"") && text.contains("http://127.0.0.1:8090"));
    let text = text
        .replace(
            "path = \"data\"",
            &format!("path = \"{}\"", folder.path().join("data").display()),
        )
        .replace("http://127.0.0.1:8090", &company.url())
        .replace("127.0.0.1:8095", "127.0.0.1:0")
        .replace("127.0.0.1:8097", "127.0.0.1:0");
    let (text, crowd, _) = with_ports(&text);
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, text).unwrap();

    let shipped = |arguments: &[&str]| {
        let mut command = throng();
        command
            .env("ENTRA_SECRET", "simulated-secret")
            .env("JIRA_PASSWORD", "secret");
        command.args(arguments).arg("--config").arg(&file);
        command
    };
    let (code, out, err) = run(&mut shipped(&["check", "--online"])).await;
    assert_eq!(code, 0, "{out}{err}");
    let daemon = up(shipped(&["serve"])).await;
    // Scheduled and never read: the daemon reads at once, and this run waits for that one.
    let (code, out, err) = run(&mut shipped(&["sync", "corp"])).await;
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(
        run(&mut shipped(&["plan", "list"])).await,
        (0, String::new(), String::new())
    );
    assert_eq!(keys(crowd).await.len(), 40);
    ended_well(daemon).await;
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
