//! What the other identity providers send.

use serde_json::{Value, json};

use super::Pushed;
use super::client::GROUP;

fn names(ids: &[String]) -> Vec<Value> {
    ids.iter().map(|id| json!({ "value": id })).collect()
}

async fn crew(house: &Pushed, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(house.user(&format!("u{number}")).await);
    }
    ids
}

#[tokio::test]
async fn jumpcloud_repeats_its_adds() {
    let house = Pushed::start().await;
    let ids = crew(&house, 2).await;
    let group = house.group("g", &[]).await;
    let path = format!("/Groups/{group}");
    for _ in 0..3 {
        let add = json!([{ "op": "add", "path": "members", "value": names(&ids) }]);
        house.patch(&path, &add).await.is(200);
    }
    assert_eq!(house.members(&group).await, ids);
    let remove = json!([{ "op": "remove", "path": "members", "value": names(&ids[..1]) }]);
    for _ in 0..2 {
        house.patch(&path, &remove).await.is(200);
    }
    assert_eq!(house.members(&group).await, ids[1..]);
}

#[tokio::test]
async fn authentik_sends_one_member_an_operation_and_compares_what_it_reads() {
    let house = Pushed::start().await;
    let ids = crew(&house, 5).await;
    let group = house.group("g", &[]).await;
    let path = format!("/Groups/{group}");
    let rename = json!([{ "op": "replace", "value": { "displayName": "h", "externalId": "x" } }]);
    assert_eq!(house.patch(&path, &rename).await.is(200).body["externalId"], "x");
    let one = |op: &str, id: &String| json!({ "op": op, "path": "members", "value": [{ "value": id }] });
    let adds: Vec<Value> = ids.iter().map(|id| one("add", id)).collect();
    house.patch(&path, &json!(adds)).await.is(200);
    assert_eq!(house.members(&group).await, ids);
    house
        .patch(&path, &json!([one("remove", &ids[0]), one("remove", &ids[1])]))
        .await
        .is(200);
    assert_eq!(house.members(&group).await, ids[2..]);
}

#[tokio::test]
async fn keycloak_renames_groups_by_a_put_without_members() {
    let house = Pushed::start().await;
    let ids = crew(&house, 2).await;
    let group = house.group("g", &[&ids[0], &ids[1]]).await;
    let path = format!("/Groups/{group}");
    let rename = json!({ "schemas": [GROUP], "displayName": "h" });
    house.put(&path, &rename).await.is(200);
    assert_eq!(house.members(&group).await, ids);
    let empty = json!({ "schemas": [GROUP], "displayName": "h", "members": [] });
    house.put(&path, &empty).await.is(200);
    assert_eq!(house.members(&group).await, Vec::<String>::new());
    let strict = Pushed::with("tolerances = { put_keeps_members = false }").await;
    let id = strict.user("a").await;
    let group = strict.group("g", &[&id]).await;
    strict.put(&format!("/Groups/{group}"), &rename).await.is(200);
    assert_eq!(strict.members(&group).await, Vec::<String>::new());
}

#[tokio::test]
async fn keycloak_sends_texts_for_truth() {
    let house = Pushed::start().await;
    let path = format!("/Users/{}", house.user("a").await);
    let set = json!([{ "op": "replace", "value": { "active": "false" } }]);
    assert_eq!(house.patch(&path, &set).await.is(200).body["active"], false);
}

#[tokio::test]
async fn onelogin_sends_bodies_without_schemas_and_spaces_as_plus() {
    let house = Pushed::start().await;
    let made = house
        .post(
            "/Users",
            &json!({ "userName": "a b", "emails": [{ "value": "a@x" }] }),
        )
        .await
        .is(201);
    let said = house.get("/Users?filter=userName+eq+%22a+b%22").await.is(200);
    assert_eq!(said.body["Resources"][0]["id"], made.id());
    let group = house.group("g", &[]).await;
    let one = json!([{ "op": "add", "path": "members", "value": { "value": made.id() } }]);
    house.patch(&format!("/Groups/{group}"), &one).await.is(200);
    assert_eq!(house.members(&group).await, [made.id()]);
}

#[tokio::test]
async fn google_counts_one_and_microsofts_tutorial_forgets_quotes() {
    let house = Pushed::start().await;
    house.get("/Users?count=1").await.is(200);
    let made = house
        .post("/Users", &json!({ "userName": "a", "externalId": "jyoung" }))
        .await
        .is(201);
    assert_eq!(house.find("/Users", "externalId eq jyoung").await, (1, made.id()));
    let strict = Pushed::with("tolerances = { unquoted_values = false }").await;
    let said = strict.get("/Users?filter=externalId%20eq%20jyoung").await;
    assert_eq!(said.refusal(), (400, "invalidFilter"));
}

#[tokio::test]
async fn ping_shouts_operators_and_names_groups_by_their_dn() {
    let house = Pushed::start().await;
    let id = house.user("a").await;
    assert_eq!(house.find("/Users", "userName Eq \"a\"").await, (1, id.clone()));
    let name = "CN=All Staff\\, Oslo,OU=Groups,OU=A very long organisational unit,DC=corp,DC=example";
    let group = house.group(name, &[&id]).await;
    let filter = format!("displayName eq {}", json!(name));
    assert_eq!(house.find("/Groups", &filter).await, (1, group));
}

#[tokio::test]
async fn names_may_be_mapped_and_stay_unique_in_both_worlds() {
    let more = "[directory.mapping]\nusername = { from = [\"userName\"], transform = [\"strip_domain\", \"lower\"] }";
    let house = Pushed::with(more).await;
    let id = house.user("Ann@corp.example").await;
    assert_eq!(
        house.find("/Users", "userName eq \"ann@CORP.example\"").await,
        (1, id.clone())
    );
    assert_eq!(house.find("/Users", "userName eq \"ann\"").await.0, 0);
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    assert_eq!(jira.cache.users["ann"].name, "ann");
    // Another address, the same name in Jira.
    let said = house
        .post("/Users", &json!({ "userName": "ann@other.example" }))
        .await;
    assert_eq!(said.refusal(), (409, "uniqueness"));
    assert!(
        said.body["detail"].as_str().unwrap().contains("served as `ann`"),
        "{said:?}"
    );
    assert_eq!(
        house
            .post("/Users", &json!({ "userName": "ANN@corp.example" }))
            .await
            .refusal(),
        (409, "uniqueness")
    );
}
