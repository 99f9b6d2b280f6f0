//! Holds from outside: held by an operator, told to Jira, untouched by syncs and restarts, released three ways.

use std::path::Path;

use serde_json::{Value, json};
use throng::client;
use throng::clock::rfc3339;
use throng::model::{DirectoryId, Hold};
use throng::simulator::entra::Edit;
use throng::simulator::jira::Jira;

use crate::harness::{House, READER, nothing};
use crate::process::{run, throng};

const MINUTE: i64 = 60_000;

/// Id and name of the nth active user.
fn somebody(house: &House, nth: usize) -> (String, String) {
    let truth = house.company.tenant().truth();
    let mut active = truth
        .users
        .iter()
        .filter(|(_, user)| user.enabled && !user.upn.contains('#'));
    let (id, user) = active.nth(nth).unwrap();
    (id.to_string(), user.upn.clone())
}

async fn held(house: &House, user: &str, more: Value) -> Value {
    let mut body = json!({ "directory": "corp", "user": user, "reason": "left the project" });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let answer = house.operator().post("/api/v1/holds", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

async fn delete(house: &House, path: &str) -> u16 {
    let http = client::build().unwrap();
    let url = format!("http://{}{path}", house.daemon.admin());
    house.operator().send(http.delete(url)).await.unwrap().status
}

async fn crowd(house: &House, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/rest/usermanagement/1{path}", house.daemon.crowd_url());
    let request = client::build().unwrap().post(url).json(body);
    let request = request
        .basic_auth("jira", Some("secret"))
        .header("accept", "application/json");
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

/// Begins a session by the application's word.
async fn begin(house: &House, user: &str) -> (u16, Value) {
    let factors = json!({ "validationFactors": [{ "name": "remote_address", "value": "192.0.2.1" }] });
    let body = json!({ "username": user, "validation-factors": factors });
    crowd(house, "/session?validate-password=false", &body).await
}

/// A log-in with some password is answered as that of an inactive account.
async fn refused_as_inactive(house: &House, user: &str) {
    let path = format!("/authentication?username={user}");
    let (status, told) = crowd(house, &path, &json!({ "value": "x" })).await;
    assert_eq!(
        (status, &told["reason"]),
        (400, &json!("INACTIVE_ACCOUNT")),
        "{told}"
    );
}

async fn read() -> House {
    let house = House::of(40).await;
    house.operator().sync(&nothing()).await;
    house
}

#[tokio::test]
async fn a_held_user_is_inactive_in_jira_over_syncs_and_a_restart_until_it_is_released() {
    let house = read().await;
    let (id, name) = somebody(&house, 0);
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    let shown = held(&house, &name, json!({})).await;
    assert_eq!(
        (&shown["by"], &shown["external_id"], &shown["until"]),
        (&json!("operator ops"), &json!(id), &Value::Null)
    );
    jira.sync().await.unwrap();
    assert!(!jira.cache.users[&name].active);
    for round in 0..5 {
        let edit = Edit::DisableUser { user: id.clone() };
        house.company.tenant().edit(&edit).unwrap();
        house.operator().sync(&nothing()).await;
        house
            .company
            .tenant()
            .edit(&Edit::EnableUser { user: id.clone() })
            .unwrap();
        let ended = house.operator().sync(&json!({ "full": round % 2 == 0 })).await;
        assert_eq!(ended["state"], "succeeded", "{ended}");
        jira.sync().await.unwrap();
        assert!(!jira.cache.users[&name].active, "round {round}");
    }
    let house = house.restarted().await;
    let explained = house
        .operator()
        .get(&format!("/api/v1/users/{name}/explain?application=jira"))
        .await
        .body;
    assert_eq!(explained["user"]["active"], false);
    assert_eq!(explained["user"]["held"]["by"], "operator ops");
    assert_eq!(explained["user"]["held"]["reason"], "left the project");
    assert_eq!(explained["user"]["held"]["since"], shown["since"]);
    assert_eq!(delete(&house, &format!("/api/v1/holds/corp/{name}")).await, 204);
    assert_eq!(delete(&house, &format!("/api/v1/holds/corp/{name}")).await, 404);
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    assert!(jira.cache.users[&name].active);
    let explained = house
        .operator()
        .get(&format!("/api/v1/users/{name}/explain?application=jira"))
        .await
        .body;
    let actions: Vec<_> = explained["audit"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| &record["action"])
        .collect();
    assert!(
        actions.contains(&&json!("user held")) && actions.contains(&&json!("user released")),
        "{actions:?}"
    );
}

#[tokio::test]
async fn a_hold_ends_the_users_sessions_and_refuses_new_ones_as_of_an_inactive_account() {
    let house = read().await;
    let (_, name) = somebody(&house, 0);
    let (status, session) = begin(&house, &name).await;
    assert_eq!(status, 201, "{session}");
    let token = session["token"].as_str().unwrap();
    held(&house, &name, json!({})).await;
    let factors = json!({ "validationFactors": [{ "name": "remote_address", "value": "192.0.2.1" }] });
    let (status, told) = crowd(&house, &format!("/session/{token}"), &factors).await;
    assert_eq!(
        (status, &told["reason"]),
        (404, &json!("INVALID_SSO_TOKEN")),
        "{told}"
    );
    let (status, told) = begin(&house, &name).await;
    assert_eq!(
        (status, &told["reason"]),
        (400, &json!("INACTIVE_ACCOUNT")),
        "{told}"
    );
    refused_as_inactive(&house, &name).await;
}

#[tokio::test]
async fn a_login_ends_a_hold_that_says_so_and_no_other() {
    let house = read().await;
    let (returning, staying) = (somebody(&house, 0).1, somebody(&house, 1).1);
    held(&house, &returning, json!({ "release_on_return": true })).await;
    held(&house, &staying, json!({})).await;
    assert_eq!(begin(&house, &returning).await.0, 201);
    assert_eq!(begin(&house, &staying).await.0, 400);
    let left = house.operator().get("/api/v1/holds").await.body;
    let left: Vec<_> = left["holds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hold| &hold["user"])
        .collect();
    assert_eq!(left, [&json!(staying)]);
    // A password that cannot be right is no proof.
    held(&house, &returning, json!({ "release_on_return": true })).await;
    refused_as_inactive(&house, &returning).await;
}

#[tokio::test]
async fn a_hold_that_is_over_ends_by_itself() {
    let house = read().await;
    let (name, other) = (somebody(&house, 0).1, somebody(&house, 1).1);
    let until = rfc3339(1_800_000_000_000 + MINUTE);
    held(&house, &name, json!({ "until": until })).await;
    held(&house, &other, json!({})).await;
    let corp = house.daemon.directory(&DirectoryId::from("corp")).unwrap();
    house.clock.advance(MINUTE - 1);
    assert_eq!(corp.release_over().await.unwrap(), 0);
    house.clock.advance(1);
    assert_eq!(corp.release_over().await.unwrap(), 1);
    assert_eq!(corp.snapshot().details().held_count(), 1);
    let past = json!({ "directory": "corp", "user": name, "reason": "x", "until": until });
    let refused = house.operator().post("/api/v1/holds", &past).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (400, &json!("ADMIN_REQUEST_MALFORMED"))
    );
}

#[tokio::test]
async fn jira_is_told_of_hidden_memberships_and_removed_users_and_gets_them_back() {
    let house = read().await;
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    let groups_of = |jira: &Jira, name: &str| -> Vec<String> {
        let groups = jira.cache.groups_of(name);
        groups.into_iter().map(str::to_owned).collect()
    };
    let (_, name) = somebody(&house, 2);
    let before = groups_of(&jira, &name);
    assert!(before.len() > 1, "{before:?}");
    let group = before[0].clone();
    held(&house, &name, json!({ "hide_groups": [group] })).await;
    jira.sync().await.unwrap();
    let mut left = before.clone();
    left.retain(|one| *one != group);
    assert_eq!(groups_of(&jira, &name), left);
    held(&house, &name, json!({ "hide_groups": "all" })).await;
    jira.sync().await.unwrap();
    assert!(groups_of(&jira, &name).is_empty());
    house.operator().sync(&json!({ "full": true })).await;
    jira.sync().await.unwrap();
    assert!(groups_of(&jira, &name).is_empty(), "no sync undoes it");
    held(&house, &name, json!({ "remove": true })).await;
    jira.sync().await.unwrap();
    assert!(jira.cache.users.get(&name).is_none_or(|user| !user.active));
    assert_eq!(delete(&house, &format!("/api/v1/holds/corp/{name}")).await, 204);
    jira.sync().await.unwrap();
    jira.sync().await.unwrap();
    assert!(jira.cache.users[&name].active);
    assert_eq!(groups_of(&jira, &name), before);
}

#[tokio::test]
async fn a_forgotten_user_stays_forgotten_over_full_reads_and_renames() {
    let house = read().await;
    let (id, name) = somebody(&house, 0);
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    let key = jira.cache.users[&name].key.clone();
    held(&house, &name, json!({ "anonymise": true })).await;
    for round in 0..3 {
        let user = id.clone();
        let edit = Edit::RenameUser {
            user,
            upn: format!("renamed{round}@example.com"),
        };
        house.company.tenant().edit(&edit).unwrap();
        let ended = house.operator().sync(&json!({ "full": round % 2 == 0 })).await;
        assert_eq!(
            (&ended["state"], &ended["counts"]["users"]["updated"]),
            (&json!("succeeded"), &json!(0)),
            "{ended}"
        );
    }
    jira.sync().await.unwrap();
    let left: Vec<_> = jira.cache.users.values().filter(|user| user.key == key).collect();
    assert_eq!(left.len(), 1);
    assert!(left[0].name.starts_with("anonymous-corp-") && left[0].email.is_empty() && !left[0].active);
    assert_eq!(left[0].display_name, left[0].name);
    let corp = house.daemon.directory(&DirectoryId::from("corp")).unwrap();
    let rows: String = corp
        .snapshot()
        .users()
        .map(|row| serde_json::to_string(row).unwrap())
        .collect();
    assert!(!rows.contains(&format!("\"{name}\"")) && !rows.contains("renamed"));
}

#[tokio::test]
async fn whom_the_configuration_protects_nobody_holds() {
    let company = crate::harness::company(40).await;
    let truth = company.tenant().truth();
    let name = truth
        .users
        .values()
        .find(|user| user.enabled)
        .unwrap()
        .upn
        .clone();
    let upper = name.to_uppercase();
    let edit = |text: String| format!("{text}\n[protect]\nusers = [\"{upper}\"]\n");
    let house = House::over(company, "", edit).await;
    house.operator().sync(&nothing()).await;
    let body = json!({ "directory": "corp", "user": name, "reason": "x" });
    let refused = house.operator().post("/api/v1/holds", &body).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &json!("HOLD_PROTECTED"))
    );
    // Nor does a plan of the cleanup, which comes to the rules another way.
    let corp = house.daemon.directory(&DirectoryId::from("corp")).unwrap();
    let user = corp
        .snapshot()
        .user_named(&name.to_lowercase())
        .unwrap()
        .external_id
        .clone();
    let change = throng::model::Change::Hold {
        user,
        hold: Hold::new("idle", "cleanup", 1).into(),
    };
    let request = throng::directory::Request {
        changes: vec![change],
        ..throng::directory::Request::default()
    };
    let applied = corp.apply(request).await.unwrap();
    assert_eq!(applied.refused.len(), 1);
    assert_eq!(corp.snapshot().details().held_count(), 0);
}

#[tokio::test]
async fn holds_are_listed_in_pages() {
    let house = read().await;
    let mut names: Vec<String> = (0..5).map(|nth| somebody(&house, nth).1).collect();
    for name in &names {
        held(&house, name, json!({})).await;
    }
    let (mut found, mut after) = (Vec::new(), String::new());
    for _ in 0..3 {
        let page = house
            .operator()
            .get(&format!("/api/v1/holds?limit=2{after}"))
            .await
            .body;
        let holds = page["holds"].as_array().unwrap();
        assert!(holds.len() <= 2);
        found.extend(holds.iter().map(|hold| hold["user"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    found.sort();
    names.sort();
    assert_eq!(found, names);
    let page = house
        .operator()
        .get("/api/v1/holds?policy=ninety-days")
        .await
        .body;
    assert_eq!(page, json!({ "holds": [], "next": null }));
}

#[tokio::test]
async fn what_cannot_be_held_is_refused_with_its_reason_and_holding_needs_its_scope() {
    let house = read().await;
    let name = somebody(&house, 0).1;
    let reader = house.operator().with_token(READER);
    let body = json!({ "directory": "corp", "user": name, "reason": "x" });
    assert_eq!(reader.post("/api/v1/holds", &body).await.status, 403);
    assert_eq!(reader.get("/api/v1/holds").await.status, 200);
    for (body, status, code) in [
        (
            json!({ "directory": "corp", "user": "nobody", "reason": "x" }),
            404,
            "HOLD_UNKNOWN_USER",
        ),
        (
            json!({ "directory": "x", "user": name, "reason": "x" }),
            404,
            "ADMIN_NOT_FOUND",
        ),
        (
            json!({ "directory": "corp", "user": name }),
            400,
            "ADMIN_REQUEST_MALFORMED",
        ),
        (
            json!({ "directory": "corp", "user": name, "reason": "x", "hide_groups": ["?"] }),
            400,
            "HOLD_UNKNOWN_GROUP",
        ),
    ] {
        let answer = house.operator().post("/api/v1/holds", &body).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (status, Some(code)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_command_line_holds_lists_and_releases() {
    let house = read().await;
    let name = somebody(&house, 0).1;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("throng.toml");
    let text = crate::harness::configuration(&house.company, Path::new("unused"), "");
    let port = house.daemon.admin().port();
    let admin = format!("[admin]\nlisten = \"127.0.0.1:{port}\"");
    std::fs::write(&file, text.replace("[admin]\nlisten = \"127.0.0.1:0\"", &admin)).unwrap();
    let hold = async |arguments: &[&str]| {
        let mut command = throng();
        command.env("THRONG_ADMIN_TOKEN", crate::harness::TOKEN);
        run(command.arg("hold").args(arguments).arg("--config").arg(&file)).await
    };
    let (code, told, problem) = hold(&["add", "corp", &name, "--reason", "on leave"]).await;
    assert_eq!(code, 0, "{problem}");
    assert!(told.contains("on leave"), "{told}");
    let (_, told, _) = hold(&["list"]).await;
    assert!(told.contains(&name) && told.contains("operator ops"), "{told}");
    assert_eq!(hold(&["release", "corp", &name]).await.0, 0);
    assert_eq!(hold(&["list"]).await.1, "");
    let (code, _, problem) = hold(&["release", "corp", &name]).await;
    assert_eq!(code, 1);
    assert!(problem.contains("is not held"), "{problem}");
}
