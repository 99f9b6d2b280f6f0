//! A user explained: present, disabled, renamed, gone, unknown; what the application was told of it, and when.

use serde_json::{Value, json};
use throng::simulator::entra::Edit;

use crate::harness::{House, nothing};

async fn explained(house: &House, name: &str) -> Value {
    let answer = house
        .operator()
        .get(&format!("/api/v1/users/{name}/explain?application=jira"))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn a_user_is_explained_from_its_source_to_what_the_application_was_told() {
    let house = House::of(40).await;
    house.operator().sync(&nothing()).await;
    let truth = house.company.tenant().truth();
    let (id, user) = truth.users.iter().find(|(_, user)| user.enabled).unwrap();
    let name = user.upn.clone();

    let told = explained(&house, &name).await;
    let shown = &told["user"];
    assert_eq!(shown["key"], format!("corp:{id}"));
    assert_eq!(
        (&shown["active"], &shown["directory"], &shown["owner"]),
        (&json!(true), &json!("corp"), &json!("source"))
    );
    assert_eq!(shown["told"], json!([]), "nobody has asked yet");
    let direct = truth.members.iter().filter(|(_, member)| member == id).count();
    let groups = shown["groups"].as_array().unwrap();
    assert_eq!(
        groups
            .iter()
            .filter(|group| group["path"].as_array().unwrap().len() == 1)
            .count(),
        direct
    );
    for group in groups {
        assert_eq!(group["path"].as_array().unwrap().last(), Some(&group["name"]));
    }

    let mut jira = house.jira();
    jira.sync().await.unwrap();
    let listing = explained(&house, &name).await["user"]["told"].clone();
    assert_eq!(
        (&listing[0]["answer"], &listing[0]["up_to_date"]),
        (&json!("listing"), &json!(true))
    );

    house
        .company
        .tenant()
        .edit(&Edit::DisableUser { user: id.to_string() })
        .unwrap();
    house.operator().sync(&nothing()).await;
    let disabled = explained(&house, &name).await;
    assert_eq!(disabled["user"]["active"], false);
    assert_eq!(disabled["user"]["reason"], "its source says that it is disabled");
    assert_eq!(disabled["user"]["told"][0]["up_to_date"], false);
    assert_eq!(disabled["audit"][0]["action"], "user deactivated");
    house.clock.advance(60_000);
    jira.sync().await.unwrap();
    let events = explained(&house, &name).await["user"]["told"].clone();
    assert_eq!(events.as_array().unwrap().len(), 2);
    assert_eq!(
        (&events[1]["answer"], &events[1]["up_to_date"]),
        (&json!("events"), &json!(true))
    );
    assert_ne!(events[0]["at"], events[1]["at"]);
}

#[tokio::test]
async fn a_name_without_a_bearer_tells_who_had_it() {
    let house = House::of(30).await;
    house.operator().sync(&nothing()).await;
    let truth = house.company.tenant().truth();
    let (id, user) = truth.users.iter().find(|(_, user)| user.enabled).unwrap();
    let new = "somebody-else@corp.example".to_owned();
    house
        .company
        .tenant()
        .edit(&Edit::RenameUser {
            user: id.to_string(),
            upn: new.clone(),
        })
        .unwrap();
    house.operator().sync(&nothing()).await;
    let told = explained(&house, &user.upn).await;
    assert_eq!(told["user"], Value::Null);
    assert_eq!(
        told["past"],
        json!([{ "directory": "corp", "key": format!("corp:{id}"), "what": format!("is named `{new}` now") }])
    );
    let never = explained(&house, "nobody").await;
    assert_eq!(
        (&never["user"], &never["past"], &never["hidden"]),
        (&Value::Null, &json!([]), &json!([]))
    );
    let wrong = house
        .operator()
        .get("/api/v1/users/x/explain?application=wiki")
        .await;
    assert_eq!(
        (wrong.status, &wrong.body["code"]),
        (404, &json!("ADMIN_NOT_FOUND"))
    );
}
