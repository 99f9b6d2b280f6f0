//! `throng simulator` as a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use throng::connector::Connector;
use throng::connector::conformance::Reader;
use throng::connector::entra::{Entra, EntraConfig};
use tokio_util::task::TaskTracker;

struct Process(Child);

impl Process {
    fn end(mut self, signal: Signal) -> ExitStatus {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
        self.0.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start(arguments: &[&str]) -> (Process, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(["simulator", "entra", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (Process(child), line)
}

fn word<'a>(line: &'a str, name: &str) -> &'a str {
    let words = line.split_whitespace();
    words
        .filter_map(|word| word.split_once('='))
        .find(|(key, _)| *key == name)
        .unwrap()
        .1
}

#[tokio::test]
async fn the_line_it_prints_is_all_that_a_connector_needs() {
    let (process, line) = start(&[
        "--users",
        "30",
        "--groups",
        "4",
        "--memberships",
        "1000",
        "--client-secret",
        "of my own",
        "--tenant",
        "t",
        "--client-id",
        "c",
    ]);
    assert!(line.contains("client_secret=of my own"), "{line}");
    let config: EntraConfig = serde_json::from_value(serde_json::json!({
        "tenant": word(&line, "tenant"), "client_id": word(&line, "client_id"), "client_secret": {"value": "of my own"},
        "login_url": word(&line, "url"), "graph_url": word(&line, "url"),
    }))
    .unwrap();
    let secret = config.proof().unwrap();
    let clock = throng::clock::StoppedClock::at(1);
    let connector = Entra::build(&config, secret, &[].into(), clock, TaskTracker::new()).unwrap();
    assert!(connector.check().await.ok());
    let mut reader = Reader::new("userPrincipalName");
    reader.pull(&connector).await.unwrap();
    let read = (
        reader.picture.users.len(),
        reader.picture.groups.len(),
        reader.picture.edges.len(),
    );
    let said = ["users", "groups", "memberships"].map(|name| word(&line, name).parse::<usize>().unwrap());
    assert_eq!([read.0, read.1, read.2], said, "{line}");
    assert!(
        said[2] < 1000,
        "so many memberships cannot be: the line says how many there are"
    );
    assert!(process.end(Signal::TERM).success());
}

#[tokio::test]
async fn an_interrupt_ends_it_well() {
    let (process, _) = start(&["--users", "3", "--groups", "1", "--memberships", "2"]);
    assert!(process.end(Signal::INT).success());
}

#[test]
fn an_address_in_use_is_said_in_words() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(["simulator", "entra", "--listen", &address])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains(&address) && said.contains("hint:"),
        "{said}"
    );
}
