//! The real size: 100,000 users, 10,000 groups, 1,000,000 memberships. Ignored; run it in release:
//! `cargo test --release --lib sync::size_tests -- --ignored --nocapture`.

use std::sync::Arc;
use std::time::Instant;

use super::history::Undone;
use super::judged::{Judged, Measure};
use super::planner::Completeness;
use super::read::Reading;
use super::{Mapping, Stage};
use crate::connector::tally::Tally;
use crate::directory::Snapshot;
use crate::directory::limits::Limits;
use crate::directory::rules::Draft;
use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::{Change, MemberKind, Owner};

const USERS: usize = 100_000;
const GROUPS: usize = 10_000;
const MEMBERSHIPS: usize = 1_000_000;

/// The most memory, in bytes, that the process had since `reset`.
fn peak(reset: bool) -> usize {
    if reset {
        // Linux: 5 sets the high-water mark to the present size.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

fn id(kind: &str, number: usize) -> String {
    format!("{kind}{number:07}-1111-2222-3333-444444444444")
}

/// A user as the Entra connector tells it, with allocations of its own.
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

/// Everybody is in the first group; the others have some ninety members each.
fn staged() -> Stage {
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
    let mut stage = Stage::new(Mapping::entra());
    (0..USERS).for_each(|number| stage.take(user(number, &names)));
    (0..GROUPS).for_each(|number| stage.take(group(number)));
    let others = (MEMBERSHIPS - USERS) / (GROUPS - 1);
    for number in 0..GROUPS {
        let count = if number == 0 { USERS } else { others };
        for at in 0..count {
            let member = if number == 0 {
                at
            } else {
                (number * 7919 + at * 104_729) % USERS
            };
            let (group, member) = (id("g", number).into(), id("u", member).into());
            stage.take(Record::Member {
                group,
                member,
                kind: MemberKind::User,
            });
        }
        stage.take(Record::MembersComplete(id("g", number).into()));
    }
    stage
}

#[expect(clippy::print_stderr, reason = "figures for a person")]
fn measured(what: &str, snapshot: &Snapshot, limit: usize) -> Judged {
    let before = peak(true);
    let began = Instant::now();
    let stage = staged();
    let read = began.elapsed();
    let at_stage = peak(false).saturating_sub(before);
    let reading = Reading {
        stage,
        read: Completeness::Everything,
        cursor: None,
        full: true,
        incomplete: Vec::new(),
        notices: Vec::new(),
        tally: Tally::default(),
    };
    let began = Instant::now();
    let measure = Measure {
        terms: reading.read.into(),
        limits: Limits::default(),
        reserve: None,
        undone: Undone::default(),
        dry: false,
        waiting: super::waiting::Waiting::default(),
    };
    let judged = Judged::of(snapshot, &reading, &measure, None);
    let planned = began.elapsed();
    let in_all = peak(false).saturating_sub(before);
    let megabytes = |bytes: usize| bytes / 1_000_000;
    eprintln!(
        "{what}: {} steps; stage {read:?}, {} MB; plan and limits {planned:?}; together {} MB",
        judged.plan.steps.len(),
        megabytes(at_stage),
        megabytes(in_all)
    );
    assert!(in_all < limit, "{in_all} bytes");
    judged
}

#[test]
#[ignore = "of full size; for release builds"]
fn a_full_read_of_full_size_is_planned_within_its_memory() {
    let empty = Snapshot::empty("corp".into());
    let judged = measured("first load", &empty, 150_000_000);
    assert_eq!(judged.counts.users.added, USERS as u64);
    assert!(judged.counts.memberships.added > 980_000);
    let changes: Vec<Change> = judged.plan.steps.into_iter().map(|step| step.change).collect();
    let mut draft = Draft::new(&empty, 0);
    draft.apply(&changes);
    drop(changes);
    let snapshot = draft.snapshot().clone();
    drop(draft);
    assert_eq!(
        measured("nothing changed", &snapshot, 150_000_000)
            .plan
            .steps
            .len(),
        0
    );

    let mut draft = Draft::new(&snapshot, 0);
    let away = (0..USERS).step_by(100).map(|number| Change::VanishUser {
        user: id("u", number).into(),
    });
    let left = (1..GROUPS).step_by(100).map(|number| Change::RemoveGroup {
        group: id("g", number).into(),
    });
    let emptied = (2..GROUPS).step_by(100).map(|number| Change::Members {
        owner: Owner::Source,
        group: id("g", number).into(),
        add_users: vec![id("u", number).into()],
        remove_users: vec![id("u", (number * 7919) % USERS).into()],
        add_groups: Vec::new(),
        remove_groups: Vec::new(),
    });
    draft.apply(&away.chain(left).chain(emptied).collect::<Vec<_>>());
    let judged = measured("one in a hundred changed", draft.snapshot(), 150_000_000);
    assert_eq!(judged.counts.users.updated, (USERS / 100) as u64);
}
