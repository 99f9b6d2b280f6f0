//! What this version does not do: writes, passwords; each said in the words that clients know.

use super::changes::named;
use super::face::{Face, XML};

#[tokio::test]
async fn every_write_is_refused_as_read_only() {
    let face = Face::start().await;
    let writes = [
        ("POST", "/user"),
        ("PUT", "/user?username=alice"),
        ("DELETE", "/user?username=alice"),
        ("POST", "/user/rename?username=alice"),
        ("POST", "/user/attribute?username=alice"),
        ("PUT", "/user/attribute?username=alice"),
        ("DELETE", "/user/attribute?username=alice&attributename=x"),
        ("PUT", "/user/password?username=alice"),
        ("DELETE", "/user/password?username=alice"),
        ("POST", "/user/mail/password?username=alice"),
        ("POST", "/user/mail/usernames?email=a@x.org"),
        ("POST", "/user/expire-all-passwords?confirm=true"),
        ("POST", "/user/group/direct?username=alice"),
        ("DELETE", "/user/group/direct?username=alice&groupname=devs"),
        ("POST", "/group"),
        ("PUT", "/group?groupname=devs"),
        ("DELETE", "/group?groupname=devs"),
        ("POST", "/group/attribute?groupname=devs"),
        ("DELETE", "/group/attribute?groupname=devs&attributename=x"),
        ("POST", "/group/user/direct?groupname=devs"),
        ("DELETE", "/group/user/direct?groupname=devs&username=alice"),
        ("POST", "/group/parent-group/direct?groupname=devs"),
        ("POST", "/group/child-group/direct?groupname=devs"),
        (
            "DELETE",
            "/group/child-group/direct?groupname=devs&child-groupname=x",
        ),
    ];
    for (method, path) in writes {
        let said = face.ask(method, path, &[XML], "<user name=\"x\"/>").await;
        assert_eq!(said.status, 403, "{method} {path}");
        assert!(
            said.body
                .contains("<reason>APPLICATION_PERMISSION_DENIED</reason>"),
            "{method} {path}"
        );
        assert!(said.body.contains("read-only"), "{method} {path}");
    }
    assert_eq!(face.get("/user?username=alice").await.status, 200);
    assert_eq!(
        face.get("/user/group/direct?username=alice&groupname=devs")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_log_in_says_why_it_fails() {
    let face = Face::start().await;
    face.commit(vec![named("u9", "left", false)]).await;
    let (xml, json) = ("<password><value>x</value></password>", r#"{"value":"x"}"#);
    for (name, status, reason, words) in [
        (
            "ALICE",
            400,
            "INVALID_USER_AUTHENTICATION",
            "account `alice` has no password here",
        ),
        ("left", 400, "INACTIVE_ACCOUNT", "account `left` is not active"),
        ("nobody", 400, "USER_NOT_FOUND", "user `nobody` does not exist"),
    ] {
        let path = format!("/authentication?username={name}");
        let said = face.post(&path, xml).await;
        assert_eq!(said.status, status, "{name}");
        assert!(said.body.contains(&format!("<reason>{reason}</reason>")) && said.body.contains(words));
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/json"),
        ];
        let said = face.ask("POST", &path, &headers, json).await;
        assert_eq!(
            (said.status.as_u16(), &said.json()["reason"]),
            (status, &reason.into()),
            "{name}"
        );
        assert!(said.json()["message"].as_str().unwrap().contains(words), "{name}");
    }
    let said = face.post("/authentication", xml).await;
    assert_eq!(said.status, 400);
    assert!(said.body.contains("ILLEGAL_ARGUMENT"), "{}", said.body);
}

#[tokio::test]
async fn a_log_in_by_other_means_is_noted_for_active_users_only() {
    let face = Face::start().await;
    face.commit(vec![named("u9", "left", false)]).await;
    let notify = async |name: &str| {
        face.post(&format!("/authentication/notify?username={name}"), "")
            .await
    };
    assert!(notify("Alice").await.body.contains("name=\"alice\""));
    let said = notify("left").await;
    assert_eq!(said.status, 400);
    assert!(said.body.contains("INACTIVE_ACCOUNT"));
    assert_eq!(notify("nobody").await.status, 404);
}
