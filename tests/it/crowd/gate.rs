//! The gate: passwords in all their forms, addresses, proxies.

use axum::body::Body;
use throng::http::crowd::password::{generate_token, hash_password};
use throng::http::crowd::{ApplicationConfig, Gate};
use throng::secret::Secret;

use super::face::{API, Face, Setup, basic};
use super::said::Said;

async fn ask(face: &Face, authorization: &str, peer: &str, forwarded: Option<&str>) -> Said {
    let mut headers = vec![("authorization", authorization.to_owned())];
    headers.extend(forwarded.map(|hops| ("x-forwarded-for", hops.to_owned())));
    face.ask_from(
        peer,
        "GET",
        &format!("{API}/config/cookie"),
        &headers,
        Body::empty(),
    )
    .await
}

async fn with(keys: &str) -> Face {
    Face::with(Setup {
        application: keys.to_owned(),
        ..Setup::default()
    })
    .await
}

fn assert_unknown(said: &Said, what: &str) {
    assert_eq!(said.status, 401, "{what}");
    assert_eq!(
        said.header("www-authenticate"),
        "BASIC realm=\"Crowd REST Service\"",
        "{what}"
    );
    assert_eq!(said.header("content-type"), "text/plain;charset=UTF-8", "{what}");
    assert_eq!(said.body, "Application failed to authenticate", "{what}");
}

#[tokio::test]
async fn a_wrong_password_gets_the_words_that_clients_compare() {
    let face = Face::start().await;
    for wrong in [
        "jira:wrong",
        "nobody:pa:ss",
        "jira",
        "",
        ":",
        "jira:pa:ss ",
        "JIRA:pa:ss",
    ] {
        assert_unknown(&ask(&face, &basic(wrong), "127.0.0.1:9", None).await, wrong);
    }
    for header in ["", "Basic", "Basic !!!", "Bearer abc", "basic  "] {
        assert_unknown(&ask(&face, header, "127.0.0.1:9", None).await, header);
    }
    let path = format!("{API}/user");
    let said = face
        .ask_from("127.0.0.1:9", "GET", &path, &[], Body::empty())
        .await;
    assert_unknown(&said, "no header at all");
    // The gate comes before the path: a stranger does not learn which paths there are.
    let path = format!("{API}/non-existent/location");
    assert_unknown(
        &face
            .ask_from("127.0.0.1:9", "GET", &path, &[], Body::empty())
            .await,
        "unknown path",
    );
    let lower = basic("jira:pa:ss").replacen("Basic", "basic", 1);
    assert_eq!(ask(&face, &lower, "127.0.0.1:9", None).await.status, 200);
}

#[tokio::test]
async fn a_password_may_be_stored_as_argon2id() {
    let hash = hash_password(&Secret::new("pä:ss")).unwrap();
    let face = with(&format!("hash = \"{hash}\"")).await;
    for _ in 0..2 {
        assert_unknown(
            &ask(&face, &basic("jira:wrong"), "127.0.0.1:9", None).await,
            "wrong",
        );
        assert_eq!(
            ask(&face, &basic("jira:pä:ss"), "127.0.0.1:9", None).await.status,
            200
        );
    }
    // An old client sends Latin-1.
    let latin = "Basic amlyYTpw5Dpzcw==";
    assert_eq!(ask(&face, latin, "127.0.0.1:9", None).await.status, 200);
}

#[tokio::test]
async fn a_generated_token_is_stored_as_sha256() {
    let (token, hash) = generate_token().unwrap();
    let face = with(&format!("hash = \"{hash}\"")).await;
    let right = basic(&format!("jira:{}", token.expose()));
    assert_eq!(ask(&face, &right, "127.0.0.1:9", None).await.status, 200);
    assert_unknown(
        &ask(&face, &basic("jira:wrong"), "127.0.0.1:9", None).await,
        "wrong",
    );
    assert_unknown(
        &ask(&face, &basic(&format!("jira:{hash}")), "127.0.0.1:9", None).await,
        "the hash",
    );
}

#[test]
fn an_application_needs_exactly_one_usable_secret() {
    let refused = |keys: &str| {
        let config: ApplicationConfig = toml::from_str(&format!("name = \"jira\"\n{keys}")).unwrap();
        let error = Gate::new(&[config], Vec::new()).err().unwrap();
        (error.code(), error.to_string())
    };
    let (code, words) = refused("hash = \"secret\"");
    assert_eq!(code, "APPLICATION_HASH_INVALID");
    assert!(
        words.contains("`jira`") && words.contains("hint: make one with `throng hash`"),
        "{words}"
    );
    assert_eq!(refused("").0, "APPLICATION_PASSWORD_MISSING");
    let both = "password = { value = \"a\" }\nhash = \"b\"";
    assert_eq!(refused(both).0, "APPLICATION_PASSWORD_MISSING");
    assert_eq!(
        refused("password = { env = \"THRONG_NO_SUCH_VARIABLE\" }").0,
        "APPLICATION_SECRET_UNREADABLE"
    );
    let config: ApplicationConfig = toml::from_str("name = \"jira\"\npassword = { value = \"a\" }").unwrap();
    let twice = Gate::new(&[config.clone(), config], Vec::new()).err().unwrap();
    assert_eq!(twice.code(), "APPLICATION_TWICE");
}

#[tokio::test]
async fn a_foreign_address_is_named_to_the_right_password_only() {
    let face = Face::start().await;
    let said = ask(&face, &basic("jira:pa:ss"), "192.0.2.1:9", Some("127.0.0.1")).await;
    assert_eq!(
        (said.status.as_u16(), said.header("content-type")),
        (403, "text/plain;charset=UTF-8")
    );
    assert_eq!(
        said.body,
        "Client with address \"192.0.2.1\" is forbidden from making requests to the application, jira."
    );
    assert_unknown(
        &ask(&face, &basic("jira:wrong"), "192.0.2.1:9", None).await,
        "a stranger",
    );
}

#[tokio::test]
async fn proxies_are_believed_when_they_are_trusted() {
    let face = with("password = { value = \"pa:ss\" }\nallow_from = [\"198.51.100.0/24\"]").await;
    let status =
        async |peer: &str, hops: Option<&str>| ask(&face, &basic("jira:pa:ss"), peer, hops).await.status;
    assert_eq!(status("198.51.100.7:1", None).await, 200);
    assert_eq!(status("[::ffff:198.51.100.7]:1", None).await, 200);
    assert_eq!(status("10.0.0.1:1", Some("198.51.100.7")).await, 200);
    assert_eq!(status("10.0.0.1:1", Some("198.51.100.7, 203.0.113.5")).await, 403);
    assert_eq!(status("10.0.0.1:1", Some("198.51.100.7, unknown")).await, 403);
    assert_eq!(status("127.0.0.1:1", Some("198.51.100.7")).await, 403);
}

#[tokio::test]
async fn addresses_networks_patterns_and_hosts_are_let_in() {
    let list = "[\"192.0.2.7\", \"198.51.100.0/28\", \"203.0.*.*\", \"jira.example\", \"nowhere.example\"]";
    let face = with(&format!(
        "password = {{ value = \"pa:ss\" }}\nallow_from = {list}"
    ))
    .await;
    for (peer, status) in [
        ("192.0.2.7:1", 200),
        ("192.0.2.8:1", 403),
        ("198.51.100.15:1", 200),
        ("198.51.100.16:1", 403),
        ("203.0.113.9:1", 200),
        ("203.1.113.9:1", 403),
        ("198.51.100.77:1", 200),
        ("127.0.0.1:1", 403),
    ] {
        let said = ask(&face, &basic("jira:pa:ss"), peer, None).await;
        assert_eq!(said.status.as_u16(), status, "{peer}");
    }
}
