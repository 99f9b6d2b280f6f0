//! Evidence over the end of the process: all of it after a stop, all but the last moments after a kill.

use std::path::Path;

use serde_json::Value;
use throng::simulator::entra::Edit;

use super::{Client, explained, newest, people};
use crate::harness::{Operator, TOKEN, company, configuration};
use crate::process::{ended_well, run, serve, throng, with_ports};

struct Place {
    folder: tempfile::TempDir,
    crowd: u16,
    admin: u16,
    people: Vec<String>,
}

impl Place {
    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("throng.toml")
    }

    fn client(&self) -> Client {
        Client::new(&format!("http://127.0.0.1:{}/crowd", self.crowd))
    }

    async fn seen(&self, user: &str) -> Option<String> {
        let operator = Operator::new(&format!("127.0.0.1:{}", self.admin), TOKEN);
        let user = explained(&operator, user).await;
        (user["last_seen"] != Value::Array(Vec::new())).then(|| newest(&user).join(" "))
    }
}

async fn sync(file: &Path) {
    let (code, _, err) = run(throng().args(["sync", "corp", "--config"]).arg(file)).await;
    assert_eq!(code, 0, "{err}");
}

/// A daemon's folder, with how often evidence is written down.
async fn place(every: &str) -> (Place, throng::simulator::entra::Running) {
    let (company, folder) = (company(20).await, tempfile::tempdir().unwrap());
    let text = configuration(&company, &folder.path().join("data"), "");
    let (text, crowd, admin) = with_ports(&format!("[activity]\nwrite_every = \"{every}\"\n{text}"));
    let people = people(&company, 3).into_iter().map(|(_, name)| name).collect();
    std::fs::write(folder.path().join("throng.toml"), text).unwrap();
    let place = Place {
        folder,
        crowd,
        admin,
        people,
    };
    (place, company)
}

#[tokio::test]
async fn a_stop_writes_down_who_was_seen_however_long_it_is_gathered() {
    let (place, _company) = place("90d").await;
    let daemon = serve(&place.file()).await;
    sync(&place.file()).await;
    let user = &place.people[0];
    assert_eq!(place.client().notify(user).await, 200);
    let before = place.seen(user).await;
    assert!(before.is_some());
    ended_well(daemon).await;
    let daemon = serve(&place.file()).await;
    assert_eq!(place.seen(user).await, before);
    ended_well(daemon).await;
}

#[tokio::test]
async fn a_backup_has_who_was_seen_a_moment_before_it_and_a_restore_brings_it_back() {
    let (place, _company) = place("90d").await;
    let daemon = serve(&place.file()).await;
    sync(&place.file()).await;
    let user = &place.people[0];
    place.client().notify(user).await;
    let before = place.seen(user).await;
    let file = place.folder.path().join("backup");
    let backup = |verb: &str| {
        let mut command = throng();
        command.arg(verb).arg(&file).arg("--config").arg(place.file());
        command
    };
    assert_eq!(run(&mut backup("backup")).await.0, 0);
    ended_well(daemon).await;
    std::fs::remove_dir_all(place.folder.path().join("data")).unwrap();
    let (code, _, err) = run(&mut backup("restore")).await;
    assert_eq!(code, 0, "{err}");
    let daemon = serve(&place.file()).await;
    assert_eq!(place.seen(user).await, before);
    assert!(before.is_some());
    ended_well(daemon).await;
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_told_before_the_last_write() {
    let (place, company) = place("1s").await;
    let mut daemon = serve(&place.file()).await;
    sync(&place.file()).await;
    let [first, second, third] = &place.people[..] else {
        panic!()
    };
    place.client().notify(first).await;
    let operator = Operator::new(&format!("127.0.0.1:{}", place.admin), TOKEN);
    // A backup makes what was told until now known to the store, and reads it from there.
    place.client().notify(second).await;
    let backup = operator.post("/api/v1/backup", &Value::Null).await;
    assert!(backup.body.to_string().contains("activity"), "written");
    place.client().notify(third).await;
    // A commit takes along what waits to be written soon.
    let user = company.tenant().truth().users.keys().next().unwrap().to_string();
    company.tenant().edit(&Edit::DisableUser { user }).unwrap();
    sync(&place.file()).await;
    daemon.start_kill().unwrap();
    daemon.wait().await.unwrap();
    let daemon = serve(&place.file()).await;
    for user in [first, second] {
        assert!(place.seen(user).await.is_some());
    }
    ended_well(daemon).await;
}
