//! `/group/membership`, and memberships over several directories.

use super::changes::{group, join, user};
use super::face::{Face, Setup};
use super::memberships::{names, nested};

#[tokio::test]
async fn memberships_are_unions_over_directories_in_the_winners_spelling() {
    let face = Face::with(Setup {
        directories: &["first", "second"],
        ..Setup::default()
    })
    .await;
    face.commit_to(0, vec![user("Alice"), group("Devs")]).await;
    face.commit_to(
        1,
        vec![
            user("alice"),
            user("bob"),
            group("devs"),
            join("devs", "alice"),
            join("devs", "bob"),
        ],
    )
    .await;
    assert_eq!(
        names(&face, "/group/user/direct?groupname=devs").await,
        ["Alice", "bob"]
    );
    assert_eq!(names(&face, "/user/group/direct?username=alice").await, ["Devs"]);
    let said = face.get("/group/membership").await;
    let expected = r#"<memberships><membership group="Devs"><users><user name="Alice"/><user name="bob"/></users><groups></groups></membership></memberships>"#;
    assert!(said.body.ends_with(expected), "{}", said.body);
}

#[tokio::test]
async fn the_membership_listing_has_direct_members_of_every_group_and_is_xml_whatever_is_asked() {
    let face = nested().await;
    let said = face
        .ask("GET", "/group/membership", &[("accept", "application/json")], "")
        .await;
    assert_eq!(said.header("content-type"), "application/xml");
    let expected = concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><memberships>"#,
        r#"<membership group="All"><users></users><groups><group name="staff"/></groups></membership>"#,
        r#"<membership group="devs"><users><user name="alice"/></users><groups><group name="All"/></groups></membership>"#,
        r#"<membership group="empty"><users></users><groups></groups></membership>"#,
        r#"<membership group="staff"><users><user name="carol"/></users><groups><group name="devs"/></groups></membership>"#,
        "</memberships>"
    );
    assert_eq!(said.body, expected);
}
