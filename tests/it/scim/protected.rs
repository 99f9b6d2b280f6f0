//! Groups that lose everybody, and groups that may not.

use reqwest::Method;
use serde_json::json;

use super::Pushed;
use super::brake::users;
use super::client::OPERATOR;

const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn a_group_that_loses_all_its_members_holds_its_own_losses_only() {
    let house = Pushed::start().await;
    let ids = users(&house, 12).await;
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (one, other) = (
        house.group("one", &members).await,
        house.group("other", &members).await,
    );
    house.clock.advance(HOUR);
    let remove = |id: &str| json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]);
    let path = format!("/Groups/{one}");
    for id in &ids[..11] {
        house.patch(&path, &remove(id)).await.is(200);
    }
    let said = house.patch(&path, &remove(&ids[11])).await;
    assert_eq!(said.refusal(), (429, ""));
    assert!(
        said.body["detail"]
            .as_str()
            .unwrap()
            .contains("all 12 members of group `one`"),
        "{said:?}"
    );
    assert_eq!(house.members(&one).await, [ids[11].as_str()]);
    assert_eq!(house.delete(&path).await.status, 429);
    house
        .patch(&format!("/Groups/{other}"), &remove(&ids[0]))
        .await
        .is(200);
    house.delete(&format!("/Users/{}", ids[3])).await.is(204);
    house
        .operator(OPERATOR, Method::POST, "/directories/corp/release")
        .await
        .is(200);
    house.patch(&path, &remove(&ids[11])).await.is(200);
    house.delete(&path).await.is(204);
}

#[tokio::test]
async fn a_protected_group_is_neither_removed_nor_renamed_nor_emptied() {
    let house = Pushed::with("[directory.limits]\nprotected_groups = [\"Jira-Admins\"]").await;
    let ids = users(&house, 3).await;
    let group = house.group("jira-admins", &[&ids[0], &ids[1]]).await;
    let path = format!("/Groups/{group}");
    let refused = |status: u16| assert_eq!(status, 429);
    refused(house.delete(&path).await.status);
    refused(
        house
            .put(&path, &json!({ "displayName": "jira-admins", "members": [] }))
            .await
            .status,
    );
    let rename = json!([{ "op": "replace", "value": { "displayName": "others" } }]);
    refused(house.patch(&path, &rename).await.status);
    // Another spelling is no other name, and whoever comes is welcome.
    let spell = json!([{ "op": "replace", "value": { "displayName": "JIRA-Admins" } }]);
    house.patch(&path, &spell).await.is(200);
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ids[2] }] }]);
    house.patch(&path, &add).await.is(200);
    let directory = house.operator(OPERATOR, Method::GET, "/directories/corp").await;
    assert_eq!(
        directory.body["pushed"]["held"].as_array().unwrap().len(),
        1,
        "{directory:?}"
    );
    // Its last active user stays, however the user would go.
    house.delete(&format!("/Users/{}", ids[0])).await.is(204);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    house.patch(&format!("/Users/{}", ids[1]), &off).await.is(200);
    refused(house.patch(&format!("/Users/{}", ids[2]), &off).await.status);
    refused(house.delete(&format!("/Users/{}", ids[2])).await.status);
    house
        .operator(OPERATOR, Method::POST, "/directories/corp/release")
        .await
        .is(200);
    house.delete(&path).await.is(204);
}
