//! Planning a cleanup of a hundred thousand users and counting their seats: the times are printed, never asserted.
//!
//! `cargo bench --bench cleanup`; a smaller directory by `THRONG_BENCH_USERS`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "a benchmark"
)]
#![allow(clippy::disallowed_methods, reason = "its environment is its settings")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use throng::cleanup::{Facts, Lane, Place, Policy, Verdict, plan};
use throng::clock::StoppedClock;
use throng::directory::applications::Applications;
use throng::directory::{Directory, Request};
use throng::model::change::{GroupWish, UserWish};
use throng::model::{Application, Change, Epoch, ExternalId, Hold, Owner};
use throng::store::Store;
use throng::store::memory::MemoryStore;
use tokio_util::task::TaskTracker;

const DAY: i64 = 86_400_000;
const NOW: i64 = 20_000 * DAY;
const PROMISED: Duration = Duration::from_millis(200);
const POLICY: &str = r#"
name = "stale"
inactive_for = "90d"
never_seen_for = "30d"
gone_for = "30d"
domains = ["corp.example"]
exclude = { users = ["u7"], domains = ["partner.example"] }
actions = [ { do = "hold" }, { after = "180d", do = "anonymise" } ]
"#;

struct User {
    id: ExternalId,
    name: Arc<str>,
    email: String,
    seen: Option<(i64, Lane)>,
    hold: Option<Hold>,
}

fn users(count: usize) -> Vec<User> {
    let user = |at: usize| {
        let days = i64::try_from(at * 7_919 % 400).expect("below 400");
        let mut hold = Hold::new("stale", "cleanup stale", NOW - days * DAY);
        hold.policy = Some("stale".into());
        User {
            id: format!("00000000-0000-0000-0000-{at:012}").into(),
            name: format!("u{at}").into(),
            email: format!("u{at}@corp.example"),
            seen: (!at.is_multiple_of(10)).then_some((NOW - days * DAY, Lane::Source)),
            hold: at.is_multiple_of(5).then_some(hold),
        }
    };
    (0..count).map(user).collect()
}

fn main() {
    let count = std::env::var("THRONG_BENCH_USERS")
        .ok()
        .and_then(|text| text.parse().ok());
    let users = users(count.unwrap_or(100_000));
    planned(&users, "", Verdict::Hold);
    // Nobody has been warned yet: as many are told as would have been held.
    planned(&users, "notify = { before = \"14d\" }", Verdict::Warn);
    counted(users.len());
}

/// Plans a run, of which as many as the cap allows come to this verdict.
fn planned(users: &[User], more: &str, verdict: Verdict) {
    let config = toml::from_str(&format!("{POLICY}{more}\n")).expect("the policy above is one");
    let policy = Policy::new(&config, &["corp".into()], BTreeSet::default());
    let place = Place { listening: Ok(0) };
    let mut times = Vec::new();
    for _ in 0..11 {
        let began = Instant::now();
        let facts: Vec<Facts<'_>> = users.iter().map(facts).collect();
        let plan = plan(&policy, std::slice::from_ref(&place), &facts, None, NOW);
        times.push(began.elapsed());
        assert_eq!(plan.decisions.len(), users.len());
        assert_eq!(plan.count(verdict), policy.cap.users.min(plan.cap));
    }
    times.sort();
    println!(
        "{} users planned in {:?} (promised: {PROMISED:?}){}",
        users.len(),
        times[times.len() / 2],
        if more.is_empty() { "" } else { ", with warnings" }
    );
}

/// Counts the seats of a group of everybody, as each return by log-in does.
fn counted(count: usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let directory = runtime.block_on(peopled(count));
    let application = Application {
        name: "jira".into(),
        directories: vec![directory.id().clone()],
        nested_groups: true,
        flatten_groups: false,
        lower_case: false,
        access: BTreeSet::new(),
    };
    let applications = Applications::new(Epoch([0; 16]), vec![application], &[directory]);
    let mut times = Vec::new();
    for _ in 0..11 {
        let began = Instant::now();
        let view = applications.view("jira").unwrap();
        let group = view.group("everybody").unwrap();
        let members = view.users_of(&group, true);
        let used = members.iter().filter(|user| user.active()).count();
        times.push(began.elapsed());
        assert_eq!(used, count);
    }
    times.sort();
    println!("{count} seats counted in {:?}", times[times.len() / 2]);
}

async fn peopled(count: usize) -> Arc<Directory> {
    let store: Arc<dyn Store> = MemoryStore::new();
    let tasks = TaskTracker::new();
    let directory = Directory::open("corp".into(), store, StoppedClock::at(NOW), &tasks)
        .await
        .unwrap();
    let user = |at: usize| UserWish {
        external_id: format!("u{at}").into(),
        owner: Owner::Source,
        name: format!("u{at}").into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: "".into(),
        email: "".into(),
        active: true,
        created_at: None,
    };
    let mut changes: Vec<Change> = (0..count).map(|at| Change::PutUser(user(at))).collect();
    changes.push(Change::PutGroup(GroupWish {
        external_id: "g".into(),
        owner: Owner::Source,
        name: "everybody".into(),
        nickname: "".into(),
        description: "".into(),
        created_at: None,
    }));
    changes.push(Change::Members {
        group: "g".into(),
        owner: Owner::Source,
        add_users: (0..count).map(|at| format!("u{at}").into()).collect(),
        remove_users: Vec::new(),
        add_groups: Vec::new(),
        remove_groups: Vec::new(),
    });
    let request = Request {
        changes,
        ..Request::default()
    };
    directory.apply(request).await.unwrap();
    directory
}

fn facts(user: &User) -> Facts<'_> {
    Facts {
        warned: None,
        directory: 0,
        user: &user.id,
        name: &user.name,
        folded: &user.name,
        email: &user.email,
        source_active: true,
        vanished_since: None,
        created_at: NOW - 900 * DAY,
        guest: false,
        excluded_group: None,
        has_seat: true,
        hold: user.hold.as_ref(),
        stages_done: 0,
        seen: user.seen,
        released_at: None,
    }
}
