//! Tokens: two at the most, each with name, end and last use.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use throng::config::Config;

use super::Pushed;
use super::client::READER;

async fn tokens(house: &Pushed) -> Value {
    let said = house
        .operator(READER, Method::GET, "/directories/corp")
        .await
        .is(200);
    said.body["pushed"]["tokens"].clone()
}

#[tokio::test]
async fn operators_see_who_pushes_and_when_they_did_last() {
    let house = Pushed::start().await;
    let old = json!({ "name": "old", "expires": "2027-01-15T00:00:00.000Z", "expired": true, "expires_soon": false, "last_used": null });
    let idp = |last: Value| json!({ "name": "idp", "expires": null, "expired": false, "expires_soon": false, "last_used": last });
    assert_eq!(tokens(&house).await, json!([idp(Value::Null), old]));
    house.get("/Users").await.is(200);
    assert_eq!(
        tokens(&house).await,
        json!([idp(json!("2027-01-15T08:00:00.000Z")), old])
    );
    house.clock.advance(90_000);
    house.get("/Users").await.is(200);
    // The store has it: it is known after a restart.
    let house = house.restarted().await;
    assert_eq!(
        tokens(&house).await,
        json!([idp(json!("2027-01-15T08:01:30.000Z")), old])
    );
    house.clock.advance(-9 * 86_400_000);
    assert_eq!(tokens(&house).await[1]["expires_soon"], true);
}

#[test]
fn a_third_token_and_a_doubled_name_are_refused() {
    let with = |names: &[&str]| {
        let tokens = names
            .iter()
            .map(|name| format!("{{ name = \"{name}\", secret = {{ value = \"a-token-long-enough\" }} }}"));
        let tokens = tokens.collect::<Vec<_>>().join(", ");
        let text = format!(
            "[[directory]]\nid = \"corp\"\n[directory.source]\nkind = \"scim-push\"\ntokens = [{tokens}]"
        );
        Config::parse(&text, Path::new("test"))
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert_eq!(with(&["a", "b"]), Ok(()));
    assert!(with(&["a", "b", "c"]).unwrap_err().contains("has 3 `tokens`"));
    assert!(with(&["a", "a"]).unwrap_err().contains("two tokens `a`"));
}
