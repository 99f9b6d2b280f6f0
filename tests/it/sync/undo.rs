//! Undo: what an applied plan changed is given back, nothing newer is touched, and the next run does not do it again unasked.

use throng::model::MemberKind;
use throng::model::record::Record;
use throng::sync::{PlanId, Run, RunKind, RunState};

use super::{House, Say, company, disabled, gone, group, house, member, named, user, users, whole};

impl House {
    async fn undo(&self, plan: &PlanId) -> Run {
        let run = self.engine.undo(plan, false, "operator ops").unwrap();
        self.engine.finished(&run).await.unwrap()
    }

    /// Every row and edge, without what only numbers commits.
    fn picture(&self) -> Vec<String> {
        let snapshot = self.snapshot();
        let users = snapshot.users().map(|row| {
            let groups = snapshot.groups_of(row.id);
            format!(
                "{:?} {} {} {} {groups:?}",
                row.id,
                row.name,
                row.active(),
                row.vanished
            )
        });
        let groups = snapshot.groups().map(|row| {
            let members = snapshot.all_members(row.id, MemberKind::User);
            format!("{:?} {} {} {members:?}", row.id, row.name, row.source_name)
        });
        users.chain(groups).collect()
    }
}

/// The company, changed in every way that flows.
fn changed() -> Say {
    let mut all = users(2..100);
    all[0] = named(2, "renamed");
    all[1] = disabled(3);
    all.push(user(100));
    all.extend([whole(1, 3..22), whole(3, 0..0)].concat());
    all.extend([whole(2, 20..40), vec![member(3, 100)]].concat());
    Say::Everything(all)
}

#[tokio::test]
async fn an_undone_plan_leaves_the_directory_as_it_was_before() {
    let house = house().await;
    let first = house.sync(company()).await;
    assert_eq!(
        first.applied, None,
        "a first load is not kept: there was nothing before it"
    );
    let before = house.picture();
    let run = house.sync(changed()).await;
    assert_eq!((run.state, &run.plan), (RunState::Succeeded, &run.applied));
    let after = house.picture();
    assert_ne!(before, after);
    let plan = run.applied.unwrap();
    let back = house.undo(&plan).await;
    assert_eq!((back.state, back.kind), (RunState::Succeeded, RunKind::Undo));
    assert_eq!((house.picture(), &back.refused[..]), (before, &[][..]));
    let audit = house.audit(&back.id).await;
    assert!(audit.len() > 4 && audit.iter().all(|record| record.actor == "operator ops"));
    let history = house.engine.history(&super::corp());
    assert_eq!((history.len(), history[0].undoes.as_ref()), (2, Some(&plan)));
    // An undo is undone as any plan is.
    house.undo(&back.applied.unwrap()).await;
    assert_eq!(house.picture(), after);
    let run = house.sync(changed()).await;
    assert_eq!(run.state, RunState::Succeeded, "nothing waits any more");
    assert_eq!(house.picture(), after);
}

#[tokio::test]
async fn a_dry_undo_shows_what_it_would_take_away_and_touches_nothing() {
    let house = house().await;
    house.sync(company()).await;
    let plan = house.sync(Say::Changes(users(100..140))).await.applied.unwrap();
    let before = house.snapshot().seq();
    let run = house.engine.undo(&plan, true, "operator ops").unwrap();
    let run = house.engine.finished(&run).await.unwrap();
    assert_eq!((run.counts.users.removed, house.snapshot().seq()), (40, before));
    let shown = house.engine.plan(&run.plan.unwrap()).await.unwrap().unwrap();
    assert_eq!(shown.steps.len(), 40);
    assert!(
        shown.plan.reasons[0].starts_with("plan removes 40 of 140 users"),
        "{:?}",
        shown.plan.reasons
    );
    assert_eq!(house.engine.history(&super::corp()).len(), 1);
}

#[tokio::test]
async fn what_is_newer_than_the_plan_is_left_as_it_is_and_named() {
    let house = house().await;
    house.sync(company()).await;
    let told = vec![
        named(1, "first"),
        named(2, "second"),
        user(100),
        member(1, 50),
        member(1, 51),
    ];
    let plan = house.sync(Say::Changes(told)).await.applied.unwrap();
    let newer = vec![
        named(1, "newest"),
        member(2, 100),
        Record::MemberGone {
            group: "g1".into(),
            member: "u50".into(),
            kind: MemberKind::User,
        },
    ];
    house.sync(Say::Changes(newer)).await;
    let run = house.undo(&plan).await;
    let told: Vec<String> = run
        .refused
        .iter()
        .map(|refused| format!("{}: {}", refused.what, refused.reason))
        .collect();
    assert_eq!(
        told,
        [
            "user `user1`: changed since, and left as it is: username, display name",
            "user `user100`: it has been put into groups since it was added",
            "members of group `Group 1`: 1 of them are left as they are: changed or removed since, or protected",
        ]
    );
    let snapshot = house.snapshot();
    let there = ["newest", "user2", "user100"].map(|name| snapshot.user_named(name).is_some());
    assert_eq!(there, [true, true, true]);
    let group = snapshot.group_named("group 1").unwrap().id;
    assert_eq!(snapshot.all_members(group, MemberKind::User).len(), 20);
}

#[tokio::test]
async fn the_next_read_of_the_same_source_holds_instead_of_doing_it_again() {
    let house = house().await;
    house.sync(company()).await;
    let plan = house.sync(changed()).await.applied.unwrap();
    house.undo(&plan).await;
    let before = house.picture();
    let house = house.restarted().await;
    let run = house.sync(changed()).await;
    assert_eq!((run.state, house.picture()), (RunState::Held, before.clone()));
    let held = house.engine.plans().remove(0);
    assert_eq!(
        held.reasons,
        [format!(
            "plan `{plan}` was undone, and the source still says what it did: 5 users, 1 groups, 4 memberships wait, \
             whatever their number"
        )]
    );
    // What else changes flows, and the plan waits on.
    let run = house
        .sync(Say::Changes(vec![user(300), named(2, "renamed")]))
        .await;
    assert_eq!((run.state, &run.plan), (RunState::Held, &Some(held.id.clone())));
    assert_eq!((house.living(), house.picture().len()), (101, before.len() + 1));
    house.script([changed_with(user(300))]);
    let run = house.engine.approve(&held.id, Some(&held.hash), "ops").unwrap();
    let run = house.engine.finished(&run).await.unwrap();
    assert_eq!(
        (run.state, run.applied.as_ref()),
        (RunState::Succeeded, Some(&held.id))
    );
    assert!(house.snapshot().user_named("renamed").is_some());
    let run = house.sync(changed_with(user(300))).await;
    assert_eq!(
        (run.state, run.applied),
        (RunState::Succeeded, None),
        "approved: it is remembered no longer"
    );
}

fn changed_with(more: Record) -> Say {
    match changed() {
        Say::Everything(mut all) => {
            all.push(more);
            Say::Everything(all)
        }
        other => other,
    }
}

#[tokio::test]
async fn what_the_source_takes_back_waits_no_longer_and_may_be_done_anew() {
    let house = house().await;
    house.sync(company()).await;
    let plan = house
        .sync(Say::Changes(vec![named(1, "other"), gone(2)]))
        .await
        .applied
        .unwrap();
    house.undo(&plan).await;
    assert_eq!(
        house.sync(Say::Changes(vec![named(1, "other")])).await.state,
        RunState::Held
    );
    let run = house.sync(Say::Changes(vec![user(1)])).await;
    assert_eq!(run.state, RunState::Succeeded);
    let run = house.sync(Say::Changes(vec![named(1, "other")])).await;
    assert_eq!((run.state, run.counts.users.updated), (RunState::Succeeded, 1));
    // Of the other user the source has said nothing new.
    let run = house.sync(Say::Changes(vec![gone(2)])).await;
    assert_eq!(
        (run.state, house.snapshot().user_named("user2").unwrap().active()),
        (RunState::Held, true)
    );
}

#[tokio::test]
async fn what_was_undone_is_remembered_for_ninety_days() {
    let house = house().await;
    house.sync(company()).await;
    let plan = house
        .sync(Say::Changes(vec![named(1, "other")]))
        .await
        .applied
        .unwrap();
    house.undo(&plan).await;
    house.clock.advance(90 * 24 * 3_600_000);
    let run = house.sync(Say::Changes(vec![named(1, "other")])).await;
    assert_eq!(run.state, RunState::Succeeded);
    assert_eq!(
        house.engine.undo(&plan, false, "ops").unwrap_err().code(),
        "UNKNOWN_PLAN"
    );
}

#[tokio::test]
async fn an_approved_plan_is_undone_under_the_id_that_it_was_approved_under() {
    let house = house().await;
    house.sync(company()).await;
    let before = house.picture();
    let shrunk = || Say::Everything([users(20..100), whole(1, 0..0), whole(2, 20..40)].concat());
    let held = house.sync(shrunk()).await.plan.unwrap();
    assert_eq!(
        house.engine.undo(&held, false, "ops").unwrap_err().code(),
        "PLAN_NOT_APPLIED"
    );
    house.script([shrunk()]);
    let run = house.engine.approve(&held, None, "ops").unwrap();
    house.engine.finished(&run).await.unwrap();
    assert_eq!(house.living(), 80);
    house.undo(&held).await;
    assert_eq!(house.picture(), before);
}

#[tokio::test]
async fn a_removed_group_comes_back_with_its_members_and_its_suffix() {
    let house = house().await;
    let named = |id: usize| super::titled(id, "Twins", "", i64::try_from(id).unwrap());
    let twins = |extra: Vec<Record>| {
        let all = [
            users(0..20),
            vec![named(1), named(2), group(3), member(3, 5)],
            extra,
        ];
        Say::Everything(all.concat())
    };
    house.sync(twins(vec![member(2, 1), member(2, 2)])).await;
    house.sync(twins(vec![member(2, 1), member(2, 2)])).await;
    let before = house.picture();
    let without = || {
        Say::Everything(
            [
                users(0..20),
                vec![group(3), member(3, 5), super::titled(1, "Single", "", 1)],
            ]
            .concat(),
        )
    };
    let run = house.sync(without()).await;
    assert_eq!(run.state, RunState::Succeeded, "{:?}", run.refused);
    house.undo(&run.applied.unwrap()).await;
    assert_eq!(house.picture(), before);
}

#[tokio::test]
async fn what_is_rejected_for_good_is_not_asked_about_again() {
    let house = house().await;
    house.sync(company()).await;
    let all = || {
        let mut all = [users(0..100), whole(1, 0..20), whole(2, 20..40)].concat();
        all[1] = named(1, "other");
        Say::Everything(all)
    };
    let plan = house.sync(all()).await.applied.unwrap();
    house.undo(&plan).await;
    let held = house.sync(all()).await.plan.unwrap();
    house.engine.reject(&held, None, "ops").await.unwrap();
    let held = house.sync(all()).await.plan.unwrap();
    house.engine.reject_for_good(&held, None, "ops").await.unwrap();
    let run = house.sync(all()).await;
    assert_eq!((run.state, run.plan), (RunState::Succeeded, None));
    assert!(house.snapshot().user_named("user1").is_some());
    let mut newer = [users(0..100), whole(1, 0..20), whole(2, 20..40)].concat();
    newer[1] = named(1, "newest");
    house.sync(Say::Everything(newer)).await;
    assert!(
        house.snapshot().user_named("newest").is_some(),
        "something else, at last"
    );
}
