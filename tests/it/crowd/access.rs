//! Access: an application that is to see the members of some groups finds nobody else, anywhere.

use super::changes::{group, join, leave, named, named_group, nest, remove_group, unnest, user};
use super::face::{ALL_USERS, EVERYTHING, Face, Setup, XML};
use super::told::{feed, group_deleted, group_updated, groups_of, nesting, user_deleted, user_updated};

const PASSWORD: &str = "password = { value = \"pa:ss\" }\n";

async fn face(keys: &str) -> Face {
    let face = Face::with(Setup {
        application: format!("{PASSWORD}{keys}"),
        ..Setup::default()
    })
    .await;
    // devs > core; alice is in core, bob in devs, carol in ops, dave in nothing; all > devs, ops.
    face.commit(vec![
        user("alice"),
        user("bob"),
        user("carol"),
        user("dave"),
        group("devs"),
        group("core"),
        group("ops"),
        group("all"),
        nest("devs", "core"),
        nest("all", "devs"),
        nest("all", "ops"),
        join("core", "alice"),
        join("devs", "bob"),
        join("ops", "carol"),
    ])
    .await;
    face
}

async fn scoped() -> Face {
    face("access = { groups = [\"Devs\", \"not-made-yet\"] }").await
}

async fn status(face: &Face, path: &str) -> u16 {
    face.get(path).await.status.as_u16()
}

async fn names(face: &Face, path: &str) -> Vec<String> {
    let said = face.get_json(path).await;
    let list = if said["users"].is_array() {
        &said["users"]
    } else {
        &said["groups"]
    };
    let names = list.as_array().unwrap().iter();
    names
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn whole_lists_have_members_and_their_groups_only() {
    let face = scoped().await;
    assert_eq!(names(&face, ALL_USERS).await, ["alice", "bob"]);
    assert_eq!(
        names(&face, "/search?entity-type=group&max-results=-1").await,
        ["all", "core", "devs"]
    );
    let body = face.get("/group/membership").await.body;
    let expected = "<membership group=\"all\"><users></users><groups><group name=\"devs\"/></groups></membership>\
         <membership group=\"core\"><users><user name=\"alice\"/></users><groups></groups></membership>\
         <membership group=\"devs\"><users><user name=\"bob\"/></users><groups><group name=\"core\"/></groups></membership>";
    assert!(
        body.contains(&format!("<memberships>{expected}</memberships>")),
        "{body}"
    );
}

#[tokio::test]
async fn outsiders_are_found_by_nothing() {
    let face = scoped().await;
    for path in [
        "/user?username=carol",
        "/user?username=dave",
        "/user?key=corp:carol",
        "/user/attribute?username=carol",
        "/user/group/direct?username=carol",
        "/user/group/nested?username=carol&groupname=all",
        "/group?groupname=ops",
        "/group/attribute?groupname=ops",
        "/group/user/direct?groupname=ops",
        "/group/user/nested?groupname=all&username=carol",
        "/group/child-group/direct?groupname=all&child-groupname=ops",
        "/group/parent-group/direct?groupname=ops",
    ] {
        assert_eq!(status(&face, path).await, 404, "{path}");
    }
    assert_eq!(
        names(&face, "/group/user/nested?groupname=all").await,
        ["alice", "bob"]
    );
    assert_eq!(
        names(&face, "/group/child-group/direct?groupname=all").await,
        ["devs"]
    );
    assert_eq!(
        names(&face, "/user/group/nested?username=alice").await,
        ["all", "core", "devs"]
    );
    for path in [
        "/search?entity-type=user&restriction=name%3Dcarol",
        "/search?entity-type=user&restriction=name%3Dc*",
        "/search?entity-type=group&restriction=name%3Dops",
    ] {
        assert_eq!(names(&face, path).await, [""; 0], "{path}");
    }
    assert_eq!(status(&face, "/user?key=corp:alice").await, 200);
}

#[tokio::test]
async fn an_outsider_who_logs_in_is_refused_not_unknown() {
    let face = scoped().await;
    let reason = async |name: &str| {
        let path = format!("/authentication?username={name}");
        let body = "<password><value>x</value></password>";
        let said = face
            .ask("POST", &path, &[XML, ("accept", "application/json")], body)
            .await;
        (
            said.status.as_u16(),
            said.json()["reason"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(
        reason("carol").await,
        (400, "INVALID_USER_AUTHENTICATION".to_owned())
    );
    assert_eq!(reason("nobody").await, (400, "USER_NOT_FOUND".to_owned()));
    let said = face
        .post("/authentication/notify?username=carol", "<password/>")
        .await;
    assert_eq!(said.status, 404);
}

#[tokio::test]
async fn without_groups_in_groups_only_direct_members_are_seen_and_no_group_is_in_another() {
    let face = face("nested_groups = false\naccess = { groups = [\"devs\"] }").await;
    assert_eq!(names(&face, ALL_USERS).await, ["bob"]);
    assert_eq!(names(&face, "/search?entity-type=group").await, ["devs"]);
    assert_eq!(
        names(&face, "/group/child-group/nested?groupname=devs").await,
        [""; 0]
    );
    assert_eq!(
        names(&face, "/group/parent-group/direct?groupname=devs").await,
        [""; 0]
    );
    let body = face.get("/group/membership").await.body;
    assert!(body.contains("<membership group=\"devs\"><users><user name=\"bob\"/></users><groups></groups></membership></memberships>"), "{body}");
}

#[tokio::test]
async fn users_who_enter_and_leave_are_told_with_their_groups() {
    let face = scoped().await;
    let token = incremental(&face).await;
    face.commit(vec![join("devs", "carol")]).await;
    let events = [
        user_updated("corp:carol", "carol", true),
        group_updated("ops"),
        nesting("ops", &["all"], &[]),
        groups_of("carol", &["devs", "ops"]),
    ];
    assert_eq!(since(&face, &token).await, feed("[3]", &events));
    let token = incremental(&face).await;
    face.commit(vec![leave("devs", "carol")]).await;
    let events = [user_deleted("carol"), group_deleted("ops")];
    assert_eq!(since(&face, &token).await, feed("[4]", &events));
}

#[tokio::test]
async fn an_edge_between_groups_brings_and_takes_whoever_is_below_it() {
    let face = scoped().await;
    let token = incremental(&face).await;
    face.commit(vec![unnest("devs", "core")]).await;
    let events = [
        user_deleted("alice"),
        group_deleted("core"),
        group_updated("devs"),
        nesting("devs", &["all"], &[]),
    ];
    assert_eq!(since(&face, &token).await, feed("[3]", &events));
    let token = incremental(&face).await;
    face.commit(vec![nest("devs", "core"), nest("core", "ops")]).await;
    let events = [
        user_updated("corp:alice", "alice", true),
        user_updated("corp:carol", "carol", true),
        group_updated("core"),
        group_updated("devs"),
        group_updated("ops"),
        nesting("core", &["devs"], &["ops"]),
        nesting("devs", &["all"], &["core"]),
        nesting("ops", &["all", "core"], &[]),
        groups_of("alice", &["core"]),
        groups_of("carol", &["ops"]),
    ];
    assert_eq!(since(&face, &token).await, feed("[4]", &events));
}

#[tokio::test]
async fn an_access_group_that_is_renamed_or_deleted_takes_its_members_along() {
    // A name that came after the token may have been seen in between.
    for (change, new) in [
        (named_group("devs", "engineers"), &["engineers"][..]),
        (remove_group("devs"), &[]),
    ] {
        let face = scoped().await;
        let token = incremental(&face).await;
        face.commit(vec![change]).await;
        let mut events = vec![
            user_deleted("alice"),
            user_deleted("bob"),
            group_deleted("all"),
            group_deleted("core"),
            group_deleted("devs"),
        ];
        events.extend(new.iter().map(|name| group_deleted(name)));
        assert_eq!(since(&face, &token).await, feed("[3]", &events));
        face.commit(vec![named_group("new", "not-made-yet"), join("new", "dave")])
            .await;
        assert_eq!(names(&face, ALL_USERS).await, ["dave"]);
    }
}

#[tokio::test]
async fn what_outsiders_do_is_not_told() {
    let face = scoped().await;
    let token = incremental(&face).await;
    face.commit(vec![
        named("carol", "carla", true),
        user("eve"),
        leave("ops", "carol"),
        group("spies"),
        join("spies", "eve"),
        nest("ops", "spies"),
    ])
    .await;
    face.commit(vec![remove_group("ops")]).await;
    // The visible group above has lost a child; it never had one to this application.
    let events = [group_updated("all"), nesting("all", &[], &["devs"])];
    assert_eq!(since(&face, &token).await, feed("[4]", &events));
}

#[tokio::test]
async fn a_user_renamed_outside_is_read_anew_when_it_enters() {
    let face = scoped().await;
    face.commit(vec![leave("core", "alice")]).await;
    face.commit(vec![named("alice", "alix", true)]).await;
    let token = incremental(&face).await;
    face.commit(vec![join("core", "alice")]).await;
    assert_eq!(status(&face, &format!("/event/{token}")).await, 410);
}

#[tokio::test]
async fn another_access_is_another_view() {
    let (wide, narrow) = (face("").await, scoped().await);
    let hash = async |face: &Face| {
        let token = face.get("/event").await.token().unwrap();
        throng::protocol::crowd::Token::decode(&token).unwrap().view
    };
    assert_ne!(hash(&wide).await, hash(&narrow).await);
    let other = face("access = { groups = [\"ops\"] }").await;
    assert_ne!(hash(&other).await, hash(&narrow).await);
}

/// Names in lower case wherever a name is said.
#[tokio::test]
async fn lower_case_is_everywhere() {
    let face = face("lower_case = true").await;
    let token = incremental(&face).await;
    face.commit(vec![
        named("u1", "Zoë.ÄRGER", true),
        named_group("g1", "Team Ü"),
        named_group("g2", "Sub"),
        join("g1", "u1"),
        nest("g1", "g2"),
    ])
    .await;
    let mut all = String::new();
    for path in [
        &format!("/event/{token}"),
        "/user?username=ZO%C3%8B.%C3%84RGER",
        "/user/attribute?username=zo%C3%AB.%C3%A4rger",
        "/user/group/nested?username=zo%C3%AB.%C3%A4rger&expand=group",
        "/group?groupname=TEAM%20%C3%9C",
        "/group/user/direct?groupname=team%20%C3%BC",
        "/group/child-group/direct?groupname=team%20%C3%BC",
        "/group/parent-group/direct?groupname=SUB",
        "/group/membership",
        "/search?entity-type=group&expand=group",
    ] {
        let said = face.get(path).await;
        assert_eq!(said.status, 200, "{path}");
        all += &said.body;
    }
    all += &face.post(ALL_USERS, EVERYTHING).await.body;
    // The display name is no name of the protocol.
    let all = all.replace("<display-name>Zoë.ÄRGER</display-name>", "");
    for spelled in ["Zo", "ÄRGER", "Team", "Sub", "%C3%8B", "%C3%84", "%C3%9C"] {
        assert!(!all.contains(spelled), "{spelled}");
    }
    assert!(
        all.contains("name=\"zoë.ärger\"") && all.contains("name=\"team ü\"") && all.contains("name=\"sub\"")
    );
}

async fn incremental(face: &Face) -> String {
    let first = face.get("/event").await.token().unwrap();
    face.get(&format!("/event/{first}")).await.token().unwrap()
}

async fn since(face: &Face, token: &str) -> String {
    let said = face.get(&format!("/event/{token}")).await;
    assert_eq!(said.status, 200, "{}", said.body);
    said.short()
}
