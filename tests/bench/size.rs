//! The whole daemon at full size: 100,000 users, 10,000 groups, 1,000,000 memberships, read from a simulator in a process
//! of its own. Prints figures; asserts sizes and counts, never times.
//!
//! `cargo bench --bench size`; a smaller company by `THRONG_BENCH_USERS`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "a benchmark"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "its environment is its settings"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const TOKEN: &str = "a-token-for-the-benchmark";

/// A child that dies with us.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Process {
    /// A line of `/proc/PID/status` in megabytes.
    fn memory(&self, key: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap_or_default();
        line.split_whitespace()
            .nth(1)
            .and_then(|kilobytes| kilobytes.parse::<u64>().ok())
            .unwrap_or(0)
            / 1024
    }

    fn stop(mut self) {
        let id = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        kill_process(id.unwrap(), Signal::TERM).unwrap();
        assert!(self.0.wait().unwrap().success(), "the daemon did not end well");
    }
}

fn throng() -> Command {
    Command::new(env!("CARGO_BIN_EXE_throng"))
}

fn simulator(users: usize) -> (Process, String) {
    let sizes = [users, users / 10, users * 10].map(|size| size.to_string());
    let mut child = throng()
        .args([
            "simulator",
            "entra",
            "--listen",
            "127.0.0.1:0",
            "--users",
            &sizes[0],
            "--groups",
            &sizes[1],
            "--memberships",
            &sizes[2],
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.split_whitespace().find_map(|word| word.strip_prefix("url="));
    (Process(child), url.unwrap().to_owned())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn configuration(folder: &Path, simulator: &str, crowd: u16, admin: u16) -> String {
    format!(
        r#"
[store]
path = "{}"
[crowd]
listen = "127.0.0.1:{crowd}"
[admin]
listen = "127.0.0.1:{admin}"
tokens = [ {{ name = "bench", secret = {{ value = "{TOKEN}" }}, scopes = ["*"] }} ]
[[directory]]
id = "corp"
[directory.source]
kind = "entra"
tenant = "11111111-1111-1111-1111-111111111111"
client_id = "22222222-2222-2222-2222-222222222222"
client_secret = {{ value = "simulated-secret" }}
login_url = "{simulator}"
graph_url = "{simulator}"
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp"]
"#,
        folder.join("data").display()
    )
}

/// A plain HTTP/1.1 exchange on a connection of its own, so that nothing but the server is measured.
fn exchange(port: u16, head: &str, body: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
        + 4;
    let body = answer.split_off(end);
    let chunked = String::from_utf8_lossy(&answer)
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked");
    (status, if chunked { joined(&body) } else { body })
}

/// A chunked body without its frames (RFC 9112 §7.1).
fn joined(mut framed: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(framed.len());
    loop {
        let line = framed.windows(2).position(|window| window == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&framed[..line]).unwrap(), 16).unwrap();
        if length == 0 {
            return whole;
        }
        whole.extend_from_slice(&framed[line + 2..line + 2 + length]);
        framed = &framed[line + 4 + length..];
    }
}

fn crowd(port: u16, method: &str, path: &str, body: &str) -> (u16, Vec<u8>) {
    let head = format!(
        "{method} /crowd/rest/usermanagement/1{path} HTTP/1.1\r\nAuthorization: Basic amlyYTpzZWNyZXQ=\r\nContent-Type: application/xml"
    );
    exchange(port, &head, body)
}

fn admin(port: u16, method: &str, path: &str, body: &Value) -> Value {
    let head = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json"
    );
    let (status, answer) = exchange(port, &head, &body.to_string());
    let text = String::from_utf8_lossy(&answer);
    assert!(status < 300, "{method} {path}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

fn sync(port: u16) -> Value {
    let run = admin(port, "POST", "/directories/corp/sync", &json!({}));
    let run = run["run"].as_str().unwrap().to_owned();
    loop {
        let shown = admin(port, "GET", &format!("/runs/{run}?wait=20"), &json!({}));
        if !matches!(shown["state"].as_str(), Some("queued" | "running")) {
            assert_eq!(shown["state"], "succeeded", "{shown}");
            return shown;
        }
    }
}

fn serve(file: &Path, crowd_port: u16) -> (Process, Duration) {
    let began = Instant::now();
    let daemon = Process(
        throng()
            .args(["serve", "--config"])
            .arg(file)
            .env("THRONG_LOG", "warn")
            .spawn()
            .unwrap(),
    );
    while TcpStream::connect(("127.0.0.1", crowd_port)).is_err() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let (status, _) = crowd(crowd_port, "GET", "/config/cookie", "");
    assert_eq!(status, 200);
    (daemon, began.elapsed())
}

/// The median of five; the first counts too.
fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<Duration> = (0..5).map(|_| measure()).collect();
    all.sort();
    all[2]
}

/// How long the same bytes take from one socket to another.
fn loopback(bytes: &[u8]) -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(bytes).unwrap();
        });
        let began = Instant::now();
        let mut read = Vec::new();
        TcpStream::connect(address)
            .unwrap()
            .read_to_end(&mut read)
            .unwrap();
        assert_eq!(read.len(), bytes.len());
        began.elapsed()
    })
}

fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes
        .windows(wanted.len())
        .filter(|window| *window == wanted)
        .count()
}

fn main() {
    let users: usize = std::env::var("THRONG_BENCH_USERS")
        .ok()
        .and_then(|size| size.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let (company, url) = simulator(users);
    let (crowd_port, admin_port) = (free_port(), free_port());
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, configuration(folder.path(), &url, crowd_port, admin_port)).unwrap();

    let (daemon, _) = serve(&file, crowd_port);
    println!("daemon before the first read: {} MB", daemon.memory("VmRSS"));
    let began = Instant::now();
    let run = sync(admin_port);
    println!(
        "first read: {:.1} s, counts {}",
        began.elapsed().as_secs_f64(),
        run["counts"]
    );
    println!(
        "daemon after the first read: {} MB, peak {} MB",
        daemon.memory("VmRSS"),
        daemon.memory("VmHWM")
    );
    let directory = admin(admin_port, "GET", "/directories/corp", &json!({}));
    assert_eq!(directory["users"], users);
    assert_eq!(directory["groups"], users / 10);
    assert_eq!(directory["memberships"], users * 10);

    entities(crowd_port, users);
    println!(
        "daemon after listing users and groups: {} MB, peak {} MB",
        daemon.memory("VmRSS"),
        daemon.memory("VmHWM")
    );
    listing(crowd_port, users);
    incremental(&url, crowd_port, admin_port);
    println!(
        "daemon after an increment: {} MB, peak {} MB",
        daemon.memory("VmRSS"),
        daemon.memory("VmHWM")
    );
    assert!(
        daemon.memory("VmHWM") <= 400,
        "the daemon needed more than 400 MB"
    );
    daemon.stop();
    let (daemon, cold) = serve(&file, crowd_port);
    println!(
        "cold start from the store: {cold:?}, {} MB, peak {} MB",
        daemon.memory("VmRSS"),
        daemon.memory("VmHWM")
    );
    let again = admin(admin_port, "GET", "/directories/corp", &json!({}));
    assert_eq!(again["memberships"], users * 10);
    assert_eq!(again["users"], users);
    daemon.stop();
    println!("simulator's peak: {} MB", company.memory("VmHWM"));
}

/// All memberships, against the same bytes without a server.
fn listing(crowd_port: u16, users: usize) {
    let (_, body) = crowd(crowd_port, "GET", "/group/membership", "");
    let (members, nested) = (count(&body, b"<user name="), count(&body, b"<group name="));
    println!(
        "group/membership: {:.1} MB, {members} users, {nested} groups in groups",
        body.len() as f64 / 1e6
    );
    assert_eq!(members + nested, users * 10);
    let served = median(|| {
        let began = Instant::now();
        crowd(crowd_port, "GET", "/group/membership", "");
        began.elapsed()
    });
    let sent = median(|| loopback(&body));
    println!(
        "group/membership: {served:?}, the same bytes by loopback {sent:?}, ratio {:.1}",
        served.as_secs_f64() / sent.as_secs_f64()
    );
}

/// What a full synchronisation reads before the memberships.
fn entities(crowd_port: u16, users: usize) {
    for (kind, count_of, wanted) in [
        ("user", &b"</user>"[..], users),
        ("group", b"</group>", users / 10),
    ] {
        let path = format!("/search?entity-type={kind}&start-index=0&max-results=-1&expand={kind}");
        let began = Instant::now();
        let (status, body) = crowd(crowd_port, "POST", &path, "<null-search-restriction/>");
        println!(
            "all {kind}s: {:.1} MB in {:?}",
            body.len() as f64 / 1e6,
            began.elapsed()
        );
        assert_eq!((status, count(&body, count_of)), (200, wanted));
    }
}

/// A hundred users change; the answer that tells them.
fn incremental(url: &str, crowd_port: u16, admin_port: u16) {
    let (_, head) = crowd(crowd_port, "GET", "/event", "");
    let token = between(&String::from_utf8_lossy(&head), "newEventToken=\"", "\"");
    let simulator: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
    let truth = exchange(simulator, "GET /_control/truth HTTP/1.1", "").1;
    let truth: Value = serde_json::from_slice(&truth).unwrap();
    let enabled = truth["users"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, user)| user["enabled"] == true);
    let edits: Vec<Value> = enabled
        .take(100)
        .map(|(id, _)| json!({ "do": "disable-user", "user": id }))
        .collect();
    assert_eq!(
        exchange(
            simulator,
            "POST /_control/edit HTTP/1.1",
            &Value::from(edits).to_string()
        )
        .0,
        200
    );
    let began = Instant::now();
    sync(admin_port);
    println!("delta read of 100 changes: {:?}", began.elapsed());
    let mut events = 0;
    let told = median(|| {
        let began = Instant::now();
        let (status, body) = crowd(crowd_port, "GET", &format!("/event/{token}"), "");
        assert_eq!(status, 200);
        events = count(&body, b"<userEvent>");
        began.elapsed()
    });
    assert_eq!(events, 100);
    println!("incremental answer after 100 changes: {told:?}");
}

fn between(text: &str, before: &str, after: &str) -> String {
    let start = text.find(before).unwrap() + before.len();
    text[start..start + text[start..].find(after).unwrap()].to_owned()
}
