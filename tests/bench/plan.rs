//! Planning at full size: 100,000 users, 10,000 groups, 1,000,000 memberships as a full read tells them, against a directory that
//! has them all; without a scope and with one. Prints figures; asserts that there is nothing to do and how much memory it takes, never times.
//!
//! `cargo bench --bench plan`; a smaller company by an argument: `cargo bench --bench plan -- 1000`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints and may fail"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use throng::directory::Snapshot;
use throng::directory::limits::Limits;
use throng::directory::rules::Draft;
use throng::model::record::{Record, SourceGroup, SourceUser};
use throng::model::{Change, MemberKind};
use throng::sync::{Completeness, Mapping, Rules, Scope, Stage, Terms, plan};

/// How often each is timed; the best counts, since the machine has other work too.
const ROUNDS: usize = 5;
/// More than a plan may take, with what was read, above the snapshot.
const MEMORY: usize = 150_000_000;
/// What is aimed at for a plan.
const TARGET: Duration = Duration::from_secs(1);

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let users: usize = numbers.next().unwrap_or(100_000);
    let company = Company {
        users,
        groups: users / 10,
    };
    let plain = Arc::<Rules>::default();
    let snapshot = loaded(&company, &plain);
    println!(
        "{} users, {} groups, {} memberships",
        snapshot.user_count(),
        snapshot.group_count(),
        snapshot.membership_count()
    );
    measured("without a scope", &company, &plain, &snapshot);
    let scoped = rules(json!({
        "groups_include": ["/^Group/"],
        "groups_exclude": ["Nobody's"],
        "users": "in-groups",
        "guests": "exclude",
        "domains": ["corp.example"],
    }));
    measured("with a scope that all are in", &company, &scoped, &snapshot);
}

fn rules(scope: Value) -> Arc<Rules> {
    Arc::new(Rules {
        scope: Scope::from_config(&serde_json::from_value(scope).unwrap()),
        ..Rules::default()
    })
}

struct Company {
    users: usize,
    groups: usize,
}

/// The directory after its first load.
fn loaded(company: &Company, rules: &Arc<Rules>) -> Snapshot {
    let empty = Snapshot::empty("corp".into());
    let stage = company.staged(rules, &empty);
    let terms = Terms::new(Completeness::Everything, 0, Arc::clone(rules));
    let steps = plan(&empty, &stage, &terms).steps;
    let changes: Vec<Change> = steps.into_iter().map(|step| step.change).collect();
    let mut draft = Draft::new(&empty, 0);
    assert_eq!(draft.apply(&changes), []);
    draft.snapshot().clone()
}

fn measured(what: &str, company: &Company, rules: &Arc<Rules>, snapshot: &Snapshot) {
    let (mut read, mut planned) = (Duration::MAX, Duration::MAX);
    let mut memory = 0;
    for _ in 0..ROUNDS {
        let before = resident();
        forget_peak();
        let began = Instant::now();
        let stage = company.staged(rules, snapshot);
        read = read.min(began.elapsed());
        let began = Instant::now();
        let terms = Terms::new(Completeness::Everything, 0, Arc::clone(rules));
        let plan = plan(snapshot, &stage, &terms);
        let judgement = Limits::default().judge(snapshot, &plan.steps, None);
        planned = planned.min(began.elapsed());
        memory = memory.max(peak().saturating_sub(before));
        assert_eq!(
            (plan.steps.len(), plan.refused.len(), judgement.reasons.len()),
            (0, 0, 0)
        );
    }
    let verdict = if planned <= TARGET { "within" } else { "OVER" };
    println!(
        "{what}: taken in {read:?}, planned and judged in {planned:?} ({verdict} {TARGET:?}), at most {} MB above the snapshot",
        memory / 1_000_000
    );
    assert!(memory < MEMORY, "{memory} bytes");
}

impl Company {
    /// A full read, with allocations of its own as a connector makes them. Everybody is in the first group; the others
    /// share some nine memberships of each user.
    fn staged(&self, rules: &Arc<Rules>, snapshot: &Snapshot) -> Stage {
        let names = [
            "displayName",
            "givenName",
            "mail",
            "mailNickname",
            "surname",
            "userPrincipalName",
            "userType",
        ];
        let names = names.map(Arc::from);
        let mut stage = Stage::of(Mapping::entra(), Arc::clone(rules));
        (0..self.users).for_each(|number| stage.take(user(number, &names)));
        (0..self.groups).for_each(|number| stage.take(group(number)));
        for number in 0..self.groups {
            for at in 0..self.members(number) {
                stage.take(Record::Member {
                    group: id("g", number).into(),
                    member: id("u", self.member(number, at)).into(),
                    kind: MemberKind::User,
                });
            }
            stage.take(Record::MembersComplete(id("g", number).into()));
        }
        stage.told_whole(snapshot);
        stage
    }

    fn members(&self, group: usize) -> usize {
        if group == 0 {
            self.users
        } else {
            self.users * 9 / (self.groups - 1).max(1)
        }
    }

    fn member(&self, group: usize, at: usize) -> usize {
        if group == 0 {
            at
        } else {
            (group * 7919 + at * 104_729) % self.users
        }
    }
}

fn id(kind: &str, number: usize) -> String {
    format!("{kind}{number:07}-1111-2222-3333-444444444444")
}

fn user(number: usize, names: &[Arc<str>]) -> Record {
    let values = [
        format!("Person Number {number}"),
        format!("Person{number}"),
        format!("person.number.{number}@corp.example"),
        format!("person.number.{number}"),
        format!("Number{number}"),
        format!("person.number.{number}@corp.example"),
        "Member".to_owned(),
    ];
    Record::User(SourceUser {
        id: id("u", number).into(),
        active: !number.is_multiple_of(50),
        created_at: Some(1),
        attributes: names.iter().cloned().zip(values.map(Arc::from)).collect(),
    })
}

fn group(number: usize) -> Record {
    Record::Group(SourceGroup {
        id: id("g", number).into(),
        name: format!("Group Number {number}").into(),
        nickname: format!("group{number}").into(),
        description: "What the group is for".into(),
        created_at: Some(1),
    })
}

fn resident() -> usize {
    status("VmRSS:")
}

fn peak() -> usize {
    status("VmHWM:")
}

/// Linux: 5 sets the high-water mark to the present size.
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn status(key: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}
