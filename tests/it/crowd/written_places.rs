//! Which directory a write goes to, and what a source's own rows refuse and take.

use std::sync::Arc;

use serde_json::{Value, json};
use throng::model::{Change, Owner};
use throng::store::memory::MemoryStore;

use super::changes::{group, join, remove_user, user};
use super::face::Face;
use super::writer::{on, reasoned, refused, writer};

/// Corp, a source, with alice in devs; then a local directory with bob.
async fn mixed(order: &'static [&'static str]) -> Face {
    let face = writer(order).await;
    let corp = order.iter().position(|id| *id == "corp").unwrap();
    let filled = vec![user("alice"), user("carol"), group("devs"), join("devs", "alice")];
    face.commit_to(corp, filled).await;
    face.new_user("bob").await;
    face
}

async fn add(face: &Face, user: &str, group: &str) -> (u16, String) {
    let path = format!("/user/group/direct?username={user}");
    reasoned(&face.json("POST", &path, &json!({ "name": group })).await)
}

async fn members(face: &Face, group: &str) -> Vec<String> {
    let all = face
        .get_json(&format!("/group/user/direct?groupname={group}"))
        .await;
    let users = all["users"].as_array().unwrap().iter();
    users
        .map(|user| user["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn anybody_can_be_in_a_local_group_wherever_either_is() {
    for order in [&["corp", "local"][..], &["local", "corp"][..]] {
        let order: &'static [&'static str] = if order[0] == "corp" {
            &["corp", "local"]
        } else {
            &["local", "corp"]
        };
        let face = mixed(order).await;
        let made = face
            .json("POST", "/group", &json!({ "name": "staff", "description": "S" }))
            .await;
        assert_eq!(made.status, 201);
        for name in ["alice", "bob"] {
            assert_eq!(add(&face, name, "staff").await, (201, String::new()), "{order:?}");
            assert_eq!(
                add(&face, name, "STAFF").await,
                refused(409, "MEMBERSHIP_ALREADY_EXISTS")
            );
        }
        assert_eq!(members(&face, "staff").await, ["alice", "bob"]);
        let shown = face.get_json("/group?groupname=staff").await;
        assert_eq!(shown["description"], "S", "whichever directory serves it");
        let change = json!({ "name": "staff", "description": "T" });
        assert_eq!(
            face.json("PUT", "/group?groupname=staff", &change).await.json()["description"],
            "T"
        );
        let values = json!({ "attributes": [{ "name": "k", "values": ["v"] }] });
        face.json("POST", "/group/attribute?groupname=staff", &values)
            .await;
        let told = face.get_json("/group/attribute?groupname=staff").await;
        assert_eq!(told["attributes"][0]["values"], json!(["v"]));
        let gone = "/user/group/direct?username=alice&groupname=staff";
        assert_eq!(face.bare("DELETE", gone).await.status, 204);
        assert_eq!(members(&face, "staff").await, ["bob"]);
        assert_eq!(face.bare("DELETE", "/group?groupname=staff").await.status, 204);
        assert_eq!(face.get("/group?groupname=staff").await.status, 404);
    }
}

#[tokio::test]
async fn without_a_local_directory_groups_are_kept_beside_the_sources_and_users_refused() {
    let face = writer(&["corp"]).await;
    face.commit(vec![user("alice"), group("devs")]).await;
    let said = face.json("POST", "/user", &json!({ "name": "new" })).await;
    assert_eq!(reasoned(&said), refused(403, "APPLICATION_PERMISSION_DENIED"));
    assert!(said.body.contains("kind `local`"), "{}", said.body);
    face.new_group("staff").await;
    assert_eq!(add(&face, "alice", "staff").await.0, 201);
    let nested = face
        .json(
            "POST",
            "/group/child-group/direct?groupname=staff",
            &json!({ "name": "devs" }),
        )
        .await;
    assert_eq!(nested.status, 201, "{}", nested.body);
    assert_eq!(members(&face, "staff").await, ["alice"]);
}

/// Writes to what the source of alice, carol and devs owns.
fn foreign_writes() -> [(&'static str, &'static str, Value); 10] {
    [
        (
            "PUT",
            "/user?username=alice",
            json!({ "name": "alice", "email": "other@x.org" }),
        ),
        (
            "PUT",
            "/user?username=alice",
            json!({ "name": "alice", "active": false }),
        ),
        ("DELETE", "/user?username=alice", json!({})),
        (
            "POST",
            "/user/rename?username=alice",
            json!({ "new-name": "alicia" }),
        ),
        ("PUT", "/user/password?username=alice", json!({ "value": "x" })),
        (
            "PUT",
            "/group?groupname=devs",
            json!({ "name": "devs", "description": "x" }),
        ),
        ("DELETE", "/group?groupname=devs", json!({})),
        (
            "POST",
            "/user/group/direct?username=carol",
            json!({ "name": "devs" }),
        ),
        (
            "POST",
            "/user/group/direct?username=bob",
            json!({ "name": "devs" }),
        ),
        (
            "DELETE",
            "/user/group/direct?username=alice&groupname=devs",
            json!({}),
        ),
    ]
}

#[tokio::test]
async fn what_a_source_owns_is_refused_with_the_reason() {
    let face = mixed(&["corp", "local"]).await;
    let before = face.directories[0].snapshot().seq();
    for (method, path, body) in foreign_writes() {
        let said = face.json(method, path, &body).await;
        assert_eq!(
            reasoned(&said),
            refused(403, "APPLICATION_PERMISSION_DENIED"),
            "{method} {path}"
        );
        assert!(
            said.body.contains("its source owns it"),
            "{method} {path}: {}",
            said.body
        );
    }
    let same = json!({ "name": "alice", "display-name": "alice" });
    assert_eq!(
        face.json("PUT", "/user?username=alice", &same).await.status,
        204,
        "changes nothing"
    );
    assert_eq!(face.directories[0].snapshot().seq(), before);
    let taken = face.json("POST", "/user", &json!({ "name": "ALICE" })).await;
    assert_eq!(
        reasoned(&taken),
        refused(400, "INVALID_USER"),
        "it would be hidden"
    );
}

#[tokio::test]
async fn what_was_written_beside_a_sources_user_stays_until_the_user_is_removed() {
    let store = MemoryStore::new();
    let face = on(&["passwords"], Arc::clone(&store) as _, "").await;
    face.commit(vec![user("alice"), group("devs"), join("devs", "alice")])
        .await;
    face.new_group("staff").await;
    assert_eq!(add(&face, "alice", "staff").await.0, 201);
    let values = json!({ "attributes": [{ "name": "k", "values": ["v"] }] });
    assert_eq!(
        face.json("POST", "/user/attribute?username=alice", &values)
            .await
            .status,
        204
    );
    face.json("PUT", "/user/password?username=alice", &json!({ "value": "p" }))
        .await;
    let holds = async |face: &Face| {
        let attributes = face.get_json("/user/attribute?username=alice").await;
        assert_eq!(attributes["attributes"][0]["values"], json!(["v"]));
        assert_eq!(members(face, "staff").await, ["alice"]);
    };
    // The source says the same again, then no longer has it, then has it again.
    face.commit(vec![user("alice"), group("devs")]).await;
    holds(&face).await;
    face.commit(vec![Change::VanishUser { user: "alice".into() }])
        .await;
    holds(&face).await;
    assert_eq!(face.login("alice", "p").await, refused(400, "INACTIVE_ACCOUNT"));
    face.commit(vec![user("alice")]).await;
    drop(face);
    let face = on(&["passwords"], store, "").await;
    holds(&face).await;
    assert_eq!(face.login("alice", "p").await, (200, String::new()));
    face.commit(vec![remove_user("alice")]).await;
    face.commit(vec![user("alice")]).await;
    assert_eq!(members(&face, "staff").await, [""; 0]);
    assert_eq!(
        face.login("alice", "p").await,
        refused(400, "INVALID_USER_AUTHENTICATION")
    );
    let row = face.directories[0]
        .snapshot()
        .group_named("staff")
        .map(|row| row.owner);
    assert_eq!(row, Some(Owner::Local));
}
