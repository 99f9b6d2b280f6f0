//! Passwords kept here: set, checked, locked, expired, taken away.

use serde_json::json;
use throng::http::crowd::password::hash_password;
use throng::secret::Secret;

use super::changes::user;
use super::face::XML;
use super::writer::{reasoned, refused, writer};

const OK: (u16, String) = (200, String::new());

#[tokio::test]
async fn a_password_is_set_checked_expired_renewed_and_taken_away() {
    let face = writer(&["local"]).await;
    face.new_user("ann").await;
    assert_eq!(
        face.login("ann", "x").await,
        refused(400, "INVALID_USER_AUTHENTICATION")
    );
    let set = "<password><value>pä:ss &amp; word</value></password>";
    let said = face.ask("PUT", "/user/password?username=ann", &[XML], set).await;
    assert_eq!((said.status.as_u16(), said.body.as_str()), (204, ""));
    assert_eq!(face.login("ANN", "pä:ss & word").await, OK);
    assert_eq!(
        face.login("ann", "wrong").await,
        refused(400, "INVALID_USER_AUTHENTICATION")
    );
    assert_eq!(face.login("nobody", "x").await, refused(400, "USER_NOT_FOUND"));
    for wrong in [
        json!({ "value": "" }),
        json!({}),
        json!({ "value": "x".repeat(1_025) }),
    ] {
        let said = face.json("PUT", "/user/password?username=ann", &wrong).await;
        assert_eq!(reasoned(&said), refused(400, "INVALID_CREDENTIAL"));
    }
    let said = face.bare("POST", "/user/expire-all-passwords").await;
    assert_eq!(reasoned(&said), refused(400, "ILLEGAL_ARGUMENT"));
    assert_eq!(
        face.bare("POST", "/user/expire-all-passwords?confirm=true")
            .await
            .status,
        204
    );
    assert_eq!(
        face.login("ann", "pä:ss & word").await,
        refused(400, "EXPIRED_CREDENTIAL")
    );
    assert_eq!(
        face.login("ann", "wrong").await,
        refused(400, "INVALID_USER_AUTHENTICATION")
    );
    let said = face
        .json("PUT", "/user/password?username=ann", &json!({ "value": "new" }))
        .await;
    assert_eq!(said.status, 204);
    assert_eq!(face.login("ann", "new").await, OK);
    assert_eq!(
        face.bare("DELETE", "/user/password?username=ann").await.status,
        204
    );
    assert_eq!(
        face.login("ann", "new").await,
        refused(400, "INVALID_USER_AUTHENTICATION")
    );
    for method in ["PUT", "DELETE"] {
        let said = face
            .json(method, "/user/password?username=none", &json!({ "value": "x" }))
            .await;
        assert_eq!(reasoned(&said), refused(404, "USER_NOT_FOUND"));
    }
}

/// `passport-atlassian-crowd` logs in and reads the attributes at once.
#[tokio::test]
async fn a_log_in_answers_the_user_with_attributes_where_they_are_asked_for() {
    let face = writer(&["local"]).await;
    face.new_user("ann").await;
    let password = json!({ "value": "open" });
    assert_eq!(
        face.json("PUT", "/user/password?username=ann", &password)
            .await
            .status,
        204
    );
    let team = json!({ "attributes": [{ "name": "team", "values": ["red"] }] });
    assert_eq!(
        face.json("POST", "/user/attribute?username=ann", &team)
            .await
            .status,
        204
    );
    let told = async |path: &str| {
        let user = face.json("POST", path, &password).await.json();
        user["attributes"]["attributes"].clone()
    };
    for resource in ["/authentication", "/authentication/notify"] {
        assert_eq!(
            told(&format!("{resource}?username=ann")).await,
            json!([]),
            "{resource}"
        );
        let asked = told(&format!("{resource}?username=ann&expand=attributes")).await;
        assert_eq!(
            (&asked[0]["name"], &asked[0]["values"]),
            (&json!("team"), &json!(["red"])),
            "{resource}"
        );
    }
}

#[tokio::test]
async fn ten_wrong_passwords_lock_the_account_until_a_new_one_is_set() {
    let face = writer(&["local"]).await;
    for name in ["ann", "bob"] {
        let body = json!({ "name": name, "password": { "value": "right" } });
        face.json("POST", "/user", &body).await;
    }
    // A wrong password of the application itself is no failure of anybody's.
    for _ in 0..20 {
        let wrong = [("authorization", super::face::basic("jira:wrong"))];
        let path = format!("{}/authentication?username=ann", super::face::API);
        let said = face
            .ask_from("127.0.0.1:9", "POST", &path, &wrong, "{}".into())
            .await;
        assert_eq!(said.status, 401);
    }
    for _ in 0..9 {
        face.login("ann", "wrong").await;
    }
    assert_eq!(
        face.login("ann", "right").await,
        OK,
        "nine are forgiven, and forgotten"
    );
    for _ in 0..10 {
        assert_eq!(face.login("ann", "wrong").await.0, 400);
    }
    let said = face
        .json(
            "POST",
            "/authentication?username=ann",
            &json!({ "value": "right" }),
        )
        .await;
    assert_eq!(reasoned(&said), refused(400, "INVALID_USER_AUTHENTICATION"));
    assert!(said.body.contains("quarter of an hour"), "{}", said.body);
    assert_eq!(face.login("bob", "right").await, OK);
    face.json("PUT", "/user/password?username=ann", &json!({ "value": "new" }))
        .await;
    assert_eq!(face.login("ann", "new").await, OK);
}

#[tokio::test]
async fn a_hash_is_taken_in_place_of_a_password_if_it_is_a_good_one() {
    let face = writer(&["local"]).await;
    let hash = hash_password(&Secret::new("moved")).unwrap();
    let body = json!({ "name": "ann", "encrypted-password": { "value": hash } });
    assert_eq!(face.json("POST", "/user", &body).await.status, 201);
    assert_eq!(face.login("ann", "moved").await, OK);
    for bad in [
        "{SSHA}abc",
        "$2b$12$abc",
        "$argon2id$v=19$m=4000000,t=3,p=1$c29tZXNhbHRzb21l$aGFzaGhhc2hoYXNoaGFzaA",
    ] {
        let body = json!({ "name": "bob", "encrypted-password": { "value": bad } });
        let said = face.json("POST", "/user", &body).await;
        assert_eq!(reasoned(&said), refused(400, "INVALID_CREDENTIAL"), "{bad}");
    }
    assert_eq!(face.get("/user?username=bob").await.status, 404);
}

#[tokio::test]
async fn only_where_the_directory_says_so_has_a_sources_user_a_password_here() {
    let face = writer(&["corp", "passwords"]).await;
    face.commit_to(0, vec![user("alice")]).await;
    face.commit_to(1, vec![user("bob")]).await;
    let set = async |name: &str| {
        let path = format!("/user/password?username={name}");
        reasoned(&face.json("PUT", &path, &json!({ "value": "p" })).await)
    };
    assert_eq!(set("alice").await, refused(403, "APPLICATION_PERMISSION_DENIED"));
    assert_eq!(set("bob").await.0, 204);
    assert_eq!(
        face.login("alice", "p").await,
        refused(400, "INVALID_USER_AUTHENTICATION")
    );
    assert_eq!(face.login("bob", "p").await, OK);
}

#[tokio::test]
async fn mail_is_never_said_to_have_been_sent() {
    let face = writer(&["local"]).await;
    face.json("POST", "/user", &json!({ "name": "ann", "email": "a@x.org" }))
        .await;
    face.new_user("bob").await;
    for (path, expected) in [
        (
            "/user/mail/password?username=ann",
            refused(400, "UNSUPPORTED_OPERATION"),
        ),
        ("/user/mail/password?username=bob", refused(400, "INVALID_EMAIL")),
        (
            "/user/mail/password?username=none",
            refused(404, "USER_NOT_FOUND"),
        ),
        (
            "/user/mail/usernames?email=A@x.org",
            refused(400, "UNSUPPORTED_OPERATION"),
        ),
        (
            "/user/mail/usernames?email=none@x.org",
            refused(400, "INVALID_EMAIL"),
        ),
    ] {
        assert_eq!(reasoned(&face.bare("POST", path).await), expected, "{path}");
    }
}
