//! `/search`: what is found, in what order, in which part.

use super::changes::{group, named, user};
use super::face::{ALL_USERS, EVERYTHING, Face, Setup, XML};

/// What the modern client's *Test settings* asks: users without a name.
const NAME_IS_NULL: &str = "<property-search-restriction><property><name>name</name><type>STRING</type></property>\
    <match-mode>NULL</match-mode></property-search-restriction>";

/// The names of the entries, in order.
pub(super) fn names(body: &str) -> Vec<&str> {
    let entries = body
        .split("<user ")
        .flat_map(|part| part.split("<group "))
        .skip(1);
    entries
        .map(|entry| entry.split("name=\"").nth(1).unwrap().split('"').next().unwrap())
        .collect()
}

#[tokio::test]
async fn the_whole_listing_is_sorted_without_case_and_has_whole_users() {
    let face = Face::start().await;
    face.commit(vec![user("Zoe"), named("u9", "adam", false)]).await;
    let said = face.post(ALL_USERS, EVERYTHING).await;
    assert_eq!(said.header("content-type"), "application/xml");
    let order: Vec<_> = said
        .body
        .split("<user expand=\"attributes\" name=\"")
        .skip(1)
        .collect();
    let order: Vec<_> = order.iter().map(|user| user.split('"').next().unwrap()).collect();
    assert_eq!(order, ["adam", "alice", "bob", "Zoe"]);
    assert_eq!(said.body.matches("<active>true</active>").count(), 3);
    assert_eq!(said.body.matches("<active>false</active>").count(), 1);
    assert!(!said.body.contains("xmlns"));
}

#[tokio::test]
async fn entries_are_names_unless_expanded() {
    let face = Face::start().await;
    let said = face
        .post("/search?entity-type=GROUP&max-results=-1", EVERYTHING)
        .await;
    let expected = r#"<groups expand="group"><group name="devs"><link href="~/group?groupname=devs" rel="self"/></group></groups>"#;
    assert!(said.short().ends_with(expected), "{}", said.short());
    let said = face
        .post(
            "/search?entity-type=group&max-results=-1&expand=group",
            EVERYTHING,
        )
        .await;
    assert!(said.body.contains("<type>GROUP</type><active>true</active>"));
    let value = face.get_json("/search?entity-type=user").await;
    assert_eq!(value["expand"], "user");
    assert_eq!(value["users"][0]["name"], "alice");
    assert!(value["users"][0].get("active").is_none());
    let value = face.get_json("/search?entity-type=user&expand=user").await;
    assert_eq!(value["users"][1]["active"], true);
}

#[tokio::test]
async fn test_settings_gets_an_empty_list_from_the_modern_client_and_one_user_from_the_old() {
    let face = Face::start().await;
    let path = "/search?entity-type=user&start-index=0&max-results=1&expand=user";
    let modern = face.post(path, NAME_IS_NULL).await;
    assert_eq!(modern.status, 200);
    assert!(
        modern.body.ends_with("<users expand=\"user\"></users>"),
        "{}",
        modern.body
    );
    let old = face.post(path, EVERYTHING).await;
    assert_eq!(old.body.matches("<user ").count(), 1);
    assert_eq!(
        (modern.cookie(), old.cookie()),
        ("", ""),
        "neither begins a full sync"
    );
}

#[tokio::test]
async fn pages_end_with_an_empty_one_and_hold_1000_entries_when_nobody_says() {
    let face = Face::with(Setup::default()).await;
    face.commit((0..1_001).map(|at| user(&format!("u{at:04}"))).collect())
        .await;
    let count = async |query: &str| {
        let path = format!("/search?entity-type=user{query}");
        face.post(&path, EVERYTHING).await.body.matches("<user ").count()
    };
    assert_eq!(count("").await, 1_000);
    assert_eq!(count("&start-index=1000").await, 1);
    assert_eq!(count("&start-index=1001").await, 0);
    assert_eq!(count("&start-index=9999999999&max-results=100").await, 0);
    assert_eq!(count("&max-results=-1").await, 1_001);
    assert_eq!(count("&start-index=995&max-results=100").await, 6);
}

#[tokio::test]
async fn only_the_whole_unrestricted_user_listing_gives_a_mark() {
    let face = Face::start().await;
    let mark = async |path: &str, body: &'static str| !face.post(path, body).await.cookie().is_empty();
    assert!(mark(ALL_USERS, EVERYTHING).await);
    assert!(
        mark(
            &ALL_USERS
                .replace("user", "USER")
                .replace("expand=USER", "expand=user"),
            ""
        )
        .await
    );
    for path in [
        ALL_USERS.replace("=user&", "=group&"),
        ALL_USERS.replace("max-results=-1", "max-results=1000"),
        ALL_USERS.replace("start-index=0", "start-index=1"),
    ] {
        assert!(!mark(&path, EVERYTHING).await, "{path}");
    }
    let some = "<property-search-restriction><property><name>name</name></property><value>x</value></property-search-restriction>";
    assert!(!mark(ALL_USERS, some).await);
}

#[tokio::test]
async fn of_namesakes_the_first_directory_wins_and_lower_case_is_an_option() {
    let face = Face::with(Setup {
        directories: &["first", "second"],
        application: "password = { value = \"pa:ss\" }\nlower_case = true".to_owned(),
        ..Setup::default()
    })
    .await;
    face.commit_to(0, vec![named("1", "ANN", true), group("Devs")])
        .await;
    face.commit_to(
        1,
        vec![named("2", "Ann", true), named("3", "Bob", true), group("DEVS")],
    )
    .await;
    let said = face.ask("POST", ALL_USERS, &[XML], EVERYTHING).await;
    assert_eq!(names(&said.body), ["ann", "bob"]);
    assert!(said.body.contains("<key>first:1</key>") && said.body.contains("<key>second:3</key>"));
    let said = face.post("/search?entity-type=group", EVERYTHING).await;
    assert_eq!(names(&said.body), ["devs"]);
}
