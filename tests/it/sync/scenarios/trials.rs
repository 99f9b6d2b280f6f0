//! Settings that nobody has saved: what a run would do under them, what would become of one record.

use serde_json::{Value, json};
use throng::simulator::entra::Edit;

use super::{Scene, scene};

impl Scene {
    async fn tried(&self, settings: &Value) -> (Value, Value) {
        let run = self
            .operator
            .sync(&json!({ "dry_run": true, "settings": settings }))
            .await;
        assert_eq!(
            (&run["state"], &run["dry_run"]),
            (&json!("succeeded"), &json!(true)),
            "{run}"
        );
        let plan = format!("/api/v1/plans/{}", run["plan"].as_str().unwrap());
        (run, self.operator.get(&plan).await.body)
    }

    async fn tested(&self, ask: &Value) -> (u16, Value) {
        let answer = self
            .operator
            .post("/api/v1/directories/corp/mapping/test", ask)
            .await;
        (answer.status, answer.body)
    }

    fn guest(&self) -> (String, String) {
        let users = self.tenant().truth().users;
        let guest = users.into_iter().find(|(_, user)| user.guest && user.enabled);
        let (id, user) = guest.unwrap();
        (id.to_string(), user.upn)
    }
}

#[tokio::test]
async fn unsaved_settings_show_what_they_would_do_and_leave_no_trace() {
    let mut scene = scene("").await;
    let before = scene.jira.cache.clone();
    let guests = scene
        .tenant()
        .truth()
        .users
        .values()
        .filter(|user| user.guest && user.enabled)
        .count();
    assert!(guests > 0);
    let (run, plan) = scene.tried(&json!({ "scope": { "guests": "exclude" } })).await;
    assert_eq!(run["counts"]["users"]["deactivated"], guests, "{run}");
    let told = run["notices"].to_string();
    assert!(
        told.contains("planned under settings that are not saved: `scope`"),
        "{told}"
    );
    let steps = plan["steps"].as_array().unwrap();
    assert!(
        !steps.is_empty()
            && steps
                .iter()
                .all(|step| step["reason"] == "out of scope: guests are left out")
    );
    assert!(
        plan["reasons"].to_string().contains("have changed"),
        "it would wait for a person: {plan}"
    );

    let run = scene.run("succeeded").await;
    assert_eq!(
        (&run["full"], &run["counts"]["users"]["deactivated"]),
        (&json!(false), &json!(0)),
        "{run}"
    );
    assert_eq!(scene.jira.cache, before);
    assert_eq!(scene.operator.plans().await, [json!(null); 0]);
}

#[tokio::test]
async fn an_unsaved_mapping_reads_what_it_needs_and_names_what_was_meant() {
    let scene = scene("").await;
    let renamed = |plan: &Value| {
        let steps = plan["steps"].as_array().unwrap();
        steps
            .iter()
            .filter(|step| step["reason"].as_str().unwrap().starts_with("now `"))
            .count()
    };
    let mapping = |email: &str| {
        json!({ "mapping": {
            "username": { "from": ["mailNickname"], "transform": ["upper"] },
            "email": { "from": [email] },
            "attributes": { "room": { "from": ["officeLocation"] } },
        } })
    };
    let (_, plan) = scene.tried(&mapping("mail")).await;
    assert!(renamed(&plan) > super::USERS / 2, "{plan}");
    // A source that knows the name has it, with nobody; one that does not says so.
    let (run, _) = scene.tried(&mapping("otherMails")).await;
    assert_eq!(run["state"], "succeeded");
    let ask = json!({ "dry_run": true, "settings": mapping("mial") });
    let run = scene.operator.sync(&ask).await;
    let error = run["error"]["message"].as_str().unwrap();
    assert!(
        run["state"] == "failed" && error.contains("did you mean `mail`?"),
        "{run}"
    );
}

#[tokio::test]
async fn unsaved_limits_judge_the_plan_that_they_are_tried_with() {
    let scene = scene("").await;
    let user = scene.staff().remove(0);
    scene.edit(&Edit::PurgeUser { user });
    let strict = json!({ "limits": { "users": { "max": 0, "percent": 0.0, "at_least": 0 } } });
    let (_, plan) = scene.tried(&strict).await;
    assert!(
        plan["reasons"].to_string().contains("plan removes 1 of"),
        "{plan}"
    );
    let (_, plan) = scene.tried(&json!({})).await;
    assert_eq!(plan["reasons"], json!([]), "the saved ones let it through");
}

#[tokio::test]
async fn settings_that_cannot_be_tried_are_refused_with_a_hint() {
    let scene = scene("").await;
    for (ask, hint) in [
        (json!({ "settings": {} }), "add `\"dry_run\": true`"),
        (
            json!({ "dry_run": true, "settings": { "maping": {} } }),
            "did you mean `settings.mapping`?",
        ),
        (
            json!({ "dry_run": true, "settings": { "source": { "kind": "okta" } } }),
            "known here: `scope`, `mapping`",
        ),
    ] {
        let answer = scene.operator.post("/api/v1/directories/corp/sync", &ask).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (400, &json!("ADMIN_REQUEST_MALFORMED"))
        );
        assert!(
            answer.body["hint"].as_str().unwrap().contains(hint),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn one_record_is_shown_as_read_and_mapped_step_by_step() {
    let scene = scene("").await;
    let user = scene.staff().remove(0);
    let upn = scene.upn(&user);
    let settings = json!({ "mapping": { "username": { "from": ["onPremisesSamAccountName", "userPrincipalName"], "transform": ["strip_domain", "upper"] } } });
    let (status, tested) = scene.tested(&json!({ "user": upn, "settings": settings })).await;
    assert_eq!(
        (status, &tested["id"], &tested["attributes"]["userPrincipalName"]),
        (200, &json!(user), &json!(upn)),
        "{tested}"
    );
    let username = &tested["fields"][0];
    let local = upn.split('@').next().unwrap();
    assert_eq!(
        username["candidates"][0],
        json!({ "attribute": "onPremisesSamAccountName", "value": null, "taken": false })
    );
    assert_eq!(
        username["steps"],
        json!([{ "transform": "strip_domain", "value": local }, { "transform": "upper", "value": local.to_uppercase() }])
    );
    assert_eq!(
        (&tested["served_as"], &tested["in_scope"]),
        (&username["value"], &json!(true))
    );
    let (_, saved) = scene.tested(&json!({ "user": user })).await;
    assert_eq!(saved["served_as"], upn, "by id, and as it is saved");
    assert_eq!(scene.tested(&json!({ "user": "nobody.at.all" })).await.0, 404);
    assert_eq!(scene.tested(&json!({})).await.0, 400);
}

#[tokio::test]
async fn a_record_out_of_scope_is_shown_with_the_reason() {
    let scene = scene("").await;
    let (id, upn) = scene.guest();
    let (_, tested) = scene
        .tested(&json!({ "user": upn, "settings": { "scope": { "guests": "exclude" } } }))
        .await;
    assert_eq!((&tested["id"], &tested["in_scope"]), (&json!(id), &json!(false)));
    assert_eq!(tested["scope"], "out of scope: guests are left out");
    let lone = scene.edit(&Edit::CreateUser {
        name: "lone.wolf".to_owned(),
    });
    let by_groups = json!({ "scope": { "users": "in-groups" } });
    let (_, tested) = scene
        .tested(&json!({ "user": "lone.wolf@corp.example", "settings": by_groups }))
        .await;
    assert_eq!(
        tested["scope"], "out of scope: it is in no group of this directory",
        "{tested}"
    );
    scene.team("Pack", std::slice::from_ref(&lone));
    let (_, tested) = scene
        .tested(&json!({ "user": lone, "settings": by_groups }))
        .await;
    assert_eq!(tested["in_scope"], true, "{tested}");
    let (_, tested) = scene
        .tested(&json!({ "user": lone, "settings": { "scope": { "users": "assigned" } } }))
        .await;
    assert_eq!(
        tested["in_scope"],
        json!(null),
        "not asked is not known: {tested}"
    );
}

#[tokio::test]
async fn a_record_whose_name_another_has_is_shown_with_what_would_become_of_it() {
    let scene = scene("").await;
    let holder = scene.staff().remove(0);
    let (name, _) = scene
        .upn(&holder)
        .split_once('@')
        .map(|(name, domain)| (name.to_owned(), domain.to_owned()))
        .unwrap();
    let second = scene.edit(&Edit::CreateUser {
        name: format!("{name}@other.example"),
    });
    let settings = |collision: &str| {
        json!({ "mapping": {
            "username": { "from": ["userPrincipalName"], "transform": [{ "regex": "@.*", "replace": "@corp.example" }] },
            "on_collision": collision,
        } })
    };
    let (_, tested) = scene
        .tested(&json!({ "user": second, "settings": settings("refuse") }))
        .await;
    assert_eq!(tested["served_as"], json!(null), "{tested}");
    assert!(
        tested["refused"].to_string().contains(&holder),
        "who has it: {tested}"
    );
    let (_, tested) = scene
        .tested(&json!({ "user": second, "settings": settings("suffix") }))
        .await;
    let served = tested["served_as"].as_str().unwrap();
    assert_eq!(served, format!("{name}@corp.example-{}", &second[..8]));
}
