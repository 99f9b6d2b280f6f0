//! The admin face, as an operator uses it.

use serde_json::json;
use throng::simulator::entra::Edit;

use crate::harness::{House, READER, nothing};

/// Disables so many enabled users at the source.
fn disable(house: &House, count: usize) {
    let truth = house.company.tenant().truth();
    let enabled = truth.users.iter().filter(|(_, user)| user.enabled).take(count);
    for (id, _) in enabled {
        house
            .company
            .tenant()
            .edit(&Edit::DisableUser { user: id.to_string() })
            .unwrap();
    }
}

#[tokio::test]
async fn nobody_is_let_in_without_a_token() {
    let house = House::of(40).await;
    let stranger = house.operator().with_token("guess");
    let answer = stranger.get("/api/v1/status").await;
    assert_eq!(
        (answer.status, answer.kind.as_str()),
        (401, "application/problem+json")
    );
    assert_eq!(answer.body["code"], "ADMIN_UNAUTHENTICATED");
    assert_eq!(stranger.get("/livez").await.status, 200);
    assert_eq!(stranger.get("/api/v1/nothing").await.status, 401);
}

#[tokio::test]
async fn a_reader_may_not_start_a_run() {
    let house = House::of(40).await;
    let reader = house.operator().with_token(READER);
    assert_eq!(reader.get("/api/v1/directories").await.status, 200);
    let answer = reader.post("/api/v1/directories/corp/sync", &nothing()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body["code"], "ADMIN_FORBIDDEN");
    assert_eq!(answer.body["hint"], "add it to the token's `scopes`");
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let house = House::of(40).await;
    let operator = house.operator();
    for path in [
        "/api/v1/runs/none",
        "/api/v1/plans/none",
        "/api/v1/directories/none",
        "/api/v1/none",
        "/none",
    ] {
        let answer = operator.get(path).await;
        assert_eq!(
            (answer.status, answer.kind.as_str()),
            (404, "application/problem+json"),
            "{path}"
        );
    }
    let answer = operator.get("/api/v1/directories/corp/sync").await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (405, &json!("ADMIN_WRONG_METHOD"))
    );
    let answer = operator
        .post("/api/v1/directories/corp/sync", &json!({ "dryrun": true }))
        .await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (400, &json!("ADMIN_REQUEST_MALFORMED"))
    );
    let answer = operator
        .post(
            "/api/v1/directories/corp/sync",
            &json!({ "x": "y".repeat(100_000) }),
        )
        .await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (413, &json!("ADMIN_REQUEST_TOO_LARGE"))
    );
}

#[tokio::test]
async fn a_run_is_started_watched_and_kept() {
    let house = House::of(60).await;
    let operator = house.operator();
    assert_eq!(operator.get("/readyz").await.status, 503);
    let run = operator.sync(&nothing()).await;
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(run["kind"], "sync");
    assert_eq!(run["counts"]["users"]["added"], 60);
    assert_eq!(operator.get("/readyz").await.status, 200);

    let directory = operator.get("/api/v1/directories/corp").await.body;
    assert_eq!(
        (&directory["users"], &directory["read_completely"]),
        (&json!(60), &json!(true))
    );
    let runs = operator.get("/api/v1/runs?directory=corp").await.body;
    assert_eq!(runs["runs"][0]["id"], run["id"]);
    let applications = operator.get("/api/v1/applications").await.body;
    assert_eq!(applications["applications"][0]["ready"], true);

    let house = house.restarted().await;
    let kept = house
        .operator()
        .get(&format!("/api/v1/runs/{}", run["id"].as_str().unwrap()))
        .await;
    assert_eq!(kept.body, run);
}

#[tokio::test]
async fn users_and_groups_are_paged_by_name() {
    let house = House::of(50).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let page = operator
            .get(&format!("/api/v1/directories/corp/users?limit=7&after={after}"))
            .await
            .body;
        let users = page["users"].as_array().unwrap();
        names.extend(
            users
                .iter()
                .map(|user| user["name"].as_str().unwrap().to_lowercase()),
        );
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert_eq!(names.len(), 50);
    assert!(names.is_sorted());
    let groups = operator
        .get("/api/v1/directories/corp/groups?limit=1000")
        .await
        .body;
    assert_eq!(
        groups["groups"].as_array().unwrap().len(),
        house.company.tenant().truth().groups.len()
    );
}

#[tokio::test]
async fn a_dry_run_shows_its_plan_and_changes_nothing() {
    let house = House::of(40).await;
    let operator = house.operator();
    let run = operator.sync(&json!({ "dry_run": true })).await;
    assert_eq!(run["state"], "succeeded", "{run}");
    let plan = operator
        .get(&format!("/api/v1/plans/{}", run["plan"].as_str().unwrap()))
        .await;
    assert!(plan.body["steps"].as_array().unwrap().len() >= 40);
    assert_eq!(operator.get("/api/v1/directories/corp").await.body["users"], 0);
    let refused = operator
        .post(
            &format!("/api/v1/plans/{}/approve", run["plan"].as_str().unwrap()),
            &nothing(),
        )
        .await;
    assert_eq!(refused.status, 409, "{}", refused.body);
}

#[tokio::test]
async fn a_large_loss_waits_for_a_person_who_approves_it() {
    let house = House::of(60).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    let before = jira.cache.users.values().filter(|user| user.active).count();
    disable(&house, 20);

    let run = operator.sync(&nothing()).await;
    assert_eq!(run["state"], "held", "{run}");
    jira.sync().await.unwrap();
    assert_eq!(
        jira.cache.users.values().filter(|user| user.active).count(),
        before
    );

    let plans = operator.plans().await;
    assert_eq!((plans.len(), &plans[0]["id"]), (1, &run["plan"]));
    let path = format!("/api/v1/plans/{}", run["plan"].as_str().unwrap());
    let plan = operator.get(&path).await.body;
    assert_eq!(plan["steps"].as_array().unwrap().len(), 20);
    let stale = operator
        .post(&format!("{path}/approve"), &json!({ "hash": "0".repeat(64) }))
        .await;
    assert_eq!(
        (stale.status, &stale.body["code"]),
        (409, &json!("PLAN_HASH_DIFFERS"))
    );
    let approved = operator
        .post(&format!("{path}/approve"), &json!({ "hash": plan["hash"] }))
        .await;
    assert_eq!(approved.status, 202, "{}", approved.body);
    let run = operator.ended(&approved.body).await;
    assert_eq!(
        (&run["state"], &run["kind"]),
        (&json!("succeeded"), &json!("approve"))
    );
    jira.sync().await.unwrap();
    assert_eq!(
        jira.cache.users.values().filter(|user| user.active).count(),
        before - 20
    );
    assert!(operator.plans().await.is_empty());
}

#[tokio::test]
async fn a_rejected_plan_is_planned_again() {
    let house = House::of(60).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    disable(&house, 20);
    let run = operator.sync(&nothing()).await;
    let path = format!("/api/v1/plans/{}/reject", run["plan"].as_str().unwrap());
    assert_eq!(operator.post(&path, &nothing()).await.status, 204);
    assert!(operator.plans().await.is_empty());
    let again = operator.sync(&nothing()).await;
    assert_eq!(again["state"], "held", "{again}");
    assert_ne!(again["plan"], run["plan"]);
}
