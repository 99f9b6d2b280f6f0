//! Bad input: each answered in words, in the client's form, never by a panic.

use axum::body::Body;

use super::face::{Face, XML, basic};

struct Case {
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: String,
    status: u16,
    reason: &'static str,
    words: &'static str,
}

fn search(body: &str, reason: &'static str, words: &'static str) -> Case {
    Case {
        method: "POST",
        path: "/search?entity-type=user",
        headers: &[XML],
        body: body.to_owned(),
        status: 400,
        reason,
        words,
    }
}

fn cases() -> Vec<Case> {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let mut cases = vec![
        search("<null", "ILLEGAL_ARGUMENT", "the XML is malformed at byte"),
        search("<a></b>", "ILLEGAL_ARGUMENT", "malformed"),
        search(
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "ILLEGAL_ARGUMENT",
            "DOCTYPE",
        ),
        search(&deep, "ILLEGAL_ARGUMENT", "nested more than 50 deep"),
        search("<user/>", "ILLEGAL_ARGUMENT", "restriction `user` is not known"),
        Case {
            headers: &[("content-type", "application/json")],
            ..search(&"[".repeat(100_000), "ILLEGAL_ARGUMENT", "the JSON is malformed")
        },
        Case {
            status: 415,
            headers: &[("content-type", "text/plain")],
            ..search("x", "ILLEGAL_ARGUMENT", "content type `text/plain` is not read")
        },
        Case {
            status: 413,
            ..search(
                &"x".repeat(10_000_000),
                "ILLEGAL_ARGUMENT",
                "larger than 1048576 bytes",
            )
        },
        Case {
            method: "PATCH",
            status: 405,
            ..search(
                "",
                "UNSUPPORTED_OPERATION",
                "the resource does not have this method",
            )
        },
    ];
    for body in ["<user/>", "", "<password><value>"] {
        cases.push(Case {
            path: "/authentication?username=alice",
            ..search(body, "ILLEGAL_ARGUMENT", "")
        });
    }
    cases
}

#[tokio::test]
async fn bad_requests_are_answered_in_words_in_both_forms() {
    let face = Face::start().await;
    for case in cases() {
        let what = format!("{} {} {:.60}", case.method, case.path, case.body);
        let said = face
            .ask(case.method, case.path, case.headers, case.body.clone())
            .await;
        assert_eq!(said.status, case.status, "{what}: {}", said.body);
        assert!(
            said.body
                .contains(&format!("<error><reason>{}</reason>", case.reason)),
            "{what}: {}",
            said.body
        );
        assert!(said.body.contains(case.words), "{what}: {}", said.body);
        let mut headers = case.headers.to_vec();
        headers.push(("accept", "application/json"));
        let said = face.ask(case.method, case.path, &headers, case.body).await;
        assert_eq!(
            (said.status.as_u16(), said.header("content-type")),
            (case.status, "application/json"),
            "{what}"
        );
        assert_eq!(said.json()["reason"], case.reason, "{what}");
    }
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let face = Face::start().await;
    let said = face.ask("PATCH", "/group/membership", &[], "").await;
    assert_eq!((said.status.as_u16(), said.header("allow")), (405, "GET,HEAD"));
    let said = face.ask("DELETE", "/search", &[], "").await;
    assert_eq!(
        (said.status.as_u16(), said.header("allow")),
        (405, "GET,HEAD,POST")
    );
}

#[tokio::test]
async fn an_unknown_path_is_the_status_document_of_the_reference_server() {
    let face = Face::start().await;
    let said = face.get("/non-existent/location").await;
    assert_eq!(
        (said.status.as_u16(), said.header("content-type")),
        (404, "application/xml")
    );
    let expected = "<status><status-code>404</status-code><message>null for uri: \
                    /crowd/rest/usermanagement/1/non-existent/location</message></status>";
    assert!(said.body.ends_with(expected), "{}", said.body);
    let said = face.get("/non-existent/location.json").await;
    assert_eq!(said.json()["status-code"], 404);
    for path in ["", "/", "/user/group", "/user/x", "/user.jsonx", "/USER"] {
        assert_eq!(face.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn paths_outside_the_protocol_say_where_it_is() {
    let face = Face::start().await;
    for path in [
        "/",
        "/crowd",
        "/crowd/",
        "/rest/usermanagement/1/user",
        "/crowd/rest/usermanagementx/1/user",
        "/crowd/console",
    ] {
        let said = face
            .ask_from("127.0.0.1:9", "GET", path, &[], Body::empty())
            .await;
        assert_eq!(
            (said.status.as_u16(), said.header("content-type")),
            (404, "text/plain; charset=utf-8"),
            "{path}"
        );
        assert!(
            said.body
                .contains("hint: the server URL of a Crowd client is http://127.0.0.1:8095/crowd"),
            "{path}"
        );
    }
    for path in [
        "/crowd/rest/usermanagement",
        "/crowd/rest/usermanagement/2/user",
        "/crowd/rest/usermanagement/1user",
    ] {
        let headers = [("authorization", basic("jira:pa:ss"))];
        let said = face
            .ask_from("127.0.0.1:9", "GET", path, &headers, Body::empty())
            .await;
        assert_eq!(
            (said.status.as_u16(), said.header("content-type")),
            (404, "application/xml"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn broken_queries_and_tokens_are_no_trouble() {
    let face = Face::start().await;
    for (path, status) in [
        ("/user?username=%ff%fe", 404),
        ("/user?username=%", 404),
        ("/user?username=%00%01", 404),
        ("/user?&&&===", 400),
        ("/event/%ff%fe", 410),
        ("/event/%2e%2e%2f", 410),
        ("/event/0", 410),
        ("/session/%ff%fe", 404),
        ("/session/%00", 404),
        ("/webhook/%ff%fe", 404),
    ] {
        let said = face.get(path).await;
        assert_eq!(
            (said.status.as_u16(), said.header("content-type")),
            (status, "application/xml"),
            "{path}"
        );
        assert!(said.body.contains("<error><reason>"), "{path}: {}", said.body);
    }
    assert_eq!(
        face.ask("DELETE", "/session/%ff", &[], "").await.status,
        204,
        "it is gone, as asked"
    );
    assert_eq!(face.ask("POST", "/session/%ff", &[], "").await.status, 404);
    assert_eq!(face.ask("DELETE", "/webhook/%ff", &[], "").await.status, 404);
    // What is quoted from a request is legal XML in the answer.
    let said = face.get("/user?username=%00%1b%3Cx%3E").await;
    assert!(
        said.body.contains("user `&lt;x&gt;` does not exist"),
        "{}",
        said.body
    );
}

#[tokio::test]
async fn the_form_follows_suffix_then_accept_then_is_xml() {
    let face = Face::start().await;
    for (path, accept, expected) in [
        ("/user?username=alice", None, "application/xml"),
        ("/user?username=alice", Some("*/*"), "application/xml"),
        ("/user?username=alice", Some("text/html"), "application/xml"),
        (
            "/user?username=alice",
            Some("application/json"),
            "application/json",
        ),
        (
            "/user?username=alice",
            Some("application/json, application/xml;q=0.9"),
            "application/json",
        ),
        (
            "/user.json?username=alice",
            Some("application/xml"),
            "application/json",
        ),
        (
            "/user.xml?username=alice",
            Some("application/json"),
            "application/xml",
        ),
    ] {
        let headers: Vec<_> = accept.map(|accept| ("accept", accept)).into_iter().collect();
        let said = face.ask("GET", path, &headers, "").await;
        assert_eq!(
            (said.status.as_u16(), said.header("content-type")),
            (200, expected),
            "{path} {accept:?}"
        );
    }
    let headers = [("authorization", basic("jira:pa:ss"))];
    let latest = "/crowd/rest/usermanagement/latest/user?username=alice";
    let said = face
        .ask_from("127.0.0.1:9", "GET", latest, &headers, Body::empty())
        .await;
    assert_eq!(said.short(), face.get("/user?username=alice").await.short());
}
