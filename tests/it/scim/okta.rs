//! Okta, by PUT and by PATCH, from its own requests to what Jira knows.

use serde_json::{Value, json};

use super::Pushed;
use super::client::{GROUP, USER};

fn isaac(active: bool) -> Value {
    json!({
        "schemas": [USER], "userName": "Isaac.Brock@okta.example", "externalId": "00ujl29u0le5T6Aj10h7",
        "name": { "givenName": "Isaac", "familyName": "Brock" },
        "emails": [{ "primary": true, "value": "isaac.brock@okta.example", "type": "work" }],
        "displayName": "Isaac Brock", "locale": "en-US", "groups": [], "password": "1mz050nq", "active": active,
    })
}

async fn begin(house: &Pushed) -> String {
    house.get("/Users?startIndex=1&count=2").await.is(200);
    house.get("/Groups?startIndex=1&count=100").await.is(200);
    let said = house
        .get("/Users?filter=userName%20eq%20%22isaac.brock%40okta.example%22&startIndex=1&count=100")
        .await
        .is(200);
    assert_eq!(
        (&said.body["totalResults"], &said.body["startIndex"]),
        (&json!(0), &json!(1))
    );
    let made = house.post("/Users", &isaac(true)).await.is(201);
    assert_eq!(made.body["userName"], "Isaac.Brock@okta.example");
    assert_eq!((made.body.get("password"), made.body.get("groups")), (None, None));
    assert_eq!(
        house.post("/Users", &isaac(true)).await.refusal(),
        (409, "uniqueness")
    );
    made.id()
}

#[tokio::test]
async fn okta_by_put_from_its_requests_to_jira() {
    let house = Pushed::start().await;
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    let user = begin(&house).await;
    let path = format!("/Users/{user}");
    let body = json!({ "schemas": [GROUP], "displayName": "Test SCIMv2", "members": [] });
    let group = house.post("/Groups", &body).await.is(201).id();
    let groups = format!("/Groups/{group}");
    let full = json!({
        "schemas": [GROUP], "id": group, "displayName": "Test SCIMv2",
        "members": [{ "value": user, "display": "isaac.brock@okta.example" }],
    });
    house.put(&groups, &full).await.is(200);
    jira.sync().await.unwrap();
    let name = "isaac.brock@okta.example".to_owned();
    assert_eq!(jira.cache.users[&name].name, "Isaac.Brock@okta.example");
    assert!(
        jira.cache
            .memberships
            .contains(&("test scimv2".to_owned(), name.clone()))
    );
    // It reads, changes, and puts the whole back.
    let mut echo = house.get(&path).await.is(200).body;
    echo["active"] = json!(false);
    echo["name"]["familyName"] = json!("Brook");
    let said = house.put(&path, &echo).await.is(200);
    assert_eq!(
        (&said.body["active"], &said.body["groups"][0]["value"]),
        (&json!(false), &json!(group))
    );
    jira.sync().await.unwrap();
    assert!(!jira.cache.users[&name].active);
    house
        .put(
            &groups,
            &json!({ "schemas": [GROUP], "displayName": "Test SCIMv2", "members": [] }),
        )
        .await
        .is(200);
    jira.sync().await.unwrap();
    assert!(jira.cache.memberships.is_empty());
    house.delete(&groups).await.is(204);
    jira.sync().await.unwrap();
    // Users are never deleted.
    assert!(jira.cache.groups.is_empty() && jira.cache.users.contains_key(&name));
}

#[tokio::test]
async fn okta_by_patch_from_its_requests_to_jira() {
    let house = Pushed::start().await;
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    let user = begin(&house).await;
    let path = format!("/Users/{user}");
    let other = house.user("other").await;
    let group = house.group("Devs", &[&other]).await;
    let groups = format!("/Groups/{group}");
    let push = json!([
        { "op": "remove", "path": format!("members[value eq \"{other}\"]") },
        { "op": "add", "path": "members", "value": [{ "value": user, "display": "isaac.brock@okta.example" }] },
        { "op": "replace", "value": { "id": group, "displayName": "Developers" } },
    ]);
    house.patch(&groups, &push).await.is(200);
    assert_eq!(house.members(&group).await, [user.as_str()]);
    jira.sync().await.unwrap();
    let name = "isaac.brock@okta.example".to_owned();
    let memberships: Vec<_> = jira.cache.memberships.iter().cloned().collect();
    assert_eq!(memberships, [("developers".to_owned(), name.clone())]);
    for active in [false, false, true, true] {
        let set = json!([{ "op": "replace", "value": { "active": active } }]);
        let said = house.patch(&path, &set).await.is(200);
        assert_eq!(said.body["active"], active);
        jira.sync().await.unwrap();
        assert_eq!(jira.cache.users[&name].active, active);
    }
    let password = json!([{ "op": "replace", "value": { "password": "another" } }]);
    let version = house.get(&path).await.header("etag").to_owned();
    assert_eq!(
        house.patch(&path, &password).await.is(200).header("etag"),
        version
    );
    let now = json!([{ "op": "replace", "path": "members", "value": [] }]);
    house.patch(&groups, &now).await.is(200);
    assert_eq!(house.members(&group).await, Vec::<String>::new());
}

#[tokio::test]
async fn okta_makes_again_whom_it_disabled_where_linking_is_allowed() {
    let house = Pushed::with("on_existing = \"link\"").await;
    let made = house.post("/Users", &isaac(false)).await.is(201);
    let again = house.post("/Users", &isaac(true)).await.is(201);
    assert_eq!((again.id(), &again.body["active"]), (made.id(), &json!(true)));
    // Renamed in between, it is known by its externalId; a stranger of the same name is not taken over.
    let mut renamed = isaac(true);
    renamed["userName"] = json!("isaac@okta.example");
    assert_eq!(house.post("/Users", &renamed).await.is(201).id(), made.id());
    let mut stranger = renamed.clone();
    stranger["externalId"] = json!("00u-other");
    assert_eq!(
        house.post("/Users", &stranger).await.refusal(),
        (409, "uniqueness")
    );
    let bare = house.user("bare").await;
    let linked = json!({ "userName": "BARE", "externalId": "00u-bare" });
    assert_eq!(house.post("/Users", &linked).await.is(201).id(), bare);
    assert_eq!(house.find("/Users", "userName pr").await.0, 2);
}
