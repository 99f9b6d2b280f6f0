//! Size of the Crowd face: 100,000 users, 10,000 groups, 1,000,000 memberships, asked over a loopback socket.
//!
//! `cargo bench --bench membership` prints figures; it asserts counts, not times. Other sizes by arguments:
//! `cargo bench --bench membership -- 1000 100 10`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints and may fail"
)]

mod company;
mod void;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use throng::clock::StoppedClock;
use throng::directory::session::SessionKey;
use throng::directory::{Applications, Directory, Sessions};
use throng::http::crowd::{ApplicationConfig, CrowdConfig, CrowdState, Gate, router};
use throng::http::server;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use company::{Size, commit, directory, members, put};

/// How often each answer is timed; the best counts, since the machine has other work too.
const ROUNDS: usize = 7;
const EVERYTHING: &str = "/search?entity-type=user&start-index=0&max-results=-1&expand=user";

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let size = match numbers[..] {
        [users, groups, members] => Size {
            users,
            groups,
            members,
        },
        _ => Size {
            users: 100_000,
            groups: 10_001,
            members: 90,
        },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(size));
}

async fn run(size: Size) {
    let before = resident();
    let directory = directory(&size).await;
    let edges = directory.snapshot().membership_count();
    assert_eq!(edges, size.users + (size.groups - 1) * size.members);
    println!(
        "{} users, {} groups, {edges} memberships",
        size.users, size.groups
    );
    println!(
        "memory: {} MB for the snapshot",
        (resident() - before) / 1_000_000
    );
    let address = serve(&directory).await;
    listings(address, &size, edges).await;
    increments(address, &directory).await;
    println!(
        "memory: {} MB in all, {} MB at most",
        resident() / 1_000_000,
        peak() / 1_000_000
    );
}

/// The two big answers, beside a plain copy of the same bytes over the same kind of socket.
async fn listings(address: SocketAddr, size: &Size, edges: usize) {
    for (path, mark, count) in [
        ("/group/membership", "<user name=", edges),
        (EVERYTHING, "<user expand=", size.users),
    ] {
        let before = resident();
        let (answer, served) = best(|| wire::get(address, path)).await;
        let body = wire::body(&answer);
        let grown = resident().saturating_sub(before);
        assert_eq!(String::from_utf8_lossy(&body).matches(mark).count(), count);
        let plain = wire::copier(body.clone());
        let (copy, copied) = best(|| wire::read_all(plain)).await;
        assert_eq!(copy.len(), body.len());
        println!(
            "{path}: {} MB in {served:?}, a copy of it in {copied:?}: {:.1} times; {} MB more memory",
            body.len() / 1_000_000,
            served.as_secs_f64() / copied.as_secs_f64(),
            grown / 1_000_000,
        );
    }
}

/// What a client gets after a hundred changes.
async fn increments(address: SocketAddr, directory: &Directory) {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let token = token(&wire::body(&wire::get(address, "/event").await));
        for at in 0..100 {
            let change = match at % 3 {
                0 => put(at * 7, &format!("user{:06}@corp.example", at * 7), round % 2 == 1),
                1 => members(at, &[at * 11 + round], &[]),
                _ => members(at, &[], &[at * 90 + round]),
            };
            commit(directory, vec![change], None).await;
        }
        let began = Instant::now();
        let body = wire::get(address, &format!("/event/{token}")).await;
        times.push(began.elapsed());
        let text = String::from_utf8_lossy(&body);
        assert!(
            text.contains("newEventToken=") && text.matches("<userEvent>").count() >= 34,
            "{text}"
        );
    }
    times.sort();
    println!(
        "increment after 100 changes: {:?} at best, {:?} at worst",
        times[0],
        times[ROUNDS - 1]
    );
}

async fn best<F: Future<Output = Vec<u8>>>(ask: impl Fn() -> F) -> (Vec<u8>, Duration) {
    let mut least = Duration::MAX;
    let mut body = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        body = ask().await;
        least = least.min(began.elapsed());
    }
    (body, least)
}

fn token(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.split("newEventToken=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

async fn serve(directory: &Arc<Directory>) -> SocketAddr {
    let config: ApplicationConfig =
        toml::from_str("name = \"jira\"\npassword = { value = \"bench\" }\ndirectories = [\"corp\"]")
            .unwrap();
    let gate = Gate::new(std::slice::from_ref(&config), Vec::new()).unwrap();
    let epoch = directory.store().epoch();
    let applications = Applications::new(epoch, vec![config.application()], &[Arc::clone(directory)]);
    let crowd = CrowdConfig::default();
    let sessions = Sessions::open(
        SessionKey::random().unwrap(),
        crowd.sso.sessions(),
        Arc::clone(directory.store()),
        StoppedClock::at(0),
        &[],
        (TaskTracker::new(), CancellationToken::new()),
    );
    let sessions = sessions.await.unwrap();
    let face = router(CrowdState::new(&crowd, gate, Arc::new(applications), sessions));
    let listener = server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listener.local_addr().unwrap();
    TaskTracker::new().spawn(server::serve(listener, face, CancellationToken::new()));
    address
}

/// Resident memory now, in bytes.
fn resident() -> usize {
    status("VmRSS:")
}

/// Resident memory at its highest, in bytes.
fn peak() -> usize {
    status("VmHWM:")
}

fn status(field: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kilobytes.unwrap_or_default() * 1024
}
