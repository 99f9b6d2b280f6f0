//! The recorder: what identity providers sent last, for whoever sets one up.

use reqwest::Method;
use serde_json::{Value, json};

use super::Pushed;
use super::client::{OPERATOR, READER, user};

async fn requests(house: &Pushed) -> Vec<Value> {
    let said = house
        .operator(READER, Method::GET, "/directories/corp/requests")
        .await
        .is(200);
    said.body["requests"].as_array().unwrap().clone()
}

#[tokio::test]
async fn requests_are_told_with_what_came_of_them_and_without_secrets() {
    let house = Pushed::start().await;
    let mut body = user("alice");
    body["password"] = json!("correct horse");
    house.post("/Users", &body).await.is(201);
    house.post("/Users", &body).await.is(409);
    let request = house.request(Method::GET, "/Users?access_token=hidden&filter=nobody%20eq%201");
    house.send(request.header("user-agent", "okta/1.0")).await;
    let told = requests(&house).await;
    assert_eq!(told.len(), 3);
    assert_eq!(told[0]["query"], "access_token=(redacted)&filter=nobody eq 1");
    let what = |told: &Value| {
        [
            &told["status"],
            &told["scim_type"],
            &told["user_agent"],
            &told["token"],
        ]
        .map(Clone::clone)
    };
    assert_eq!(
        what(&told[0]),
        [
            json!(400),
            json!("invalidFilter"),
            json!("okta/1.0"),
            json!("idp")
        ]
    );
    assert_eq!(told[1]["scim_type"], "uniqueness");
    assert!(told[1]["detail"].as_str().unwrap().contains("`alice` is taken"));
    assert_eq!(
        (&told[2]["method"], &told[2]["path"]),
        (&json!("POST"), &json!("/scim/v2/corp/Users"))
    );
    assert_eq!(told[2]["body"]["userName"], "alice");
    assert_eq!(told[2]["body"]["password"], "(redacted)");
    assert!(told[2]["milliseconds"].as_f64().unwrap() > 0.0);
    assert!(!json!(told).to_string().contains("horse"));
}

#[tokio::test]
async fn strangers_do_not_drive_the_others_out() {
    let house = Pushed::start().await;
    for _ in 0..60 {
        house.get("/ServiceProviderConfig").await.is(200);
    }
    let house = house.by_token("a-token-of-nobody-at-all");
    for _ in 0..20 {
        house.get("/Users").await.is(401);
    }
    let told = requests(&house).await;
    let let_in = told.iter().filter(|told| told["token"] == "idp").count();
    assert_eq!((told.len(), let_in), (60, 50));
    assert_eq!(told[0]["status"], 401);
    assert!(!json!(told).to_string().contains("a-token-of-nobody"));
}

#[tokio::test]
async fn a_directory_that_is_not_there_or_not_asked_rightly_tells_nothing() {
    let house = Pushed::start().await;
    house
        .operator("token-of-nobody-here", Method::GET, "/directories/corp/requests")
        .await
        .is(401);
    house
        .operator(OPERATOR, Method::GET, "/directories/other/requests")
        .await
        .is(404);
    house
        .operator(OPERATOR, Method::GET, "/directories/corp/release")
        .await
        .is(405);
}
