//! What the service says of itself.

use super::Pushed;
use super::client::{ENTERPRISE, GROUP, USER};

#[tokio::test]
async fn the_service_tells_what_it_can_do() {
    let house = Pushed::start().await;
    let said = house.get("/ServiceProviderConfig").await.is(200);
    for feature in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(said.body[feature]["supported"], true, "{feature}");
    }
    assert_eq!(said.body["bulk"]["maxOperations"], 1000);
    assert_eq!(said.body["meta"]["location"], house.url("/ServiceProviderConfig"));
}

#[tokio::test]
async fn types_and_schemas_are_listed_and_found_by_id() {
    let house = Pushed::start().await;
    let types = house.get("/ResourceTypes").await.is(200);
    assert_eq!(types.body["totalResults"], 2);
    let user = house.get("/ResourceTypes/User").await.is(200);
    assert_eq!(user.body, types.body["Resources"][0]);
    let schemas = house.get("/Schemas").await.is(200);
    let ids: Vec<_> = schemas.body["Resources"].as_array().unwrap().iter().collect();
    assert_eq!((&ids[0]["id"], &ids[1]["id"]), (&USER.into(), &ENTERPRISE.into()));
    let one = house.get(&format!("/Schemas/{ENTERPRISE}")).await.is(200);
    assert_eq!(one.body, *ids[1]);
    assert_eq!(house.get("/Schemas/urn:nobody").await.refusal(), (404, ""));
    assert_eq!(house.get("/ResourceTypes/Shoe").await.refusal(), (404, ""));
    assert_eq!(house.get("/Schemas?filter=id%20pr").await.refusal(), (403, ""));
    house.get("/Schemas?sortBy=id&count=1").await.is(200);
}

#[tokio::test]
async fn configured_schemas_are_published_kept_and_searched() {
    let more = r#"schemas = [{ urn = "urn:acme:scim:1.0:Badge", attributes = [
        { name = "colour" }, { name = "number", type = "integer", returned = "request" } ] }]"#;
    let house = Pushed::with(more).await;
    let shown = house.get("/Schemas/urn:acme:scim:1.0:Badge").await.is(200);
    assert_eq!(shown.body["attributes"][1]["type"], "integer");
    let badge = "urn:acme:scim:1.0:Badge";
    let body = serde_json::json!({ "userName": "a", badge: { "colour": "red", "number": 7 } });
    let made = house.post("/Users", &body).await.is(201);
    assert_eq!(made.body[badge], serde_json::json!({ "colour": "red" }));
    assert_eq!(made.body["schemas"], serde_json::json!([USER, badge]));
    let found = house.find("/Users", &format!("{badge}:number gt 6")).await;
    assert_eq!(found, (1, made.id()));
    let asked = house
        .get(&format!("/Users/{}?attributes={badge}:number", made.id()))
        .await;
    assert_eq!(asked.body[badge], serde_json::json!({ "number": 7 }));
}

#[tokio::test]
async fn the_schemas_of_the_repository_are_those_that_are_served() {
    let house = Pushed::start().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/scim");
    let mut files = 0;
    for (name, path) in [
        ("ServiceProviderConfig", "/ServiceProviderConfig".to_owned()),
        ("ResourceType.User", "/ResourceTypes/User".to_owned()),
        ("ResourceType.Group", "/ResourceTypes/Group".to_owned()),
        ("Schema.User", format!("/Schemas/{USER}")),
        ("Schema.Group", format!("/Schemas/{GROUP}")),
        ("Schema.EnterpriseUser", format!("/Schemas/{ENTERPRISE}")),
    ] {
        let kept = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let served = house.get(&path).await.is(200).body;
        let served = format!("{served:#}\n").replace(&house.url(""), "");
        assert_eq!(kept, served, "{name}; hint: cargo run -- schema --write schemas");
        files += 1;
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), files);
}
