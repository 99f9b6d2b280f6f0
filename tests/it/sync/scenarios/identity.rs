//! Rows of identity: renames, namesakes, guests, who comes back.

use throng::simulator::entra::{Edit, Options, start};

use super::{Scene, USERS, scene};
use crate::harness::House;

#[tokio::test]
async fn row_3_groups_of_one_name_are_told_apart_and_never_merged() {
    let mut scene = scene("").await;
    let staff = scene.staff();
    scene.team("Twins", &staff[..1]);
    scene.run("succeeded").await;
    scene.team("Twins", &staff[1..2]);
    let run = scene.run("succeeded").await;
    assert!(
        run["refused"]
            .as_array()
            .unwrap()
            .iter()
            .any(|told| told["what"].as_str().unwrap().contains("Twins"))
    );
    let twins: Vec<_> = scene
        .jira
        .cache
        .groups
        .keys()
        .filter(|name| name.starts_with("twins"))
        .cloned()
        .collect();
    assert_eq!(twins.len(), 2);
    assert!(scene.groups(&staff[0]).contains(&"Twins".to_owned()));
    assert!(
        !scene.groups(&staff[1]).contains(&"Twins".to_owned()),
        "no access by a name"
    );
    scene.run_in_full("succeeded").await;
    assert!(
        twins
            .iter()
            .all(|name| scene.jira.cache.groups.contains_key(name)),
        "for good"
    );
}

#[tokio::test]
async fn row_4_usernames_are_what_the_mapping_says() {
    let mapping = r#"[directory.mapping]
username = { from = ["mail", "userPrincipalName"], transform = ["strip_domain", "lower", { regex = "[^a-z0-9.#_-]", replace = "" }] }
on_collision = "suffix""#;
    let scene = scene(mapping).await;
    assert!(scene.active() > USERS / 2);
    assert!(
        scene.jira.cache.users.keys().all(|name| !name.contains('@')),
        "{:?}",
        scene.jira.cache.users.keys()
    );
}

#[tokio::test]
async fn row_9_a_rename_is_a_rename() {
    let mut scene = scene("").await;
    let user = scene.staff().remove(0);
    let group = scene.team("Before", std::slice::from_ref(&user));
    scene.run("succeeded").await;
    let count = scene.jira.cache.users.len();
    scene.edit(&Edit::RenameUser {
        user: user.clone(),
        upn: "after@corp.example".to_owned(),
    });
    scene.edit(&Edit::RenameGroup {
        group,
        name: "After".to_owned(),
    });
    scene.run("succeeded").await;
    assert_eq!(
        (scene.jira.cache.users.len(), &*scene.seen(&user).unwrap().name),
        (count, "after@corp.example")
    );
    let groups = scene.groups(&user);
    assert!(groups.contains(&"After".to_owned()) && !groups.contains(&"Before".to_owned()));
}

#[tokio::test]
async fn row_10_a_name_given_to_a_new_hire_is_another_user() {
    let mut scene = scene("").await;
    let old = scene.staff().remove(0);
    let upn = scene.upn(&old);
    scene.edit(&Edit::DeleteUser { user: old.clone() });
    scene.run("succeeded").await;
    let new = scene.edit(&Edit::CreateUser { name: upn.clone() });
    let run = scene.run("succeeded").await;
    let (before, after) = (scene.seen(&old).unwrap(), scene.seen(&new).unwrap());
    assert_eq!(
        (after.name.to_lowercase(), after.active),
        (upn.to_lowercase(), true)
    );
    assert!(before.name.contains("#gone-") && !before.active, "{before:?}");
    assert!(
        run["notices"].to_string().contains("another person"),
        "said aloud: {}",
        run["notices"]
    );
    assert_eq!(scene.groups(&new), [""; 0], "nothing passes on with a name");
}

#[tokio::test]
async fn row_11_two_with_one_address_are_two_users() {
    let mut scene = scene("").await;
    let staff = scene.staff();
    for user in &staff[..2] {
        let mail = Some("shared@corp.example".to_owned());
        scene.edit(&Edit::SetMail {
            user: user.clone(),
            mail,
        });
    }
    let run = scene.run("succeeded").await;
    for user in &staff[..2] {
        let seen = scene.seen(user).unwrap();
        assert_eq!((seen.email.as_str(), seen.active), ("shared@corp.example", true));
    }
    let mut both = staff[..2].to_vec();
    both.sort();
    let said = format!(
        "2 users have the address `shared@corp.example`: {}; nothing is concluded",
        both.join(", ")
    );
    assert!(run["notices"].to_string().contains(&said), "{run}");
    let later = scene.run("succeeded").await;
    assert!(!later["notices"].to_string().contains("shared@"), "once: {later}");
    scene.edit(&Edit::SetMail {
        user: staff[2].clone(),
        mail: Some("Shared@Corp.example".to_owned()),
    });
    let third = scene.run("succeeded").await;
    assert!(
        third["notices"].to_string().contains("3 users have the address"),
        "with those who have it already: {third}"
    );
}

#[tokio::test]
async fn row_12_an_address_that_moves_within_one_read_arrives() {
    let mut scene = scene("").await;
    let staff = scene.staff();
    let set = |user: &str, mail: Option<&str>| Edit::SetMail {
        user: user.to_owned(),
        mail: mail.map(str::to_owned),
    };
    scene.edit(&set(&staff[0], Some("moving@corp.example")));
    scene.run("succeeded").await;
    scene.edit(&set(&staff[1], Some("moving@corp.example")));
    scene.edit(&set(&staff[0], None));
    scene.run("succeeded").await;
    assert_eq!(scene.seen(&staff[0]).unwrap().email, "");
    assert_eq!(scene.seen(&staff[1]).unwrap().email, "moving@corp.example");
}

#[tokio::test]
async fn row_13_guests_are_users_like_others_or_left_out() {
    let all = scene("").await;
    let guests = all
        .tenant()
        .truth()
        .users
        .values()
        .filter(|user| user.guest)
        .count();
    assert!(guests > 0);
    assert_eq!(
        all.jira.cache.users.len(),
        all.tenant().truth().users.len(),
        "a # in a name drops nobody"
    );
    let staff = scene("[directory.scope]\nguests = \"exclude\"").await;
    assert_eq!(
        staff.jira.cache.users.len(),
        staff.tenant().truth().users.len() - guests
    );
    let only = scene("[directory.scope]\nguests = \"only\"").await;
    assert_eq!(only.jira.cache.users.len(), guests);
}

#[tokio::test]
async fn row_14_who_is_disabled_keeps_the_memberships() {
    let mut scene = scene("").await;
    let user = scene.staff().remove(0);
    scene.team("Kept", std::slice::from_ref(&user));
    scene.run("succeeded").await;
    let before = scene.groups(&user);
    scene.edit(&Edit::DisableUser { user: user.clone() });
    scene.run("succeeded").await;
    assert_eq!(
        (scene.seen(&user).unwrap().active, scene.groups(&user)),
        (false, before.clone())
    );
    scene.edit(&Edit::EnableUser { user: user.clone() });
    scene.run("succeeded").await;
    assert_eq!(
        (scene.seen(&user).unwrap().active, scene.groups(&user)),
        (true, before)
    );
}

#[tokio::test]
async fn row_17_nested_groups_in_a_circle_are_expanded_once() {
    let mut scene = scene("").await;
    let user = scene.staff().remove(0);
    let outer = scene.team("Outer", &[]);
    let inner = scene.team("Inner", std::slice::from_ref(&user));
    scene.edit(&Edit::Nest {
        parent: outer.clone(),
        child: inner.clone(),
    });
    scene.edit(&Edit::Nest {
        parent: inner,
        child: outer,
    });
    let run = scene.run("succeeded").await;
    assert!(
        run["notices"].to_string().contains("contain each other"),
        "{}",
        run["notices"]
    );
    let pair = |parent: &str, child: &str| (parent.to_owned(), child.to_owned());
    for edge in [pair("outer", "inner"), pair("inner", "outer")] {
        assert!(scene.jira.cache.nesting.contains(&edge), "{edge:?}");
    }
    assert!(scene.groups(&user).contains(&"Inner".to_owned()));
}

#[tokio::test]
async fn row_23_who_is_restored_is_who_they_were() {
    let mut scene = scene("").await;
    let user = scene.staff().remove(0);
    scene.team("Back Again", std::slice::from_ref(&user));
    scene.run("succeeded").await;
    let (before, groups) = (scene.seen(&user).cloned(), scene.groups(&user));
    scene.edit(&Edit::DeleteUser { user: user.clone() });
    scene.run("succeeded").await;
    scene.edit(&Edit::RestoreUser { user: user.clone() });
    scene.run("succeeded").await;
    assert_eq!(
        (scene.seen(&user).cloned(), scene.groups(&user)),
        (before, groups)
    );
}

#[tokio::test]
async fn row_28_a_person_in_two_sources_is_two_users_and_the_first_source_serves_the_name() {
    let options = Options {
        users: USERS,
        groups: 8,
        memberships: 64,
        ..Options::default()
    };
    let second = start(options).await.unwrap();
    let house = House::with(USERS, "", |text| {
        let options = Options::default();
        let (tenant, client, secret, url) = (options.tenant, options.client_id, options.client_secret, second.url());
        let directory = format!(
            "[[directory]]\nid = \"other\"\n[directory.source]\nkind = \"entra\"\ntenant = \"{tenant}\"\nclient_id = \"{client}\"\nclient_secret = {{ value = \"{secret}\" }}\nlogin_url = \"{url}\"\ngraph_url = \"{url}\"\n[[application]]"
        );
        text.replace("[[application]]", &directory).replace("[\"corp\"]", "[\"corp\", \"other\"]")
    })
    .await;
    let operator = house.operator();
    let started = operator
        .post("/api/v1/directories/other/sync", &serde_json::json!({}))
        .await;
    assert_eq!(operator.ended(&started.body).await["state"], "succeeded");
    let mut scene = Scene::of(house).await;
    let user = scene.staff().remove(0);
    let upn = scene.upn(&user);
    assert_eq!(
        scene
            .jira
            .cache
            .users
            .values()
            .filter(|seen| seen.name.eq_ignore_ascii_case(&upn))
            .count(),
        1
    );
    assert!(scene.seen(&user).is_some(), "the first directory's key");
    let deleted = Edit::DeleteUser { user: user.clone() };
    scene.edit(&deleted);
    scene.run("succeeded").await;
    assert!(
        !scene.seen(&user).unwrap().active,
        "no other source lets in whom the first one has sent away"
    );
}

#[tokio::test]
async fn a_source_speaks_for_its_own_mail_domains_only() {
    let mut scene = scene("[directory.scope]\ndomains = [\"corp.example\"]").await;
    let own = scene.edit(&Edit::CreateUser {
        name: "own.person@corp.example".to_owned(),
    });
    let foreign = scene.edit(&Edit::CreateUser {
        name: "ceo@partner.example".to_owned(),
    });
    let run = scene.run("succeeded").await;
    assert!(scene.seen(&own).is_some() && scene.seen(&foreign).is_none());
    assert!(
        run["refused"]
            .to_string()
            .contains("its source may not speak for its mail domain"),
        "reported, not silent: {run}"
    );
    // Whoever takes a foreign address later leaves the directory as whoever is missing does: inactive, under the same key.
    scene.edit(&Edit::SetMail {
        user: own.clone(),
        mail: Some("own.person@partner.example".to_owned()),
    });
    scene.run("succeeded").await;
    assert!(!scene.seen(&own).unwrap().active);
}

#[tokio::test]
async fn a_group_keeps_its_suffix_when_its_namesake_goes_and_comes() {
    let mut scene = scene("").await;
    let staff = scene.staff();
    let first = scene.team("Twins", &staff[..1]);
    scene.run("succeeded").await;
    let second = scene.team("Twins", &staff[1..2]);
    scene.run("succeeded").await;
    let suffixed = scene
        .groups(&staff[1])
        .into_iter()
        .find(|name| name.starts_with("Twins ("))
        .unwrap();
    scene.edit(&Edit::DeleteGroup { group: first });
    scene.run("succeeded").await;
    assert!(
        scene.groups(&staff[1]).contains(&suffixed),
        "a freed name changes nobody's access by itself"
    );
    scene.team("Twins", &staff[2..3]);
    scene.run_in_full("succeeded").await;
    assert!(scene.groups(&staff[1]).contains(&suffixed));
    assert!(scene.groups(&staff[2]).contains(&"Twins".to_owned()));
    scene.edit(&Edit::RenameGroup {
        group: second,
        name: "Triplets".to_owned(),
    });
    scene.run("succeeded").await;
    assert!(
        scene.groups(&staff[1]).contains(&"Triplets".to_owned()),
        "a name of its own at last"
    );
}

#[tokio::test]
async fn a_suffix_outlives_a_restart_and_the_older_namesake() {
    let mut scene = scene("").await;
    let staff = scene.staff();
    let first = scene.team("Twins", &staff[..1]);
    scene.team("Twins", &staff[1..2]);
    scene.run("succeeded").await;
    let of = |scene: &Scene, at: usize| {
        let groups = scene.groups(&staff[at]);
        groups.into_iter().find(|name| name.starts_with("Twins")).unwrap()
    };
    let (older, younger) = (of(&scene, 0), of(&scene, 1));
    assert_ne!(older, younger);
    let mut scene = scene.reconfigured("").await;
    scene.run_in_full("succeeded").await;
    assert_eq!((of(&scene, 0), of(&scene, 1)), (older.clone(), younger.clone()));
    scene.edit(&Edit::DeleteGroup { group: first });
    scene.run("succeeded").await;
    let mut scene = scene.reconfigured("").await;
    scene.run_in_full("succeeded").await;
    assert_eq!(of(&scene, 1), younger, "for good");
    let mut fresh = scene.house.jira();
    fresh.sync().await.unwrap();
    assert_eq!(fresh.cache, scene.jira.cache);
}

#[tokio::test]
async fn a_name_given_to_another_person_is_said_by_the_run_and_by_explain() {
    let mut scene = scene("").await;
    let create = |scene: &Scene| {
        let name = "ann.again".to_owned();
        scene.edit(&Edit::CreateUser { name })
    };
    let first = create(&scene);
    scene.run("succeeded").await;
    let name = scene.upn(&first);
    scene.edit(&Edit::PurgeUser { user: first.clone() });
    scene.run_in_full("succeeded").await;
    assert!(!scene.seen(&first).unwrap().active);
    let second = create(&scene);
    let run = scene.run("succeeded").await;
    let said = format!("the username `{name}` was user {first}'s and is user {second}'s now: another person");
    assert!(run["notices"].to_string().contains(&said), "{run}");
    let (old, new) = (scene.seen(&first).unwrap(), scene.seen(&second).unwrap());
    assert_eq!((&new.name, new.active, old.active), (&name, true, false));
    assert!(
        old.name != name && old.key != new.key,
        "two users of Jira: {old:?}"
    );
    let explained = scene
        .operator
        .get(&format!("/api/v1/users/{name}/explain"))
        .await
        .body;
    assert_eq!(explained["user"]["key"], format!("corp:{second}"));
    let past = serde_json::json!([{
        "directory": "corp", "key": format!("corp:{first}"), "what": format!("is named `{}` now", old.name)
    }]);
    assert_eq!(explained["past"], past);
}

#[tokio::test]
async fn every_transform_and_every_custom_attribute_reaches_the_applications() {
    let mapping = r#"[directory.mapping]
username = { from = ["mail", "userPrincipalName"], transform = ["strip_domain", { regex = "[.]", replace = "-" }, "upper", "lower"] }
first_name = { from = ["displayName"], transform = [{ name_part = "first" }] }
last_name = { from = ["displayName"], transform = ["trim", { name_part = "last" }] }
attributes.kind = { from = ["userType"], transform = [{ map = { Guest = "from outside", Member = "staff" } }] }"#;
    let mut scene = scene(mapping).await;
    let user = scene.edit(&Edit::CreateUser {
        name: "Zoe.Van.Berg".to_owned(),
    });
    scene.edit(&Edit::SetMail {
        user: user.clone(),
        mail: None,
    });
    scene.edit(&Edit::SetDisplayName {
        user: user.clone(),
        name: " Berg, Zoe Maria ".to_owned(),
    });
    scene.run("succeeded").await;
    assert_eq!(scene.seen(&user).unwrap().name, "zoe-van-berg");
    let url = format!(
        "{}/rest/usermanagement/1/user?username=zoe-van-berg&expand=attributes",
        scene.house.daemon.crowd_url()
    );
    let asked = throng::client::build()
        .unwrap()
        .get(url)
        .basic_auth("jira", Some("secret"));
    let answer = asked.header("accept", "application/json").send().await.unwrap();
    let told: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(
        (&told["first-name"], &told["last-name"]),
        (&"Zoe Maria".into(), &"Berg".into()),
        "{told}"
    );
    let attributes = told["attributes"]["attributes"].as_array().unwrap();
    let kind = attributes.iter().find(|attribute| attribute["name"] == "kind");
    assert_eq!(kind.unwrap()["values"], serde_json::json!(["staff"]), "{told}");
}
