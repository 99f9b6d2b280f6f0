//! Entra ID, in both its dialects, from its own requests to what Jira knows.

use serde_json::{Value, json};
use throng::simulator::jira::Synced;

use super::Pushed;
use super::client::{ENTERPRISE, GROUP, USER};

fn adele() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
        "userName": "adele@contoso.example",
        "active": true,
        "displayName": "Adele Vance",
        "emails": [{ "primary": true, "type": "work", "value": "adele@contoso.example" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "Adele Vance", "familyName": "Vance", "givenName": "Adele" },
        "roles": [],
        "title": "Retail Manager",
        ENTERPRISE: { "department": "Retail" },
    })
}

/// The test of the connection asks for nobody.
async fn test_connection(house: &Pushed) {
    assert_eq!(house.find("/Users", "userName eq \"8f1c\"").await.0, 0);
    let probe = house
        .get("/Groups?excludedAttributes=members&filter=displayName%20eq%20%228f1c%22")
        .await
        .is(200);
    assert_eq!(probe.body["Resources"], json!([]));
}

/// It looks for her by every attribute that it may match by; to make her again is refused.
async fn match_again(house: &Pushed, user: &str) {
    for filter in [
        "userName eq \"ADELE@contoso.example\"",
        "externalId eq \"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef\"",
        "emails[type eq \"work\"].value eq \"adele@contoso.example\"",
    ] {
        assert_eq!(house.find("/Users", filter).await, (1, user.to_owned()));
    }
    assert_eq!(
        house.post("/Users", &adele()).await.refusal(),
        (409, "uniqueness")
    );
}

/// One life, in the dialect that turns a change of an attribute into operations.
async fn life(dialect: fn(&str, Value) -> Value, members: fn(&str, &str) -> Value) {
    let house = Pushed::start().await;
    let mut jira = house.jira();
    assert_eq!(jira.sync().await.unwrap(), Synced::Full);
    test_connection(&house).await;
    let user = house.post("/Users", &adele()).await.is(201).id();
    let path = format!("/Users/{user}");
    match_again(&house, &user).await;
    let group = json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159", "displayName": "Retail", "meta": { "resourceType": "Group" },
    });
    let group = house.post("/Groups", &group).await.is(201).id();
    let groups = format!("/Groups/{group}");
    house.patch(&groups, &members("add", &user)).await.is(200);
    assert_eq!(
        house
            .find("/Groups", &format!("id eq \"{group}\" and members eq \"{user}\""))
            .await
            .0,
        1
    );
    assert!(matches!(jira.sync().await.unwrap(), Synced::Incremental { events } if events > 0));
    let known = &jira.cache.users["adele@contoso.example"];
    assert_eq!((known.display_name.as_str(), known.active), ("Adele Vance", true));
    let key = known.key.clone();
    let edge = ("retail".to_owned(), "adele@contoso.example".to_owned());
    assert!(jira.cache.memberships.contains(&edge));

    // Disabled, she stays visible to both.
    house.patch(&path, &dialect("active", json!(false))).await.is(200);
    assert_eq!(
        house
            .find("/Users", "userName eq \"adele@contoso.example\"")
            .await
            .0,
        1
    );
    assert_eq!(jira.sync().await.unwrap(), Synced::Incremental { events: 2 });
    assert!(!jira.cache.users["adele@contoso.example"].active);
    house.patch(&path, &dialect("active", json!(true))).await.is(200);

    // Renamed, she is the same person to Jira.
    house
        .patch(&path, &dialect("userName", json!("adele.v@contoso.example")))
        .await
        .is(200);
    jira.sync().await.unwrap();
    assert_eq!(jira.cache.users["adele.v@contoso.example"].key, key);
    assert!(!jira.cache.users.contains_key("adele@contoso.example"));

    house.patch(&groups, &members("remove", &user)).await.is(200);
    assert_eq!(house.members(&group).await, Vec::<String>::new());
    jira.sync().await.unwrap();
    assert!(jira.cache.memberships.is_empty());
    house.delete(&groups).await.is(204);
    house.delete(&path).await.is(204);
    jira.sync().await.unwrap();
    assert!(jira.cache.users.is_empty() && jira.cache.groups.is_empty());
}

#[tokio::test]
async fn entra_of_2018_from_its_requests_to_jira() {
    let dialect = |path: &str, value: Value| {
        let value = match value {
            Value::Bool(flag) => json!(if flag { "True" } else { "False" }),
            other => other,
        };
        json!([{ "op": "Replace", "path": path, "value": value }])
    };
    let members = |op: &str, user: &str| {
        let op = if op == "add" { "Add" } else { "Remove" };
        json!([{ "op": op, "path": "members", "value": [{ "$ref": null, "value": user }] }])
    };
    life(dialect, members).await;
}

#[tokio::test]
async fn entra_of_2020_from_its_requests_to_jira() {
    let dialect = |path: &str, value: Value| json!([{ "op": "replace", "value": { path: value } }]);
    let members = |op: &str, user: &str| match op {
        "add" => json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]),
        _ => json!([{ "op": "remove", "path": format!("members[value eq \"{user}\"]") }]),
    };
    life(dialect, members).await;
}

#[tokio::test]
async fn entra_asks_for_managers_by_reference_and_changes_them_in_its_forms() {
    let house = Pushed::start().await;
    let (user, boss) = (house.user("a").await, house.user("b").await);
    let path = format!("/Users/{user}");
    let manager = format!("{ENTERPRISE}:manager");
    for value in [json!(boss), json!([{ "$ref": null, "value": boss }])] {
        let set = json!([{ "op": "Add", "path": manager, "value": value }]);
        let said = house.patch(&path, &set).await.is(200);
        assert_eq!(said.body[ENTERPRISE]["manager"], json!({ "value": boss }));
        let filter = format!("id eq \"{user}\" and manager eq \"{boss}\"");
        assert_eq!(
            house.find("/Users?attributes=id", &filter).await,
            (1, user.clone())
        );
        let gone = json!([{ "op": "Replace", "path": manager, "value": "" }]);
        let said = house.patch(&path, &gone).await.is(200);
        assert_eq!(said.body.get(ENTERPRISE), None);
        assert_eq!(house.find("/Users", &filter).await.0, 0);
    }
}

#[tokio::test]
async fn entra_replaces_a_work_address_that_is_not_there_and_nothing_else_is_made() {
    let house = Pushed::start().await;
    let path = format!("/Users/{}", house.user("a").await);
    let set = |kind: &str| {
        let at = format!("emails[type eq \"{kind}\"].value");
        json!([{ "op": "Replace", "path": at, "value": "n@x" }])
    };
    let said = house.patch(&path, &set("work")).await.is(200);
    assert_eq!(said.body["emails"], json!([{ "type": "work", "value": "n@x" }]));
    assert_eq!(house.find("/Users", "emails eq \"N@x\"").await.0, 1);
    assert_eq!(
        house.patch(&path, &set("nonexistent")).await.refusal(),
        (400, "noTarget")
    );
    let strict = Pushed::with("tolerances = { create_by_path = false }").await;
    let path = format!("/Users/{}", strict.user("a").await);
    assert_eq!(
        strict.patch(&path, &set("work")).await.refusal(),
        (400, "noTarget")
    );
}
