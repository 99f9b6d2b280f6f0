//! Search restrictions, asked over the wire.

use super::changes::named;
use super::face::Face;
use super::search::names;

fn term(name: &str, kind: &str, mode: &str, value: &str) -> String {
    format!(
        "<property-search-restriction><property><name>{name}</name><type>{kind}</type></property>\
         <match-mode>{mode}</match-mode>{value}</property-search-restriction>"
    )
}

#[tokio::test]
async fn restrictions_choose_users() {
    let face = Face::start().await;
    face.commit(vec![named("u9", "alina", false)]).await;
    let both = [
        term("name", "STRING", "STARTS_WITH", "<value>ALI</value>"),
        term("active", "BOOLEAN", "EXACTLY_MATCHES", "<value>true</value>"),
    ]
    .concat();
    let logic = |logic: &str| {
        format!(
            "<boolean-search-restriction boolean-logic=\"{logic}\"><restrictions>{both}</restrictions></boolean-search-restriction>"
        )
    };
    for (body, expected) in [
        (
            term("name", "STRING", "EXACTLY_MATCHES", "<value>BOB</value>"),
            &["bob"][..],
        ),
        (
            term("name", "STRING", "CONTAINS", "<value>lic</value>"),
            &["alice"],
        ),
        (
            term("name", "string", "starts_with", "<value>al</value>"),
            &["alice", "alina"],
        ),
        (
            term("active", "BOOLEAN", "EXACTLY_MATCHES", "<value>false</value>"),
            &["alina"],
        ),
        (
            term(
                "createdDate",
                "DATE",
                "GREATER_THAN",
                "<value>2010-12-08T16:11:21.181+0000</value>",
            ),
            &[],
        ),
        (
            term(
                "favouriteColour",
                "STRING",
                "EXACTLY_MATCHES",
                "<value>blue</value>",
            ),
            &[],
        ),
        (logic("and"), &["alice"]),
        (logic("OR"), &["alice", "alina", "bob"]),
    ] {
        let said = face.post("/search?entity-type=user", body.clone()).await;
        assert_eq!(names(&said.body), expected, "{body}");
    }
}

#[tokio::test]
async fn a_restriction_in_json_may_ask_for_an_answer_in_xml() {
    let face = Face::start().await;
    let json = r#"{"restriction-type":"property-search-restriction","property":{"name":"name","type":"STRING"},"match-mode":"EXACTLY_MATCHES","value":"bob"}"#;
    let said = face
        .ask(
            "POST",
            "/search?entity-type=user",
            &[("content-type", "application/json")],
            json,
        )
        .await;
    assert_eq!(
        (said.header("content-type"), names(&said.body)),
        ("application/xml", vec!["bob"])
    );
}

#[tokio::test]
async fn what_cannot_be_searched_is_refused_in_words() {
    let face = Face::start().await;
    for (path, words) in [
        ("/search", "query parameter `entity-type` is missing"),
        (
            "/search?entity-type=role",
            "entity type `role` is neither `user` nor `group`",
        ),
        (
            "/search?entity-type=user&start-index=x",
            "`start-index` is not a number",
        ),
        (
            "/search?entity-type=user&max-results=-2",
            "`max-results` is -2, less than -1",
        ),
        (
            "/search?entity-type=user&restriction=shoe%3D44",
            "property `shoe` is not known",
        ),
    ] {
        let said = face.get(path).await;
        assert_eq!(said.status, 400, "{path}");
        assert!(
            said.body.contains("ILLEGAL_ARGUMENT") && said.body.contains(words),
            "{}",
            said.body
        );
    }
    let said = face.get("/search?entity-type=user&restriction=").await;
    assert_eq!(names(&said.body), ["alice", "bob"]);
}

#[tokio::test]
async fn the_query_language_chooses_users() {
    let face = Face::start().await;
    face.commit(vec![named("u9", "alina", false)]).await;
    for (query, expected) in [
        ("name%3Dalice", &["alice"][..]),
        ("name%3D*", &["alice", "alina", "bob"]),
        ("active=true", &["alice", "bob"]),
        (
            "name = \"ALI*\" and active = true"
                .replace(' ', "+")
                .replace('"', "%22")
                .as_str(),
            &["alice"],
        ),
        ("name%3Dbob+or+active%3Dfalse", &["alina", "bob"]),
    ] {
        let said = face
            .get(&format!("/search?entity-type=user&restriction={query}"))
            .await;
        assert_eq!(names(&said.body), expected, "{query}");
    }
}
