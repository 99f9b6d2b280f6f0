//! Evidence by the source: its slow lane, which fails alone.

use serde_json::{Value, json};
use throng::simulator::entra::Edit;

use super::{explained, fares, newest, read_lane};
use crate::harness::{House, READER, nothing};

const WATCHING: &str = "sign_in_activity = true";

#[tokio::test]
async fn the_source_tells_who_signed_in_and_the_lane_is_as_new_as_the_newest() {
    let house = House::with(40, WATCHING, |text| text).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    let user = house
        .company
        .tenant()
        .truth()
        .users
        .iter()
        .next()
        .map(|(id, user)| (id.to_string(), user.upn.clone()));
    let (id, name) = user.unwrap();
    let sign_in = |at: &str| {
        let (user, at) = (id.clone(), at.to_owned());
        house.company.tenant().edit(&Edit::SignIn { user, at }).unwrap();
    };
    sign_in("2027-01-15T07:00:00Z");
    let seq = operator.get("/api/v1/directories/corp").await.body["seq"].clone();
    let told = read_lane(&operator).await;
    assert_eq!((&told["state"], &told["unknown"]), (&json!("read"), &json!(0)));
    let user = explained(&operator, &name).await;
    assert_eq!(
        newest(&user),
        ["2027-01-15T07:00:00.000Z", "source", "sign-in", ""]
    );
    let health = fares(&operator, "source").await;
    assert_eq!(
        (&health["newest"], &health["failing"]),
        (&json!("2027-01-15T07:00:00.000Z"), &json!(false))
    );
    // A sign-in that lies ahead is one of a wrong clock.
    sign_in("2031-01-15T07:00:00Z");
    read_lane(&operator).await;
    assert_eq!(
        newest(&explained(&operator, &name).await)[0],
        "2027-01-15T07:00:00.000Z"
    );
    assert_eq!(
        fares(&operator, "source").await["newest"],
        "2027-01-15T07:00:00.000Z"
    );
    assert_eq!(operator.get("/api/v1/directories/corp").await.body["seq"], seq);
}

#[tokio::test]
async fn who_is_not_read_yet_is_unknown_to_the_lane() {
    let house = House::with(40, WATCHING, |text| text).await;
    let told = read_lane(&house.operator()).await;
    assert_eq!(told["users"], told["unknown"]);
    assert!(told["unknown"].as_u64() > Some(20), "{told}");
}

#[tokio::test]
async fn a_lane_that_fails_says_why_and_harms_no_synchronisation() {
    let house = House::with(40, WATCHING, |text| text).await;
    let operator = house.operator();
    house.company.tenant().end_licence();
    let told = read_lane(&operator).await;
    assert_eq!(
        (&told["state"], &told["code"]),
        (&json!("failed"), &json!("SOURCE_LICENCE_MISSING"))
    );
    let run = operator.sync(&nothing()).await;
    assert_eq!(run["state"], "succeeded");
    let health = fares(&operator, "source").await;
    assert_eq!(
        (&health["failing"], &health["newest"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(health["last_failure"]["words"], told["words"]);
    let status = operator.get("/api/v1/status").await.body;
    assert_eq!(status["directories"][0]["last_seen"]["source"], health);
}

#[tokio::test]
async fn a_source_that_is_not_asked_tells_nothing_and_does_not_fail() {
    let house = House::of(20).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    assert_eq!(read_lane(&operator).await, json!({ "state": "not-told" }));
    let health = fares(&operator, "source").await;
    assert_eq!(
        (&health["failing"], &health["last_success"]),
        (&json!(false), &Value::Null)
    );
    let reader = house.operator().with_token(READER);
    let refused = reader
        .post("/api/v1/directories/corp/last-seen", &nothing())
        .await;
    assert_eq!(refused.status, 403);
}
