//! Runs: what they apply, what they say, what is kept of them.

use std::sync::Arc;

use throng::connector::ConnectorError;
use throng::sync::{Ask, PlanState, RunState};

use super::{Say, company, corp, gone, group, house, member, named, titled, user, users, whole};

#[tokio::test]
async fn a_first_load_is_one_audit_record() {
    let house = house().await;
    let run = house.sync(company()).await;
    assert_eq!(
        (run.state, run.full, run.records, run.batches),
        (RunState::Succeeded, true, 144, 2)
    );
    assert_eq!(
        (
            run.counts.users.added,
            run.counts.groups.added,
            run.counts.memberships.added
        ),
        (100, 2, 40)
    );
    let audit = house.audit(&run.id).await;
    assert_eq!(audit.len(), 1);
    assert_eq!(
        (&*audit[0].action, &*audit[0].reason),
        (
            "directory loaded",
            "first load: 100 users, 2 groups, 40 memberships"
        )
    );
}

#[tokio::test]
async fn later_runs_have_one_audit_record_per_user_or_group() {
    let house = house().await;
    house.sync(company()).await;
    let renamed = titled(1, "Other", "", 1);
    let run = house
        .sync(Say::Changes(vec![
            gone(3),
            named(4, "new.name"),
            renamed,
            member(1, 50),
            member(1, 51),
        ]))
        .await;
    let mut audit: Vec<_> = house
        .audit(&run.id)
        .await
        .into_iter()
        .map(|record| (record.actor, record.action, record.subject, record.reason))
        .collect();
    audit.sort();
    let expected = [
        (
            "group renamed",
            "Group 1",
            "now `Other` at the source; memberships changed at the source: 2 added, 0 removed",
        ),
        ("user deactivated", "user3", "gone at the source"),
        ("user updated", "user4", "now `new.name` at the source"),
    ];
    assert_eq!(
        audit,
        expected.map(|(action, subject, reason)| (
            "sync".to_owned(),
            action.to_owned(),
            subject.to_owned(),
            reason.to_owned()
        ))
    );
}

#[tokio::test]
async fn a_read_in_part_adds_and_updates_and_removes_nothing() {
    let house = house().await;
    house.sync(company()).await;
    let cursor = house.snapshot().cursor().cloned();
    let run = house
        .sync(Say::Part(
            [vec![named(0, "renamed"), user(300), gone(5)], whole(1, 90..91)].concat(),
        ))
        .await;
    assert_eq!(run.state, RunState::Incomplete);
    assert_eq!(run.incomplete, ["the members of 3 groups could not be read"]);
    assert_eq!(
        (
            run.counts.users.added,
            run.counts.users.updated,
            run.counts.users.deactivated
        ),
        (1, 1, 0)
    );
    assert_eq!(
        (run.counts.memberships.added, run.counts.memberships.removed),
        (1, 0)
    );
    assert_eq!(
        (house.living(), house.snapshot().cursor().cloned()),
        (101, cursor)
    );
    assert!(house.snapshot().user_named("renamed").is_some());
}

#[tokio::test]
async fn a_source_that_fails_leaves_no_trace_and_its_own_words() {
    let house = house().await;
    house.sync(company()).await;
    let before = house.snapshot();
    let refused = ConnectorError::Refused("the client secret has expired".to_owned());
    let run = house.sync(Say::Breaks(users(0..1), refused)).await;
    let error = run.error.unwrap();
    assert_eq!(
        (run.state, &*error.code, &*error.message),
        (
            RunState::Failed,
            "SOURCE_REFUSED",
            "the client secret has expired"
        )
    );
    let run = house.sync(Say::Stops(users(0..1))).await;
    assert_eq!(
        (run.state, run.error.unwrap().code),
        (RunState::Failed, "SOURCE_MALFORMED".to_owned())
    );
    assert!(Arc::ptr_eq(&before, &house.snapshot()));
    let kept = house.restarted().await.engine.runs(None);
    assert_eq!(kept, house.engine.runs(None));
}

#[tokio::test]
async fn a_defect_ends_its_run_alone() {
    let house = house().await;
    let run = house.sync(Say::Panics).await;
    assert_eq!(
        (run.state, run.error.unwrap().code),
        (RunState::Failed, "RUN_PANICKED".to_owned())
    );
    assert_eq!(house.sync(company()).await.state, RunState::Succeeded);
}

#[tokio::test]
async fn a_dry_run_shows_its_plan_for_a_day_and_changes_nothing() {
    let house = house().await;
    house.sync(company()).await;
    let before = house.snapshot();
    house.script([Say::Changes(vec![gone(1), user(500)])]);
    let id = house.ask(Ask {
        dry_run: true,
        ..Ask::default()
    });
    let run = house.engine.finished(&id).await.unwrap();
    assert_eq!(
        (
            run.state,
            run.dry_run,
            run.counts.users.added,
            run.counts.users.deactivated
        ),
        (RunState::Succeeded, true, 1, 1)
    );
    assert!(Arc::ptr_eq(&before, &house.snapshot()));
    assert_eq!(house.audit(&id).await, []);
    let plan = run.plan.unwrap();
    let detail = house.engine.plan(&plan).await.unwrap().unwrap();
    assert_eq!((detail.plan.state, detail.steps.len()), (PlanState::Dry, 2));
    assert_eq!(house.engine.plans(), [], "it waits for nobody");
    assert_eq!(
        house.engine.approve(&plan, None, "ops").unwrap_err().code(),
        "PLAN_NOT_HELD"
    );
    house.clock.advance(24 * 3_600_000);
    assert_eq!(house.engine.plan(&plan).await.unwrap(), None);
    assert_eq!(
        house.engine.approve(&plan, None, "ops").unwrap_err().code(),
        "UNKNOWN_PLAN"
    );
}

#[tokio::test]
async fn everything_is_read_when_asked_for_and_when_a_day_has_passed() {
    let house = house().await;
    house.sync(company()).await;
    house.sync(Say::Changes(Vec::new())).await;
    house.script([company()]);
    let id = house.ask(Ask {
        full: true,
        ..Ask::default()
    });
    assert!(house.engine.finished(&id).await.unwrap().full);
    house.clock.advance(24 * 3_600_000 - 1);
    house.sync(Say::Changes(Vec::new())).await;
    house.clock.advance(1);
    house.sync(company()).await;
    assert_eq!(house.asked(), [true, false, true, false, true]);
}

#[tokio::test]
async fn what_is_left_out_or_served_otherwise_is_told() {
    let house = house().await;
    let told = vec![
        named(1, "zoe"),
        named(2, "Zoe"),
        named(3, " \u{1} "),
        named(4, " straße "),
        named(5, "strasse"),
        group(1),
        group(2),
        titled(3, "GROUP 1", "third", 2),
    ];
    let run = house.sync(Say::Everything(told)).await;
    let mut refused: Vec<_> = run
        .refused
        .iter()
        .map(|refused| format!("{}: {}", refused.what, refused.reason))
        .collect();
    refused.sort();
    let expected = [
        "group `GROUP 1` (g3): another group has this name; served as `GROUP 1 (third)`",
        "user u3: its username is blank once control characters are gone",
        "username `Zoe` for user u2: user u1 has the same username",
    ];
    assert_eq!(refused, expected);
    let expected = [
        "the name of user u4 had blanks at its ends or characters that cannot be served; served as `straße`",
        "the usernames `strasse`, `straße` look alike and are different users",
    ];
    assert_eq!(run.notices, expected);
    assert_eq!(
        house.sync(Say::Changes(vec![named(1, "zoe")])).await.notices,
        [""; 0],
        "once"
    );
}

#[tokio::test]
async fn an_idle_run_moves_neither_head_nor_cursor_that_stays_the_same() {
    let house = house().await;
    house.sync(company()).await;
    let head = house.snapshot().seq();
    let run = house.sync(Say::Part(Vec::new())).await;
    assert_eq!(
        (run.state, run.seq, house.snapshot().seq()),
        (RunState::Incomplete, None, head)
    );
    let kept = house.restarted().await.engine.run(&run.id);
    assert_eq!(kept, Some(run));
}

#[tokio::test]
async fn the_last_hundred_runs_of_a_directory_are_kept() {
    let house = house().await;
    let first = house.sync(company()).await.id;
    for _ in 0..100 {
        house.sync(Say::Changes(Vec::new())).await;
    }
    let kept = house.engine.runs(Some(&corp()));
    assert_eq!(kept.len(), 100);
    assert!(
        kept.iter().all(|run| run.id > first),
        "newest first, the oldest gone"
    );
    assert!(kept.is_sorted_by(|newer, older| newer.id > older.id));
    assert_eq!(house.restarted().await.engine.runs(None).len(), 100);
    assert_eq!(house.engine.runs(Some(&"other".into())), []);
}
