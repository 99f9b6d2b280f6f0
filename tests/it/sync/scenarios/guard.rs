//! Rows of the guard: what is held, what flows, what is never taken away.

use serde_json::json;
use throng::directory::Request;
use throng::model::change::UserWish;
use throng::model::{Change, Owner};
use throng::simulator::entra::Edit;

use super::{Scene, USERS, scene};
use crate::harness::House;
use crate::sync::{company, house};

#[tokio::test]
async fn row_8_rows_that_quietly_stay_away_are_held() {
    let mut scene = scene("").await;
    let active = scene.active();
    let staff = scene.staff();
    for user in &staff[..20] {
        scene.edit(&Edit::PurgeUser { user: user.clone() });
    }
    let new = scene.edit(&Edit::CreateUser {
        name: "new.comer".to_owned(),
    });
    scene.run_in_full("held").await;
    assert_eq!(scene.active(), active + 1, "nobody goes, the newcomer comes");
    assert!(scene.seen(&new).is_some());
    let plan = scene.operator.plans().await.remove(0);
    assert_eq!(plan["counts"]["users"]["deactivated"], 20);
    assert_eq!(scene.approve().await["state"], "succeeded");
    assert_eq!(scene.active(), active - 19);
    assert_eq!(
        scene.jira.cache.users.len(),
        scene.tenant().truth().users.len() + 20,
        "Jira deletes nobody"
    );
}

#[tokio::test]
async fn row_20_the_first_run_takes_nothing_that_is_not_the_sources() {
    let by_hand = "[[directory]]\nid = \"manual\"\n[directory.source]\nkind = \"local\"\n[[application]]";
    let house = House::with(USERS, "", |text| {
        let text = text.replace("[[application]]", by_hand);
        text.replace(
            "[\"corp\"]",
            "[\"manual\", \"corp\"]\npermission = \"read-write\"",
        )
    })
    .await;
    let crowd = format!("{}/rest/usermanagement/1", house.daemon.crowd_url());
    let made = |path: &'static str, body: serde_json::Value| {
        let sent = throng::client::build().unwrap().post(format!("{crowd}{path}"));
        let sent = sent.basic_auth("jira", Some("secret")).json(&body);
        async move { sent.send().await.unwrap().status().as_u16() }
    };
    let user = json!({ "name": "by.hand", "active": true, "password": { "value": "made here" } });
    assert_eq!(made("/user", user).await, 201);
    let group = json!({ "name": "hand-picked", "type": "GROUP", "active": true });
    assert_eq!(made("/group", group).await, 201);
    let path = "/user/group/direct?username=by.hand";
    assert_eq!(made(path, json!({ "name": "hand-picked" })).await, 201);

    let mut scene = Scene::of(house).await;
    for _ in 0..2 {
        let seen = &scene.jira.cache.users["by.hand"];
        assert!(seen.active && seen.key.starts_with("manual:"), "{seen:?}");
        assert_eq!(scene.jira.cache.groups_of("by.hand"), ["hand-picked"]);
        assert!(scene.jira.cache.users.len() > USERS / 2);
        scene.run_in_full("succeeded").await;
    }
}

#[tokio::test]
async fn a_users_name_that_was_made_here_in_the_same_directory_stays_its_own() {
    let house = house().await;
    let wish = UserWish {
        external_id: "local-1".into(),
        owner: Owner::Local,
        name: "user0".into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: "".into(),
        email: "".into(),
        active: true,
        created_at: None,
    };
    let request = Request {
        changes: vec![Change::PutUser(wish)],
        ..Request::default()
    };
    house.directory.apply(request).await.unwrap();
    let run = house.sync(company()).await;
    assert_eq!(
        (run.counts.users.added, run.refused.len()),
        (99, 1),
        "nor merges by a name: {:?}",
        run.refused
    );
    let local = house.snapshot().user_named("user0").cloned().unwrap();
    assert_eq!(
        (local.owner, local.external_id.as_str()),
        (Owner::Local, "local-1")
    );
}

#[tokio::test]
async fn row_21_what_a_run_would_do_is_shown_before_it_does_it() {
    let mut scene = scene("").await;
    let before = scene.jira.cache.clone();
    for at in 0..7 {
        scene.edit(&Edit::CreateUser {
            name: format!("seat.{at}"),
        });
    }
    let run = scene.asked(&json!({ "dry_run": true }), "succeeded").await;
    assert_eq!(
        (run["counts"]["users"]["added"].as_u64(), &scene.jira.cache),
        (Some(7), &before)
    );
    scene.run("succeeded").await;
    assert_eq!(scene.jira.cache.users.len(), before.users.len() + 7);
}

#[tokio::test]
async fn row_22_who_is_deleted_is_deactivated_and_stays() {
    let mut scene = scene("").await;
    let user = scene.staff().remove(0);
    scene.edit(&Edit::PurgeUser { user: user.clone() });
    scene.run_in_full("succeeded").await;
    scene.house.clock.advance(400 * 24 * 3_600_000);
    scene.run_in_full("succeeded").await;
    assert!(
        !scene.seen(&user).unwrap().active,
        "for ever, unless it is asked for"
    );
}

#[tokio::test]
async fn row_24_a_typing_error_in_a_filter_empties_nothing() {
    let scene = scene("").await;
    let before = scene.jira.cache.clone();
    let mut scene = scene
        .reconfigured("[directory.scope]\ngroups_include = [\"jira-uesrs\"]")
        .await;
    let run = scene.run("held").await;
    assert_eq!((run["full"].as_bool(), &scene.jira.cache), (Some(true), &before));
    let plan = scene.operator.plans().await.remove(0);
    assert!(
        plan["reasons"]
            .to_string()
            .contains("scope or mapping of the directory have changed"),
        "{plan}"
    );
    let mut scene = scene.reconfigured("").await;
    scene.run("succeeded").await;
    assert_eq!(scene.jira.cache, before);
    assert_eq!(scene.operator.plans().await.len(), 0);
}

#[tokio::test]
async fn row_25_a_group_that_is_suddenly_empty_is_held_alone() {
    let mut scene = scene("").await;
    let staff = scene.staff();
    let group = scene.team("Dynamic", &staff[..12]);
    let other = scene.team("Other", &staff[..3]);
    scene.run("succeeded").await;
    for member in &staff[..12] {
        scene.edit(&Edit::Leave {
            group: group.clone(),
            member: member.clone(),
        });
    }
    scene.edit(&Edit::Leave {
        group: other,
        member: staff[0].clone(),
    });
    scene.run("held").await;
    let of = |scene: &Scene, name: &str| {
        scene
            .jira
            .cache
            .memberships
            .iter()
            .filter(|(group, _)| group == name)
            .count()
    };
    assert_eq!(
        (of(&scene, "dynamic"), of(&scene, "other")),
        (12, 2),
        "the other group's loss flows"
    );
    // The rule is evaluated at last: the members are back, and nothing waits.
    for member in &staff[..12] {
        scene.edit(&Edit::Join {
            group: group.clone(),
            member: member.clone(),
        });
    }
    scene.run("succeeded").await;
    assert_eq!(
        (of(&scene, "dynamic"), scene.operator.plans().await.len()),
        (12, 0)
    );
}

#[tokio::test]
async fn a_source_that_loses_a_little_much_or_all_is_let_through_held_and_held() {
    for (lost, state) in [(1, "succeeded"), (9, "held"), (usize::MAX, "held")] {
        let mut scene = scene("").await;
        let active = scene.active();
        let staff: Vec<String> = scene
            .tenant()
            .truth()
            .users
            .keys()
            .map(ToString::to_string)
            .collect();
        for user in staff.iter().take(lost) {
            scene.edit(&Edit::PurgeUser { user: user.clone() });
        }
        scene.tenant().faults().add(throng::simulator::entra::Fault::new(
            throng::simulator::entra::FaultKind::MissingValue,
            "groups",
        ));
        scene.run_in_full("incomplete").await;
        assert_eq!(scene.active(), active, "with an error nothing goes");
        scene.run_in_full(state).await;
        let gone = if state == "held" { 0 } else { lost };
        assert!(active - scene.active() <= gone, "{lost}");
        assert_eq!(scene.jira.cache.users.len(), USERS, "Jira never loses a user");
    }
}
