//! Pushed times of last log-ins: evidence of use.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{OPERATOR, Pushed, USER};

const BADGE: &str = "urn:acme:scim:1.0:Badge";

async fn last_seen(house: &Pushed, name: &str) -> Value {
    let path = format!("/users/{name}/explain?application=jira");
    let said = house.operator(OPERATOR, Method::GET, &path).await.is(200);
    said.body["user"]["last_seen"].clone()
}

#[tokio::test]
async fn a_pushed_last_login_is_evidence_however_it_is_pushed() {
    let more = format!(
        "schemas = [{{ urn = \"{BADGE}\", attributes = [{{ name = \"lastLogin\" }}] }}]\nlast_login = \"{BADGE}:lastLogin\""
    );
    let house = Pushed::with(&more).await;
    let ann = |at: &str| json!({ "schemas": [USER, BADGE], "userName": "ann", "active": true, (BADGE): { "lastLogin": at } });
    let made = house.post("/Users", &ann("2027-01-10T08:00:00Z")).await.is(201);
    let path = format!("/Users/{}", made.id());
    let seen = last_seen(&house, "ann").await;
    assert_eq!(
        (&seen[0]["at"], &seen[0]["lane"], &seen[0]["how"]),
        (
            &json!("2027-01-10T08:00:00.000Z"),
            &json!("activity-api"),
            &json!("sign-in")
        ),
        "{seen}"
    );
    let operations =
        json!([{ "op": "replace", "path": format!("{BADGE}:lastLogin"), "value": "1799990000000" }]);
    house.patch(&path, &operations).await.is(200);
    assert_eq!(
        last_seen(&house, "ann").await[0]["at"],
        "2027-01-15T05:13:20.000Z"
    );
    // Older ones, those of the future and words take nothing away.
    for at in ["2027-01-01T08:00:00Z", "2031-01-01T08:00:00Z", "never"] {
        house.put(&path, &ann(at)).await.is(200);
        assert_eq!(
            last_seen(&house, "ann").await[0]["at"],
            "2027-01-15T05:13:20.000Z"
        );
    }
    let bob = house.user("bob").await;
    assert!(!bob.is_empty());
    assert_eq!(last_seen(&house, "bob").await, json!([]));
}
