//! A thousand users of seven kinds, from the report to the return of some, against an oracle that knows no planner.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::town::{Person, Town, person};

const CAP: usize = 120;

fn policies(mode: &str) -> String {
    format!(
        r#"
[[cleanup]]
name = "stale"
mode = "{mode}"
inactive_for = "90d"
never_seen_for = "30d"
gone_for = "20d"
evidence = ["activity-api"]
guests = "exclude"
exclude = {{ groups = ["service-accounts"] }}
actions = [ {{ do = "hold" }}, {{ do = "remove-from-groups", groups = ["jira-users"] }} ]
max = {{ users = {CAP}, percent = 100 }}
[[cleanup]]
name = "licence"
inactive_for = "90d"
evidence = ["activity-api"]
seats = {{ application = "jira", group = "jira-users", limit = 1000, keep_free = 10 }}
"#
    )
}

/// The kinds with their numbers: a thousand in all.
const KINDS: [(&str, usize); 7] = [
    ("active", 400),
    ("idle", 150),
    ("never", 100),
    ("new", 100),
    ("service", 80),
    ("guest", 70),
    ("gone", 100),
];

fn names(kind: &str) -> Vec<String> {
    let (_, count) = KINDS.iter().find(|(name, _)| *name == kind).unwrap();
    (0..*count).map(|at| format!("{kind}{at:03}")).collect()
}

/// What the oracle knows of a user: since which day it is stale, if it ever becomes so; on day 100.
#[derive(Default)]
struct Oracle {
    stale_since: BTreeMap<String, i64>,
    held: BTreeSet<String>,
    ever_held: BTreeSet<String>,
    released: BTreeSet<String>,
    gone: BTreeSet<String>,
    all: BTreeSet<String>,
}

impl Oracle {
    fn new() -> Self {
        let mut oracle = Self::default();
        oracle.all.extend(KINDS.iter().flat_map(|(kind, _)| names(kind)));
        // Created 400 days before, never seen.
        oracle
            .stale_since
            .extend(names("never").into_iter().map(|name| (name, -400)));
        // Last seen on the day that their number ends with.
        let day = |name: &String| i64::from(name.as_bytes()[name.len() - 1] - b'0');
        oracle
            .stale_since
            .extend(names("idle").into_iter().map(|name| (name.clone(), day(&name))));
        // Gone on day 70.
        oracle
            .stale_since
            .extend(names("gone").into_iter().map(|name| (name, 70)));
        oracle.gone.extend(names("gone"));
        oracle
    }

    /// Whom the next run holds: the longest stale first, then by id.
    fn next(&self, except: &[&str]) -> Vec<String> {
        let mut due: Vec<_> = self
            .stale_since
            .iter()
            .filter(|(name, _)| !self.held.contains(*name))
            .collect();
        due.sort_by_key(|(name, since)| (**since, (*name).clone()));
        let names = due.into_iter().map(|(name, _)| name.clone()).take(CAP);
        names.filter(|name| !except.contains(&name.as_str())).collect()
    }

    fn holds(&mut self, names: Vec<String>) {
        self.ever_held.extend(names.iter().cloned());
        self.held.extend(names);
    }

    fn active(&self) -> Vec<String> {
        let active = self
            .all
            .iter()
            .filter(|name| !self.held.contains(*name) && !self.gone.contains(*name));
        active.cloned().collect()
    }
}

/// The town on day 100.
async fn town() -> Town {
    let old = KINDS
        .iter()
        .filter(|(kind, _)| *kind != "new")
        .flat_map(|(kind, _)| names(kind));
    let people: Vec<Person> = old
        .map(|name| Person {
            guest: name.starts_with("guest"),
            ..person(&name, -400)
        })
        .collect();
    let everybody: Vec<String> = KINDS.iter().flat_map(|(kind, _)| names(kind)).collect();
    let groups = [
        ("jira-users", everybody),
        ("service-accounts", vec!["@robots".to_owned()]),
        ("robots", names("service")),
    ];
    let mut town = Town::of(people, &groups, &policies("review")).await;
    let watched: Vec<String> = names("active").into_iter().chain(names("gone")).collect();
    town.sees_all(&watched);
    town.daemon.cleaner().look_around().await;
    let seen_first = |day: i64| {
        let ends = move |name: &String| i64::from(name.as_bytes()[name.len() - 1] - b'0') == day;
        names("idle")
            .into_iter()
            .chain(names("service"))
            .chain(names("guest"))
            .filter(ends)
            .collect::<Vec<_>>()
    };
    town.sees_all(&seen_first(0));
    for day in 1..10 {
        let seen = [watched.clone(), seen_first(day)].concat();
        town.days(1, &seen).await;
    }
    town.days(60, &watched).await;
    town.days(1, &names("active")).await;
    town.people.retain(|name, _| !name.starts_with("gone"));
    town.sync(true).await; // day 70
    town.days(15, &names("active")).await;
    town.people.extend(
        names("new")
            .into_iter()
            .map(|name| (name.clone(), person(&name, 85))),
    );
    town.sync(true).await;
    town.days(15, &names("active")).await;
    town
}

/// Jira, the seats and the audit trail are as the oracle says.
async fn agrees(town: &mut Town, oracle: &Oracle, step: &str) {
    assert_eq!(town.active().await, oracle.active(), "{step}");
    let users = &town.jira.cache.users;
    assert_eq!(users.len(), oracle.all.len(), "{step}: nobody is deleted");
    let members = town
        .jira
        .cache
        .memberships
        .iter()
        .filter(|(group, _)| group == "jira-users");
    let members: BTreeSet<String> = members.map(|(_, user)| user.clone()).collect();
    let expected: BTreeSet<String> = oracle.all.difference(&oracle.held).cloned().collect();
    assert_eq!(members, expected, "{step}: who is held has left the group");
    let applications = town.get("/applications").await;
    let seats = &applications["applications"][0]["seats"][0];
    let used = oracle.active().len();
    assert_eq!(
        (&seats["used"], &seats["free"], &seats["held"]),
        (&json!(used), &json!(1000 - used), &json!(oracle.held.len())),
        "{step}: {seats}"
    );
    for (action, expected) in [
        ("user held", &oracle.ever_held),
        ("user released", &oracle.released),
    ] {
        let records = town.audit(action).await;
        let (count, expected_count) = (records.len(), expected.len());
        assert_eq!(count, expected_count, "{step}: `{action}`, one record each");
        let subjects: BTreeSet<String> = records.into_iter().map(|record| record.subject).collect();
        assert_eq!(subjects, *expected, "{step}: `{action}`");
    }
}

fn added(run: &Value) -> &Value {
    &run["counts"]["holds"]["added"]
}

#[tokio::test]
async fn a_thousand_users_of_seven_kinds_from_report_to_return() {
    let mut town = town().await;
    let mut oracle = Oracle::new();
    agrees(&mut town, &oracle, "before").await;

    let report = town.cleaned("stale").await;
    assert_eq!(
        (&report["report"], added(&report)),
        (&json!("the first run of a new or changed policy"), &json!(CAP))
    );
    assert_eq!(report["verdicts"]["wait"], 350 - CAP, "{report}");
    let pack = town.pack("stale", &report).await;
    let users = pack["body"]["users"].as_array().unwrap();
    let shown: BTreeSet<String> = users
        .iter()
        .filter(|user| user["decision"] == "hold")
        .map(|user| user["user"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(shown, oracle.next(&[]).into_iter().collect());
    let excluded = users
        .iter()
        .filter(|user| user["reason"] == "excluded as a member of group `service-accounts`")
        .count();
    let guests = users
        .iter()
        .filter(|user| user["reason"] == "a guest, whom the policy leaves alone")
        .count();
    assert_eq!((users.len(), excluded, guests), (1000, 80, 70));
    agrees(&mut town, &oracle, "report").await;

    let town = reviewed(town, &mut oracle).await;
    let town = applied(town, &mut oracle).await;
    let town = synchronised(town, &oracle).await;
    returned(town, oracle).await;
}

/// A plan is approved without three users.
async fn reviewed(mut town: Town, oracle: &mut Oracle) -> Town {
    let review = town.cleaned("stale").await;
    assert_eq!(review["state"], "held");
    agrees(&mut town, oracle, "review").await;
    let except = ["never000", "never001", "idle000"];
    let approved = town.approve(&review["plan"], &json!({ "except": except })).await;
    let held = oracle.next(&except);
    assert_eq!(added(&approved), held.len(), "{approved}");
    oracle.holds(held);
    agrees(&mut town, oracle, "approved").await;
    town
}

/// The rest is held without anybody being asked.
async fn applied(town: Town, oracle: &mut Oracle) -> Town {
    let mut town = town.restarted(&policies("apply")).await;
    assert_eq!(
        town.cleaned("stale").await["report"],
        "the first run of a new or changed policy"
    );
    for _ in 0..3 {
        let held = oracle.next(&[]);
        let run = town.cleaned("stale").await;
        assert_eq!(
            (&run["state"], added(&run)),
            (&json!("succeeded"), &json!(held.len())),
            "{run}"
        );
        oracle.holds(held);
        agrees(&mut town, oracle, "applied").await;
    }
    assert_eq!(oracle.held.len(), 350);
    town
}

/// Three full and ten incremental reads that touch everybody.
async fn synchronised(mut town: Town, oracle: &Oracle) -> Town {
    for round in 0..13 {
        for (at, person) in town.people.values_mut().enumerate() {
            if at % 7 == round % 7 {
                person.title = format!("of round {round}");
            }
        }
        let run = town.sync(round % 5 == 0).await;
        assert!(matches!(run["state"].as_str(), Some("succeeded")), "{run}");
        if round % 5 == 0 {
            agrees(&mut town, oracle, "synchronised").await;
        }
    }
    agrees(&mut town, oracle, "synchronised").await;
    town
}

/// Twenty come back, and nobody else.
async fn returned(mut town: Town, mut oracle: Oracle) {
    let back: Vec<String> = names("idle").into_iter().take(20).collect();
    let seen = [names("active"), back.clone()].concat();
    town.days(1, &seen).await;
    oracle.held.retain(|name| !back.contains(name));
    oracle.released.extend(back.iter().cloned());
    oracle.stale_since.retain(|name, _| !back.contains(name));
    agrees(&mut town, &oracle, "returned").await;
    let last = town.cleaned("stale").await;
    assert_eq!(added(&last), 0, "{last}");
    agrees(&mut town, &oracle, "after the return").await;
}

#[tokio::test]
async fn who_is_held_stays_so_over_a_hundred_synchronisations() {
    let names = ["busy", "idle"];
    let people = names.map(|name| person(name, -400)).to_vec();
    let group = ("jira-users", names.map(str::to_owned).to_vec());
    let mut town = Town::of(people, &[group], &policies("apply")).await;
    let busy = ["busy".to_owned()];
    town.sees("busy");
    town.daemon.cleaner().look_around().await;
    town.days(40, &busy).await;
    town.cleaned("stale").await;
    assert_eq!(added(&town.cleaned("stale").await), 1);
    for round in 0..100 {
        town.people.get_mut("idle").unwrap().title = format!("of round {round}");
        town.sync(round % 10 == 0).await;
        assert_eq!(town.active().await, ["busy"], "round {round}");
        assert_eq!(
            town.jira.cache.users["idle"].display_name,
            format!("idle of round {round}")
        );
    }
}
