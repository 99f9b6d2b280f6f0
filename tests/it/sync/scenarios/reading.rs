//! Rows of reading: pages, faults, lost cursors, overlapping runs.

use std::collections::BTreeSet;

use chrono::DateTime;
use serde_json::json;
use throng::simulator::entra::{Edit, Expired, Fault, FaultKind};

use super::{USERS, scene};

#[tokio::test]
async fn row_1_a_failed_page_removes_nobody_and_who_returns_is_the_same() {
    let mut scene = scene("").await;
    let (users, active) = (scene.jira.cache.users.clone(), scene.active());
    scene
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::MissingValue, "users"));
    let run = scene.run_in_full("incomplete").await;
    assert_eq!(
        (run["counts"]["users"]["removed"].as_u64(), scene.active()),
        (Some(0), active)
    );
    let user = scene.staff().remove(0);
    scene.edit(&Edit::DeleteUser { user: user.clone() });
    scene.run("succeeded").await;
    assert!(!scene.seen(&user).unwrap().active, "deactivated first");
    scene.edit(&Edit::RestoreUser { user });
    scene.run("succeeded").await;
    assert_eq!(scene.jira.cache.users, users);
}

#[tokio::test]
async fn row_2_a_user_told_twice_is_no_error() {
    let mut scene = scene("").await;
    let before = scene.jira.cache.clone();
    scene
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Duplicate, "users"));
    scene.run_in_full("succeeded").await;
    scene
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Duplicate, "users/delta"));
    scene.run("succeeded").await;
    assert_eq!(scene.jira.cache, before);
}

#[tokio::test]
async fn row_5_a_lost_cursor_leads_to_a_full_read() {
    let mut scene = scene("").await;
    let user = scene.edit(&Edit::CreateUser {
        name: "late.comer".to_owned(),
    });
    scene.tenant().expire_delta_tokens(Expired::Gone);
    let run = scene.run("succeeded").await;
    assert_eq!(run["full"], true);
    assert!(scene.seen(&user).is_some());
}

#[tokio::test]
async fn row_6_endless_pages_end_and_take_nothing_away() {
    let mut scene = scene("").await;
    let before = scene.jira.cache.clone();
    scene.tenant().faults().add(Fault::new(FaultKind::Loop, "users"));
    scene.run_in_full("incomplete").await;
    assert_eq!(scene.jira.cache, before);
}

#[tokio::test]
async fn row_7_an_answer_of_another_shape_is_not_an_empty_one() {
    let mut scene = scene("").await;
    let before = scene.jira.cache.clone();
    for kind in [FaultKind::MissingValue, FaultKind::Html, FaultKind::Truncate] {
        for on in ["users", "groups"] {
            scene.tenant().faults().add(Fault::new(kind.clone(), on));
            // Once: what passes is asked for again.
            let run = scene.operator.sync(&json!({ "full": true })).await;
            assert!(
                ["incomplete", "failed", "succeeded"].contains(&run["state"].as_str().unwrap()),
                "{kind:?} {on}: {run}"
            );
            scene.tenant().faults().clear();
        }
    }
    scene.jira.sync().await.unwrap();
    assert_eq!(scene.jira.cache, before);
}

#[tokio::test]
async fn row_15_a_group_deleted_while_it_is_read_is_gone_alone() {
    let mut scene = scene("").await;
    let staff = scene.staff();
    let group = scene.team("Short Lived", &staff[..3]);
    scene.run("succeeded").await;
    assert!(scene.jira.cache.groups.contains_key("short lived"));
    let edits = vec![Edit::DeleteGroup { group }];
    scene
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "batch"));
    scene.run_in_full("succeeded").await;
    assert!(!scene.jira.cache.groups.contains_key("short lived"));
    assert_eq!(
        scene.active(),
        scene
            .tenant()
            .truth()
            .users
            .values()
            .filter(|user| user.enabled)
            .count()
    );
}

#[tokio::test]
async fn row_16_members_that_are_no_users_are_not_fatal() {
    let scene = scene("").await;
    let truth = scene.tenant().truth();
    assert_eq!(
        scene.jira.cache.memberships.len(),
        truth.members.len(),
        "devices and contacts are no members"
    );
}

#[tokio::test]
async fn row_18_a_read_costs_requests_by_pages_not_by_pairs() {
    let mut scene = scene("").await;
    scene.tenant().reset_stats();
    scene.run_in_full("succeeded").await;
    let stats = scene.tenant().stats().requests;
    let inner = stats.get("members").copied().unwrap_or(0);
    assert!(inner <= 2 * USERS as u64, "{stats:?}");
    assert!(stats["batch"] <= 2 && stats["users"] <= 2, "{stats:?}");
    scene.tenant().reset_stats();
    scene.run("succeeded").await;
    let stats = scene.tenant().stats().requests;
    assert!(
        !stats.contains_key("users") && stats["users/delta"] == 1,
        "{stats:?}"
    );
}

#[tokio::test]
async fn row_19_who_asks_during_a_run_shares_one_more() {
    let scene = scene("").await;
    let slow = Fault::new(FaultKind::Delay { millis: 1_000 }, "users/delta").times(u32::MAX);
    scene.tenant().faults().add(slow);
    scene.tenant().reset_stats();
    let nothing = json!({});
    let asks = (0..8).map(|_| scene.operator.post("/api/v1/directories/corp/sync", &nothing));
    let answers = futures_util::future::join_all(asks).await;
    let runs: BTreeSet<String> = answers
        .iter()
        .map(|answer| answer.body["run"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        runs.len() <= 2,
        "one at a time, one more for all who ask meanwhile: {runs:?}"
    );
    for run in &runs {
        let ended = scene.operator.ended(&json!({ "run": run })).await;
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }
    assert_eq!(scene.tenant().stats().requests["users/delta"], runs.len() as u64);
}

#[tokio::test]
async fn row_26_times_are_utc_whatever_their_fractions() {
    let scene = scene("").await;
    let snapshot = scene.house.daemon.directory(&"corp".into()).unwrap().snapshot();
    let truth = scene.tenant().truth();
    for row in snapshot.groups() {
        let told = &truth.groups[row.external_id.as_str()].created;
        let told = DateTime::parse_from_rfc3339(told).unwrap().timestamp_millis();
        assert_eq!(row.created_at, told, "{}", row.name);
    }
}

#[tokio::test]
async fn row_27_photos_are_not_read() {
    let scene = scene("").await;
    let asked = scene.tenant().stats().requests;
    assert!(asked.keys().all(|kind| !kind.contains("photo")), "{asked:?}");
    let snapshot = scene.house.daemon.directory(&"corp".into()).unwrap().snapshot();
    let details = snapshot.users().filter(|row| {
        let kind = throng::model::MemberKind::User;
        !snapshot.details().attributes(kind, row.id.0).0.is_empty()
    });
    assert_eq!(details.count(), 0, "nothing is kept that nobody asked for");
}
