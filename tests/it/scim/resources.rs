//! One resource through its life.

use reqwest::Method;
use serde_json::{Value, json};

use super::Pushed;
use super::client::{ENTERPRISE, GROUP, USER, user};

#[tokio::test]
async fn a_user_is_kept_whole_and_answered_as_it_was_pushed() {
    let house = Pushed::start().await;
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "Alice@Corp.example", "externalId": "E-1", "active": true,
        "name": { "givenName": "Alice", "familyName": "Ames", "honorificPrefix": "Dr" },
        "emails": [{ "value": "alice@corp.example", "type": "work", "primary": true }, { "value": "a@home.example", "type": "home" }],
        "password": "not to be shown", "nickName": "Al", "x509Certificates": [{ "value": "TUlJ" }],
        ENTERPRISE: { "department": "IT", "manager": { "value": "m1" } },
    });
    let made = house.post("/Users", &body).await.is(201);
    let location = made.header("location").to_owned();
    assert_eq!(location, house.url(&format!("/Users/{}", made.id())));
    assert_eq!(
        made.header("etag"),
        made.body["meta"]["version"].as_str().unwrap()
    );
    let mut expected = body.clone();
    expected.as_object_mut().unwrap().remove("password");
    expected["id"] = json!(made.id());
    let now = "2027-01-15T08:00:00.000Z";
    expected["meta"] = json!({
        "resourceType": "User", "created": now, "lastModified": now, "location": location,
        "version": made.header("etag"),
    });
    assert_eq!(made.body, expected);
    let read = house.get(&format!("/Users/{}", made.id())).await.is(200);
    assert_eq!(read.body, expected);
    let house = house.restarted().await;
    let mut again = house.get(&format!("/Users/{}", made.id())).await.is(200).body;
    // A restarted daemon listens elsewhere here.
    again["meta"]["location"] = json!(location);
    assert_eq!(again, expected);
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_by_name_whatever_its_case() {
    let house = Pushed::start().await;
    let alice = house.user("Alice@x").await;
    let said = house.post("/Users", &user("alice@X")).await;
    assert_eq!(said.refusal(), (409, "uniqueness"));
    assert!(said.body["detail"].as_str().unwrap().contains(&alice), "{said:?}");
    let bob = house.user("bob@x").await;
    let rename = json!([{ "op": "replace", "path": "userName", "value": "ALICE@x" }]);
    assert_eq!(
        house.patch(&format!("/Users/{bob}"), &rename).await.refusal(),
        (409, "uniqueness")
    );
    assert_eq!(
        house
            .put(&format!("/Users/{bob}"), &user("ALICE@x"))
            .await
            .refusal(),
        (409, "uniqueness")
    );
    // Its own name in another case is a rename.
    let own = house
        .put(&format!("/Users/{alice}"), &user("ALICE@x"))
        .await
        .is(200);
    assert_eq!(own.body["userName"], "ALICE@x");
    let devs = house.group("Devs", &[]).await;
    let said = house.post("/Groups", &json!({ "displayName": "DEVS" })).await;
    assert_eq!(said.refusal(), (409, "uniqueness"));
    assert!(said.body["detail"].as_str().unwrap().contains(&devs));
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_its_name_is_free_at_once() {
    let house = Pushed::start().await;
    let alice = house.user("alice").await;
    let group = house.group("devs", &[&alice]).await;
    house.delete(&format!("/Users/{alice}")).await.is(204);
    let path = format!("/Users/{alice}");
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let body = json!({ "userName": "alice", "Operations": [{ "op": "replace", "path": "active", "value": true }] });
        let said = house
            .send(house.request(method.clone(), &path).body(body.to_string()))
            .await;
        assert_eq!(said.refusal(), (404, ""), "{method}");
    }
    assert_eq!(house.members(&group).await, Vec::<String>::new());
    assert_eq!(house.find("/Users", "userName eq \"alice\"").await.0, 0);
    let again = house.user("alice").await;
    assert_ne!(again, alice);
    house.delete(&format!("/Groups/{group}")).await.is(204);
    house.group("DEVS", &[]).await;
}

#[tokio::test]
async fn a_put_replaces_all_but_what_is_ours_and_keeps_whether_one_is_active() {
    let house = Pushed::start().await;
    let body = json!({ "userName": "alice", "active": false, "nickName": "Al", "title": "Dr" });
    let made = house.post("/Users", &body).await.is(201);
    let mut echo = made.body.clone();
    echo["title"] = json!("Prof");
    echo["groups"] = json!([{ "value": "g1" }]);
    echo["id"] = json!("other");
    let path = format!("/Users/{}", made.id());
    let said = house.put(&path, &echo).await.is(200);
    assert_eq!(
        (&said.body["title"], &said.body["id"]),
        (&json!("Prof"), &json!(made.id()))
    );
    assert_eq!(said.body.get("groups"), None);
    let said = house.put(&path, &json!({ "userName": "alice" })).await.is(200);
    assert_eq!(
        (said.body.get("title"), &said.body["active"]),
        (None, &json!(false))
    );
    assert_eq!(
        house.put(&path, &json!({ "title": "x" })).await.refusal(),
        (400, "invalidValue")
    );
    assert_eq!(house.put("/Users/nobody", &user("x")).await.refusal(), (404, ""));
}

#[tokio::test]
async fn versions_change_with_what_is_shown_and_with_nothing_else() {
    let house = Pushed::start().await;
    let alice = house.user("alice").await;
    let path = format!("/Users/{alice}");
    let version = house.get(&path).await.header("etag").to_owned();
    let same = json!([{ "op": "replace", "path": "active", "value": true }]);
    house.clock.advance(1000);
    let said = house.patch(&path, &same).await.is(200);
    assert_eq!(said.header("etag"), version);
    assert_eq!(said.body["meta"]["lastModified"], said.body["meta"]["created"]);
    let request = house
        .request(Method::GET, &path)
        .header("if-none-match", &version);
    let said = house.send(request).await.is(304);
    assert_eq!((said.header("etag"), &said.body), (version.as_str(), &json!("")));
    let change = |value: &str| {
        json!({ "Operations": [{ "op": "replace", "path": "title", "value": value }] }).to_string()
    };
    let request = house
        .request(Method::PATCH, &path)
        .header("if-match", &version)
        .body(change("a"));
    let said = house.send(request).await.is(200);
    assert_ne!(said.header("etag"), version);
    assert_ne!(said.body["meta"]["lastModified"], said.body["meta"]["created"]);
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let request = house.request(method.clone(), &path).header("if-match", &version);
        let body = if method == Method::PUT {
            user("alice").to_string()
        } else {
            change("b")
        };
        assert_eq!(
            house.send(request.body(body)).await.refusal(),
            (412, ""),
            "{method}"
        );
    }
    let request = house
        .request(Method::PATCH, &path)
        .header("if-match", "*")
        .body(change("b"));
    house.send(request).await.is(200);
    // A group's version covers its members.
    let group = house.group("devs", &[]).await;
    let path = format!("/Groups/{group}");
    let version = house.get(&path).await.header("etag").to_owned();
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": alice }] }]);
    let added = house.patch(&path, &add).await.is(200);
    assert_ne!(added.header("etag"), version);
    let again = house.patch(&path, &add).await.is(200);
    assert_eq!(again.header("etag"), added.header("etag"));
}

#[tokio::test]
async fn a_patch_is_done_whole_or_not_at_all() {
    let house = Pushed::start().await;
    let (alice, group) = (house.user("alice").await, house.group("devs", &[]).await);
    let half = json!([
        { "op": "replace", "path": "displayName", "value": "other" },
        { "op": "add", "path": "members", "value": [{ "value": alice }, { "value": "nobody" }] },
    ]);
    let said = house.patch(&format!("/Groups/{group}"), &half).await;
    assert_eq!(said.refusal(), (400, "invalidValue"));
    assert!(said.body["detail"].as_str().unwrap().contains("nobody"));
    let read = house.get(&format!("/Groups/{group}")).await;
    assert_eq!(
        (&read.body["displayName"], &read.body["members"]),
        (&json!("devs"), &Value::Null)
    );
}

#[tokio::test]
async fn answers_show_what_is_asked_for_by_every_verb() {
    let house = Pushed::start().await;
    let body = json!({ "userName": "alice", "title": "Dr", "emails": [{ "value": "a@x", "type": "work" }] });
    let made = house
        .post("/Users?attributes=userName,emails.value", &body)
        .await
        .is(201);
    let id = made.id();
    let narrow = json!({ "schemas": [USER], "id": id, "userName": "alice", "emails": [{ "value": "a@x" }] });
    assert_eq!(made.body, narrow);
    let path = format!("/Users/{id}?attributes=userName,emails.value");
    assert_eq!(house.get(&path).await.body, narrow);
    assert_eq!(house.put(&path, &body).await.is(200).body, narrow);
    let change = json!([{ "op": "replace", "path": "title", "value": "Prof" }]);
    assert_eq!(house.patch(&path, &change).await.is(200).body, narrow);
    let said = house
        .get(&format!(
            "/Users/{id}?excludedAttributes=emails,title,meta,active"
        ))
        .await;
    assert_eq!(
        said.body,
        json!({ "schemas": [USER], "id": id, "userName": "alice" })
    );
    let group = house.group("devs", &[&id]).await;
    let said = house
        .get(&format!("/Groups/{group}?excludedAttributes=members,meta"))
        .await;
    assert_eq!(
        said.body,
        json!({ "schemas": [GROUP], "id": group, "displayName": "devs" })
    );
}

#[tokio::test]
async fn members_and_groups_are_two_sides_of_one_thing() {
    let house = Pushed::start().await;
    let (alice, bob) = (house.user("alice").await, house.user("bob").await);
    let inner = house.group("inner", &[&bob]).await;
    let outer = house.group("outer", &[&alice, &inner]).await;
    let said = house.get(&format!("/Groups/{outer}")).await;
    let member = |id: &str, kind: &str| {
        let location = house.url(&format!("/{kind}s/{id}"));
        json!({ "value": id, "$ref": location, "type": kind })
    };
    assert_eq!(
        said.body["members"],
        json!([member(&alice, "User"), member(&inner, "Group")])
    );
    let named = house
        .get(&format!("/Groups/{outer}?attributes=members.display"))
        .await;
    assert_eq!(
        named.body["members"],
        json!([{ "display": "alice" }, { "display": "inner" }])
    );
    let said = house.get(&format!("/Users/{alice}")).await;
    let location = house.url(&format!("/Groups/{outer}"));
    assert_eq!(
        said.body["groups"],
        json!([{ "value": outer, "$ref": location, "display": "outer", "type": "direct" }])
    );
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    assert!(
        jira.cache
            .nesting
            .contains(&("outer".to_owned(), "inner".to_owned()))
    );
    let into = json!([{ "op": "add", "path": "groups", "value": [{ "value": inner }] }]);
    let said = house.patch(&format!("/Users/{alice}"), &into).await;
    assert_eq!(said.refusal(), (400, "mutability"));
    assert!(said.body["detail"].as_str().unwrap().contains("/Groups"));
}

#[tokio::test]
async fn a_member_that_does_not_exist_is_parked_where_that_is_wished() {
    let house = Pushed::with("unknown_members = \"park\"").await;
    let group = house.group("devs", &["later"]).await;
    assert_eq!(house.members(&group).await, Vec::<String>::new());
    let remove = json!([{ "op": "remove", "path": "members[value eq \"later\"]" }]);
    house.patch(&format!("/Groups/{group}"), &remove).await.is(200);
}
