//! Golden feeds: each rule that tells events, as the bytes that a client gets.

use throng::model::Change;

use super::changes::{
    group, join, leave, members, named, named_group, nest, remove_group, remove_user, unnest, user,
};
use super::face::{Face, Setup};
use super::told::{feed, group_deleted, group_updated, groups_of, nesting, user_updated};

/// A directory `corp` after one commit; the token of that moment.
async fn after(changes: Vec<Change>) -> (Face, String) {
    let face = Face::with(Setup::default()).await;
    face.commit(changes).await;
    let token = incremental(&face).await;
    (face, token)
}

/// A token as a feed gives it: not one of a full sync.
async fn incremental(face: &Face) -> String {
    let first = face.get("/event").await.token().unwrap();
    face.get(&format!("/event/{first}")).await.token().unwrap()
}

/// ann and bob in devs; ops is empty.
fn small() -> Vec<Change> {
    vec![
        named("u1", "ann", true),
        named("u2", "bob", true),
        named_group("g1", "devs"),
        named_group("g2", "ops"),
        members("g1", &["u1", "u2"], &[], &[], &[]),
    ]
}

async fn since(face: &Face, token: &str) -> String {
    let said = face.get(&format!("/event/{token}")).await;
    assert_eq!(
        (said.status.as_u16(), said.header("content-type")),
        (200, "application/xml"),
        "{}",
        said.body
    );
    said.short()
}

#[tokio::test]
async fn the_head_token_has_no_events() {
    let (face, token) = after(small()).await;
    let expected = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><events newEventToken="[2]" incrementalSynchronisationAvailable="true"></events>"#;
    assert_eq!(since(&face, &token).await, expected);
    assert_eq!(face.get("/event").await.short(), expected.replace("[2]", "[2]+"));
}

#[tokio::test]
async fn r2_many_edits_of_one_name_are_one_event_in_its_present_state() {
    let (face, token) = after(small()).await;
    for active in [false, true, false] {
        face.commit(vec![named("u1", "ann", active)]).await;
    }
    let events = [user_updated("corp:u1", "ann", false), groups_of("ann", &["devs"])];
    assert_eq!(since(&face, &token).await, feed("[5]", &events));
}

#[tokio::test]
async fn r2_a_living_name_is_never_deleted() {
    let (face, token) = after(small()).await;
    face.commit(vec![remove_user("u1")]).await;
    face.commit(vec![named("u9", "Ann", true)]).await;
    let events = [user_updated("corp:u9", "Ann", true), groups_of("Ann", &[])];
    assert_eq!(since(&face, &token).await, feed("[4]", &events));
}

#[tokio::test]
async fn r3_an_empty_membership_set_is_told() {
    let (face, token) = after(small()).await;
    face.commit(vec![leave("g1", "u2")]).await;
    let events = [user_updated("corp:u2", "bob", true), groups_of("bob", &[])];
    assert_eq!(since(&face, &token).await, feed("[3]", &events));
}

#[tokio::test]
async fn r3_a_nesting_that_ends_is_told_at_both_ends() {
    let mut changes = small();
    changes.push(nest("g2", "g1"));
    let (face, token) = after(changes).await;
    face.commit(vec![unnest("g2", "g1")]).await;
    let events = [
        group_updated("devs"),
        group_updated("ops"),
        nesting("devs", &[], &[]),
        nesting("ops", &[], &[]),
    ];
    assert_eq!(since(&face, &token).await, feed("[3]", &events));
}

/// All six kinds, written out once: deletions, users, groups, nesting, memberships.
#[tokio::test]
async fn r4_the_order_and_every_byte_of_all_six_kinds() {
    let (face, token) = after(small()).await;
    face.commit(vec![
        remove_user("u1"),
        remove_group("g2"),
        named("u3", "eve", true),
        named_group("g3", "new"),
    ])
    .await;
    face.commit(vec![join("g3", "u3"), nest("g3", "g1")]).await;
    let expected = concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<events newEventToken="[4]" incrementalSynchronisationAvailable="true">"#,
        r#"<userEvent><operation>DELETED</operation><user name="ann"><link href="~/user?username=ann" rel="self"/></user></userEvent>"#,
        r#"<groupEvent><operation>DELETED</operation><group name="ops"><link href="~/group?groupname=ops" rel="self"/></group></groupEvent>"#,
        r#"<userEvent><operation>UPDATED</operation><user expand="attributes" name="eve"><link href="~/user?username=eve" rel="self"/>"#,
        r"<first-name></first-name><last-name></last-name><display-name>eve</display-name><email></email>",
        r#"<password><link href="~/user/password?username=eve" rel="edit"/></password><key>corp:u3</key><active>true</active>"#,
        r"<created-date>1970-01-01T00:00:00.000Z</created-date><updated-date>1970-01-01T00:00:01.000Z</updated-date>",
        r#"<attributes><link href="~/user/attribute?username=eve" rel="self"/></attributes></user></userEvent>"#,
        r#"<groupEvent><operation>UPDATED</operation><group expand="attributes" name="devs"><link href="~/group?groupname=devs" rel="self"/>"#,
        r"<description></description><type>GROUP</type><active>true</active>",
        r#"<attributes><link href="~/group/attribute?groupname=devs" rel="self"/></attributes></group></groupEvent>"#,
        r#"<groupEvent><operation>UPDATED</operation><group expand="attributes" name="new"><link href="~/group?groupname=new" rel="self"/>"#,
        r"<description></description><type>GROUP</type><active>true</active>",
        r#"<attributes><link href="~/group/attribute?groupname=new" rel="self"/></attributes></group></groupEvent>"#,
        r#"<groupMembershipEvent><operation>UPDATED</operation><group name="devs"><link href="~/group?groupname=devs" rel="self"/></group>"#,
        r#"<parentGroups><group name="new"><link href="~/group?groupname=new" rel="self"/></group></parentGroups><childGroups></childGroups></groupMembershipEvent>"#,
        r#"<groupMembershipEvent><operation>UPDATED</operation><group name="new"><link href="~/group?groupname=new" rel="self"/></group>"#,
        r#"<parentGroups></parentGroups><childGroups><group name="devs"><link href="~/group?groupname=devs" rel="self"/></group></childGroups></groupMembershipEvent>"#,
        r#"<userMembershipEvent><operation>UPDATED</operation><childUser name="eve"><link href="~/user?username=eve" rel="self"/></childUser>"#,
        r#"<parentGroups><group name="new"><link href="~/group?groupname=new" rel="self"/></group></parentGroups></userMembershipEvent>"#,
        "</events>"
    );
    assert_eq!(since(&face, &token).await, expected);
}

#[tokio::test]
async fn r6_a_group_rename_tells_old_new_nesting_members() {
    let mut changes = small();
    changes.push(nest("g2", "g1"));
    let (face, token) = after(changes).await;
    face.commit(vec![named_group("g1", "engineers")]).await;
    let events = [
        group_deleted("devs"),
        user_updated("corp:u1", "ann", true),
        user_updated("corp:u2", "bob", true),
        group_updated("engineers"),
        nesting("engineers", &["ops"], &[]),
        groups_of("ann", &["engineers"]),
        groups_of("bob", &["engineers"]),
    ];
    assert_eq!(since(&face, &token).await, feed("[3]", &events));
}

#[tokio::test]
async fn r6_a_group_deleted_and_made_again_has_its_new_members() {
    let (face, token) = after(small()).await;
    face.commit(vec![remove_group("g1")]).await;
    face.commit(vec![named_group("g9", "devs"), join("g9", "u2")])
        .await;
    let events = [
        user_updated("corp:u1", "ann", true),
        user_updated("corp:u2", "bob", true),
        group_updated("devs"),
        nesting("devs", &[], &[]),
        groups_of("ann", &[]),
        groups_of("bob", &["devs"]),
    ];
    assert_eq!(since(&face, &token).await, feed("[4]", &events));
}

#[tokio::test]
async fn r7_an_inactive_user_that_is_new_or_has_a_past_is_told_twice() {
    let (face, _) = after(small()).await;
    face.commit(vec![remove_user("u1")]).await;
    let token = incremental(&face).await;
    face.commit(vec![named("u9", "ann", false), named("u2", "bob", false)])
        .await;
    let events = [
        user_updated("corp:u9", "ann", false),
        user_updated("corp:u9", "ann", false),
        user_updated("corp:u2", "bob", false),
        groups_of("ann", &[]),
        groups_of("bob", &["devs"]),
    ];
    assert_eq!(since(&face, &token).await, feed("[4]", &events));
}

#[tokio::test]
async fn r8_the_first_feed_after_a_full_sync_repairs_what_the_sync_revived() {
    let (face, _) = after(small()).await;
    face.commit(vec![remove_user("u1")]).await;
    face.commit(vec![named("u9", "ann", false)]).await;
    let token = face.get("/event").await.token().unwrap();
    let again = user_updated("corp:u9", "ann", false);
    let events = [again.clone(), again, groups_of("ann", &[])];
    assert_eq!(since(&face, &token).await, feed("[4]", &events));
    assert_eq!(since(&face, &incremental(&face).await).await, feed("[4]", &[]));
}

#[tokio::test]
async fn a_change_of_case_is_an_update_in_the_new_spelling() {
    let (face, token) = after(small()).await;
    face.commit(vec![named("u1", "ANN", true), named_group("g1", "Devs")])
        .await;
    let said = since(&face, &token).await;
    assert!(!said.contains("DELETED"), "{said}");
    assert!(said.contains(&user_updated("corp:u1", "ANN", true)), "{said}");
    assert!(said.contains(&groups_of("ANN", &["Devs"])), "{said}");
}

#[tokio::test]
async fn a_new_key_that_shadows_is_an_update() {
    let face = Face::with(Setup {
        directories: &["first", "second"],
        ..Setup::default()
    })
    .await;
    face.commit_to(1, vec![user("ann"), group("devs"), join("devs", "ann")])
        .await;
    let token = incremental(&face).await;
    face.commit_to(0, vec![user("ann")]).await;
    let events = [
        user_updated("first:ann", "ann", true),
        groups_of("ann", &["devs"]),
    ];
    assert_eq!(since(&face, &token).await, feed("[2, 2]", &events));
}

#[tokio::test]
async fn events_in_json_say_of_what_kind_they_are() {
    let (face, token) = after(small()).await;
    face.commit(vec![remove_user("u1"), leave("g1", "u2")]).await;
    let value = face.get_json(&format!("/event/{token}")).await;
    assert_eq!(value["incrementalSynchronisationAvailable"], true);
    let events = value["events"].as_array().unwrap();
    let kinds: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event["type"].as_str().unwrap(),
                event["operation"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("userEvent", "DELETED"),
            ("userEvent", "UPDATED"),
            ("userMembershipEvent", "UPDATED")
        ]
    );
    assert_eq!(events[2]["parentGroups"]["groups"], serde_json::json!([]));
}
