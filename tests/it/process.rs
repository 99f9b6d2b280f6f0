//! throng as a process of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio_util::task::TaskTracker;

use crate::harness::{TOKEN, new_jira};
use crate::ports::own_port;

pub(crate) fn throng() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throng"));
    // A proxy of the environment must never be asked for this machine's own addresses.
    for proxy in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        command.env(proxy, "http://127.0.0.1:9");
    }
    command.env("THRONG_ADMIN_TOKEN", TOKEN).kill_on_drop(true);
    command
}

/// Runs to the end: exit code, standard output, standard error.
pub(crate) async fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Two ports for a configuration that a second process must know.
pub(crate) fn with_ports(text: &str) -> (String, u16, u16) {
    let (crowd, admin) = (own_port(), own_port());
    let text = text.replacen("127.0.0.1:0", &format!("127.0.0.1:{crowd}"), 1);
    let text = text.replacen("127.0.0.1:0", &format!("127.0.0.1:{admin}"), 1);
    (text, crowd, admin)
}

/// A daemon in a process of its own; returns once it says that it is up.
pub(crate) async fn serve(file: &Path) -> Child {
    let mut command = throng();
    command.args(["serve", "--config"]).arg(file);
    up(command).await
}

pub(crate) async fn up(mut command: Command) -> Child {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut told = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("throng is up") {
            // The rest is read by nobody, but a full pipe would stop the daemon.
            TaskTracker::new().spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return child;
        }
        told.push_str(&line);
        told.push('\n');
    }
    panic!("the daemon did not come up: {told}");
}

pub(crate) async fn ended_well(mut daemon: Child) {
    let id = i32::try_from(daemon.id().unwrap()).ok().and_then(Pid::from_raw);
    kill_process(id.unwrap(), Signal::TERM).unwrap();
    assert!(daemon.wait().await.unwrap().success());
}

/// The key of every user, by name, as a Crowd client keeps it.
pub(crate) async fn keys(port: u16) -> BTreeMap<String, String> {
    let url = format!("http://127.0.0.1:{port}/crowd");
    let mut jira = new_jira(&url);
    jira.sync().await.unwrap();
    let users = jira.cache.users.into_iter();
    users.map(|(name, user)| (name, user.key)).collect()
}
