//! Pushed users whose person is forgotten: nothing is kept that tells who they were, and their provider still finds them.

use reqwest::Method;
use serde_json::{Value, json};
use throng::model::DirectoryId;

use super::client::{Pushed, Said, USER};

fn isaac(active: bool) -> Value {
    json!({
        "schemas": [USER], "userName": "Isaac.Brock@okta.example", "externalId": "00ujl29u0le5T6Aj10h7",
        "name": { "givenName": "Isaac", "familyName": "Brock" }, "displayName": "Isaac Brock", "active": active,
        "emails": [{ "primary": true, "value": "isaac.brock@okta.example", "type": "work" }],
    })
}

/// Pushes one user and has it forgotten; answers its id.
async fn forgotten(house: &Pushed) -> String {
    let id = house.post("/Users", &isaac(true)).await.is(201).id();
    let body = json!({
        "directory": "corp", "user": "isaac.brock@okta.example", "reason": "left long ago", "anonymise": true,
    });
    house.operate(Method::POST, "/holds", &body).await.is(201);
    id
}

/// Everything that is stored of users, as text.
fn stored(house: &Pushed) -> String {
    let corp = house.daemon.directory(&DirectoryId::from("corp")).unwrap();
    let snapshot = corp.snapshot();
    let rows = snapshot.users().map(|row| {
        let resource = snapshot
            .details()
            .resource(throng::model::MemberKind::User, row.id.0);
        format!("{}{resource:?}", serde_json::to_string(row).unwrap())
    });
    rows.collect::<String>().to_lowercase()
}

fn tells_nothing(text: &str) {
    for word in ["isaac", "brock", "00ujl29u0le5t6aj10h7"] {
        assert!(!text.contains(word), "`{word}` is in {text}");
    }
}

async fn found(house: &Pushed, filter: &str) -> (u64, String) {
    house.find("/Users", filter).await
}

#[tokio::test]
async fn who_is_forgotten_is_told_to_nobody_and_its_provider_finds_it_by_all_it_knows() {
    let house = Pushed::start().await;
    let mut jira = house.jira();
    let id = forgotten(&house).await;
    jira.sync().await.unwrap();
    let key = jira.cache.users.values().next().unwrap().key.clone();
    let house = house.restarted().await;
    tells_nothing(&stored(&house));
    let said = house.get(&format!("/Users/{id}")).await.is(200);
    tells_nothing(&said.body.to_string().to_lowercase());
    assert_eq!(said.body["userName"], "anonymous-corp-0");
    for filter in [
        "userName eq \"ISAAC.brock@okta.example\"",
        "externalId eq \"00ujl29u0le5T6Aj10h7\"",
        "emails.value eq \"isaac.brock@okta.example\"",
        "userName eq \"isaac.brock@okta.example\" and active eq true",
    ] {
        assert_eq!(found(&house, filter).await, (1, id.clone()), "{filter}");
    }
    for filter in [
        "userName eq \"isaac\"",
        "externalId eq \"00UJL29U0LE5T6AJ10H7\"",
        "userName eq \"isaac.brock@okta.example\" and active eq false",
        "userName sw \"isaac\"",
    ] {
        assert_eq!(found(&house, filter).await.0, 0, "{filter}");
    }
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    let left = jira.cache.users.values().next().unwrap();
    assert_eq!((&left.key, left.active), (&key, false));
    tells_nothing(&format!("{left:?}").to_lowercase());
}

#[tokio::test]
async fn what_its_provider_says_again_of_a_forgotten_user_is_dropped_but_for_active_and_members() {
    let house = Pushed::with("on_existing = \"link\"").await;
    let id = forgotten(&house).await;
    let path = format!("/Users/{id}");
    let again = house.post("/Users", &isaac(true)).await;
    assert_eq!(again.id(), id, "no second one of the same person");
    let version = again.header("etag").to_owned();
    let put = house.put(&path, &isaac(true)).await.is(200);
    assert_eq!(put.header("etag"), version, "nothing was written");
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "Isaac K. Brock" },
        { "op": "replace", "path": "userName", "value": "isaac.k.brock@okta.example" },
        { "op": "replace", "path": "active", "value": false },
    ]);
    let said = house.patch(&path, &operations).await.is(200);
    assert_eq!(
        (&said.body["active"], &said.body["userName"]),
        (&json!(false), &json!("anonymous-corp-0"))
    );
    tells_nothing(&stored(&house));
    let renamed = "userName eq \"isaac.k.brock@okta.example\"";
    assert_eq!(found(&house, renamed).await, (1, id.clone()), "renamed meanwhile");
    assert_eq!(
        found(&house, "userName eq \"isaac.brock@okta.example\"").await.0,
        0
    );
    let group = house.group("Bands", &[&id]).await;
    assert_eq!(house.members(&group).await, std::slice::from_ref(&id));
    assert_eq!(
        pushed(&house, "anonymous-corp-0").await,
        [
            ("user deactivated".to_owned(), "pushed".to_owned()),
            ("user updated".to_owned(), "pushed again, linked".to_owned()),
        ]
    );
    let of_old = pushed(&house, "Isaac.Brock@okta.example").await;
    assert_eq!(of_old, [("user added".to_owned(), "pushed".to_owned())]);
    // An echo of what is told, as some write it back, changes nothing.
    let told = house.get(&path).await.body;
    house.put(&path, &told).await.is(200);
    assert_eq!(found(&house, renamed).await, (1, id));
}

/// What the audit trail says that pushes did to a user: the action, the reason.
async fn pushed(house: &Pushed, name: &str) -> Vec<(String, String)> {
    let directory = house.daemon.directory(&DirectoryId::from("corp")).unwrap();
    let trail = directory.audit_of(name, 100).await.unwrap();
    let of_push = trail.into_iter().filter(|record| record.actor == "scim idp");
    of_push.map(|record| (record.action, record.reason)).collect()
}

#[tokio::test]
async fn the_name_of_a_forgotten_user_is_free_for_another_person() {
    let house = Pushed::start().await;
    let id = forgotten(&house).await;
    let mut other = isaac(true);
    other["externalId"] = json!("00u-somebody-else");
    let said = house.post("/Users", &other).await.is(201);
    assert_ne!(said.id(), id);
    assert_eq!(said.body["userName"], "Isaac.Brock@okta.example");
}

#[tokio::test]
async fn where_nobody_is_taken_over_a_second_creation_of_a_forgotten_user_is_a_conflict() {
    let house = Pushed::start().await;
    let id = forgotten(&house).await;
    let said: Said = house.post("/Users", &isaac(true)).await;
    assert_eq!(said.refusal(), (409, "uniqueness"));
    assert!(said.body["detail"].as_str().unwrap().contains(&id), "{said:?}");
    let nameless = json!({ "schemas": [USER], "userName": "isaac.brock@okta.example" });
    assert_eq!(
        house.post("/Users", &nameless).await.refusal(),
        (409, "uniqueness")
    );
}

#[tokio::test]
async fn a_hold_is_not_shaken_off_by_deleting_and_creating_its_user() {
    let house = Pushed::start().await;
    let id = house.post("/Users", &isaac(true)).await.is(201).id();
    let mut hold = json!({ "directory": "corp", "user": "isaac.brock@okta.example", "reason": "idle" });
    for anonymise in [false, true] {
        hold["anonymise"] = json!(anonymise);
        house.operate(Method::POST, "/holds", &hold).await.is(201);
        house.delete(&format!("/Users/{id}")).await.is(204);
        assert_eq!(found(&house, "externalId eq \"00ujl29u0le5T6Aj10h7\"").await.0, 0);
        let mut other = isaac(true);
        other["externalId"] = json!("00u-somebody-else");
        let hired = house.post("/Users", &other).await.is(201).id();
        assert_ne!(hired, id, "the name tells nothing");
        house.delete(&format!("/Users/{hired}")).await.is(204);
        let back = house.post("/Users", &isaac(true)).await.is(201);
        assert_eq!(back.id(), id);
        let mut jira = house.jira();
        jira.sync().await.unwrap();
        let told: Vec<_> = jira
            .cache
            .users
            .values()
            .map(|user| (&*user.name, user.active))
            .collect();
        let name = if anonymise {
            "anonymous-corp-0"
        } else {
            "Isaac.Brock@okta.example"
        };
        assert_eq!(told, [(name, false)]);
    }
    tells_nothing(&stored(&house));
    // Without the hold it is somebody new.
    house.delete(&format!("/Users/{id}")).await.is(204);
    let path = format!("/holds/corp/{id}");
    house.operate(Method::DELETE, &path, &Value::Null).await.is(204);
    assert_ne!(house.post("/Users", &isaac(true)).await.is(201).id(), id);
}

#[tokio::test]
async fn after_a_release_the_provider_tells_the_person_anew_under_the_same_id() {
    let house = Pushed::start().await;
    let id = forgotten(&house).await;
    let path = format!("/Users/{id}");
    house
        .operate(Method::DELETE, "/holds/corp/anonymous-corp-0", &Value::Null)
        .await
        .is(204);
    let deactivated = json!([{ "op": "replace", "path": "active", "value": false }]);
    let said = house.patch(&path, &deactivated).await.is(200);
    assert_eq!(
        said.body["userName"], "anonymous-corp-0",
        "it did not say who it is"
    );
    let filter = "userName eq \"isaac.brock@okta.example\"";
    assert_eq!(found(&house, filter).await, (1, id.clone()));
    let said = house.put(&path, &isaac(true)).await.is(200);
    assert_eq!(
        (&said.body["userName"], &said.body["displayName"]),
        (&json!("Isaac.Brock@okta.example"), &json!("Isaac Brock"))
    );
    assert_eq!(found(&house, filter).await, (1, id));
}
