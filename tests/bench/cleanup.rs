//! Planning a cleanup of a hundred thousand users: the time is printed beside what is promised, never asserted.
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

use std::sync::Arc;
use std::time::{Duration, Instant};

use throng::cleanup::{Facts, Lane, Place, Policy, Verdict, plan};
use throng::model::{ExternalId, Hold};

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
    let config = toml::from_str(POLICY).expect("the policy above is one");
    let policy = Policy::new(&config, &["corp".into()], std::collections::BTreeSet::default());
    let place = Place { listening: Ok(0) };
    let mut times = Vec::new();
    for _ in 0..11 {
        let began = Instant::now();
        let facts: Vec<Facts<'_>> = users.iter().map(facts).collect();
        let plan = plan(&policy, std::slice::from_ref(&place), &facts, None, NOW);
        times.push(began.elapsed());
        assert_eq!(plan.decisions.len(), users.len());
        assert_eq!(plan.count(Verdict::Hold), policy.cap.users.min(plan.cap));
    }
    times.sort();
    println!(
        "{} users planned in {:?} (promised: {PROMISED:?})",
        users.len(),
        times[times.len() / 2]
    );
}

fn facts(user: &User) -> Facts<'_> {
    Facts {
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
