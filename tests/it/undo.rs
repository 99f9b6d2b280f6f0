//! Undo through the faces: simulator → sync → Jira, back again by an operator, and what the next run makes of it.

use serde_json::json;
use throng::simulator::entra::Edit;
use throng::simulator::jira::Synced;

use crate::harness::{House, Operator, READER, nothing};

/// The export of the directory as the run that was undone left it.
async fn exported_as_it_was(operator: &Operator, past: &str) {
    let lines = operator
        .get(&format!("/api/v1/directories/corp/export?as_of={past}"))
        .await;
    let text = lines.body.as_str().unwrap();
    assert!(
        text.contains("\"plans_since\":1") && text.contains("\"active\":false"),
        "{text}"
    );
    let unknown = operator.get("/api/v1/directories/corp/export?as_of=01J").await;
    assert_eq!(
        (unknown.status, &unknown.body["code"]),
        (404, &json!("UNKNOWN_RUN"))
    );
}

#[tokio::test]
async fn jira_sees_an_undone_deactivation_taken_back_and_the_next_run_holds_it() {
    let house = House::of(40).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    let mut jira = house.jira();
    assert_eq!(jira.sync().await.unwrap(), Synced::Full);
    let before = jira.cache.users.clone();

    let truth = house.company.tenant().truth();
    let user = truth
        .users
        .iter()
        .find(|(_, user)| user.enabled)
        .unwrap()
        .0
        .to_string();
    house.company.tenant().edit(&Edit::DisableUser { user }).unwrap();
    let run = operator.sync(&nothing()).await;
    assert_eq!(run["counts"]["users"]["deactivated"], 1, "{run}");
    jira.sync().await.unwrap();
    assert_ne!(jira.cache.users, before);

    let history = operator.get("/api/v1/directories/corp/history").await.body;
    assert_eq!(history["plans"][0]["id"], run["applied"]);
    let plan = format!("/api/v1/plans/{}", run["applied"].as_str().unwrap());
    let shown = operator.get(&plan).await.body;
    assert_eq!(
        (
            &shown["changes"]["users"][0]["before"],
            &shown["changes"]["users"][0]["after"]
        ),
        (&json!({ "active": true }), &json!({ "active": false }))
    );
    let undo = format!("{plan}/undo");
    let reader = house.operator().with_token(READER);
    assert_eq!(reader.post(&undo, &nothing()).await.status, 403);
    let started = operator.post(&undo, &json!({ "dry_run": true })).await;
    let dry = operator.ended(&started.body).await;
    assert_eq!(
        (&dry["kind"], &dry["counts"]["users"]["updated"]),
        (&json!("undo"), &json!(1)),
        "{dry}"
    );
    let other = format!("/api/v1/plans/{}/undo", dry["plan"].as_str().unwrap());
    let refused = operator.post(&other, &nothing()).await;
    assert_eq!(refused.body["code"], "PLAN_NOT_APPLIED");
    let started = operator.post(&undo, &nothing()).await;
    assert_eq!(started.status, 202);
    let undone = operator.ended(&started.body).await;
    assert_eq!(undone["state"], "succeeded", "{undone}");
    assert!(matches!(jira.sync().await.unwrap(), Synced::Incremental { .. }));
    assert_eq!(jira.cache.users, before);

    let house = house.restarted().await;
    let operator = house.operator();
    let run = operator.sync(&json!({ "full": true })).await;
    assert_eq!(run["state"], "held", "{run}");
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    assert_eq!(jira.cache.users, before);
    exported_as_it_was(&operator, history["plans"][0]["run"].as_str().unwrap()).await;
}
