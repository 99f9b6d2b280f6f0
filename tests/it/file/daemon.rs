//! The sample company from the configuration to the applications.

use std::path::Path;

use serde_json::json;

use crate::harness::{nothing, started, with_source};
use crate::process::{run, throng};

fn configuration(folder: &Path) -> String {
    with_source(&format!(
        r#"kind = "file"
path = "{}"
settle = "0s"
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
