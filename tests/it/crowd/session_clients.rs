//! What single clients need of sessions; each test has the name of its client.

use super::face::{Face, XML};
use super::signed::{BEGIN, JSON, WANTS_JSON, context, factors, refusal, token};

/// Its single sign-on filter: the cookie's settings, a session, its user; a check at every request; the end.
#[tokio::test]
async fn the_java_client_signs_a_user_in_and_out() {
    let face = Face::start().await;
    let plain = [
        XML,
        ("accept", "application/xml"),
        ("x-atlassian-token", "no-check"),
    ];
    let ask = async |method: &str, path: &str, body: String| face.ask(method, path, &plain, body).await;
    let cookie = ask("GET", "/config/cookie", String::new()).await;
    assert!(cookie.body.contains("<name>crowd.token_key</name>"));
    let client = factors("10.0.0.1", Some("192.0.2.1"));
    let begun = ask("POST", BEGIN, context("alice", &client)).await;
    assert_eq!(
        (begun.status.as_u16(), begun.header("content-type")),
        (201, "application/xml")
    );
    let token = token(&begun);
    let path = format!("/session/{token}");
    let user = ask("GET", &format!("{path}?expand=user"), String::new()).await;
    assert!(user.body.contains("<active>true</active>"));
    for _ in 0..3 {
        let valid = ask("POST", &path, client.clone()).await;
        assert_eq!(valid.status, 200);
        let name = valid.body.split("<user name=\"").nth(1).unwrap();
        assert!(name.starts_with("alice\""));
    }
    let stolen = ask("POST", &path, factors("198.51.100.1", None)).await;
    assert_eq!(refusal(&stolen), (400, "INVALID_SSO_TOKEN"));
    let out = ask("DELETE", &path, String::new()).await;
    assert_eq!((out.status.as_u16(), out.body.as_str()), (204, ""));
    assert_eq!(
        refusal(&ask("POST", &path, client).await),
        (404, "INVALID_SSO_TOKEN")
    );
}

/// It names the user `userName`, sends no factors, and checks with an empty object.
#[tokio::test]
async fn atlassian_python_api_knows_no_factors() {
    let face = Face::start().await;
    let body = r#"{"userName":"alice","password":"unused"}"#;
    let said = face.ask("POST", BEGIN, &[JSON, WANTS_JSON], body).await;
    assert_eq!(said.status, 201);
    let path = format!("/session/{}", said.json()["token"].as_str().unwrap());
    for body in ["{}", "", " \n"] {
        let said = face.ask("POST", &path, &[JSON, WANTS_JSON], body).await;
        assert_eq!(said.status, 200, "{body:?}");
    }
    assert_eq!(
        face.ask("POST", &path, &[], "").await.status,
        200,
        "nothing at all"
    );
}

/// Apache's module reads the token first and the user right behind it, in a stream; 201 or nothing.
#[tokio::test]
async fn mod_authnz_crowd_reads_the_token_first_and_the_user_second() {
    let face = Face::start().await;
    let said = face
        .post(BEGIN, context("alice", &factors("192.0.2.1", None)))
        .await;
    let at = |what: &str| said.body.find(what).unwrap();
    assert!(at("<session ") < at("<token>") && at("</token><user ") < at("</user><link "));
    assert!(at("<created-date>") < at("<expiry-date>"));
}

/// It reads `expiry-date` as milliseconds, which it hands to the cookie.
#[tokio::test]
async fn django_crowd_auth_reads_the_end_in_milliseconds() {
    let face = Face::start().await;
    let said = face
        .ask("POST", BEGIN, &[JSON, WANTS_JSON], r#"{"username":"bob"}"#)
        .await;
    assert_eq!(said.json()["expiry-date"], 1_000 + 30 * 60_000);
}

/// What writes its booleans as Python does, or as Java's constants, means the same.
#[tokio::test]
async fn a_password_goes_unchecked_however_false_is_spelled_and_by_nothing_else() {
    let face = Face::start().await;
    for (spelled, status) in [
        ("false", 201),
        ("False", 201),
        ("FALSE", 201),
        ("0", 400),
        ("no", 400),
        ("", 400),
    ] {
        let path = format!("/session?validate-password={spelled}");
        let said = face
            .ask("POST", &path, &[JSON, WANTS_JSON], r#"{"username":"bob"}"#)
            .await;
        assert_eq!(said.status, status, "{spelled}");
    }
}
