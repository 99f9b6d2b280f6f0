//! From the configuration to the applications, and the check of the command line.

use std::path::{Path, PathBuf};

use throng::simulator::google::{Options, Running, start};

use super::{NOW, small};
use crate::harness::{nothing, started, with_source};
use crate::process::{run, throng};

/// Writes the key file; answers a configuration that uses it.
fn configuration(running: &Running, folder: &Path) -> String {
    let key = folder.join("sa.json");
    std::fs::write(&key, running.key_file().to_string()).unwrap();
    let (url, admin) = (running.url(), Options::default().admin);
    with_source(&format!(
        r#"kind = "google"
admin = "{admin}"
key_file = "{}"
directory_url = "{url}"
[directory.scope]
guests = "exclude""#,
        key.display()
    ))
}

#[tokio::test]
async fn a_workspace_reaches_the_applications() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(small()).await.unwrap();
    let (_daemon, operator, mut jira) = started(&configuration(&running, folder.path()), NOW).await;
    assert_eq!(operator.sync(&nothing()).await["state"], "succeeded");
    for turn in 0..3 {
        jira.sync().await.unwrap();
        let truth = running.truth();
        let staff = truth.users.values().filter(|user| !user.guest);
        let mut wanted: Vec<(String, String, bool)> = staff
            .map(|user| (user.upn.to_lowercase(), user.display.clone(), user.enabled))
            .collect();
        wanted.sort();
        let cached = jira.cache.users.iter();
        let shown: Vec<_> = cached
            .filter(|(_, user)| user.active || turn == 0)
            .map(|(name, user)| (name.to_lowercase(), user.display_name.clone(), user.active))
            .collect();
        if turn > 0 {
            wanted.retain(|(_, _, active)| *active);
        }
        assert_eq!(shown, wanted, "turn {turn}");
        let (all, _) = truth
            .groups
            .iter()
            .find(|(_, group)| group.display == "All Employees")
            .unwrap();
        // Somebody comes, somebody goes; the first of the group leaves it.
        let tenant = running.tenant();
        let user = truth.users.keys().nth(turn * 3).unwrap();
        tenant.disable_user(user).unwrap();
        tenant.create_user(&format!("new{turn}")).unwrap();
        let (group, member) = truth.members.iter().find(|(group, _)| group == all).unwrap();
        tenant.leave(group, member).unwrap();
        let run = operator.sync(&nothing()).await;
        assert_eq!(
            (run["state"].as_str(), run["full"].as_bool()),
            (Some("succeeded"), Some(false)),
            "{run}"
        );
    }
}

async fn check(text: &str, folder: &Path) -> (i32, String) {
    let file: PathBuf = folder.join("throng.toml");
    std::fs::write(&file, text).unwrap();
    let (code, out, err) = run(throng().args(["check", "--online", "--config"]).arg(&file)).await;
    (code, format!("{out}{err}"))
}

#[tokio::test]
async fn the_check_names_what_is_missing_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(Options { now: None, ..small() }).await.unwrap();
    running.tenant().keep_time(0);
    let text = configuration(&running, folder.path());
    let (code, told) = check(&text, folder.path()).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("directory `corp`: read members: allowed"), "{told}");
    running.withhold("admin.directory.group.member.readonly");
    let (code, told) = check(&text, folder.path()).await;
    assert_eq!(code, 1, "{told}");
    for part in [
        "admin.directory.group.member.readonly",
        "SOURCE_PERMISSION_MISSING",
        "client id `1000",
        "hint: ",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    let gone = text.replace(&running.url(), "http://127.0.0.1:1");
    let (code, told) = check(&gone, folder.path()).await;
    assert_eq!(code, 1, "{told}");
    assert!(!told.contains("BEGIN PRIVATE KEY"));
    std::fs::remove_file(folder.path().join("sa.json")).unwrap();
    let (code, told) = check(&text, folder.path()).await;
    assert!(
        code != 0 && told.contains("cannot read key file") && told.contains("sa.json"),
        "{told}"
    );
}
