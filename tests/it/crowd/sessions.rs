//! Single sign-on: sessions begun, given again, validated, shown.

use std::sync::Arc;

use throng::clock::StoppedClock;
use throng::store::Store;
use throng::store::memory::MemoryStore;

use super::changes::{named, user};
use super::face::{Face, Setup, XML};
use super::signed::{BEGIN, JSON, WANTS_JSON, context, factors, refusal, token};

const MINUTE: i64 = 60_000;

/// A face with alice, whose clock the test moves.
async fn clocked(crowd: &'static str) -> (Face, Arc<StoppedClock>) {
    let clock = StoppedClock::at(1_700_000_000_000);
    let face = Face::with(Setup {
        crowd,
        clock: Arc::clone(&clock),
        ..Setup::default()
    })
    .await;
    face.commit(vec![user("alice"), user("bob")]).await;
    (face, clock)
}

#[tokio::test]
async fn a_session_begins_in_xml() {
    let (face, _) = clocked("").await;
    let said = face
        .post(BEGIN, context("ALICE", &factors("192.0.2.1", None)))
        .await;
    let token = token(&said);
    assert_eq!(token.len(), 43);
    assert!(
        token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    );
    let base = "http://127.0.0.1:8095/crowd/rest/usermanagement/1";
    assert_eq!(said.status, 201);
    assert_eq!(said.header("location"), format!("{base}/session/{token}"));
    assert_eq!(
        said.short().replace(&token, "T"),
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><session expand=\"user\"><token>T</token>\
         <user name=\"alice\"><link href=\"~/user?username=alice\" rel=\"self\"/></user>\
         <link href=\"~/session/T\" rel=\"self\"/><created-date>2023-11-14T22:13:20.000Z</created-date>\
         <expiry-date>2023-11-14T22:43:20.000Z</expiry-date></session>"
    );
    // Whole users where they are asked for, in all three places.
    let expanded = format!("{BEGIN}&expand=user");
    let again = face
        .post(&expanded, context("alice", &factors("192.0.2.1", None)))
        .await;
    let shown = face.get(&format!("/session/{token}?expand=user")).await;
    let path = format!("/session/{token}?expand=user");
    let valid = face.ask("POST", &path, &[XML], factors("192.0.2.1", None)).await;
    for said in [again, shown, valid] {
        assert!(
            said.body
                .contains("</token><user expand=\"attributes\" name=\"alice\">"),
            "{}",
            said.body
        );
        assert!(
            said.body.contains("<display-name>alice</display-name>")
                && said.body.contains("<key>corp:alice</key>")
        );
    }
}

#[tokio::test]
async fn a_session_begins_in_json() {
    let (face, _) = clocked("").await;
    let body = r#"{"username":"alice","validation-factors":{"validationFactors":[{"name":"remote_address","value":"192.0.2.1"}]}}"#;
    let said = face.ask("POST", BEGIN, &[JSON, WANTS_JSON], body).await;
    assert_eq!(said.status, 201);
    assert_eq!(said.header("content-type"), "application/json");
    let session = said.json();
    let token = session["token"].as_str().unwrap();
    assert_eq!(
        said.short().replace(token, "T"),
        r#"{"expand":"user","token":"T","user":{"link":{"href":"~/user?username=alice","rel":"self"},"name":"alice"},"link":{"href":"~/session/T","rel":"self"},"created-date":1700000000000,"expiry-date":1700001800000}"#
    );
    let one = r#"{"name":"remote_address","value":"192.0.2.1"}"#;
    for factors in [
        format!(r#"{{"validationFactors":[{one}]}}"#),
        format!(r#"{{"validation-factors":[{one}]}}"#),
        format!(r#"{{"validation-factor":[{one}]}}"#),
    ] {
        let path = format!("/session/{token}");
        let said = face.ask("POST", &path, &[JSON, WANTS_JSON], factors).await;
        assert_eq!(
            (said.status.as_u16(), &said.json()["token"]),
            (200, &token.into())
        );
    }
    let said = face.ask("GET", &format!("/session/{token}.json"), &[], "").await;
    assert_eq!(said.json()["user"]["name"], "alice");
}

#[tokio::test]
async fn the_same_user_with_the_same_factors_has_one_session() {
    let (face, clock) = clocked("").await;
    let first = face.sign_in("alice", "192.0.2.1").await;
    assert_eq!(face.sign_in("Alice", "192.0.2.1").await, first);
    assert_ne!(face.sign_in("alice", "192.0.2.2").await, first, "another address");
    assert_ne!(face.sign_in("bob", "192.0.2.1").await, first, "another user");
    let more = "<validation-factors><validation-factor><name>remote_address</name><value>192.0.2.1</value></validation-factor>\
                <validation-factor><name>Random-Number</name><value>7</value></validation-factor></validation-factors>";
    assert_ne!(
        token(&face.post(BEGIN, context("alice", more)).await),
        first,
        "another factor"
    );
    // Twenty at once are one, too.
    let all = futures_util::future::join_all((0..20).map(|_| face.sign_in("bob", "192.0.2.9"))).await;
    assert!(all.iter().all(|token| *token == all[0]));
    clock.advance(31 * MINUTE);
    let later = face.sign_in("alice", "192.0.2.1").await;
    assert_ne!(later, first, "the first one has ended");
    assert_eq!(
        refusal(&face.validate(&first, "192.0.2.1").await),
        (404, "INVALID_SSO_TOKEN")
    );
    assert_eq!(face.validate(&later, "192.0.2.1").await.status, 200);
}

#[tokio::test]
async fn a_session_lives_for_as_long_as_it_is_used() {
    let (face, clock) = clocked("sso = { session_timeout = \"10m\" }").await;
    let token = face.sign_in("alice", "192.0.2.1").await;
    let alive = async || face.get(&format!("/session/{token}")).await.status == 200;
    for _ in 0..5 {
        clock.advance(9 * MINUTE);
        assert_eq!(face.validate(&token, "192.0.2.1").await.status, 200);
    }
    // To be looked at, or to be presented by another, prolongs nothing.
    clock.advance(9 * MINUTE);
    assert!(alive().await);
    assert_eq!(
        refusal(&face.validate(&token, "192.0.2.2").await),
        (400, "INVALID_SSO_TOKEN")
    );
    clock.advance(MINUTE - 1);
    assert!(alive().await, "to the last millisecond");
    clock.advance(1);
    assert!(!alive().await);
    assert_eq!(
        refusal(&face.validate(&token, "192.0.2.1").await),
        (404, "INVALID_SSO_TOKEN")
    );
}

#[tokio::test]
async fn a_duration_shortens_a_session_and_never_lengthens_it() {
    let (face, clock) = clocked("").await;
    for (duration, lifetime) in [("60", 60_000), ("1800", 1_800_000), ("999999999", 1_800_000)] {
        let path = format!("{BEGIN}&duration={duration}");
        let body = r#"{"username":"alice"}"#;
        let session = face.ask("POST", &path, &[JSON, WANTS_JSON], body).await.json();
        let number = |name: &str| session[name].as_i64().unwrap();
        assert_eq!(
            number("expiry-date") - number("created-date"),
            lifetime,
            "{duration}"
        );
        // A short one slides by its own time.
        clock.advance(59_000);
        let path = format!("/session/{}", session["token"].as_str().unwrap());
        let slid = face.ask("POST", &path, &[JSON, WANTS_JSON], "{}").await.json();
        assert_eq!(
            slid["expiry-date"].as_i64().unwrap(),
            number("expiry-date") + 59_000
        );
        assert_eq!(face.ask("DELETE", &path, &[], "").await.status, 204);
    }
    for nonsense in ["0", "-1", "x", "99999999999999999999"] {
        let said = face
            .post(&format!("{BEGIN}&duration={nonsense}"), context("alice", ""))
            .await;
        assert_eq!(refusal(&said), (400, "ILLEGAL_ARGUMENT"), "{nonsense}");
    }
}

#[tokio::test]
async fn nobody_signs_in_who_may_not() {
    let (face, _) = clocked("").await;
    face.commit(vec![named("u9", "left", false)]).await;
    for (path, name, reason) in [
        (BEGIN, "left", "INACTIVE_ACCOUNT"),
        (BEGIN, "nobody", "INVALID_USER_AUTHENTICATION"),
        ("/session", "nobody", "INVALID_USER_AUTHENTICATION"),
        ("/session?validate-password=true", "left", "INACTIVE_ACCOUNT"),
        (
            "/session?validate-password=true",
            "alice",
            "INVALID_USER_AUTHENTICATION",
        ),
        ("/session", "alice", "INVALID_USER_AUTHENTICATION"),
    ] {
        let said = face.post(path, context(name, "")).await;
        assert_eq!(refusal(&said), (400, reason), "{path} {name}");
    }
    for (path, body) in [
        (BEGIN, "<user/>"),
        (BEGIN, "<authentication-context/>"),
        (BEGIN, ""),
        ("/session/abc?x", ""),
    ] {
        let said = face.post(path, body).await;
        assert!([400, 404].contains(&said.status.as_u16()), "{path} {body}");
    }
    let token = face.sign_in("alice", "192.0.2.1").await;
    let said = face.post(&format!("/session/{token}"), "<user/>").await;
    assert_eq!(refusal(&said), (400, "ILLEGAL_ARGUMENT"));
    // Texts that are no token are unknown, whatever they are.
    for token in ["x".repeat(5_000).as_str(), "%00", "a%2Fb", "%E4", "ä"] {
        let said = face
            .get(&format!("/session/{}", token.replace('ä', "%C3%A4")))
            .await;
        assert!(
            [400, 404].contains(&said.status.as_u16()),
            "{token}: {}",
            said.status
        );
    }
}

#[tokio::test]
async fn the_client_is_told_behind_trusted_proxies_in_one_spelling() {
    let (face, _) = clocked("").await;
    let said = face
        .post(
            BEGIN,
            context(
                "alice",
                &factors("10.0.0.1", Some("203.0.113.5, 192.0.2.1, 10.0.0.7")),
            ),
        )
        .await;
    let token = token(&said);
    let seen = async |address: &str, forwarded: Option<&str>| {
        let path = format!("/session/{token}");
        face.ask("POST", &path, &[XML], factors(address, forwarded))
            .await
            .status
            .as_u16()
    };
    for (address, forwarded) in [
        ("192.0.2.1", None),
        ("::ffff:192.0.2.1", None),
        ("10.0.0.9", Some("192.0.2.1")),
        ("::ffff:10.0.0.9", Some("anything, ::FFFF:192.0.2.1, 10.0.0.1")),
        ("192.0.2.1", Some("198.51.100.1")),
    ] {
        assert_eq!(seen(address, forwarded).await, 200, "{address} {forwarded:?}");
    }
    for (address, forwarded) in [
        ("10.0.0.1", Some("192.0.2.1, 203.0.113.5")),
        ("10.0.0.1", None),
        ("198.51.100.1", Some("192.0.2.1")),
        ("unknown", None),
    ] {
        assert_eq!(seen(address, forwarded).await, 400, "{address} {forwarded:?}");
    }
    let linked = face.sign_in("bob", "fe80::1%eth0").await;
    assert_eq!(face.validate(&linked, "FE80:0:0:0:0:0:0:1%3").await.status, 200);
}

#[tokio::test]
async fn without_consistent_addresses_only_other_factors_count() {
    let (face, _) = clocked("sso = { require_consistent_client_ip = false }").await;
    let token = face.sign_in("alice", "192.0.2.1").await;
    assert_eq!(face.validate(&token, "198.51.100.1").await.status, 200);
    assert_eq!(face.sign_in("alice", "2001:db8::1").await, token);
    let path = format!("/session/{token}");
    assert_eq!(face.ask("POST", &path, &[JSON], "{}").await.status, 200);
    let other = r#"{"validationFactors":[{"name":"Random-Number","value":"1"}]}"#;
    assert_eq!(face.ask("POST", &path, &[JSON], other).await.status, 400);
}

#[tokio::test]
async fn a_session_is_one_of_all_applications_that_see_its_user() {
    let clock = StoppedClock::at(0);
    let face = Face::with(Setup {
        directories: &["corp", "push"],
        others: &[("wiki", &["push", "corp"]), ("build", &["push"])],
        clock: Arc::clone(&clock),
        ..Setup::default()
    })
    .await;
    face.commit(vec![user("alice"), user("bob")]).await;
    face.commit_to(1, vec![named("p1", "Bob", true)]).await;
    let token = face.sign_in("alice", "192.0.2.1").await;
    let path = format!("/session/{token}");
    let address = factors("192.0.2.1", None);
    let validate = async |application, path: &str| {
        face.ask_as(application, "POST", path, &[XML], address.clone())
            .await
    };
    assert_eq!(validate("wiki", &path).await.status, 200);
    let begun = face
        .ask_as("wiki", "POST", BEGIN, &[XML], context("alice", &address))
        .await;
    assert_eq!(super::signed::token(&begun), token, "single sign-on");
    clock.advance(29 * MINUTE);
    for said in [
        validate("build", &path).await,
        face.ask_as("build", "GET", &path, &[], "").await,
    ] {
        assert_eq!(refusal(&said), (403, "APPLICATION_ACCESS_DENIED"));
        assert!(!said.body.contains("alice"), "{}", said.body);
    }
    clock.advance(MINUTE);
    assert_eq!(
        validate("wiki", &path).await.status,
        404,
        "`build` has not prolonged it"
    );
    // The wiki's bob is another than Jira's.
    let bob = face.sign_in("bob", "192.0.2.1").await;
    let path = format!("/session/{bob}");
    assert_eq!(validate("jira", &path).await.status, 200);
    assert_eq!(
        refusal(&validate("wiki", &path).await),
        (403, "APPLICATION_ACCESS_DENIED")
    );
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let (store, clock): (Arc<dyn Store>, _) = (MemoryStore::new(), StoppedClock::at(4_000_000_000_000));
    let setup = || Setup {
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
        ..Setup::default()
    };
    let face = Face::with(setup()).await;
    face.commit(vec![user("alice")]).await;
    let token = face.sign_in("alice", "192.0.2.1").await;
    let ended = face.sign_in("alice", "192.0.2.2").await;
    clock.advance(29 * MINUTE);
    assert_eq!(face.validate(&token, "192.0.2.1").await.status, 200);
    assert_eq!(
        face.ask("DELETE", &format!("/session/{ended}"), &[], "")
            .await
            .status,
        204
    );
    let kept = store.entries("session", 0).await.unwrap();
    let text = format!("{kept:?}") + &String::from_utf8_lossy(&kept[0].value);
    assert!(kept.len() == 1 && !text.contains(&token), "no token is stored");
    face.end().await;
    let face = Face::with(setup()).await;
    clock.advance(29 * MINUTE);
    assert_eq!(
        face.validate(&token, "192.0.2.1").await.status,
        200,
        "its last use was written down"
    );
    assert_eq!(
        face.sign_in("alice", "192.0.2.1").await,
        token,
        "the same can be given again"
    );
    assert_eq!(face.validate(&ended, "192.0.2.2").await.status, 404);
}
