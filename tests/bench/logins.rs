//! Log-ins and look-ups of 64 clients, alone and while another client reads a full synchronisation of 100,000 users.
//! Prints medians and their ratios; asserts that nothing fails, never times.
//!
//! `cargo bench --bench logins`; a smaller company by `THRONG_BENCH_USERS`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "a benchmark"
)]
#![allow(clippy::disallowed_methods, reason = "its environment is its settings")]

use std::fmt::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use throng::client::build_direct;
use tokio::task::JoinSet;

const CLIENTS: usize = 64;
const LOG_INS: usize = 5;
const LOOK_UPS: usize = 100;

/// A child that dies with us.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// One application of the daemon, on a connection of its own.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    base: String,
    application: &'static str,
}

impl Client {
    fn new(port: u16, application: &'static str) -> Self {
        Self {
            http: build_direct().unwrap(),
            base: format!("http://127.0.0.1:{port}/crowd/rest/usermanagement/1"),
            application,
        }
    }

    /// Asks; answers the length of what came back.
    async fn ask(&self, method: &str, path: &str, body: String, wanted: u16) -> usize {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .basic_auth(self.application, Some("secret"))
            .header("content-type", "application/json")
            .body(body);
        let mut response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let mut length = 0;
        while let Some(piece) = response.chunk().await.unwrap() {
            length += piece.len();
        }
        assert_eq!(status, wanted, "{path}");
        length
    }
}

/// A folder of `users` people, each in ten of the groups.
fn company(folder: &Path, users: usize) {
    let (mut people, mut groups) = (String::new(), String::new());
    for at in 0..users {
        writeln!(
            people,
            r#"{{"id":"u{at}","userName":"user-{at:06}","displayName":"User {at}","name":{{"givenName":"U","familyName":"{at}"}},"active":true,"emails":[{{"value":"user-{at}@corp.example","primary":true}}]}}"#
        )
        .unwrap();
    }
    let count = users.div_ceil(10);
    for at in 0..count {
        let members: Vec<String> = (0..100)
            .map(|step| format!(r#"{{"value":"u{}"}}"#, (at * 10 + step * 7) % users))
            .collect();
        writeln!(
            groups,
            r#"{{"id":"g{at}","displayName":"group-{at:05}","members":[{}]}}"#,
            members.join(",")
        )
        .unwrap();
    }
    std::fs::write(folder.join("users.jsonl"), people).unwrap();
    std::fs::write(folder.join("groups.jsonl"), groups).unwrap();
}

fn configuration(folder: &Path, port: u16) -> String {
    let shown = folder.display();
    format!(
        r#"
[store]
path = "{shown}/data"
[crowd]
listen = "127.0.0.1:{port}"
[admin]
listen = "127.0.0.1:0"
[[directory]]
id = "corp"
[directory.source]
kind = "file"
path = "{shown}"
[directory.sync]
schedule = "0 0 3 1 1 *"
[[directory]]
id = "local"
[directory.source]
kind = "local"
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp", "local"]
[[application]]
name = "keeper"
password = {{ value = "secret" }}
directories = ["local"]
permission = "read-write"
"#
    )
}

/// The median of what every client measured.
async fn measured(
    port: u16,
    times: usize,
    ask: impl Fn(usize) -> (String, String, String) + Sync,
) -> Duration {
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (client, (method, path, body)) = (Client::new(port, "jira"), ask(number));
        clients.spawn(async move {
            let mut all = Vec::with_capacity(times);
            for _ in 0..times {
                let began = Instant::now();
                client.ask(&method, &path, body.clone(), 200).await;
                all.push(began.elapsed());
            }
            all
        });
    }
    let mut all: Vec<Duration> = clients.join_all().await.into_iter().flatten().collect();
    all.sort();
    all[all.len() / 2]
}

async fn log_ins(port: u16) -> Duration {
    let ask = |number| {
        let path = format!("/authentication?username=keeper-{number}");
        (
            "POST".to_owned(),
            path,
            format!(r#"{{"value":"password-{number}"}}"#),
        )
    };
    measured(port, LOG_INS, ask).await
}

async fn look_ups(port: u16, users: usize) -> Duration {
    let ask = |number: usize| {
        let path = format!("/user?username=user-{:06}", number * 7 % users);
        ("GET".to_owned(), path, String::new())
    };
    measured(port, LOOK_UPS, ask).await
}

/// What a client reads for a full synchronisation, again and again until told to stop; counts the rounds.
async fn synchronise(client: Client, stop: Arc<AtomicBool>, rounds: Arc<AtomicUsize>) {
    while !stop.load(Ordering::SeqCst) {
        for kind in ["user", "group"] {
            let path = format!("/search?entity-type={kind}&start-index=0&max-results=-1&expand={kind}");
            client.ask("GET", &path, String::new(), 200).await;
        }
        client.ask("GET", "/group/membership", String::new(), 200).await;
        rounds.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::main]
async fn main() {
    let users: usize = std::env::var("THRONG_BENCH_USERS")
        .ok()
        .and_then(|size| size.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    company(folder.path(), users);
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, configuration(folder.path(), port)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_throng"));
    command
        .args(["serve", "--config"])
        .arg(&file)
        .env("THRONG_LOG", "warn")
        .stdout(Stdio::null());
    let _daemon = Process(command.spawn().unwrap());
    let jira = Client::new(port, "jira");
    // The first listing is answered once everything is read.
    let ready = format!("{}/event", jira.base);
    loop {
        let asked = jira
            .http
            .get(&ready)
            .basic_auth("jira", Some("secret"))
            .send()
            .await;
        if asked.is_ok_and(|answer| answer.status().is_success()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let keeper = Client::new(port, "keeper");
    for number in 0..CLIENTS {
        let user = format!(
            r#"{{"name":"keeper-{number}","first-name":"K","last-name":"{number}","display-name":"K {number}","email":"k@x.example","active":true,"password":{{"value":"password-{number}"}}}}"#
        );
        keeper.ask("POST", "/user", user, 201).await;
    }
    let alone = (log_ins(port).await, look_ups(port, users).await);
    let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let syncing = tokio::spawn(synchronise(jira, Arc::clone(&stop), Arc::clone(&rounds)));
    let beside = (log_ins(port).await, look_ups(port, users).await);
    stop.store(true, Ordering::SeqCst);
    syncing.await.unwrap();
    let told = |what: &str, alone: Duration, beside: Duration| {
        let ratio = beside.as_secs_f64() / alone.as_secs_f64();
        println!(
            "{what}: median {alone:?} alone, {beside:?} beside a full synchronisation, ratio {ratio:.2}"
        );
    };
    println!(
        "{CLIENTS} clients, {users} users; {} full synchronisations meanwhile",
        rounds.load(Ordering::SeqCst)
    );
    told("log-in", alone.0, beside.0);
    told("look-up", alone.1, beside.1);
}
