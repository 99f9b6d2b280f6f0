//! What single clients need and others do not; each test has the name of its client.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::changes::{group, join, named, nest, user};
use super::face::{EVERYTHING, Face, XML};

const JSON: (&str, &str) = ("content-type", "application/json");
const WANTS_JSON: (&str, &str) = ("accept", "application/json");

/// Its `search` without a restriction posts an empty object; its session checks do as well.
#[tokio::test]
async fn atlassian_python_api_posts_empty_objects() {
    let face = Face::start().await;
    let said = face
        .ask(
            "POST",
            "/search?entity-type=user&start-index=0&max-results=99999",
            &[JSON, WANTS_JSON],
            "{}",
        )
        .await;
    assert_eq!(said.json()["users"].as_array().unwrap().len(), 2);
    let said = face.ask("POST", "/session/abc", &[JSON, WANTS_JSON], "{}").await;
    assert_eq!(
        (said.status.as_u16(), &said.json()["reason"]),
        (404, &"INVALID_SSO_TOKEN".into())
    );
}

/// It pings an unknown path and takes 404 for "the password is right"; it sends XML and reads JSON.
#[tokio::test]
async fn python_crowd_pings_an_unknown_path_and_mixes_forms() {
    let face = Face::start().await;
    let said = face
        .ask("GET", "/non-existent/location", &[JSON, WANTS_JSON], "")
        .await;
    assert_eq!(
        (said.status.as_u16(), &said.json()["status-code"]),
        (404, &404.into())
    );
    let body = "<property-search-restriction><property><name>name</name><type>STRING</type></property>\
                <match-mode>CONTAINS</match-mode><value>LI</value></property-search-restriction>";
    let said = face
        .ask(
            "POST",
            "/search?entity-type=user&expand=user",
            &[XML, WANTS_JSON],
            body,
        )
        .await;
    assert_eq!(said.json()["users"][0]["name"], "alice");
    face.commit(vec![group("empty")]).await;
    let said = face.get("/group/membership").await;
    let empty = "<membership group=\"empty\"><users></users><groups></groups></membership>";
    assert!(said.body.contains(empty), "both elements must be there");
}

/// It refuses every answer but 204 whose content type is not exactly `application/json`, empty ones too.
#[tokio::test]
async fn atlassian_crowd_client_wants_its_content_type_on_every_answer() {
    let face = Face::start().await;
    for (method, path, status) in [
        ("GET", "/user?username=alice", 200),
        ("GET", "/user?username=nobody", 404),
        (
            "GET",
            "/group/user/direct?groupname=devs&start-index=0&max-results=1000&expand=none",
            200,
        ),
        ("POST", "/user", 403),
        ("POST", "/session?duration=600", 400),
        ("PATCH", "/user", 405),
    ] {
        let said = face.ask(method, path, &[JSON, WANTS_JSON], "").await;
        assert_eq!(
            (said.status.as_u16(), said.header("content-type")),
            (status, "application/json"),
            "{path}"
        );
    }
    let said = face.ask("DELETE", "/session/abc", &[JSON, WANTS_JSON], "").await;
    assert_eq!(said.status, 204);
}

/// Its streaming parser takes a self-closing group for the end of the list, and relies on the order of elements.
#[tokio::test]
async fn mod_authnz_crowd_reads_no_self_closing_groups() {
    let face = Face::start().await;
    let said = face
        .get("/user/group/nested?username=alice&start-index=0&max-results=1000")
        .await;
    let list = said.body.split("<groups ").nth(1).unwrap();
    assert!(
        list.contains("<group name=\"devs\"><link ") && list.contains("/></group></groups>"),
        "{list}"
    );
    let said = face.get("/config/cookie").await;
    assert!(!said.body.contains("<domain/>") && said.body.find("<secure>") < said.body.find("<name>"));
}

/// It sends `Accept: */*` and parses XML.
#[tokio::test]
async fn omniauth_crowd_accepts_anything_and_gets_xml() {
    let face = Face::start().await;
    let said = face
        .ask("GET", "/user?username=alice", &[("accept", "*/*")], "")
        .await;
    assert!(said.body.starts_with("<?xml ") && said.body.contains("<display-name>alice</display-name>"));
}

/// Its membership checks have no `Accept` at all.
#[tokio::test]
async fn the_java_client_checks_memberships_without_accept() {
    let face = Face::start().await;
    let said = face.get("/group/user/direct?groupname=devs&username=alice").await;
    assert!(said.body.starts_with("<?xml ") && said.body.contains("<user name=\"alice\">"));
}

/// It takes the key for the user's id, and does not escape names.
#[tokio::test]
async fn dex_needs_a_key_and_does_not_escape() {
    let face = Face::start().await;
    face.commit(vec![named("42", "a@x.org", true)]).await;
    let said = face.ask("GET", "/user?username=a@x.org", &[WANTS_JSON], "").await;
    assert_eq!(said.json()["key"], "corp:42");
}

/// It asks for `cookie.json`.
#[tokio::test]
async fn django_crowd_auth_asks_by_suffix() {
    let face = Face::start().await;
    assert_eq!(
        face.get("/config/cookie.json").await.json()["name"],
        "crowd.token_key"
    );
}

/// It pages nested groups by 500 until an empty page.
#[tokio::test]
async fn jenkins_pages_until_a_page_is_empty() {
    let face = Face::start().await;
    for at in 0..3 {
        face.commit(vec![group(&format!("g{at}")), nest(&format!("g{at}"), "devs")])
            .await;
    }
    let page = async |start: usize| {
        let path =
            format!("/user/group/nested?username=alice&start-index={start}&max-results=2&expand=group");
        face.get(&path).await.body.matches("<type>GROUP</type>").count()
    };
    assert_eq!(
        (page(0).await, page(2).await, page(4).await, page(6).await),
        (2, 2, 0, 0)
    );
}

/// It lists active users by the query language, in pages of a hundred, until a short one.
#[tokio::test]
async fn openfire_lists_active_users_in_pages() {
    let face = Face::start().await;
    let mut changes: Vec<_> = (0..150).map(|at| user(&format!("user{at:03}"))).collect();
    changes.push(named("u9", "left", false));
    changes.push(join("devs", "user001"));
    face.commit(changes).await;
    let page = async |start: usize| {
        let path = format!(
            "/search?entity-type=user&restriction=active%3dtrue&start-index={start}&max-results=100&expand=user"
        );
        face.get(&path)
            .await
            .body
            .matches("<active>true</active>")
            .count()
    };
    assert_eq!((page(0).await, page(100).await, page(200).await), (100, 52, 0));
}

/// Clients of the 2.4 era ask for nothing but XML, never for gzip, and search with an unexpanded list.
#[tokio::test]
async fn the_first_java_clients_get_plain_xml() {
    let face = Face::start().await;
    let headers = [
        ("accept", "application/xml"),
        ("content-type", "application/xml"),
        ("user-agent", "Jakarta Commons-HttpClient/3.1"),
    ];
    let said = face
        .ask(
            "POST",
            "/search?entity-type=group&start-index=0&max-results=-1",
            &headers,
            EVERYTHING,
        )
        .await;
    assert_eq!(
        (said.header("content-type"), said.header("content-encoding")),
        ("application/xml", "")
    );
    assert!(said.body.contains("<group name=\"devs\">"));
}

/// Its names go into the request line as they are, in UTF-8.
#[tokio::test]
async fn dex_sends_letters_of_any_alphabet_as_they_are() {
    let face = Face::start().await;
    face.commit(vec![user("ünal"), user("ёж@x.org"), user("a|b{c}^`")])
        .await;
    let socket = face.serve().await;
    for name in ["ünal", "ёж@x.org", "a|b{c}^`"] {
        let mut stream = tokio::net::TcpStream::connect(socket.address).await.unwrap();
        let sent = format!(
            "GET {}/user?username={name} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\nconnection: close\r\n\r\n",
            super::face::API,
            super::face::basic("jira:pa:ss")
        );
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        assert!(
            said.starts_with("HTTP/1.1 200 OK") && said.contains(&format!("name=\"{name}\"")),
            "{said}"
        );
    }
}
