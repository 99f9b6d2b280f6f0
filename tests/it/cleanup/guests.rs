//! A policy about guests, over a directory that tells them by Entra ID's `userType`.

use std::collections::BTreeSet;

use serde_json::json;
use throng::directory::activity::{How, Lane, Sighting};
use throng::store::api::Durability;

use super::town::DAY;
use crate::harness::{House, nothing};

const POLICY: &str = "[[cleanup]]\nname = \"guests\"\ndirectories = [\"corp\"]\nmode = \"apply\"\nguests = \"only\"\n\
     never_seen_for = \"30d\"\nevidence = [\"activity-api\"]\nmax = { users = 100, percent = 100, at_least = 100 }\n";

/// Days pass on which one user is seen, so that the lane is healthy.
async fn days(house: &House, days: i64) {
    let corp = "corp".into();
    let snapshot = house.daemon.directory(&corp).unwrap().snapshot();
    let user = snapshot.users().next().unwrap().id;
    for _ in 0..days {
        house.clock.advance(DAY);
        let sighting = Sighting {
            lane: Lane::ActivityApi,
            at: throng::clock::Clock::now(&*house.clock),
            how: How::Report,
            application: Some("jira"),
        };
        house.daemon.activity().saw(&corp, user, sighting);
        house.daemon.activity().write(Durability::Soon).await.unwrap();
        house.daemon.cleaner().look_around().await;
    }
}

#[tokio::test]
async fn guests_of_entra_are_held_by_a_policy_about_guests_and_nobody_else() {
    let house = House::with(150, "", |text| format!("{text}\n{POLICY}")).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    let truth = house.company.tenant().truth();
    let of = |guest: bool| -> BTreeSet<String> {
        let users = truth
            .users
            .values()
            .filter(|user| user.guest == guest && user.enabled);
        users.map(|user| user.upn.clone()).collect()
    };
    let (guests, members) = (of(true), of(false));
    assert!(guests.len() > 1, "{guests:?}");
    days(&house, 40).await;
    for mode in ["report", "apply"] {
        let started = operator.post("/api/v1/cleanup/guests/runs", &nothing()).await;
        let run = operator.ended(&started.body).await;
        assert_eq!(run["state"], "succeeded", "{run}");
        assert_eq!(
            run["counts"]["holds"]["added"],
            json!(guests.len()),
            "{mode}: {run}"
        );
    }
    operator.sync(&json!({ "full": true })).await;
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    let seen = |active: bool| -> BTreeSet<String> {
        let users = jira.cache.users.values().filter(|user| user.active == active);
        users.map(|user| user.name.clone()).collect()
    };
    assert!(guests.is_subset(&seen(false)), "{guests:?}");
    assert!(members.is_subset(&seen(true)), "{members:?}");
}
