//! Pushed passwords: kept where the directory accepts them, good at the Crowd face, told to nobody.

use reqwest::Method;
use serde_json::json;

use super::Pushed;
use super::client::{READER, user};

async fn logs_in(house: &Pushed, name: &str, password: &str) -> u16 {
    let url = format!(
        "{}/rest/usermanagement/1/authentication?username={name}",
        house.daemon.crowd_url()
    );
    let body = json!({ "value": password }).to_string();
    let request = throng::client::build().unwrap().request(Method::POST, url);
    let request = request
        .basic_auth("jira", Some("secret"))
        .header("content-type", "application/json");
    request.body(body).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn an_accepted_password_lets_its_user_in_at_the_crowd_face() {
    let house = Pushed::with("accept_passwords = true").await;
    let mut body = user("alice");
    body["password"] = json!("first-password");
    let made = house.post("/Users", &body).await.is(201);
    assert_eq!(made.body.get("password"), None);
    let path = format!("/Users/{}", made.id());
    assert_eq!(logs_in(&house, "alice", "first-password").await, 200);
    assert_eq!(logs_in(&house, "alice", "another-password").await, 400);
    // By PATCH with a path, by PATCH without, by PUT.
    let ops = json!([{ "op": "replace", "path": "password", "value": "second-password" }]);
    let said = house.patch(&path, &ops).await.is(200);
    assert_eq!(said.body.get("password"), None);
    assert_eq!(logs_in(&house, "alice", "first-password").await, 400);
    assert_eq!(logs_in(&house, "alice", "second-password").await, 200);
    let ops = json!([{ "op": "replace", "value": { "password": "third-password", "title": "Dr" } }]);
    house.patch(&path, &ops).await.is(200);
    assert_eq!(logs_in(&house, "alice", "third-password").await, 200);
    body["password"] = json!("fourth-password");
    house.put(&path, &body).await.is(200);
    // What says nothing of it leaves it.
    body.as_object_mut().unwrap().remove("password");
    house.put(&path, &body).await.is(200);
    let house = house.restarted().await;
    assert_eq!(logs_in(&house, "alice", "fourth-password").await, 200);
    let read = house
        .get(&format!("{path}?attributes=password,userName"))
        .await
        .is(200);
    assert_eq!(read.body.get("password"), None);
    // Who is disabled is not let in.
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    house.patch(&path, &off).await.is(200);
    assert_eq!(logs_in(&house, "alice", "fourth-password").await, 400);
    let told = house
        .operator(READER, Method::GET, "/directories/corp/requests")
        .await
        .body
        .to_string();
    assert!(!told.contains("-password"), "{told}");
}

#[tokio::test]
async fn a_password_is_thrown_away_where_none_is_accepted() {
    let house = Pushed::start().await;
    let mut body = user("alice");
    body["password"] = json!("first-password");
    house.post("/Users", &body).await.is(201);
    assert_eq!(logs_in(&house, "alice", "first-password").await, 400);
    let directory = house.daemon.directory(&"corp".into()).unwrap();
    let snapshot = directory.snapshot();
    let alice = snapshot.user_named("alice").unwrap();
    assert!(snapshot.details().credential(alice.id).is_none());
}
