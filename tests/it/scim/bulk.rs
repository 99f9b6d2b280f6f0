//! Bulk requests.

use serde_json::{Value, json};

use super::Pushed;

fn bulk(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations })
}

#[tokio::test]
async fn references_point_forward_and_in_circles() {
    let house = Pushed::start().await;
    let member = |id: &str| json!({ "value": format!("bulkId:{id}") });
    let group = |id: &str, members: Value| json!({ "method": "POST", "path": "/Groups", "bulkId": id, "data": { "displayName": id, "members": members } });
    let operations = json!([
        group("g", json!([member("h"), member("u")])),
        group("h", json!([member("g")])),
        { "method": "POST", "path": "/Users", "bulkId": "u", "data": { "userName": "alice" } },
        { "method": "PATCH", "path": "/Users/bulkId:u", "data": { "Operations": [
            { "op": "replace", "path": "title", "value": "Dr" } ] } },
    ]);
    let said = house.post("/Bulk", &bulk(&operations)).await.is(200);
    let told = said.body["Operations"].as_array().unwrap();
    let status: Vec<_> = told.iter().map(|told| told["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["201", "201", "201", "200"], "{said:?}");
    let id = |at: usize| {
        told[at]["location"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    let (g, h, u) = (id(0), id(1), id(2));
    assert_eq!(id(3), u);
    let mut members = house.members(&g).await;
    members.sort();
    let mut expected = vec![h.clone(), u.clone()];
    expected.sort();
    assert_eq!(members, expected);
    assert_eq!(house.members(&h).await, [g.as_str()]);
    let read = house.get(&format!("/Groups/{g}")).await;
    assert_eq!(told[0]["version"].as_str().unwrap(), read.header("etag"));
}

#[tokio::test]
async fn failures_are_told_one_by_one_until_there_are_too_many() {
    let house = Pushed::start().await;
    house.user("taken").await;
    let post = |id: &str, name: &str| json!({ "method": "POST", "path": "/Users", "bulkId": id, "data": { "userName": name } });
    let operations = json!([
        post("a", "alice"), post("b", "taken"), { "method": "DELETE", "path": "/Users/nobody" },
        { "method": "DELETE", "path": "/Users/bulkId:a" },
        { "method": "PATCH", "path": "/Groups/bulkId:b", "data": { "Operations": [] } },
        { "method": "POST", "path": "/Shoes", "bulkId": "c", "data": {} },
    ]);
    let said = house.post("/Bulk", &bulk(&operations)).await.is(200);
    let told = said.body["Operations"].as_array().unwrap();
    let status: Vec<_> = told.iter().map(|told| told["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["201", "409", "404", "204", "409", "400"]);
    assert_eq!(told[1]["response"]["scimType"], "uniqueness");
    assert_eq!((told[1].get("location"), &told[1]["bulkId"]), (None, &json!("b")));
    let mut body = bulk(&json!([
        post("a", "taken"),
        post("b", "taken"),
        post("c", "carol")
    ]));
    body["failOnErrors"] = json!(2);
    let said = house.post("/Bulk", &body).await.is(200);
    assert_eq!(said.body["Operations"].as_array().unwrap().len(), 2);
    let many: Vec<Value> = (0..1001)
        .map(|_| json!({ "method": "DELETE", "path": "/Users/x" }))
        .collect();
    assert_eq!(
        house.post("/Bulk", &bulk(&json!(many))).await.refusal(),
        (413, "")
    );
    let nested = json!([{ "method": "POST", "path": "/Bulk", "bulkId": "n", "data": bulk(&json!([])) }]);
    let said = house.post("/Bulk", &bulk(&nested)).await.is(200);
    assert_eq!(said.body["Operations"][0]["status"], "400");
}
