//! A user explained: present, disabled, renamed, gone, unknown; what the application was told of it, and when.

use serde_json::{Value, json};
use throng::simulator::entra::{Edit, Tenant};

use crate::harness::{House, Operator, TOKEN, company, configuration, new_jira, nothing};
use crate::process::{ended_well, run, serve, throng, with_ports};

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

#[tokio::test]
async fn who_waits_for_a_name_is_told_beside_who_has_it() {
    let mapping =
        "[directory.mapping]\nusername = { from = [\"userPrincipalName\"], transform = [\"strip_domain\"] }";
    let house = House::with(30, mapping, |text| text).await;
    let create = |name: &str| {
        let name = name.to_owned();
        house.company.tenant().edit(&Edit::CreateUser { name }).unwrap()
    };
    let first = create("ann@corp.example");
    house.operator().sync(&nothing()).await;
    let second = create("Ann@other.example");
    house.operator().sync(&nothing()).await;
    let told = explained(&house, "ann").await;
    assert_eq!(told["user"]["key"], format!("corp:{first}"));
    assert_eq!(
        told["user"]["mapping"]["username"],
        "userPrincipalName, then strip_domain"
    );
    let reason = format!("user {first} of directory `corp` has the name");
    assert_eq!(
        told["waiting"],
        json!([{ "directory": "corp", "key": format!("corp:{second}"), "reason": reason }])
    );
    house
        .company
        .tenant()
        .edit(&Edit::RenameUser {
            user: first,
            upn: "ann.berg@corp.example".to_owned(),
        })
        .unwrap();
    house.operator().sync(&nothing()).await;
    let told = explained(&house, "ann").await;
    assert_eq!(
        (&told["user"]["key"], &told["waiting"]),
        (&json!(format!("corp:{second}")), &json!([]))
    );
}

/// A new user in a group in a group.
fn ann_in_inner_in_outer(tenant: &Tenant) -> String {
    let user = tenant
        .edit(&Edit::CreateUser {
            name: "ann".to_owned(),
        })
        .unwrap();
    for name in ["Outer", "Inner"] {
        let name = name.to_owned();
        tenant.edit(&Edit::CreateGroup { name, unified: false }).unwrap();
    }
    let (parent, child) = ("Outer".to_owned(), "Inner".to_owned());
    tenant
        .edit(&Edit::Nest {
            parent,
            child: child.clone(),
        })
        .unwrap();
    tenant
        .edit(&Edit::Join {
            group: child,
            member: user.clone(),
        })
        .unwrap();
    user
}

/// Every answer about her, as printed.
fn says_all(out: &str, name: &str, user: &str) {
    for answer in [
        format!(
            "`{name}` of directory `corp`, key corp:{user}, is inactive: its source says that it is enabled"
        ),
        "named by mail or userPrincipalName, then lower".to_owned(),
        "held by operator ops since 20".to_owned(),
        ": left the project".to_owned(),
        "in group Inner\n".to_owned(),
        "in group Inner -> Outer\n".to_owned(),
        "last seen at 2026-01-10T08:00:00.000Z (activity-api)".to_owned(),
        "application `jira`".to_owned(),
        "(listing): as it is now".to_owned(),
    ] {
        assert!(out.contains(&answer), "`{answer}` is not in\n{out}");
    }
}

#[tokio::test]
async fn every_question_about_a_user_is_answered_at_the_command_line_as_by_the_admin_face() {
    let company = company(40).await;
    let folder = tempfile::tempdir().unwrap();
    let mapping = "[directory.mapping]\nusername = { from = [\"mail\", \"userPrincipalName\"], transform = [\"lower\"] }";
    let (text, crowd, admin) = with_ports(&configuration(&company, &folder.path().join("data"), mapping));
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, text).unwrap();
    let tenant = company.tenant();
    let user = ann_in_inner_in_outer(tenant);
    let daemon = serve(&file).await;
    let operator = Operator::new(&format!("127.0.0.1:{admin}"), TOKEN);
    assert_eq!(operator.sync(&nothing()).await["state"], "succeeded");
    let name = tenant.truth().users[user.as_str()]
        .mail
        .clone()
        .unwrap()
        .to_lowercase();
    let report = json!([{ "user": name, "seen": "2026-01-10T08:00:00Z", "application": "jira" }]);
    assert_eq!(operator.post("/api/v1/activity", &report).await.status, 202);
    let hold = json!({ "directory": "corp", "user": name, "reason": "left the project" });
    assert_eq!(operator.post("/api/v1/holds", &hold).await.status, 201);
    new_jira(&format!("http://127.0.0.1:{crowd}/crowd"))
        .sync()
        .await
        .unwrap();

    let explain = |more: &'static [&'static str]| {
        let mut command = throng();
        command
            .args(["explain", "user", &name, "--application", "jira"])
            .args(more)
            .arg("--config")
            .arg(&file);
        async move { run(&mut command).await }
    };
    let (code, out, err) = explain(&[]).await;
    assert_eq!(code, 0, "{err}");
    says_all(&out, &name, &user);
    let (code, out, _) = explain(&["--output", "json"]).await;
    let document: Value = serde_json::from_str(&out).unwrap();
    let path = format!("/api/v1/users/{name}/explain?application=jira");
    assert_eq!((code, &document), (0, &operator.get(&path).await.body));
    ended_well(daemon).await;
}
