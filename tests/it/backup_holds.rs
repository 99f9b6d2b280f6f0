//! What an operator decided outlives a backup and a restore: holds with what they hide, applied plans that can be undone.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use throng::client;
use throng::simulator::entra::Edit;
use tokio::process::Child;

use crate::harness::{Operator, TOKEN, company, configuration, new_jira, nothing};
use crate::process::{ended_well, run, serve, throng, with_ports};

/// Who is active, and in which groups, as a Jira that begins anew sees it.
async fn seen(crowd: u16) -> BTreeMap<String, (bool, Vec<String>)> {
    let url = format!("http://127.0.0.1:{crowd}/crowd");
    let mut jira = new_jira(&url);
    jira.sync().await.unwrap();
    let groups = |name: &str| {
        jira.cache
            .groups_of(name)
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    let users = jira.cache.users.iter();
    users
        .map(|(name, user)| (name.clone(), (user.active, groups(name))))
        .collect()
}

/// A backup is made, the data folder is lost, the backup restored, the daemon started on it.
async fn restored(daemon: Child, folder: &Path) -> Child {
    let (file, saved) = (folder.join("throng.toml"), folder.join("saved.jsonl"));
    let cli = async |verb: &str| {
        let mut command = throng();
        command.arg(verb).arg(&saved).arg("--config").arg(&file);
        let (code, out, err) = run(&mut command).await;
        assert_eq!(code, 0, "{out}{err}");
    };
    cli("backup").await;
    ended_well(daemon).await;
    std::fs::rename(folder.join("data"), folder.join("aside")).unwrap();
    cli("restore").await;
    serve(&file).await
}

/// The holds, without the page they stand on.
async fn holds(operator: &Operator) -> Value {
    operator.get("/api/v1/holds").await.body["holds"].clone()
}

#[tokio::test]
async fn holds_and_plans_to_undo_outlive_a_backup_and_a_restore() {
    let company = company(40).await;
    let folder = tempfile::tempdir().unwrap();
    let (text, crowd, admin) = with_ports(&configuration(&company, &folder.path().join("data"), ""));
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, &text).unwrap();
    let daemon = serve(&file).await;
    let operator = Operator::new(&format!("127.0.0.1:{admin}"), TOKEN);
    operator.sync(&nothing()).await;
    let first = seen(crowd).await;
    let mut known = first
        .iter()
        .filter(|(_, (active, groups))| *active && groups.len() > 1);
    let (held, other) = (known.next().unwrap().0.clone(), known.next().unwrap().0.clone());

    let truth = company.tenant().truth();
    let found = truth.users.iter().find(|(_, user)| user.upn == other).unwrap();
    let user = found.0.to_string();
    company.tenant().edit(&Edit::DisableUser { user }).unwrap();
    let applied = operator.sync(&nothing()).await["applied"].clone();
    let wish = json!({ "directory": "corp", "user": held, "reason": "on leave", "hide_groups": "all" });
    assert_eq!(operator.post("/api/v1/holds", &wish).await.status, 201);
    let (before, listed) = (seen(crowd).await, holds(&operator).await);
    assert_eq!(before[&held], (false, Vec::new()));
    assert!(!before[&other].0);

    let daemon = restored(daemon, folder.path()).await;
    assert_eq!(
        (seen(crowd).await, holds(&operator).await),
        (before.clone(), listed)
    );
    operator.sync(&json!({ "full": true })).await;
    assert_eq!(seen(crowd).await, before, "no sync undoes it");

    let undo = format!("/api/v1/plans/{}/undo", applied.as_str().unwrap());
    let started = operator.post(&undo, &nothing()).await;
    assert_eq!(operator.ended(&started.body).await["state"], "succeeded");
    let url = format!("http://127.0.0.1:{admin}/api/v1/holds/corp/{held}");
    let released = operator.send(client::build().unwrap().delete(url)).await.unwrap();
    assert_eq!(released.status, 204);
    assert_eq!(seen(crowd).await, first);
    ended_well(daemon).await;
}
