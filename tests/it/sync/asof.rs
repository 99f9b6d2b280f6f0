//! A directory as it was after a past run.

use throng::directory::Snapshot;
use throng::directory::difference::between;
use throng::model::facts::Difference;
use throng::sync::{Run, export};

use super::{House, Say, company, corp, gone, house, member, named, user, users, whole};

fn names(snapshot: &Snapshot) -> Vec<String> {
    let users = snapshot.users_by_name(None);
    users
        .map(|row| format!("{} {}", row.name, row.active()))
        .collect()
}

async fn run(house: &House, say: Vec<throng::model::record::Record>) -> (Run, Vec<String>) {
    let run = house.sync(Say::Changes(say)).await;
    (run, names(&house.snapshot()))
}

#[tokio::test]
async fn a_directory_is_shown_as_it_was_after_each_past_run() {
    let house = house().await;
    let first = house.sync(company()).await;
    let mut shown = vec![(first, names(&house.snapshot()))];
    let pictures = house.snapshot();
    for say in [
        vec![named(1, "renamed"), gone(2), user(100)],
        vec![],
        vec![named(1, "again"), named(3, "renamed"), member(1, 100)],
        vec![user(2), gone(100)],
    ] {
        shown.push(run(&house, say).await);
    }
    let plan = shown[3].0.applied.clone().unwrap();
    let undo = house.engine.undo(&plan, false, "operator ops").unwrap();
    let undo = house.engine.finished(&undo).await.unwrap();
    shown.push((undo, names(&house.snapshot())));
    let house = house.restarted().await;
    for (run, expected) in &shown {
        let past = house.engine.as_of(&corp(), &run.id).await.unwrap();
        assert_eq!(
            (&names(&past.snapshot), past.inexact),
            (expected, 0),
            "{}",
            run.id
        );
    }
    let past = house.engine.as_of(&corp(), &shown[0].0.id).await.unwrap();
    assert_eq!(
        between(&pictures, &past.snapshot),
        Difference::default(),
        "to the last edge"
    );
    assert_eq!(past.plans, 4);
    let lines: Vec<u8> = export(past.snapshot, &serde_json::json!({})).flatten().collect();
    let lines = String::from_utf8(lines).unwrap();
    assert_eq!(lines.lines().count(), 1 + 100 + 2);
    assert!(lines.contains(r#""name":"Group 2""#), "{lines}");
}

#[tokio::test]
async fn beyond_what_is_kept_it_is_said_so() {
    let house = house().await;
    let first = house.sync(company()).await;
    house.sync(Say::Changes(vec![named(1, "one")])).await;
    house.clock.advance(60 * 24 * 3_600_000);
    let all = [users(0..100), whole(1, 0..20), whole(2, 20..40)].concat();
    let second = house.sync(Say::Everything(all)).await;
    house.clock.advance(40 * 24 * 3_600_000);
    let code = |run| {
        let house = &house;
        async move {
            house
                .engine
                .as_of(&corp(), run)
                .await
                .map(|_| ())
                .map_err(|error| error.code())
        }
    };
    assert_eq!(code(&first.id).await, Err("BEYOND_HISTORY"));
    assert_eq!(code(&second.id).await, Ok(()));
    assert_eq!(code(&"01J".into()).await, Err("UNKNOWN_RUN"));
}
