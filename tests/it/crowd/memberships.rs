//! Memberships seen from one user or one group: lists, checks, nesting.

use super::changes::{group, join, nest, user};
use super::face::{Face, Setup};

/// alice is in devs, devs in staff, staff in all, all in devs: a cycle that a source reported.
pub(super) async fn nested() -> Face {
    let face = Face::start().await;
    face.commit(vec![
        group("staff"),
        group("All"),
        group("empty"),
        user("carol"),
        join("staff", "carol"),
    ])
    .await;
    face.commit(vec![
        nest("staff", "devs"),
        nest("All", "staff"),
        nest("devs", "All"),
    ])
    .await;
    face
}

/// The names of a list's entries, in order.
pub(super) async fn names(face: &Face, path: &str) -> Vec<String> {
    let value = face.get_json(path).await;
    let list = value["users"].as_array().or(value["groups"].as_array()).unwrap();
    list.iter()
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn direct_lists_name_direct_members_only() {
    let face = nested().await;
    for (path, expected) in [
        ("/user/group/direct?username=ALICE", &["devs"][..]),
        ("/user/group/direct?username=bob", &[]),
        ("/group/user/direct?groupname=Devs", &["alice"]),
        ("/group/user/direct?groupname=empty", &[]),
        ("/group/child-group/direct?groupname=staff", &["devs"]),
        ("/group/parent-group/direct?groupname=staff", &["All"]),
        ("/group/child-group/direct?groupname=empty", &[]),
    ] {
        assert_eq!(names(&face, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn nested_lists_end_in_spite_of_a_cycle_and_leave_out_the_group_itself() {
    let face = nested().await;
    for (path, expected) in [
        ("/user/group/nested?username=alice", &["All", "devs", "staff"][..]),
        ("/user/group/nested?username=bob", &[]),
        ("/group/user/nested?groupname=all", &["alice", "carol"]),
        ("/group/child-group/nested?groupname=all", &["devs", "staff"]),
        ("/group/parent-group/nested?groupname=devs", &["All", "staff"]),
    ] {
        assert_eq!(names(&face, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn without_nesting_the_nested_lists_are_the_direct_ones() {
    let face = Face::with(Setup {
        application: "password = { value = \"pa:ss\" }\nnested_groups = false".to_owned(),
        ..Setup::default()
    })
    .await;
    face.commit(vec![
        user("alice"),
        group("devs"),
        group("staff"),
        join("devs", "alice"),
        nest("staff", "devs"),
    ])
    .await;
    assert_eq!(names(&face, "/user/group/nested?username=alice").await, ["devs"]);
    assert_eq!(names(&face, "/group/user/nested?groupname=staff").await, [""; 0]);
    let said = face
        .get("/user/group/nested?username=alice&groupname=staff")
        .await;
    assert_eq!(said.status, 404);
}

#[tokio::test]
async fn a_check_answers_the_minimal_entity_or_404() {
    let face = nested().await;
    let devs = r#"<group name="devs"><link href="~/group?groupname=devs" rel="self"/></group>"#;
    let alice = r#"<user name="alice"><link href="~/user?username=alice" rel="self"/></user>"#;
    let staff = devs.replace("devs", "staff");
    for (path, expected) in [
        ("/user/group/direct?username=Alice&groupname=DEVS", devs),
        ("/user/group/nested?username=alice&groupname=staff", &staff),
        ("/group/user/direct?groupname=devs&username=alice", alice),
        ("/group/user/nested?groupname=all&username=alice", alice),
        (
            "/group/child-group/direct?groupname=staff&child-groupname=devs",
            devs,
        ),
        (
            "/group/child-group/nested?groupname=all&child-groupname=devs",
            devs,
        ),
        (
            "/group/parent-group/direct?groupname=devs&child-groupname=staff",
            &staff,
        ),
        (
            "/group/parent-group/nested?groupname=devs&parent-groupname=staff",
            &staff,
        ),
    ] {
        let said = face.get(path).await;
        assert_eq!(said.status, 200, "{path}");
        assert!(said.short().ends_with(expected), "{path}: {}", said.short());
    }
    for path in [
        "/user/group/direct?username=alice&groupname=staff",
        "/user/group/direct?username=nobody&groupname=devs",
        "/user/group/nested?username=alice&groupname=none",
        "/group/user/direct?groupname=devs&username=bob",
        "/group/user/nested?groupname=none&username=alice",
        "/group/child-group/direct?groupname=all&child-groupname=devs",
        "/group/child-group/nested?groupname=devs&child-groupname=empty",
        "/group/parent-group/nested?groupname=empty&parent-groupname=all",
    ] {
        let said = face.get(path).await;
        assert_eq!(said.status, 404, "{path}");
        assert!(
            said.body.contains("<reason>MEMBERSHIP_NOT_FOUND</reason>"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_list_of_what_does_not_exist_is_404_and_of_nothing_400() {
    let face = nested().await;
    for (path, status, reason) in [
        ("/user/group/direct?username=nobody", 404, "USER_NOT_FOUND"),
        ("/user/group/nested?username=nobody", 404, "USER_NOT_FOUND"),
        ("/group/user/direct?groupname=none", 404, "GROUP_NOT_FOUND"),
        ("/group/child-group/nested?groupname=none", 404, "GROUP_NOT_FOUND"),
        (
            "/group/parent-group/direct?groupname=none",
            404,
            "GROUP_NOT_FOUND",
        ),
        ("/user/group/direct", 400, "ILLEGAL_ARGUMENT"),
        ("/group/user/nested?groupname=", 400, "ILLEGAL_ARGUMENT"),
    ] {
        let said = face.get(path).await;
        assert_eq!(said.status, status, "{path}");
        assert!(said.body.contains(reason), "{path}");
    }
}

#[tokio::test]
async fn lists_are_paged_and_expanded_as_asked() {
    let face = nested().await;
    let path = "/user/group/nested?username=alice";
    for (paging, expected) in [
        ("&start-index=0&max-results=2", &["All", "devs"][..]),
        ("&start-index=2&max-results=2", &["staff"]),
        ("&start-index=3&max-results=500", &[]),
        ("&max-results=-1", &["All", "devs", "staff"]),
        ("&max-results=0", &[]),
    ] {
        assert_eq!(
            names(&face, &format!("{path}{paging}")).await,
            expected,
            "{paging}"
        );
    }
    for expand in ["group", "group,attributes", "*", "x&expand=group"] {
        let said = face.get(&format!("{path}&expand={expand}")).await;
        assert_eq!(
            said.body
                .matches("<type>GROUP</type><active>true</active>")
                .count(),
            3,
            "{expand}"
        );
    }
    let said = face.get(&format!("{path}&expand=user")).await;
    assert!(!said.body.contains("<type>") && said.body.contains("<groups expand=\"group\">"));
    let said = face.get("/group/user/nested?groupname=all&expand=user").await;
    assert_eq!(said.body.matches("<active>true</active>").count(), 2);
}

#[tokio::test]
async fn an_empty_list_has_both_its_tags() {
    let face = nested().await;
    let said = face.get("/group/user/direct?groupname=empty").await;
    assert!(
        said.body.ends_with("<users expand=\"user\"></users>"),
        "{}",
        said.body
    );
    let said = face.get("/user/group/direct?username=bob").await;
    assert!(
        said.body.ends_with("<groups expand=\"group\"></groups>"),
        "{}",
        said.body
    );
    let value = face.get_json("/user/group/direct?username=bob").await;
    assert_eq!(value, serde_json::json!({ "expand": "group", "groups": [] }));
}
