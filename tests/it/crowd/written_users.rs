//! Users made, changed, renamed and removed by an application.

use std::sync::Arc;

use serde_json::json;
use throng::store::memory::MemoryStore;

use super::face::{BASE, XML};
use super::writer::{on, reasoned, refused, writer};

#[tokio::test]
async fn a_user_is_made_in_both_forms_with_its_place_and_its_body() {
    let face = writer(&["local"]).await;
    let xml = "<user name=\"ann b\"><first-name>Ann</first-name><last-name>B</last-name><email>a@x.org</email>\
        <password><value>secret</value></password><attributes><attribute name=\"phone\"><values><value>1</value>\
        </values></attribute></attributes></user>";
    let said = face.ask("POST", "/user?expand=attributes", &[XML], xml).await;
    assert_eq!(
        (said.status.as_u16(), said.header("content-type")),
        (201, "application/xml")
    );
    assert_eq!(said.header("location"), format!("{BASE}/user?username=ann%20b"));
    for part in [
        "name=\"ann b\"",
        "<display-name>Ann B</display-name>",
        "<active>true</active>",
        "<value>1</value>",
    ] {
        assert!(said.body.contains(part), "{part}: {}", said.body);
    }
    assert!(!said.body.contains("secret"));
    let body = json!({ "name": "bob", "active": false, "display-name": "Bob", "password": { "value": "x" },
        "attributes": { "attributes": [{ "name": "a", "values": ["1", "2"] }] } });
    let said = face.json("POST", "/user?expand=attributes", &body).await;
    assert_eq!(
        (said.status.as_u16(), said.header("content-type")),
        (201, "application/json")
    );
    let made = said.json();
    assert_eq!((&made["name"], &made["active"]), (&json!("bob"), &json!(false)));
    assert_eq!(made["attributes"]["attributes"][0]["values"], json!(["1", "2"]));
    assert!(made["key"].as_str().unwrap().starts_with("local:"));
    assert_eq!(face.get_json("/user?username=BOB").await["key"], made["key"]);
    assert_eq!(face.login("bob", "x").await, refused(400, "INACTIVE_ACCOUNT"));
    assert_eq!(face.login("ann%20b", "secret").await, (200, String::new()));
}

#[tokio::test]
async fn names_that_are_taken_or_cannot_be_are_refused_with_a_sentence() {
    let face = writer(&["local"]).await;
    face.new_user("ann").await;
    let long = "x".repeat(256);
    for (name, words) in [
        ("ANN", "user `ann` exists already"),
        ("", "has no name"),
        ("  ", "blank"),
        (" x", "blank"),
        ("a\u{1}b", "control characters"),
        (long.as_str(), "more than 255 characters"),
    ] {
        let said = face.json("POST", "/user", &json!({ "name": name })).await;
        assert_eq!(reasoned(&said), refused(400, "INVALID_USER"), "{name}");
        let told = said.json()["message"].as_str().unwrap().to_owned();
        assert!(told.contains(words) && told.len() < 200, "{told}");
    }
    let longest = "ß".repeat(255);
    face.new_user(&longest).await;
    let said = face.ask("POST", "/user", &[XML], "<user/>").await;
    assert!(
        said.body.contains("<reason>INVALID_USER</reason>"),
        "{}",
        said.body
    );
    let said = face.ask("POST", "/user", &[XML], "<group name=\"x\"/>").await;
    assert_eq!(said.status, 400);
    assert_eq!(face.directories[0].snapshot().user_count(), 2);
}

#[tokio::test]
async fn what_an_update_does_not_tell_stays_and_another_name_is_refused() {
    let face = writer(&["local"]).await;
    let body = json!({ "name": "ann", "first-name": "Ann", "email": "a@x.org", "display-name": "Ann" });
    face.json("POST", "/user", &body).await;
    let said = face
        .ask(
            "PUT",
            "/user?username=ANN",
            &[XML],
            "<user name=\"Ann\"><email>b@x.org</email><active>false</active></user>",
        )
        .await;
    assert_eq!((said.status.as_u16(), said.body.as_str()), (204, ""));
    let now = face.get_json("/user?username=ann").await;
    assert_eq!(
        (&now["email"], &now["first-name"]),
        (&json!("b@x.org"), &json!("Ann"))
    );
    assert_eq!((&now["active"], &now["name"]), (&json!(false), &json!("ann")));
    let before = face.directories[0].snapshot().seq();
    let same = json!({ "name": "ann", "email": "b@x.org" });
    assert_eq!(face.json("PUT", "/user?username=ann", &same).await.status, 204);
    assert_eq!(face.directories[0].snapshot().seq(), before, "nothing changed");
    let said = face
        .json("PUT", "/user?username=ann", &json!({ "name": "eve" }))
        .await;
    assert_eq!(reasoned(&said), refused(400, "INVALID_USER"));
    let said = face
        .json("PUT", "/user?username=nobody", &json!({ "name": "nobody" }))
        .await;
    assert_eq!(reasoned(&said), refused(404, "USER_NOT_FOUND"));
}

#[tokio::test]
async fn a_renamed_user_keeps_its_key_its_groups_and_its_password() {
    let store = MemoryStore::new();
    let face = on(&["local"], Arc::clone(&store) as _, "").await;
    let made = face
        .json(
            "POST",
            "/user",
            &json!({ "name": "ann", "password": { "value": "p" } }),
        )
        .await
        .json();
    face.new_user("bob").await;
    face.new_group("devs").await;
    let said = face
        .json(
            "POST",
            "/user/group/direct?username=ann",
            &json!({ "name": "devs" }),
        )
        .await;
    assert_eq!(said.status, 201, "{}", said.body);
    let rename = |to: &str| json!({ "new-name": to });
    let said = face
        .json("POST", "/user/rename?username=ann", &rename("BOB"))
        .await;
    assert_eq!(reasoned(&said), refused(400, "INVALID_USER"));
    let said = face
        .json("POST", "/user/rename?username=nobody", &rename("x"))
        .await;
    assert_eq!(reasoned(&said), refused(404, "USER_NOT_FOUND"));
    let said = face
        .ask(
            "POST",
            "/user/rename?username=ann",
            &[XML],
            "<rename><new-name>Anna</new-name></rename>",
        )
        .await;
    assert_eq!(said.status, 200);
    assert!(said.body.contains("name=\"Anna\""), "{}", said.body);
    drop(face);
    let face = on(&["local"], store, "").await;
    let now = face.get_json("/user?username=anna").await;
    assert_eq!(
        (&now["key"], &now["display-name"]),
        (&made["key"], &json!("Anna"))
    );
    assert_eq!(face.get("/user?username=ann").await.status, 404);
    assert_eq!(
        face.get("/user/group/direct?username=anna&groupname=devs")
            .await
            .status,
        200
    );
    assert_eq!(face.login("anna", "p").await, (200, String::new()));
}

#[tokio::test]
async fn a_removed_user_is_gone_with_all_it_had() {
    let face = writer(&["local"]).await;
    face.new_user("ann").await;
    let values = json!({ "attributes": [{ "name": "k", "values": ["v"] }] });
    assert_eq!(
        face.json("POST", "/user/attribute?username=ann", &values)
            .await
            .status,
        204
    );
    assert_eq!(face.bare("DELETE", "/user?username=Ann").await.status, 204);
    assert_eq!(
        reasoned(&face.bare("DELETE", "/user?username=ann").await),
        refused(404, "USER_NOT_FOUND")
    );
    face.new_user("ann").await;
    let attributes = face.get_json("/user/attribute?username=ann").await;
    assert_eq!(attributes["attributes"], json!([]));
}

#[tokio::test]
async fn attributes_are_merged_by_name_deleted_one_by_one_and_bounded() {
    let face = writer(&["local"]).await;
    face.new_user("ann").await;
    let path = "/user/attribute?username=ann";
    let xml = "<attributes><attribute name=\"a\"><values><value>1</value><value>2</value></values></attribute>\
        <attribute name=\"b\"><values><value>3</value></values></attribute></attributes>";
    let said = face.ask("POST", path, &[XML], xml).await;
    assert_eq!((said.status.as_u16(), said.body.as_str()), (204, ""));
    let more = json!({ "attributes": [{ "name": "b", "values": ["4"] }, { "name": "c", "values": ["5"] }] });
    assert_eq!(face.json("PUT", path, &more).await.status, 204);
    assert_eq!(
        face.bare("DELETE", "/user/attribute?username=ann&attributename=c")
            .await
            .status,
        204
    );
    assert_eq!(
        face.bare("DELETE", "/user/attribute?username=ann&attributename=c")
            .await
            .status,
        204
    );
    let all = face.get_json(path).await;
    let told: Vec<_> = all["attributes"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 2);
    assert_eq!(
        (&told[0]["values"], &told[1]["values"]),
        (&json!(["1", "2"]), &json!(["4"]))
    );
    let many: Vec<_> = (0..201)
        .map(|at| json!({ "name": format!("n{at}"), "values": ["x"] }))
        .collect();
    for wrong in [
        json!(many),
        json!([{ "name": "a", "values": ["x".repeat(256)] }]),
        json!([{ "name": "x".repeat(256), "values": ["x"] }]),
        json!([{ "name": " ", "values": ["x"] }]),
        json!([{ "name": "a", "values": vec!["x"; 101] }]),
    ] {
        let said = face.json("POST", path, &json!({ "attributes": wrong })).await;
        assert_eq!(reasoned(&said), refused(400, "ILLEGAL_ARGUMENT"), "{}", said.body);
    }
    assert_eq!(
        face.get_json(path).await,
        all,
        "nothing of what was refused stays"
    );
}

#[tokio::test]
async fn of_many_who_make_the_same_user_at_once_one_wins() {
    let face = writer(&["local"]).await;
    let asked = (0..30).map(|at| {
        let name = if at % 2 == 0 { "ann" } else { "ANN" };
        let face = &face;
        async move {
            face.json("POST", "/user", &json!({ "name": name }))
                .await
                .status
                .as_u16()
        }
    });
    let mut all = futures_util::future::join_all(asked).await;
    all.sort_unstable();
    let mut expected = vec![400; 29];
    expected.insert(0, 201);
    assert_eq!(all, expected);
    assert_eq!(face.directories[0].snapshot().user_count(), 1);
}
