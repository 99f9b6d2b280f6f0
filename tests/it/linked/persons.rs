//! One person in two directories: what an application sees while links come and go.

use serde_json::json;
use throng::config::Config;
use throng::model::Change;

use super::{House, configuration, group, joins, number, user};

/// Ann is in both directories under different names, with one number; bo only in the second.
pub(super) async fn ann_and_bo() -> House {
    let mut house = House::open("").await;
    house
        .tell(
            "corp",
            vec![
                user("1", "ann.berg", "ann@corp.example", true),
                number("1", "7"),
                group("devs"),
                joins("devs", "1", true),
            ],
        )
        .await;
    let plant = vec![
        user("a", "aberg", "", true),
        number("a", "7"),
        user("b", "bo", "bo@plant.example", true),
        group("welders"),
        joins("welders", "a", true),
        joins("welders", "b", true),
    ];
    house.told("plant", plant).await;
    house
}

#[tokio::test]
async fn a_person_in_two_directories_is_one_user_with_the_groups_of_both() {
    let house = ann_and_bo().await;
    assert_eq!(
        house.everybody(),
        [
            ("ann.berg", "people:corp:1", true),
            ("bo", "people:plant:b", true)
        ]
    );
    assert_eq!(house.jira.cache.groups_of("ann.berg"), ["devs", "welders"]);
    assert_eq!(house.seen("ann.berg").unwrap().email, "ann@corp.example");
    let told = house.operator.get("/api/v1/users/ann.berg/explain").await.body;
    assert_eq!(told["user"]["linked"], json!(["corp:1", "plant:a"]));
    assert_eq!(told["user"]["linked_by"], "number");
    let bo = house.operator.get("/api/v1/users/bo/explain").await.body;
    assert_eq!(bo["user"]["linked"], json!([]));
    let run = house.last_run().await;
    assert!(
        run["notices"]
            .to_string()
            .contains("`corp:1` and `plant:a` are one person by number"),
        "{run}"
    );
}

#[tokio::test]
async fn whose_word_counts_on_who_is_active_is_configured() {
    let mut house = ann_and_bo().await;
    house.told("plant", vec![user("a", "aberg", "", false)]).await;
    assert!(
        house.seen("ann.berg").unwrap().active,
        "the first directory's word"
    );
    house
        .told("corp", vec![user("1", "ann.berg", "ann@corp.example", false)])
        .await;
    assert!(!house.seen("ann.berg").unwrap().active);
    let mut house = House::open(
        "active = [\"plant\"]\n[directory.mapping]\nusername = { from = [\"plant.username\", \"username\"] }",
    )
    .await;
    house
        .tell("corp", vec![user("1", "ann.berg", "", true), number("1", "7")])
        .await;
    house
        .told("plant", vec![user("a", "aberg", "", false), number("a", "7")])
        .await;
    assert_eq!(
        house.everybody(),
        [("aberg", "people:corp:1", false)],
        "another precedence for name and activity"
    );
}

#[tokio::test]
async fn who_leaves_one_directory_stays_the_same_user_by_the_other() {
    let mut house = ann_and_bo().await;
    house
        .told("corp", vec![Change::VanishUser { user: "1".into() }])
        .await;
    assert_eq!(
        house.everybody()[0],
        ("aberg", "people:corp:1", true),
        "renamed, with the same key"
    );
    assert_eq!(
        house.jira.cache.groups_of("aberg"),
        ["welders"],
        "nothing is left of what the first directory gave"
    );
    house
        .told("corp", vec![Change::RemoveUser { user: "1".into() }])
        .await;
    assert_eq!(house.everybody()[0], ("aberg", "people:corp:1", true));
    house
        .told(
            "corp",
            vec![
                user("1", "ann.berg", "", true),
                number("1", "7"),
                joins("devs", "1", true),
            ],
        )
        .await;
    assert_eq!(house.everybody()[0], ("ann.berg", "people:corp:1", true));
    assert_eq!(house.jira.cache.groups_of("ann.berg"), ["devs", "welders"]);
}

#[tokio::test]
async fn an_unlink_keeps_both_and_a_link_makes_them_one_again() {
    let mut house = ann_and_bo().await;
    house.told("plant", vec![number("a", "8")]).await;
    assert_eq!(
        house.everybody(),
        [
            ("aberg", "people:plant:a", true),
            ("ann.berg", "people:corp:1", true),
            ("bo", "people:plant:b", true)
        ]
    );
    assert_eq!(house.jira.cache.groups_of("ann.berg"), ["devs"]);
    house.told("plant", vec![number("a", "7")]).await;
    assert_eq!(
        house.everybody(),
        [
            ("ann.berg", "people:corp:1", true),
            ("bo", "people:plant:b", true)
        ]
    );
    assert_eq!(house.jira.cache, house.fresh().await);
}

#[tokio::test]
async fn a_link_that_becomes_ambiguous_is_not_followed_and_said() {
    let mut house = ann_and_bo().await;
    house.told("plant", vec![number("b", "7")]).await;
    assert_eq!(house.everybody().len(), 3, "nobody guesses who of the two it is");
    let run = house.last_run().await;
    assert!(
        run["notices"]
            .to_string()
            .contains("number `7` links nobody: 2 users of directory `plant` have it"),
        "{run}"
    );
}

#[tokio::test]
async fn nobody_is_linked_by_name_nor_by_an_address_that_nobody_verified() {
    let mut house = House::open("").await;
    house
        .tell(
            "corp",
            vec![
                user("1", "same", "x@free.example", true),
                user("2", "cy", "cy@corp.example", true),
            ],
        )
        .await;
    house
        .told(
            "plant",
            vec![
                user("a", "same", "x@free.example", true),
                user("b", "cyrus", "CY@corp.example", true),
            ],
        )
        .await;
    assert_eq!(
        house.everybody(),
        [("cy", "people:corp:2", true), ("same", "people:corp:1", true)]
    );
    let run = house.last_run().await;
    assert!(
        run["refused"]
            .to_string()
            .contains("user corp:1 has the same username"),
        "the namesake is told: {run}"
    );
}

#[tokio::test]
async fn links_of_many_wait_for_a_person_and_are_shown_before() {
    let mut house = House::open("").await;
    let many = |part: &str| {
        let one = |at: usize| {
            vec![
                user(&at.to_string(), &format!("{part}{at}"), "", true),
                number(&at.to_string(), &format!("{part}{at}")),
            ]
        };
        (0..30).flat_map(one).collect::<Vec<_>>()
    };
    house.tell("corp", many("corp")).await;
    house.told("plant", many("plant")).await;
    assert_eq!(house.everybody().len(), 60);
    let linked = (0..20)
        .map(|at| number(&at.to_string(), &format!("corp{at}")))
        .collect();
    house.told("plant", linked).await;
    let run = house.last_run().await;
    assert_eq!(
        (&run["state"], house.everybody().len()),
        (&json!("held"), 60),
        "{run}"
    );
    assert!(
        run["notices"].to_string().contains("are one person by number"),
        "{run}"
    );
    let plan = house.operator.plans().await.remove(0);
    let path = format!("/api/v1/plans/{}/approve", plan["id"].as_str().unwrap());
    let started = house.operator.post(&path, &json!({ "hash": plan["hash"] })).await;
    assert_eq!(house.operator.ended(&started.body).await["state"], "succeeded");
    house.jira.sync().await.unwrap();
    assert_eq!(house.everybody().len(), 40);
}

#[tokio::test]
async fn a_linked_user_signs_in_where_a_part_can_check_the_password() {
    let mut house = ann_and_bo().await;
    let credential = throng::model::Credential {
        hash: throng::http::crowd::password::hash_password(&throng::secret::Secret::new("open"))
            .unwrap()
            .as_str()
            .into(),
        changed_at: 0,
        expired: false,
    };
    let kept = Change::Detail {
        of: throng::model::MemberKind::User,
        subject: "a".into(),
        kind: throng::model::DetailKind::Credential,
        value: Some(throng::model::Detail::Credential(credential.into())),
    };
    house.told("plant", vec![kept]).await;
    assert_eq!(house.jira.log_in("ann.berg", "open").await.unwrap(), "ann.berg");
    assert!(house.jira.log_in("ann.berg", "shut").await.is_err());
    assert!(
        house.jira.log_in("bo", "open").await.is_err(),
        "another person's password"
    );
    house.told("plant", vec![user("a", "aberg", "", false)]).await;
    assert!(house.seen("ann.berg").unwrap().active);
    assert!(
        house.jira.log_in("ann.berg", "open").await.is_err(),
        "not by a user whom its directory keeps out"
    );
}

#[test]
fn what_cannot_be_linked_is_refused_at_the_start() {
    let refused = |change: fn(String) -> String| {
        let text = change(configuration(""));
        Config::parse(&text, std::path::Path::new("test"))
            .unwrap_err()
            .to_string()
    };
    let missing = refused(|text| text.replace("[\"corp\", \"plant\"]", "[\"corp\", \"moon\"]"));
    assert!(
        missing.contains("links the directory `moon`, which does not exist"),
        "{missing}"
    );
    let unmapped = refused(|text| text.replace("by = [\"number\"", "by = [\"badge\""));
    assert!(
        unmapped.contains("links by `badge`, which fewer than two of its directories map"),
        "{unmapped}"
    );
    let twice = refused(|text| {
        text.replace(
            "directories = [\"people\"]",
            "directories = [\"people\", \"corp\"]",
        )
    });
    assert!(
        twice.contains("names the directory `corp` beside `people`, which it is a part of"),
        "{twice}"
    );
    let itself = refused(|text| text.replace("[\"corp\", \"plant\"]", "[\"corp\", \"people\"]"));
    assert!(itself.contains("which is linked itself"), "{itself}");
    let named = refused(|text| text.replace("by = [\"number\"", "by = [\"username\""));
    assert!(named.contains("`by` cannot be `username`"), "{named}");
}
