//! Single entities as clients see them, byte for byte.

use throng::model::change::{GroupWish, UserWish};
use throng::model::{Change, Owner};

use super::changes::group;
use super::face::{Face, Setup};

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// A user with everything, and with everything that needs care in XML, JSON or a link.
fn difficult() -> Change {
    Change::PutUser(UserWish {
        owner: Owner::Source,
        external_id: "6a1c".into(),
        name: "o'ha<r&a@x.org+1 é".into(),
        first_name: "A\"".into(),
        last_name: "<b>".into(),
        display_name: "A & B".into(),
        email: "a+b@x.org".into(),
        active: true,
        created_at: Some(1_704_164_645_678),
    })
}

async fn face() -> Face {
    let face = Face::with(Setup::default()).await;
    let described = Change::PutGroup(GroupWish {
        owner: Owner::Source,
        external_id: "g1".into(),
        name: "all staff".into(),
        nickname: "".into(),
        description: "Everybody & more".into(),
        created_at: None,
    });
    face.commit(vec![difficult(), described, group("plain")]).await;
    face
}

const ASKED: &str = "username=O%27HA%3CR%26A%40x.org%2B1+%C3%89";

#[tokio::test]
async fn a_user_in_xml() {
    let said = face().await.get(&format!("/user?{ASKED}")).await;
    assert_eq!(said.header("content-type"), "application/xml");
    let link = "o%27ha%3Cr%26a%40x.org%2B1%20%C3%A9";
    let expected = format!(
        "{DECLARATION}<user expand=\"attributes\" name=\"o'ha&lt;r&amp;a@x.org+1 é\">\
         <link href=\"~/user?username={link}\" rel=\"self\"/>\
         <first-name>A\"</first-name><last-name>&lt;b&gt;</last-name><display-name>A &amp; B</display-name>\
         <email>a+b@x.org</email>\
         <password><link href=\"~/user/password?username={link}\" rel=\"edit\"/></password>\
         <key>corp:6a1c</key><active>true</active>\
         <created-date>2024-01-02T03:04:05.678Z</created-date><updated-date>1970-01-01T00:00:01.000Z</updated-date>\
         <attributes><link href=\"~/user/attribute?username={link}\" rel=\"self\"/></attributes></user>"
    );
    assert_eq!(said.short(), expected);
}

#[tokio::test]
async fn a_user_in_json() {
    let face = face().await;
    let value = face.get_json(&format!("/user?{ASKED}")).await;
    let link = |path: &str| {
        format!(
            "{}/{path}?username=o%27ha%3Cr%26a%40x.org%2B1%20%C3%A9",
            super::face::BASE
        )
    };
    let expected = serde_json::json!({
        "expand": "attributes",
        "link": { "href": link("user"), "rel": "self" },
        "name": "o'ha<r&a@x.org+1 é",
        "password": { "link": { "href": link("user/password"), "rel": "edit" } },
        "key": "corp:6a1c",
        "active": true,
        "created-date": 1_704_164_645_678_i64,
        "updated-date": 1000,
        "attributes": { "link": { "href": link("user/attribute"), "rel": "self" }, "attributes": [] },
        "first-name": "A\"",
        "last-name": "<b>",
        "display-name": "A & B",
        "email": "a+b@x.org",
    });
    assert_eq!(value, expected);
}

#[tokio::test]
async fn a_user_is_found_by_its_key_and_by_nothing_else() {
    let face = face().await;
    assert!(
        face.get("/user?key=corp:6a1c")
            .await
            .body
            .contains("<key>corp:6a1c</key>")
    );
    for (query, status, reason) in [
        ("key=corp:6a1d", 404, "USER_NOT_FOUND"),
        ("key=6a1c", 404, "USER_NOT_FOUND"),
        ("key=other:6a1c", 404, "USER_NOT_FOUND"),
        ("key=corp:", 404, "USER_NOT_FOUND"),
        ("username=nobody", 404, "USER_NOT_FOUND"),
        ("username=", 400, "ILLEGAL_ARGUMENT"),
        ("", 400, "ILLEGAL_ARGUMENT"),
    ] {
        let said = face.get(&format!("/user?{query}")).await;
        assert_eq!(said.status, status, "{query}");
        assert!(said.body.contains(reason), "{query}: {}", said.body);
    }
}

#[tokio::test]
async fn a_group_in_both_forms() {
    let face = face().await;
    let link = "all%20staff";
    let expected = format!(
        "{DECLARATION}<group expand=\"attributes\" name=\"all staff\"><link href=\"~/group?groupname={link}\" rel=\"self\"/>\
         <description>Everybody &amp; more</description><type>GROUP</type><active>true</active>\
         <attributes><link href=\"~/group/attribute?groupname={link}\" rel=\"self\"/></attributes></group>"
    );
    assert_eq!(face.get("/group?groupname=All+Staff").await.short(), expected);
    let plain = face.get("/group?groupname=plain").await;
    assert!(
        plain.body.contains("<description></description>"),
        "{}",
        plain.body
    );
    let value = face.get_json("/group?groupname=plain").await;
    assert_eq!(
        (&value["description"], &value["type"], &value["active"]),
        (&"".into(), &"GROUP".into(), &true.into())
    );
    let said = face.get("/group?groupname=none").await;
    assert_eq!(said.status, 404);
    assert_eq!(
        said.short(),
        format!(
            "{DECLARATION}<error><reason>GROUP_NOT_FOUND</reason><message>group `none` does not exist</message></error>"
        )
    );
}

#[tokio::test]
async fn attributes_are_an_empty_list_with_a_link() {
    let face = face().await;
    assert_eq!(
        face.get("/group/attribute?groupname=PLAIN").await.short(),
        format!(
            "{DECLARATION}<attributes><link href=\"~/group/attribute?groupname=plain\" rel=\"self\"/></attributes>"
        )
    );
    let value = face.get_json(&format!("/user/attribute?{ASKED}")).await;
    assert_eq!(value["attributes"], serde_json::json!([]));
    assert_eq!(face.get("/user/attribute?username=nobody").await.status, 404);
    assert_eq!(face.get("/group/attribute?groupname=none").await.status, 404);
}

#[tokio::test]
async fn the_cookie_configuration_never_has_an_empty_domain_element() {
    let face = face().await;
    assert_eq!(
        face.get("/config/cookie").await.body,
        format!(
            "{DECLARATION}<cookie-config><secure>true</secure><name>crowd.token_key</name></cookie-config>"
        )
    );
    assert_eq!(
        face.get_json("/config/cookie").await,
        serde_json::json!({ "domain": "", "secure": true, "name": "crowd.token_key" })
    );
}
