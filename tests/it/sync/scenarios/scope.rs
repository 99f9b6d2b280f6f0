//! Scope through the faces: which groups, which users, which guests a Jira sees of a tenant; default and required groups.

use std::collections::BTreeSet;

use serde_json::json;
use throng::simulator::entra::Edit;
use throng::simulator::jira::{Jira, Synced};

use super::{Scene, scene};
use crate::harness::House;

/// The groups that Jira has, as spelled.
fn groups(jira: &Jira) -> BTreeSet<String> {
    jira.cache.groups.values().cloned().collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A company with teams of one each: `Team A`, `Team B`, `Other`; `Inner` in `Team A`. Answers the members in this order.
fn teams(scene: &Scene) -> Vec<String> {
    let staff = scene.staff();
    let (team, _, _) = (
        scene.team("Team A", &staff[..1]),
        scene.team("Team B", &staff[1..2]),
        scene.team("Other", &staff[2..3]),
    );
    let inner = scene.team("Inner", &staff[3..4]);
    scene.edit(&Edit::Nest {
        parent: team,
        child: inner,
    });
    staff
}

/// What Jira has of a directory that was first read under this scope.
async fn seen_under(scope: impl FnOnce(&Scene) -> String) -> BTreeSet<String> {
    let whole = scene("").await;
    teams(&whole);
    let scope = scope(&whole);
    let mut fresh = Scene::of(House::over(whole.house.company, &scope, |text| text).await).await;
    fresh.run_in_full("succeeded").await;
    groups(&fresh.jira)
}

#[tokio::test]
async fn groups_are_chosen_by_name_by_id_and_by_pattern() {
    let by_name = seen_under(|_| "[directory.scope]\ngroups_include = [\"team b\"]".to_owned()).await;
    assert_eq!(by_name, set(&["Team B"]), "whatever the case");
    let by_id = seen_under(|scene| {
        let truth = scene.tenant().truth();
        let (id, _) = truth
            .groups
            .iter()
            .find(|(_, group)| &*group.display == "Other")
            .unwrap();
        format!("[directory.scope]\ngroups_include = [\"{id}\"]")
    });
    assert_eq!(by_id.await, set(&["Other"]));
    let by_pattern =
        seen_under(|_| "[directory.scope]\ngroups_include = [\"/^Team [A-Z]$/\"]".to_owned()).await;
    assert_eq!(
        by_pattern,
        set(&["Inner", "Team A", "Team B"]),
        "with the groups in them"
    );
    let flat = "[directory.groups]\nnested = false\n[directory.scope]\ngroups_include = [\"/^Team [A-Z]$/\"]";
    assert_eq!(seen_under(|_| flat.to_owned()).await, set(&["Team A", "Team B"]));
    let without = seen_under(|_| {
        "[directory.scope]\ngroups_include = [\"/^(Team|Other)/\"]\ngroups_exclude = [\"Team A\"]".to_owned()
    });
    assert_eq!(without.await, set(&["Other", "Team B"]));
}

#[tokio::test]
async fn users_in_groups_come_and_go_with_their_memberships() {
    let whole = scene("").await;
    let staff = teams(&whole);
    let scope = "[directory.scope]\nusers = \"in-groups\"\ngroups_include = [\"Team A\", \"Team B\"]";
    let mut scene = Scene::of(House::over(whole.house.company, scope, |text| text).await).await;
    let active = |scene: &Scene| -> Vec<bool> {
        let of = |user: &String| scene.seen(user).is_some_and(|user| user.active);
        staff[..5].iter().map(of).collect()
    };
    assert_eq!(
        active(&scene),
        [true, true, false, true, false],
        "the last but one by a group in a group"
    );
    assert_eq!(scene.jira.cache.users.len(), 3);
    let key = scene.seen(&staff[1]).unwrap().key.clone();
    let (joins, leaves) = (staff[4].clone(), staff[1].clone());
    scene.edit(&Edit::Join {
        group: "Team B".to_owned(),
        member: joins,
    });
    scene.edit(&Edit::Leave {
        group: "Team B".to_owned(),
        member: leaves.clone(),
    });
    scene.run("succeeded").await;
    assert_eq!(active(&scene), [true, false, false, true, true]);
    assert!(scene.seen(&staff[1]).is_some(), "who leaves stays, inactive");
    scene.edit(&Edit::Join {
        group: "Team A".to_owned(),
        member: leaves,
    });
    scene.run("succeeded").await;
    let back = scene.seen(&staff[1]).unwrap();
    assert!(back.active && back.key == key, "the same user: {back:?}");
    assert_eq!(scene.groups(&staff[1]), ["Team A"]);
}

#[tokio::test]
async fn only_who_is_assigned_to_the_application_is_seen() {
    let whole = scene("").await;
    let staff = teams(&whole);
    let truth = whole.tenant().truth();
    let (group, _) = truth
        .groups
        .iter()
        .find(|(_, group)| &*group.display == "Team A")
        .unwrap();
    whole.edit(&Edit::Assign {
        to: group.to_string(),
    });
    whole.edit(&Edit::Assign { to: staff[5].clone() });
    let scope = "[directory.scope]\nusers = \"assigned\"";
    let mut scene = Scene::of(House::over(whole.house.company, scope, |text| text).await).await;
    let seen = |scene: &Scene| -> BTreeSet<String> {
        let users = scene.jira.cache.users.values().filter(|user| user.active);
        users
            .map(|user| user.key.trim_start_matches("corp:").to_owned())
            .collect()
    };
    assert_eq!(seen(&scene), [staff[0].clone(), staff[5].clone()].into());
    scene.edit(&Edit::Assign { to: staff[6].clone() });
    scene.edit(&Edit::Unassign { to: staff[5].clone() });
    scene.run("succeeded").await;
    assert_eq!(seen(&scene), [staff[0].clone(), staff[6].clone()].into());
    assert!(!scene.seen(&staff[5]).unwrap().active);
}

#[tokio::test]
async fn whoever_is_active_is_in_the_default_groups_that_jira_sees() {
    let mut scene = scene("[directory.groups]\ndefault = [\"jira-software-users\"]").await;
    let members = |scene: &Scene| {
        let all = scene.jira.cache.memberships.iter();
        all.filter(|(group, _)| group == "jira-software-users").count()
    };
    let before = members(&scene);
    assert_eq!(before, scene.active(), "from the first read on");
    let new = scene.edit(&Edit::CreateUser {
        name: "newcomer".to_owned(),
    });
    scene.run("succeeded").await;
    assert_eq!(
        scene.groups(&new),
        ["jira-software-users"],
        "at once, by an event"
    );
    let staff = scene.staff();
    scene.team("jira-software-users", &staff[..2]);
    scene.run("succeeded").await;
    assert_eq!(
        members(&scene),
        before + 1,
        "a group of that name at the source is another"
    );
    let namesake = groups(&scene.jira)
        .into_iter()
        .find(|name| name.starts_with("jira-software-users ("));
    assert!(namesake.is_some(), "{:?}", groups(&scene.jira));
    scene.edit(&Edit::DisableUser { user: new.clone() });
    scene.run("succeeded").await;
    assert_eq!(
        scene.groups(&new),
        ["jira-software-users"],
        "who becomes inactive stays a member"
    );
    assert!(!scene.seen(&new).unwrap().active);
}

/// Another application, `wiki`.
fn wiki(scene: &Scene) -> Jira {
    Jira::new(
        throng::client::build().unwrap(),
        scene.house.daemon.crowd_url(),
        "wiki",
        throng::secret::Secret::new("secret"),
    )
}

#[tokio::test]
async fn each_application_sees_who_is_in_its_required_groups_nested_or_not() {
    let second = "[[application]]\nname = \"wiki\"\npassword = { value = \"secret\" }\ndirectories = [\"corp\"]\n\
                  access = { groups = [\"Team A\"] }\nnested_groups = false\n";
    let house = House::with(super::USERS, "", |text| {
        format!("{text}access = {{ groups = [\"Team A\"] }}\n{second}")
    });
    let mut scene = Scene::of(house.await).await;
    assert_eq!(scene.jira.cache.users.len(), 0, "the group is not made yet");
    let staff = teams(&scene);
    scene.run("succeeded").await;
    let names = |of: &[usize]| -> BTreeSet<String> {
        of.iter()
            .map(|at| scene.upn(&staff[*at]).to_lowercase())
            .collect()
    };
    let users = |jira: &Jira| -> BTreeSet<String> { jira.cache.users.keys().cloned().collect() };
    assert_eq!(
        users(&scene.jira),
        names(&[0, 3]),
        "members of groups in the group as well"
    );
    let mut wiki = wiki(&scene);
    wiki.sync().await.unwrap();
    assert_eq!(users(&wiki), names(&[0]), "direct members only");
    assert!(wiki.cache.nesting.is_empty());
    let explained = scene
        .operator
        .get(&format!(
            "/api/v1/users/{}/explain?application=wiki",
            scene.upn(&staff[3])
        ))
        .await;
    assert_eq!(
        (&explained.body["user"], &explained.body["hidden"][0]["reason"]),
        (
            &json!(null),
            &json!("it is in none of the groups of the application's `access`")
        )
    );
    scene.edit(&Edit::Join {
        group: "Inner".to_owned(),
        member: staff[1].clone(),
    });
    scene.edit(&Edit::Leave {
        group: "Team A".to_owned(),
        member: staff[0].clone(),
    });
    scene.run("succeeded").await;
    wiki.sync().await.unwrap();
    let expected: BTreeSet<String> = [1, 3]
        .map(|at: usize| scene.upn(&staff[at]).to_lowercase())
        .into();
    assert_eq!((users(&scene.jira), users(&wiki)), (expected, BTreeSet::new()));
}

#[tokio::test]
async fn nested_groups_are_flattened_for_whoever_asks_so() {
    let mut scene = scene("").await;
    let staff = teams(&scene);
    scene.run("succeeded").await;
    let name = scene.upn(&staff[3]);
    assert_eq!(
        scene
            .jira
            .groups_of(&name)
            .await
            .unwrap()
            .iter()
            .filter(|name| *name == "Team A")
            .count(),
        0
    );
    let url = |path: &str| format!("{}/rest/usermanagement/1{path}", scene.house.daemon.crowd_url());
    let asked = |path: String| async move {
        let request = throng::client::build()
            .unwrap()
            .get(path)
            .basic_auth("jira", Some("secret"));
        let answer = request.header("accept", "application/json").send().await.unwrap();
        let body: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        body
    };
    let of_user = asked(url(&format!("/user/group/nested?username={name}"))).await;
    let told: BTreeSet<&str> = of_user["groups"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|group| group["name"].as_str())
        .collect();
    assert!(told.is_superset(&["Inner", "Team A"].into()), "{told:?}");
    let of_group = asked(url("/group/user/nested?groupname=Team%20A")).await;
    let mut told: Vec<&str> = of_group["users"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|user| user["name"].as_str())
        .collect();
    told.sort_unstable();
    let mut expected = [scene.upn(&staff[0]), name];
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_application_that_does_not_nest_has_everybody_of_the_groups_below_as_direct_members() {
    let second = "[[application]]\nname = \"wiki\"\npassword = { value = \"secret\" }\ndirectories = [\"corp\"]\n\
                  flatten_groups = true\n";
    let house = House::with(super::USERS, "", |text| format!("{text}{second}")).await;
    let mut scene = Scene::of(house).await;
    let staff = teams(&scene);
    scene.run("succeeded").await;
    let mut wiki = wiki(&scene);
    wiki.sync().await.unwrap();
    let name = |at: usize| scene.upn(&staff[at]).to_lowercase();
    let names: Vec<String> = (0..5).map(name).collect();
    let members = |jira: &Jira, group: &str| -> BTreeSet<usize> {
        let of = jira.cache.memberships.iter().filter(|(of, _)| of == group);
        of.filter_map(|(_, user)| names.iter().position(|name| name == user))
            .collect()
    };
    assert_eq!(members(&scene.jira, "team a"), [0].into());
    assert_eq!(members(&wiki, "team a"), [0, 3].into());
    assert_eq!(members(&wiki, "inner"), [3].into());
    assert!(wiki.cache.nesting.is_empty() && !scene.jira.cache.nesting.is_empty());
    // Somebody comes into the inner group: an event tells both.
    let (group, member) = ("Inner".to_owned(), staff[4].clone());
    scene.edit(&Edit::Join { group, member });
    scene.run("succeeded").await;
    assert!(matches!(wiki.sync().await.unwrap(), Synced::Incremental { .. }));
    assert_eq!(
        (members(&wiki, "team a"), members(&wiki, "inner")),
        ([0, 3, 4].into(), [3, 4].into())
    );
    let way = scene.upn(&staff[4]);
    let path = format!("/api/v1/users/{way}/explain?application=wiki");
    let explained = scene.operator.get(&path).await.body.to_string();
    assert!(explained.contains(r#"["Inner","Team A"]"#), "{explained}");
}
