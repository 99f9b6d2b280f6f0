//! What the limits hold, and what they let pass.

use super::limits::{Enumerated, Limit, Limits};
use super::snapshot::Snapshot;
use crate::directory::rules::Draft;
use crate::model::change::{GroupWish, UserWish};
use crate::model::plan::{Counts, Effect, Step};
use crate::model::{Change, ExternalId, Owner};

fn user(id: &str, active: bool) -> Change {
    Change::PutUser(UserWish {
        owner: Owner::Source,
        external_id: id.into(),
        name: id.into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: "".into(),
        email: "".into(),
        active,
        created_at: None,
    })
}

fn group(id: &str, name: &str) -> Change {
    Change::PutGroup(GroupWish {
        owner: Owner::Source,
        external_id: id.into(),
        name: name.into(),
        nickname: "".into(),
        description: "".into(),
        created_at: None,
    })
}

fn ids(range: std::ops::Range<usize>) -> Vec<ExternalId> {
    range.map(|at| format!("u{at}").into()).collect()
}

fn members(group: &str, add: Vec<ExternalId>, remove: Vec<ExternalId>) -> Change {
    Change::Members {
        owner: Owner::Source,
        group: group.into(),
        add_users: add,
        remove_users: remove,
        add_groups: Vec::new(),
        remove_groups: Vec::new(),
    }
}

fn nest(group: &str, child: &str) -> Change {
    Change::Members {
        owner: Owner::Source,
        group: group.into(),
        add_users: Vec::new(),
        remove_users: Vec::new(),
        add_groups: vec![child.into()],
        remove_groups: Vec::new(),
    }
}

fn step(change: Change, effect: Effect, subject: &str) -> Step {
    Step {
        change,
        effect,
        subject: subject.into(),
        reason: "".into(),
    }
}

fn vanish(range: std::ops::Range<usize>) -> Vec<Step> {
    let gone = ids(range).into_iter();
    gone.map(|user| step(Change::VanishUser { user }, Effect::Deactivate, ""))
        .collect()
}

/// 100 users, all in `all` (A), 12 of them in `admins` (B), which is in `all`.
fn snapshot() -> Snapshot {
    let mut draft = Draft::new(&Snapshot::empty("corp".into()), 0);
    let mut changes: Vec<Change> = (0..100).map(|at| user(&format!("u{at}"), true)).collect();
    changes.extend([group("A", "All"), group("B", "Admins"), nest("A", "B")]);
    changes.extend([
        members("A", ids(0..100), Vec::new()),
        members("B", ids(0..12), Vec::new()),
    ]);
    draft.apply(&changes);
    draft.snapshot().clone()
}

fn judge(limits: &Limits, steps: &[Step]) -> Vec<String> {
    limits.judge(&snapshot(), steps, None).reasons
}

#[test]
fn a_percentage_counts_from_a_number_on_and_a_maximum_always() {
    let limits = Limits::default();
    assert_eq!(judge(&limits, &vanish(0..10)), [""; 0]);
    assert_eq!(
        judge(&limits, &vanish(0..11)),
        ["plan removes 11 of 100 users, more than the limit of 10 %"]
    );
    let limit = |max, percent, at_least| Limit {
        max,
        percent,
        at_least,
    };
    let wide = limit(1000, 100.0, 0);
    let small = Limits::new(limit(3, 1.0, 3), wide, wide, &[]);
    assert_eq!(
        judge(&small, &vanish(0..3)),
        [""; 0],
        "so many are always allowed"
    );
    assert_eq!(
        judge(&small, &vanish(0..4)),
        ["plan removes 4 of 100 users, more than the limit of 3"]
    );
}

#[test]
fn a_sources_own_disabling_counts_and_adding_never_does() {
    let disabled: Vec<Step> = (0..11)
        .map(|at| step(user(&format!("u{at}"), false), Effect::Deactivate, ""))
        .collect();
    assert_eq!(judge(&Limits::default(), &disabled).len(), 1);
    let added: Vec<Step> = (200..900)
        .map(|at| step(user(&format!("u{at}"), true), Effect::Add, ""))
        .collect();
    assert_eq!(judge(&Limits::default(), &added), [""; 0]);
    let empty = Snapshot::empty("corp".into());
    assert_eq!(Limits::default().judge(&empty, &added, None).reasons, [""; 0]);
}

#[test]
fn a_removed_groups_edges_are_counted_once_each() {
    let snapshot = snapshot();
    let removed = |id: &str| step(Change::RemoveGroup { group: id.into() }, Effect::Remove, id);
    let expected = |groups, edges| {
        let mut counts = Counts::default();
        (counts.groups.removed, counts.memberships.removed) = (groups, edges);
        counts
    };
    assert_eq!(super::count(&snapshot, &[removed("B")]), expected(1, 13));
    assert_eq!(
        super::count(&snapshot, &[removed("A"), removed("B")]),
        expected(2, 113)
    );
}

#[test]
fn frozen_memberships_of_vanished_users_are_counted_by_no_limit() {
    let mut draft = Draft::new(&snapshot(), 0);
    let gone: Vec<Change> = vanish(2..12).into_iter().map(|step| step.change).collect();
    draft.apply(&gone);
    let removed = step(
        Change::RemoveGroup { group: "B".into() },
        Effect::Remove,
        "Admins",
    );
    let counts = super::count(draft.snapshot(), &[removed]);
    assert_eq!(
        counts.memberships.removed, 3,
        "two who are there, and the edge of the group itself"
    );
}

#[test]
fn a_group_that_loses_all_of_ten_members_or_more_holds() {
    let wide = Limit {
        max: 1000,
        percent: 100.0,
        at_least: 0,
    };
    let limits = Limits::new(wide, wide, wide, &[]);
    let all = step(
        members("B", ids(50..51), ids(0..12)),
        Effect::Membership,
        "Admins",
    );
    assert_eq!(
        judge(&limits, &[all]),
        ["plan removes all 12 members of group `Admins`"]
    );
    let most = step(members("B", Vec::new(), ids(0..11)), Effect::Membership, "Admins");
    assert_eq!(judge(&limits, std::slice::from_ref(&most)), [""; 0]);
    let mut rest_vanishes = vanish(11..12);
    rest_vanishes.push(most);
    assert_eq!(
        judge(&limits, &rest_vanishes),
        ["plan removes all 12 members of group `Admins`"]
    );
}

#[test]
fn a_protected_group_may_not_be_removed_renamed_or_emptied() {
    let wide = Limit {
        max: 1000,
        percent: 100.0,
        at_least: 0,
    };
    let limits = Limits::new(wide, wide, wide, &["ADMINS".to_owned()]);
    let removed = step(
        Change::RemoveGroup { group: "B".into() },
        Effect::Remove,
        "Admins",
    );
    assert_eq!(
        judge(&limits, &[removed]),
        ["plan removes the protected group `Admins`"]
    );
    let renamed = step(group("B", "Other"), Effect::Rename, "Admins");
    assert_eq!(
        judge(&limits, &[renamed]),
        ["plan takes the name of the protected group `Admins` away"]
    );
    assert_eq!(
        judge(&limits, &vanish(0..12)),
        ["plan leaves nobody active in the protected group `Admins`"]
    );
    assert_eq!(judge(&limits, &vanish(0..11)), [""; 0]);
    let mut others_come = vanish(0..12);
    others_come.push(step(
        members("B", ids(60..61), Vec::new()),
        Effect::Membership,
        "Admins",
    ));
    assert_eq!(judge(&limits, &others_come), [""; 0]);
}

#[test]
fn a_source_that_tells_nobody_at_all_holds_even_the_smallest_loss() {
    let mut draft = Draft::new(&Snapshot::empty("corp".into()), 0);
    draft.apply(&[user("u0", true), user("u1", true)]);
    let read = |users| {
        Some(Enumerated {
            users,
            groups: 0,
            memberships: 0,
        })
    };
    let limits = Limits::default();
    let reasons = limits.judge(draft.snapshot(), &vanish(0..2), read(0)).reasons;
    assert_eq!(reasons, ["the source told no users at all, the directory has 2"]);
    assert_eq!(
        limits.judge(draft.snapshot(), &vanish(0..1), read(1)).reasons,
        [""; 0]
    );
}

#[test]
fn rows_that_are_disabled_already_do_not_make_a_loss_look_small() {
    let mut draft = Draft::new(&snapshot(), 0);
    draft.apply(
        &(20..100)
            .map(|at| user(&format!("u{at}"), false))
            .collect::<Vec<_>>(),
    );
    assert_eq!(
        Limits::default()
            .judge(draft.snapshot(), &vanish(0..10), None)
            .reasons,
        ["plan removes 10 of 20 users, more than the limit of 10 %"]
    );
}

#[test]
fn a_disabled_newcomer_does_not_keep_a_protected_group_alive() {
    let mut draft = Draft::new(&snapshot(), 0);
    draft.apply(&[user("u50", false), members("B", Vec::new(), ids(1..12))]);
    let limits = Limits::new(wide(), wide(), wide(), &["Admins".to_owned()]);
    let swap = |newcomer: usize| {
        let change = members("B", ids(newcomer..newcomer + 1), ids(0..1));
        limits
            .judge(
                draft.snapshot(),
                &[step(change, Effect::Membership, "Admins")],
                None,
            )
            .reasons
    };
    assert_eq!(
        swap(50),
        ["plan leaves nobody active in the protected group `Admins`"]
    );
    assert_eq!(swap(51), [""; 0]);
}

fn wide() -> Limit {
    Limit {
        max: 1000,
        percent: 100.0,
        at_least: 0,
    }
}
