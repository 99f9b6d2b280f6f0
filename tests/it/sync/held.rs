//! Held plans: what takes away waits until a person approves, and then no more goes than was shown.

use throng::directory::limits::{Limit, Limits};
use throng::model::Change;
use throng::model::plan::Effect;
use throng::sync::{PlanState, RunKind, RunState};

use super::{Say, company, corp, gone, group, house, limited, named, user, users, whole};

/// The company without the users from `kept` on, and with a new one.
fn shrunk(kept: usize) -> Say {
    Say::Everything([users(0..kept), whole(1, 0..20), whole(2, 20..40), vec![user(200)]].concat())
}

#[tokio::test]
async fn what_takes_away_too_much_waits_for_a_person_and_the_rest_flows() {
    let house = house().await;
    house.sync(company()).await;
    let run = house.sync(shrunk(80)).await;
    assert_eq!(
        (run.state, run.counts.users.deactivated, run.counts.users.added),
        (RunState::Held, 0, 1)
    );
    assert_eq!(house.living(), 101, "the new user flows, nobody goes");
    assert_eq!(house.audit(&run.id).await.len(), 1);
    assert_eq!(run.seq, Some(house.snapshot().seq()));

    let plans = house.engine.plans();
    assert_eq!(
        (plans.len(), plans[0].state, Some(&plans[0].id)),
        (1, PlanState::Held, run.plan.as_ref())
    );
    assert_eq!(
        plans[0].reasons,
        ["plan removes 20 of 100 users, more than the limit of 10 %"]
    );
    assert_eq!(
        (plans[0].counts.users.deactivated, plans[0].counts.users.added),
        (20, 0)
    );
    let detail = house.engine.plan(&plans[0].id).await.unwrap().unwrap();
    assert_eq!(
        (detail.steps.len(), detail.omitted, detail.plan.hash.len()),
        (20, 0, 64)
    );
    assert!(
        detail
            .steps
            .iter()
            .all(|step| step.effect == Effect::Deactivate && step.reason == "gone at the source")
    );

    let wrong = house.engine.approve(&plans[0].id, Some("00"), "ops").unwrap_err();
    assert_eq!(wrong.code(), "PLAN_HASH_DIFFERS");
    house.script([shrunk(80)]);
    let id = house
        .engine
        .approve(&plans[0].id, Some(&plans[0].hash), "ops")
        .unwrap();
    let run = house.engine.finished(&id).await.unwrap();
    assert_eq!(
        (run.state, run.kind, run.plan.as_ref()),
        (RunState::Succeeded, RunKind::Approve, Some(&plans[0].id))
    );
    assert_eq!(house.living(), 81);
    assert_eq!(run.seq, Some(house.snapshot().seq()));
    let audit = house.audit(&id).await;
    assert_eq!(audit.len(), 20);
    assert!(audit.iter().all(|record| record.actor == "operator ops"));
    let plan = &house.engine.plans()[0];
    assert_eq!(
        (plan.state, plan.by.as_deref()),
        (PlanState::Approved, Some("ops"))
    );
    assert_eq!(
        house.engine.approve(&plan.id, None, "ops").unwrap_err().code(),
        "PLAN_NOT_HELD"
    );
}

#[tokio::test]
async fn losses_that_grew_since_they_were_shown_are_held_again() {
    let house = house().await;
    house.sync(company()).await;
    let shown = house.sync(shrunk(80)).await.plan.unwrap();
    house.script([shrunk(79)]);
    let run = house.engine.approve(&shown, None, "ops").unwrap();
    let run = house.engine.finished(&run).await.unwrap();
    assert_eq!((run.state, house.living()), (RunState::Held, 101));
    assert_ne!(run.plan, Some(shown.clone()));
    let states: Vec<_> = house.engine.plans().iter().map(|plan| plan.state).collect();
    assert_eq!(states, [PlanState::Held, PlanState::Replaced]);
    assert_eq!(
        house.engine.approve(&shown, None, "ops").unwrap_err().code(),
        "PLAN_NOT_HELD"
    );
}

#[tokio::test]
async fn losses_that_shrank_since_they_were_shown_are_applied() {
    let house = house().await;
    house.sync(company()).await;
    let shown = house.sync(shrunk(80)).await.plan.unwrap();
    house.script([shrunk(85)]);
    let run = house.engine.approve(&shown, None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&run).await.unwrap().state,
        RunState::Succeeded
    );
    assert_eq!(house.living(), 86);
}

#[tokio::test]
async fn the_same_losses_keep_their_plan_and_a_harmless_run_replaces_it() {
    let house = house().await;
    house.sync(company()).await;
    let first = house.sync(shrunk(80)).await.plan;
    house.clock.advance(60_000);
    let second = house.sync(shrunk(80)).await;
    assert_eq!(second.plan, first);
    let plan = house.engine.plans().remove(0);
    assert_eq!((plan.created, &plan.run), (Some(1_000_000_000), &second.id));
    let run = house.sync(company()).await;
    assert_eq!(
        (run.state, run.plan.as_ref()),
        (RunState::Succeeded, run.applied.as_ref())
    );
    assert_ne!(run.plan, first, "it names what it applied");
    assert_eq!(house.engine.plans()[0].state, PlanState::Replaced);
    assert_eq!(house.living(), 100);
}

#[tokio::test]
async fn changes_go_on_while_a_plan_waits_and_its_approval_reads_everything() {
    let house = house().await;
    house.sync(company()).await;
    let held = house.sync(shrunk(80)).await;
    let run = house
        .sync(Say::Changes(vec![named(0, "renamed"), user(300)]))
        .await;
    assert_eq!(
        (run.state, &run.plan),
        (RunState::Held, &held.plan),
        "the same losses wait"
    );
    assert_eq!((run.counts.users.updated, run.counts.users.added), (1, 1));
    assert_eq!(house.living(), 102);
    house.script([shrunk(80)]);
    let run = house.engine.approve(&held.plan.unwrap(), None, "ops").unwrap();
    let run = house.engine.finished(&run).await.unwrap();
    assert_eq!(
        house.asked(),
        [true, false, false, true],
        "what only a full read did not tell is believed when a full read says so again"
    );
    // It tells nothing of the user whom changes told of: a loss that was not shown.
    assert_eq!((run.state, house.living()), (RunState::Held, 102));
}

#[tokio::test]
async fn what_the_source_takes_back_no_longer_waits() {
    let house = house().await;
    house.sync(company()).await;
    let lost: Vec<_> = (0..20).map(gone).collect();
    let held = house.sync(Say::Changes(lost)).await;
    assert_eq!(held.state, RunState::Held);
    let back = users(0..8);
    let run = house.sync(Say::Changes(back)).await;
    assert_eq!((run.state, &run.plan), (RunState::Held, &held.plan));
    let plan = house.engine.plans().remove(0);
    assert_eq!(
        (plan.counts.users.deactivated, plan.created),
        (12, Some(1_000_000_000))
    );
    let run = house.sync(Say::Changes(users(8..15))).await;
    assert_eq!(
        (run.state, run.counts.users.deactivated),
        (RunState::Succeeded, 5),
        "so few may go"
    );
    assert_eq!(
        (house.living(), house.engine.plans()[0].state),
        (95, PlanState::Replaced)
    );
    assert_eq!(
        house.sync(Say::Changes(Vec::new())).await.seq,
        Some(house.snapshot().seq()),
        "nothing is carried any more"
    );
    assert_eq!(house.living(), 95);
}

#[tokio::test]
async fn losses_of_later_changes_join_those_that_wait() {
    let house = house().await;
    house.sync(company()).await;
    let held = house.sync(Say::Changes((0..20).map(gone).collect())).await;
    let run = house.sync(Say::Changes(vec![gone(20)])).await;
    assert_eq!(
        (run.state, house.living()),
        (RunState::Held, 100),
        "one alone would have been let through"
    );
    assert_ne!(run.plan, held.plan);
    let plans = house.engine.plans();
    assert_eq!(
        (plans[0].counts.users.deactivated, plans[0].full, plans[1].state),
        (21, false, PlanState::Replaced)
    );
    let run = house.engine.approve(&run.plan.unwrap(), None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&run).await.unwrap().state,
        RunState::Succeeded
    );
    assert_eq!(
        (house.living(), house.asked()),
        (79, vec![true, false, false, false]),
        "changes sufficed"
    );
}

#[tokio::test]
async fn who_waits_for_the_name_of_somebody_held_gets_it_with_the_approval() {
    let house = house().await;
    house.sync(company()).await;
    let mut told: Vec<_> = (0..20).map(gone).collect();
    told.extend([named(300, "user0"), group(7)]);
    let held = house.sync(Say::Changes(told)).await;
    assert_eq!(
        (held.state, held.counts.users.added, held.counts.groups.added),
        (RunState::Held, 0, 1)
    );
    let shown = house
        .engine
        .plan(held.plan.as_ref().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (shown.steps.len(), shown.plan.counts.users.added),
        (21, 1),
        "the newcomer is shown with what it needs"
    );
    house.sync(Say::Changes(Vec::new())).await;
    let run = house.engine.approve(&held.plan.unwrap(), None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&run).await.unwrap().state,
        RunState::Succeeded
    );
    let snapshot = house.snapshot();
    assert_eq!(snapshot.user_named("user0").unwrap().external_id, "u300".into());
    assert!(
        snapshot
            .user_named("user0#gone-u0")
            .is_some_and(|row| row.vanished)
    );
}

#[tokio::test]
async fn a_group_whose_name_a_held_group_has_waits_instead_of_wearing_a_suffix_for_good() {
    let house = house().await;
    house.sync(company()).await;
    let all = [
        users(0..80),
        vec![super::titled(9, "Group 1", "nick", 1)],
        whole(9, 0..3),
        whole(2, 20..40),
    ];
    let mut all = all.concat();
    all.retain(|record| *record != group(9));
    let held = house.sync(Say::Everything(all.clone())).await;
    assert_eq!(
        (
            held.state,
            held.counts.groups.added,
            house.snapshot().group_count()
        ),
        (RunState::Held, 0, 2)
    );
    house.script([Say::Everything(all)]);
    let run = house.engine.approve(&held.plan.unwrap(), None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&run).await.unwrap().state,
        RunState::Succeeded
    );
    let group = house
        .snapshot()
        .group_named("group 1")
        .map(|row| row.external_id.clone());
    assert_eq!((group, house.snapshot().group_count()), (Some("g9".into()), 2));
}

#[tokio::test]
async fn a_plan_that_waited_for_a_week_is_a_new_one() {
    let house = house().await;
    house.sync(company()).await;
    let held = house.sync(shrunk(80)).await.plan.unwrap();
    house.clock.advance(7 * 24 * 3_600_000);
    assert_eq!(
        house.engine.approve(&held, None, "ops").unwrap_err().code(),
        "UNKNOWN_PLAN"
    );
    let again = house.sync(shrunk(80)).await;
    assert_eq!(again.state, RunState::Held);
    assert_ne!(again.plan, Some(held));
}

#[tokio::test]
async fn held_changes_are_carried_while_the_cursor_goes_on() {
    let house = house().await;
    house.sync(company()).await;
    let cursor = house.snapshot().cursor().cloned();
    let lost = || Say::Changes((0..20).map(gone).collect());
    assert_eq!(house.sync(lost()).await.state, RunState::Held);
    let after = house.snapshot().cursor().cloned();
    assert_ne!(after, cursor);
    let house = house.restarted().await;
    let run = house.sync(Say::Changes(Vec::new())).await;
    let since = house.source.asked.lock().unwrap().clone();
    assert_eq!(since, [after]);
    let run = house.engine.approve(&run.plan.unwrap(), None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&run).await.unwrap().state,
        RunState::Succeeded
    );
    assert_eq!(house.living(), 80);
}

#[tokio::test]
async fn a_rejected_plan_is_off_the_list_until_a_run_holds_it_anew() {
    let house = house().await;
    house.sync(company()).await;
    let plan = house.sync(shrunk(80)).await.plan.unwrap();
    assert_eq!(
        house
            .engine
            .reject(&plan, Some("00"), "ops")
            .await
            .unwrap_err()
            .code(),
        "PLAN_HASH_DIFFERS"
    );
    house.engine.reject(&plan, None, "ops").await.unwrap();
    assert_eq!(
        house.engine.reject(&plan, None, "ops").await.unwrap_err().code(),
        "PLAN_NOT_HELD"
    );
    assert_eq!(
        house
            .engine
            .reject(&"01J".into(), None, "ops")
            .await
            .unwrap_err()
            .code(),
        "UNKNOWN_PLAN"
    );
    let rejected = house.restarted().await.engine.plans().remove(0);
    assert_eq!(
        (rejected.state, rejected.by.as_deref()),
        (PlanState::Rejected, Some("ops"))
    );
    let again = house.sync(shrunk(80)).await;
    assert_eq!(again.state, RunState::Held);
    assert_ne!(again.plan, Some(plan));
    assert_eq!(house.living(), 101);
}

#[tokio::test]
async fn a_plan_that_is_being_applied_cannot_be_rejected_or_applied_twice() {
    let house = house().await;
    house.sync(company()).await;
    let plan = house.sync(shrunk(80)).await.plan.unwrap();
    house.source.gate.forget_permits(1_000);
    house.script([shrunk(80)]);
    let run = house.engine.approve(&plan, None, "ops").unwrap();
    assert_eq!(house.engine.approve(&plan, None, "other").unwrap(), run);
    assert_eq!(
        house
            .engine
            .reject(&plan, None, "other")
            .await
            .unwrap_err()
            .code(),
        "PLAN_BEING_APPROVED"
    );
    house.source.gate.add_permits(1);
    assert_eq!(
        house.engine.finished(&run).await.unwrap().state,
        RunState::Succeeded
    );
}

#[tokio::test]
async fn an_approval_that_reads_in_part_takes_nothing_and_leaves_the_plan_waiting() {
    let house = house().await;
    house.sync(company()).await;
    let plan = house.sync(shrunk(80)).await.plan.unwrap();
    house.script([Say::Part(users(0..80))]);
    let run = house.engine.approve(&plan, None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&run).await.unwrap().state,
        RunState::Incomplete
    );
    assert_eq!(
        (house.living(), house.engine.plans()[0].state),
        (101, PlanState::Held)
    );
    house.script([shrunk(80)]);
    let run = house.engine.approve(&plan, None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&run).await.unwrap().state,
        RunState::Succeeded
    );
}

#[tokio::test]
async fn a_read_in_part_neither_disables_too_many_nor_replaces_a_plan_that_waits() {
    let house = house().await;
    house.sync(company()).await;
    let disabled = || Say::Part((0..15).map(super::disabled).collect());
    let alone = house.sync(disabled()).await;
    assert_eq!((alone.state, alone.incomplete.len()), (RunState::Held, 1));
    let whole = house.sync(shrunk(80)).await;
    assert_ne!(whole.plan, alone.plan);
    let part = house.sync(disabled()).await;
    assert_eq!((part.state, part.plan), (RunState::Held, whole.plan.clone()));
    house.script([shrunk(80)]);
    let run = house.engine.approve(&whole.plan.unwrap(), None, "ops").unwrap();
    assert_eq!(
        house.engine.finished(&run).await.unwrap().state,
        RunState::Succeeded
    );
}

#[tokio::test]
async fn a_held_plan_outlives_a_restart_with_its_steps() {
    let house = house().await;
    house.sync(company()).await;
    let run = house.sync(shrunk(80)).await;
    let detail = house.engine.plan(run.plan.as_ref().unwrap()).await.unwrap();
    let after = house.restarted().await;
    assert_eq!(after.engine.runs(Some(&corp())), house.engine.runs(Some(&corp())));
    assert_eq!(
        after.engine.plan(run.plan.as_ref().unwrap()).await.unwrap(),
        detail
    );
    after.script([shrunk(80)]);
    let run = after.engine.approve(&run.plan.unwrap(), None, "ops").unwrap();
    assert_eq!(
        after.engine.finished(&run).await.unwrap().state,
        RunState::Succeeded
    );
    assert_eq!(after.living(), 81);
}

#[tokio::test]
async fn a_source_that_tells_nobody_is_held_however_few_there_are() {
    let house = house().await;
    house.sync(Say::Everything(users(0..3))).await;
    let run = house.sync(Say::Everything(Vec::new())).await;
    assert_eq!((run.state, house.living()), (RunState::Held, 3));
    assert_eq!(
        house.engine.plans()[0].reasons,
        ["the source told no users at all, the directory has 3"]
    );
}

#[tokio::test]
async fn a_protected_group_and_a_large_group_that_empties_are_held() {
    let wide = Limit {
        max: 10_000,
        percent: 100.0,
        at_least: 0,
    };
    let house = limited(Limits::new(wide, wide, wide, &["group 2".to_owned()])).await;
    house.sync(company()).await;
    let all = [users(0..100), whole(1, 0..0), vec![group(2)], whole(2, 20..40)].concat();
    house.sync(Say::Everything(all)).await;
    assert_eq!(
        house.engine.plans()[0].reasons,
        ["plan removes all 20 members of group `Group 1`"]
    );
    let run = house
        .sync(Say::Everything([users(0..100), whole(1, 0..20)].concat()))
        .await;
    assert_eq!(run.state, RunState::Held);
    assert_eq!(
        house.engine.plans()[0].reasons,
        ["plan removes the protected group `Group 2`"]
    );
    let held = house.engine.plans()[0].counts;
    assert_eq!((held.groups.removed, held.memberships.removed), (1, 20));
    assert!(house.snapshot().group_named("group 2").is_some());
    let run = house
        .sync(Say::Everything([users(0..100), whole(2, 20..40)].concat()))
        .await;
    assert_eq!(
        (run.state, house.snapshot().group_count()),
        (RunState::Succeeded, 1)
    );
}

#[tokio::test]
async fn what_is_held_is_shown_with_all_that_it_takes_away() {
    let house = house().await;
    house.sync(company()).await;
    let mut all = [users(0..100), whole(1, 0..1), whole(2, 20..21)].concat();
    all.extend((200..5_300).map(|id| named(id, &format!("new{id}"))));
    let run = house.sync(Say::Everything(all)).await;
    assert_eq!(
        (run.state, run.counts.memberships.removed),
        (RunState::Succeeded, 38),
        "38 of 40 are below the number that is always allowed"
    );
    let all = [users(0..100), whole(1, 0..1), whole(2, 20..21)].concat();
    let run = house.sync(Say::Everything(all)).await;
    assert_eq!(run.state, RunState::Held);
    let detail = house.engine.plan(&run.plan.unwrap()).await.unwrap().unwrap();
    let vanished = detail
        .steps
        .iter()
        .filter(|step| matches!(step.change, Change::VanishUser { .. }));
    assert_eq!((vanished.count(), detail.omitted), (5_100, 0));
}
