//! Groups and memberships written by an application.

use serde_json::json;
use throng::store::memory::MemoryStore;

use super::face::{BASE, XML};
use super::writer::{on, reasoned, refused, writer};

#[tokio::test]
async fn a_group_is_made_changed_and_removed() {
    let face = writer(&["local"]).await;
    let said = face
        .ask(
            "POST",
            "/group",
            &[XML],
            "<group name=\"devs\"><description>D</description><type>GROUP</type></group>",
        )
        .await;
    assert_eq!(said.status, 201);
    assert_eq!(said.header("location"), format!("{BASE}/group?groupname=devs"));
    assert!(said.body.contains("<description>D</description>") && said.body.contains("<type>GROUP</type>"));
    let said = face.json("POST", "/group", &json!({ "name": "DEVS" })).await;
    assert_eq!(reasoned(&said), refused(400, "INVALID_GROUP"));
    let said = face
        .json(
            "PUT",
            "/group?groupname=devs",
            &json!({ "name": "Devs", "description": "E" }),
        )
        .await;
    assert_eq!(
        (said.status.as_u16(), &said.json()["description"]),
        (200, &json!("E"))
    );
    for wrong in [
        json!({ "name": "other" }),
        json!({ "name": "devs", "active": false }),
        json!({ "name": "devs", "type": "LEGACY_ROLE" }),
    ] {
        let said = face.json("PUT", "/group?groupname=devs", &wrong).await;
        assert_eq!(reasoned(&said), refused(400, "INVALID_GROUP"), "{wrong}");
    }
    let values = json!({ "attributes": [{ "name": "k", "values": ["v"] }] });
    assert_eq!(
        face.json("POST", "/group/attribute?groupname=devs", &values)
            .await
            .status,
        204
    );
    let told = face.get_json("/group/attribute?groupname=devs").await;
    assert_eq!(told["attributes"][0]["values"], json!(["v"]));
    assert_eq!(
        face.bare("DELETE", "/group/attribute?groupname=devs&attributename=k")
            .await
            .status,
        204
    );
    assert_eq!(face.bare("DELETE", "/group?groupname=devs").await.status, 204);
    assert_eq!(
        reasoned(&face.bare("DELETE", "/group?groupname=devs").await),
        refused(404, "GROUP_NOT_FOUND")
    );
}

/// Memberships that are refused: the path, the name in the body, the answer.
const WRONG_MEMBERS: [(&str, &str, u16, &str); 6] = [
    (
        "/user/group/direct?username=ann",
        "devs",
        409,
        "MEMBERSHIP_ALREADY_EXISTS",
    ),
    (
        "/group/user/direct?groupname=devs",
        "ann",
        409,
        "MEMBERSHIP_ALREADY_EXISTS",
    ),
    ("/user/group/direct?username=ann", "none", 400, "GROUP_NOT_FOUND"),
    ("/user/group/direct?username=none", "devs", 404, "USER_NOT_FOUND"),
    ("/group/user/direct?groupname=devs", "none", 400, "USER_NOT_FOUND"),
    ("/group/user/direct?groupname=none", "ann", 404, "GROUP_NOT_FOUND"),
];

#[tokio::test]
async fn memberships_are_written_from_both_ends_each_once() {
    let face = writer(&["local"]).await;
    face.new_user("ann").await;
    face.new_user("bob").await;
    face.new_group("devs").await;
    let said = face
        .ask(
            "POST",
            "/user/group/direct?username=ann",
            &[XML],
            "<group name=\"DEVS\"/>",
        )
        .await;
    assert_eq!((said.status.as_u16(), said.body.as_str()), (201, ""));
    assert_eq!(said.header("content-type"), "application/xml");
    let said = face
        .json(
            "POST",
            "/group/user/direct?groupname=devs",
            &json!({ "name": "bob" }),
        )
        .await;
    assert_eq!(said.status, 201);
    for (path, body, status, reason) in WRONG_MEMBERS {
        let said = face.json("POST", path, &json!({ "name": body })).await;
        assert_eq!(reasoned(&said), refused(status, reason), "{path} {body}");
    }
    let gone = "/user/group/direct?username=ann&groupname=devs";
    assert_eq!(face.bare("DELETE", gone).await.status, 204);
    assert_eq!(
        reasoned(&face.bare("DELETE", gone).await),
        refused(404, "MEMBERSHIP_NOT_FOUND")
    );
    assert_eq!(
        face.bare("DELETE", "/group/user/direct?groupname=devs&username=bob")
            .await
            .status,
        204
    );
    for (path, reason) in [
        (
            "/user/group/direct?username=none&groupname=devs",
            "USER_NOT_FOUND",
        ),
        (
            "/user/group/direct?username=ann&groupname=none",
            "GROUP_NOT_FOUND",
        ),
    ] {
        assert_eq!(reasoned(&face.bare("DELETE", path).await), refused(404, reason));
    }
}

/// Nestings that are refused.
const WRONG_NESTINGS: [(&str, &str, u16, &str); 7] = [
    (
        "/group/child-group/direct?groupname=a",
        "B",
        409,
        "MEMBERSHIP_ALREADY_EXISTS",
    ),
    (
        "/group/child-group/direct?groupname=c",
        "a",
        400,
        "INVALID_MEMBERSHIP",
    ),
    (
        "/group/child-group/direct?groupname=a",
        "a",
        400,
        "INVALID_MEMBERSHIP",
    ),
    (
        "/group/parent-group/direct?groupname=a",
        "c",
        400,
        "INVALID_MEMBERSHIP",
    ),
    (
        "/group/child-group/direct?groupname=a",
        "none",
        400,
        "GROUP_NOT_FOUND",
    ),
    (
        "/group/parent-group/direct?groupname=a",
        "none",
        400,
        "GROUP_NOT_FOUND",
    ),
    (
        "/group/child-group/direct?groupname=none",
        "a",
        404,
        "GROUP_NOT_FOUND",
    ),
];

#[tokio::test]
async fn groups_are_nested_from_both_ends_and_never_in_a_circle() {
    let face = writer(&["local"]).await;
    for name in ["a", "b", "c"] {
        face.new_group(name).await;
    }
    let body = json!({ "name": "b" });
    assert_eq!(
        face.json("POST", "/group/child-group/direct?groupname=a", &body)
            .await
            .status,
        201
    );
    let said = face
        .ask(
            "POST",
            "/group/parent-group/direct?groupname=c",
            &[XML],
            "<group name=\"b\"/>",
        )
        .await;
    assert_eq!(said.status, 201);
    assert_eq!(
        face.get("/group/child-group/nested?groupname=a&child-groupname=c")
            .await
            .status,
        200
    );
    for (path, body, status, reason) in WRONG_NESTINGS {
        let said = face.json("POST", path, &json!({ "name": body })).await;
        assert_eq!(reasoned(&said), refused(status, reason), "{path} {body}");
    }
    let gone = "/group/child-group/direct?groupname=a&child-groupname=b";
    assert_eq!(face.bare("DELETE", gone).await.status, 204);
    assert_eq!(
        reasoned(&face.bare("DELETE", gone).await),
        refused(404, "MEMBERSHIP_NOT_FOUND")
    );
}

#[tokio::test]
async fn of_two_nestings_that_close_a_circle_at_once_one_wins() {
    let face = writer(&["local", "corp"]).await;
    for round in 0..10 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        face.new_group(&a).await;
        face.new_group(&b).await;
        let put = async |parent: &str, child: &str| {
            let path = format!("/group/child-group/direct?groupname={parent}");
            face.json("POST", &path, &json!({ "name": child }))
                .await
                .status
                .as_u16()
        };
        let (first, second) = tokio::join!(put(&a, &b), put(&b, &a));
        let mut both = [first, second];
        both.sort_unstable();
        assert_eq!(both, [201, 400]);
    }
}

#[tokio::test]
async fn an_application_without_nested_groups_is_told_so() {
    let face = on(&["local"], MemoryStore::new(), "nested_groups = false").await;
    face.new_group("a").await;
    face.new_group("b").await;
    let said = face
        .json(
            "POST",
            "/group/child-group/direct?groupname=a",
            &json!({ "name": "b" }),
        )
        .await;
    assert_eq!(reasoned(&said), refused(400, "NESTED_GROUPS_NOT_SUPPORTED"));
}
