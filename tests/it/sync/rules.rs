//! What the configuration says of a directory: who is missing, who is protected, what belongs to it, how it is mapped.

use serde_json::json;
use throng::directory::limits::Limits;
use throng::model::plan::RowCounts;
use throng::model::record::{Record, SourceUser};
use throng::model::{MemberKind, Owner};
use throng::sync::config::{MappingConfig, MissingConfig, ScopeConfig};
use throng::sync::{Mapping, PlanState, RunState, Scope};

use super::{
    House, Manner, Say, company, configured, disabled, gone, group, house, member, named, user, users, whole,
};

fn missing(value: serde_json::Value) -> MissingConfig {
    serde_json::from_value(value).unwrap()
}

fn scope(value: serde_json::Value) -> Scope {
    Scope::from_config(&serde_json::from_value::<ScopeConfig>(value).unwrap())
}

async fn with(change: impl FnOnce(&mut Manner)) -> House {
    let mut manner = Manner::of(Limits::default());
    change(&mut manner);
    configured(manner).await
}

/// The company without the first user.
fn without_first() -> Say {
    Say::Everything([users(1..100), whole(1, 1..20), whole(2, 20..40)].concat())
}

fn groups_of(house: &House, name: &str) -> usize {
    let snapshot = house.snapshot();
    let id = snapshot.user_named(name).unwrap().id;
    snapshot.groups_of(id).len()
}

#[tokio::test]
async fn who_is_missing_may_be_kept_as_it_was() {
    let house = with(|manner| manner.rules.missing = missing(json!({ "users": "keep" }))).await;
    house.sync(company()).await;
    let run = house.sync(without_first()).await;
    assert_eq!(
        (run.state, run.counts.users, house.living()),
        (RunState::Succeeded, RowCounts::default(), 100)
    );
    assert_eq!(
        (run.counts.memberships.removed, groups_of(&house, "user0")),
        (0, 1)
    );
}

#[tokio::test]
async fn who_is_missing_may_be_removed_at_once_and_returns_with_its_key_and_memberships() {
    let house = with(|manner| manner.rules.missing = missing(json!({ "users": "remove" }))).await;
    house.sync(company()).await;
    let before = house.snapshot().user_named("user0").unwrap().id;
    let run = house.sync(without_first()).await;
    assert_eq!((run.counts.users.removed, run.counts.memberships.removed), (1, 1));
    assert!(house.snapshot().user_named("user0").is_none());
    house.sync(company()).await;
    assert_eq!(house.snapshot().user_named("user0").unwrap().id, before);
    assert_eq!(groups_of(&house, "user0"), 1);
    let many = Say::Everything([users(20..100), whole(1, 0..0), whole(2, 20..40)].concat());
    let held = house.sync(many).await;
    assert_eq!(
        (held.state, house.living()),
        (RunState::Held, 100),
        "removals are judged by the limits"
    );
    assert_eq!(house.engine.plans()[0].counts.users.removed, 20);
}

#[tokio::test]
async fn who_is_missing_long_enough_is_removed_and_whoever_returned_is_not() {
    let house = with(|manner| manner.rules.missing = missing(json!({ "remove_after": "90d" }))).await;
    house.sync(company()).await;
    let day = 24 * 3_600_000;
    house.sync(Say::Changes(vec![gone(0), gone(1)])).await;
    house.clock.advance(50 * day);
    house.sync(company()).await;
    house.sync(Say::Changes(vec![gone(1)])).await;
    let without =
        || Say::Everything([vec![user(0)], users(2..100), whole(1, 0..1), whole(2, 20..40)].concat());
    house.clock.advance(89 * day);
    assert_eq!(house.sync(without()).await.counts.users.removed, 0);
    house.clock.advance(day);
    let run = house.sync(Say::Part(Vec::new())).await;
    assert_eq!(
        run.counts.users.removed, 0,
        "what is read in part takes nothing away"
    );
    let run = house.sync(without()).await;
    assert_eq!((run.state, run.counts.users.removed), (RunState::Succeeded, 1));
    assert_eq!(
        run.counts.memberships.removed, 0,
        "frozen memberships are counted by no limit"
    );
    let audit = house.audit(&run.id).await;
    let removed = audit
        .iter()
        .find(|record| record.action == "user removed")
        .unwrap();
    assert_eq!(
        (&*removed.subject, &*removed.reason),
        ("user1", "gone at the source for 90 days")
    );
    assert!(
        house
            .snapshot()
            .user_named("user0")
            .is_some_and(|row| row.active())
    );
}

#[tokio::test]
async fn no_plan_touches_who_is_protected() {
    let house = with(|manner| manner.rules.protected = ["user0".to_owned()].into()).await;
    house.sync(company()).await;
    let before = house.snapshot().user_named("user0").cloned();
    let run = house
        .sync(Say::Changes(vec![named(0, "other"), member(2, 0)]))
        .await;
    assert_eq!(
        run.refused[0].reason,
        "it is protected: no run changes it; hint: see `protect.users`"
    );
    assert_eq!(run.counts.memberships.added, 0);
    house.sync(Say::Changes(vec![disabled(0)])).await;
    house.sync(Say::Changes(vec![gone(0)])).await;
    house.sync(without_first()).await;
    assert_eq!(house.snapshot().user_named("user0").cloned(), before);
    assert_eq!(groups_of(&house, "user0"), 1);
    house.sync(Say::Changes(vec![named(300, "USER0")])).await;
    assert_eq!(
        house.snapshot().user_named("user0").cloned(),
        before,
        "nobody gets its name"
    );
}

#[tokio::test]
async fn a_group_that_a_protected_user_is_in_goes_only_when_a_person_says_so() {
    let house = with(|manner| manner.rules.protected = ["user0".to_owned()].into()).await;
    house.sync(company()).await;
    let without = |group: usize| Say::Changes(vec![Record::GroupGone(format!("g{group}").into())]);
    let run = house.sync(without(2)).await;
    assert_eq!(
        (run.state, run.counts.groups.removed),
        (RunState::Succeeded, 1),
        "another group goes"
    );
    let run = house.sync(without(1)).await;
    assert_eq!(run.state, RunState::Held);
    assert_eq!(
        house.engine.plans()[0].reasons,
        ["plan removes the group `Group 1`, which the protected user `user0` is in"]
    );
    assert_eq!(
        (house.snapshot().group_count(), groups_of(&house, "user0")),
        (1, 1)
    );
    house.script([Say::Changes(Vec::new())]);
    let approved = house.engine.approve(&run.plan.unwrap(), None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&approved).await.unwrap().state,
        RunState::Succeeded
    );
    assert_eq!(
        (house.snapshot().group_count(), groups_of(&house, "user0")),
        (0, 0)
    );
    assert!(
        house.snapshot().user_named("user0").unwrap().active(),
        "the user itself is untouched"
    );
}

/// Group 1, which `user0` is in, within group 3, and that within group 4; group 2 within group 3 as well.
fn nested() -> Say {
    let Say::Everything(mut records) = company() else {
        unreachable!("the company is all there is")
    };
    for id in [3, 4] {
        records.extend([group(id), Record::MembersComplete(format!("g{id}").into())]);
    }
    records.extend([nesting(3, 1), nesting(4, 3), nesting(3, 2)]);
    Say::Everything(records)
}

fn nesting(group: usize, child: usize) -> Record {
    Record::Member {
        group: format!("g{group}").into(),
        member: format!("g{child}").into(),
        kind: MemberKind::Group,
    }
}

fn no_nesting(group: usize, child: usize) -> Record {
    Record::MemberGone {
        group: format!("g{group}").into(),
        member: format!("g{child}").into(),
        kind: MemberKind::Group,
    }
}

#[tokio::test]
async fn what_leads_a_protected_user_to_a_group_goes_only_when_a_person_says_so() {
    let house = with(|manner| manner.rules.protected = ["user0".to_owned()].into()).await;
    house.sync(nested()).await;
    let run = house.sync(Say::Changes(vec![no_nesting(3, 2)])).await;
    assert_eq!(
        (run.state, run.counts.memberships.removed),
        (RunState::Succeeded, 1),
        "a group that no protected user is in leaves another"
    );
    let top = || Say::Changes(vec![Record::GroupGone("g4".into())]);
    assert_eq!(house.sync(top()).await.state, RunState::Held);
    assert_eq!(
        house.engine.plans()[0].reasons,
        ["plan removes the group `Group 4`, which the protected user `user0` is in"]
    );
    let back = vec![group(4), nesting(4, 3)];
    assert_eq!(
        house.sync(Say::Changes(back)).await.state,
        RunState::Succeeded,
        "taken back"
    );
    let run = house.sync(Say::Changes(vec![no_nesting(4, 3)])).await;
    assert_eq!((run.state, run.counts.memberships.removed), (RunState::Held, 0));
    assert_eq!(
        house.engine.plans()[0].reasons,
        ["plan takes the group `Group 3`, which the protected user `user0` is in, out of `Group 4`"]
    );
    house.script([Say::Changes(Vec::new())]);
    let approved = house.engine.approve(&run.plan.unwrap(), None, "ops").unwrap();
    let run = house.engine.finished(&approved).await.unwrap();
    assert_eq!(
        (run.state, run.counts.memberships.removed),
        (RunState::Succeeded, 1)
    );
}

#[tokio::test]
async fn after_a_change_of_scope_everything_that_goes_waits_however_little() {
    let house = house().await;
    house.sync(company()).await;
    let house = house
        .reconfigured(|manner| manner.rules.scope = scope(json!({ "groups_exclude": ["Group 2"] })))
        .await;
    let all =
        || Say::Everything([users(0..100), vec![user(200)], whole(1, 0..20), whole(2, 20..40)].concat());
    let held = house.sync(all()).await;
    assert_eq!(house.asked(), [true], "what another scope read does not do");
    assert_eq!(
        (
            held.state,
            held.counts.users.added,
            house.snapshot().group_count()
        ),
        (RunState::Held, 1, 2)
    );
    let plan = house.engine.plans().remove(0);
    assert_eq!((plan.counts.groups.removed, plan.reasons.len()), (1, 1));
    assert!(
        plan.reasons[0].starts_with("scope or mapping of the directory have changed"),
        "{:?}",
        plan.reasons
    );
    // It waits still, also what the source loses meanwhile, also over a restart.
    let house = house.restarted().await;
    let run = house.sync(Say::Changes(vec![gone(5)])).await;
    assert_eq!(
        (run.state, house.living(), house.asked()),
        (RunState::Held, 101, vec![false])
    );
    house.script([Say::Everything(
        [
            users(0..5),
            users(6..100),
            vec![user(200)],
            whole(1, 0..20),
            whole(2, 20..40),
        ]
        .concat(),
    )]);
    let approved = house.engine.approve(&run.plan.unwrap(), None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&approved).await.unwrap().state,
        RunState::Succeeded
    );
    assert_eq!((house.living(), house.snapshot().group_count()), (100, 1));
    let run = house.sync(Say::Changes(vec![gone(7)])).await;
    assert_eq!((run.state, house.living()), (RunState::Succeeded, 99), "agreed");
}

#[tokio::test]
async fn a_change_of_scope_that_is_taken_back_takes_nothing_away() {
    let house = house().await;
    house.sync(company()).await;
    let house = house
        .reconfigured(|manner| manner.rules.scope = scope(json!({ "guests": "only" })))
        .await;
    let held = house.sync(company()).await;
    assert_eq!((held.state, house.living()), (RunState::Held, 100));
    let house = house
        .reconfigured(|manner| manner.rules.scope = Scope::default())
        .await;
    let run = house.sync(company()).await;
    assert_eq!(
        (run.state, house.living(), house.asked()),
        (RunState::Succeeded, 100, vec![true])
    );
    assert_eq!(house.engine.plans()[0].state, PlanState::Replaced);
}

#[tokio::test]
async fn the_first_complete_read_adds_only() {
    let house = house().await;
    house
        .sync(Say::Part([users(0..10), vec![user(50)]].concat()))
        .await;
    let run = house
        .sync(Say::Everything([users(0..10), whole(1, 0..5)].concat()))
        .await;
    assert_eq!(
        (run.state, run.counts.groups.added, house.living()),
        (RunState::Held, 1, 11)
    );
    assert!(house.engine.plans()[0].reasons[0].contains("the first one adds only"));
    let run = house.sync(Say::Changes(Vec::new())).await;
    assert_eq!(
        (run.state, house.living()),
        (RunState::Held, 11),
        "nor does the second"
    );
}

#[tokio::test]
async fn a_nested_group_is_no_longer_read_where_nesting_is_off() {
    let nest = || Record::Member {
        group: "g1".into(),
        member: "g2".into(),
        kind: MemberKind::Group,
    };
    let all = || {
        Say::Everything(
            [
                users(0..3),
                vec![group(1), group(2), nest()],
                whole(1, 0..1),
                whole(2, 1..2),
            ]
            .concat(),
        )
    };
    let house = house().await;
    house.sync(all()).await;
    let children = |house: &House| {
        let snapshot = house.snapshot();
        let id = snapshot.group_named("group 1").unwrap().id;
        snapshot.members(id, MemberKind::Group, Owner::Source).len()
    };
    assert_eq!(children(&house), 1);
    let house = house.reconfigured(|manner| manner.rules.nested = false).await;
    let held = house.sync(all()).await;
    assert_eq!(
        (held.state, children(&house)),
        (RunState::Held, 1),
        "a change of what is read"
    );
    house.script([all()]);
    let run = house.engine.approve(&held.plan.unwrap(), None, "ops").unwrap();
    house.engine.finished(&run).await.unwrap();
    assert_eq!(children(&house), 0);
}

fn with_phone(id: usize, phone: &str) -> Record {
    Record::User(SourceUser {
        id: format!("u{id}").into(),
        active: true,
        created_at: Some(1),
        attributes: [
            ("userPrincipalName".into(), format!("user{id}").into()),
            ("mobilePhone".into(), phone.into()),
        ]
        .into(),
    })
}

fn mapped(value: serde_json::Value) -> Mapping {
    let config: MappingConfig = serde_json::from_value(value).unwrap();
    Mapping::from_config(&config, Mapping::entra())
}

#[tokio::test]
async fn custom_attributes_come_change_and_go_with_the_source_and_with_the_mapping() {
    let phones = json!({ "attributes": { "phone": { "from": ["mobilePhone"] } } });
    let house = with(|manner| manner.mapping = mapped(phones)).await;
    let phone = |house: &House| {
        let snapshot = house.snapshot();
        let id = snapshot.user_named("user0").unwrap().id.0;
        snapshot
            .details()
            .attribute(MemberKind::User, id, "phone")
            .to_vec()
    };
    house
        .sync(Say::Everything(vec![with_phone(0, "+47 1"), user(1)]))
        .await;
    assert_eq!(phone(&house), ["+47 1".into()]);
    let run = house.sync(Say::Changes(vec![with_phone(0, "+47 1")])).await;
    assert_eq!(house.audit(&run.id).await, [], "the same again is no change");
    let run = house.sync(Say::Changes(vec![with_phone(0, "+47 2")])).await;
    assert_eq!(phone(&house), ["+47 2".into()]);
    assert_eq!(house.audit(&run.id).await[0].action, "user updated");
    assert_eq!(phone(&house.restarted().await), ["+47 2".into()]);
    house.sync(Say::Changes(vec![with_phone(0, " ")])).await;
    assert_eq!(phone(&house), []);
    house.sync(Say::Changes(vec![with_phone(0, "+47 3")])).await;
    let house = house
        .reconfigured(|manner| manner.mapping = Mapping::entra())
        .await;
    let run = house
        .sync(Say::Everything(vec![with_phone(0, "+47 3"), user(1)]))
        .await;
    assert_eq!((run.state, phone(&house)), (RunState::Succeeded, Vec::new()));
}

#[tokio::test]
async fn a_held_user_keeps_its_attributes_while_it_waits() {
    let phones = json!({ "attributes": { "phone": { "from": ["mobilePhone"] } } });
    let house = with(|manner| manner.mapping = mapped(phones)).await;
    let all = (0..40).map(|id| with_phone(id, "1")).collect();
    house.sync(Say::Everything(all)).await;
    let off = |id: usize| match with_phone(id, "2") {
        Record::User(user) => Record::User(SourceUser {
            active: false,
            ..user
        }),
        other => other,
    };
    assert_eq!(
        house.sync(Say::Changes((0..20).map(off).collect())).await.state,
        RunState::Held
    );
    house.sync(Say::Changes(Vec::new())).await;
    let snapshot = house.snapshot();
    let row = snapshot.user_named("user0").unwrap();
    assert!(row.active(), "its loss waits");
    assert_eq!(
        snapshot.details().attribute(MemberKind::User, row.id.0, "phone"),
        ["2".into()],
        "the rest flows"
    );
}

#[tokio::test]
async fn a_namesake_may_be_served_with_a_suffix_until_the_name_is_free() {
    let house = with(|manner| manner.mapping = mapped(json!({ "on_collision": "suffix" }))).await;
    let told = || vec![named(1, "zoe"), named(2, "Zoe")];
    let run = house.sync(Say::Everything(told())).await;
    assert_eq!((run.counts.users.added, run.names_wait), (2, true));
    assert_eq!(
        run.refused[0].reason,
        "another user has this username; served as `Zoe-u2`"
    );
    assert_eq!(
        house.snapshot().user_named("zoe-u2").unwrap().external_id,
        "u2".into()
    );
    let run = house.sync(Say::Everything(told())).await;
    assert_eq!(house.audit(&run.id).await, [], "planning again gives nothing");
    house
        .sync(Say::Everything(vec![named(1, "other"), named(2, "Zoe")]))
        .await;
    assert_eq!(
        house.snapshot().user_named("zoe").unwrap().external_id,
        "u2".into()
    );
}

#[tokio::test]
async fn a_name_that_was_somebody_elses_is_said_aloud() {
    let house = house().await;
    house.sync(Say::Everything(users(0..9))).await;
    house.sync(Say::Changes(vec![named(1, "other"), gone(2)])).await;
    let run = house
        .sync(Say::Changes(vec![
            named(20, "User1"),
            named(21, "user2"),
            named(1, "OTHER"),
        ]))
        .await;
    let expected = [
        "the username `user1` was user u1's and is user u20's now: another person, with a key of its own",
        "the username `user2` was user u2's and is user u21's now: another person, with a key of its own",
    ];
    assert_eq!(run.notices, expected);
}

#[tokio::test]
async fn names_that_no_application_can_keep_are_left_out_and_told() {
    let house = house().await;
    let long = "x".repeat(256);
    let fits = "ä".repeat(255);
    let told = vec![named(1, &long), named(2, &fits), super::titled(1, &long, "", 1)];
    let run = house.sync(Say::Everything(told)).await;
    let reasons: Vec<_> = run
        .refused
        .iter()
        .map(|refused| refused.reason.as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "its username is longer than 255 characters, which no application can keep",
            "its name is longer than 255 characters, which no application can keep"
        ]
    );
    assert_eq!((house.living(), house.snapshot().group_count()), (1, 0));
}

/// Who owns a group, and how many members the rule has put into it.
fn rule(house: &House, name: &str) -> Option<(Owner, usize)> {
    let snapshot = house.snapshot();
    let row = snapshot.group_named(name)?;
    Some((
        row.owner,
        snapshot.members(row.id, MemberKind::User, Owner::Rule).len(),
    ))
}

#[tokio::test]
async fn every_active_user_is_in_the_default_groups_at_every_commit() {
    let house = house().await;
    house
        .directory
        .set_default_groups(vec!["Everybody".into(), "group 2".into()])
        .await
        .unwrap();
    assert_eq!(rule(&house, "everybody"), None, "nobody is there yet");
    let all = [users(0..8), vec![disabled(8)], whole(2, 0..2)].concat();
    house.sync(Say::Everything(all.clone())).await;
    assert_eq!(rule(&house, "everybody"), Some((Owner::Rule, 8)));
    assert_eq!(rule(&house, "group 2"), Some((Owner::Source, 8)));
    let run = house.sync(Say::Everything(all.clone())).await;
    assert_eq!(
        house.audit(&run.id).await,
        [],
        "no synchronisation touches what the rule made"
    );
    house
        .sync(Say::Changes(vec![
            user(8),
            disabled(0),
            super::titled(5, "Everybody", "src", 1),
        ]))
        .await;
    assert_eq!(
        rule(&house, "everybody"),
        Some((Owner::Rule, 9)),
        "who becomes inactive stays"
    );
    assert!(
        house.snapshot().group_named("everybody (src)").is_some(),
        "never a merge"
    );
    house
        .sync(Say::Changes(vec![Record::GroupGone("g2".into())]))
        .await;
    assert_eq!(
        rule(&house, "group 2"),
        Some((Owner::Rule, 8)),
        "the source's group is gone, the rule is not"
    );
    let house = house.restarted().await;
    house
        .directory
        .set_default_groups(vec!["Group 2".into()])
        .await
        .unwrap();
    assert_eq!(
        (rule(&house, "everybody"), rule(&house, "group 2")),
        (None, Some((Owner::Rule, 8)))
    );
    assert_eq!(rule(&house.restarted().await, "everybody"), None, "durable");
}
