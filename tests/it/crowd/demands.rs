//! What breaks clients if it is wrong: each demand in every answer that it concerns, named after who makes it.

use axum::body::Body;
use throng::model::Change;
use throng::model::change::UserWish;

use super::changes::{group, join, named, nest, user};
use super::face::{ALL_USERS, EVERYTHING, Face, Setup, XML, basic};

/// Every read of the protocol, each with something to tell.
pub(super) const READS: [&str; 22] = [
    "/config/cookie",
    "/user?username=alice&expand=attributes",
    "/user?key=corp:alice",
    "/user/attribute?username=alice",
    "/user/group/direct?username=alice&expand=group",
    "/user/group/direct?username=alice",
    "/user/group/direct?username=alice&groupname=devs",
    "/user/group/nested?username=alice&expand=group,attributes",
    "/group?groupname=devs",
    "/group/attribute?groupname=devs",
    "/group/user/direct?groupname=devs&expand=user",
    "/group/user/direct?groupname=devs",
    "/group/user/nested?groupname=staff&username=alice",
    "/group/parent-group/direct?groupname=devs&expand=group",
    "/group/parent-group/nested?groupname=devs",
    "/group/child-group/direct?groupname=staff",
    "/group/child-group/nested?groupname=staff&expand=group",
    "/group/membership",
    "/search?entity-type=user&expand=user",
    "/search?entity-type=group&expand=group,attributes",
    "/search?entity-type=user&restriction=name%3D*",
    "/event",
];

/// alice in devs in staff; left has gone; a group with a description.
pub(super) async fn company() -> Face {
    let face = Face::start().await;
    face.commit(vec![
        named("u9", "left", false),
        group("staff"),
        join("staff", "u9"),
        nest("staff", "devs"),
    ])
    .await;
    face
}

/// The bodies of all reads in XML, with the feed since the beginning.
async fn bodies(face: &Face, token: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    for path in READS {
        let said = face.get(path).await;
        assert_eq!(
            (said.status.as_u16(), said.header("content-type")),
            (200, "application/xml"),
            "{path}"
        );
        bodies.push(said.body);
    }
    let feed = face.get(&format!("/event/{token}")).await;
    assert!(
        feed.body.contains("<userEvent>") && feed.body.contains("<groupEvent>"),
        "{}",
        feed.body
    );
    bodies.push(feed.body);
    bodies
}

/// A face with everything in its feed, and the bodies of all its reads.
async fn told() -> Vec<String> {
    let face = Face::with(Setup::default()).await;
    let token = face.get("/event").await.token().unwrap();
    face.commit(vec![
        user("alice"),
        named("u9", "left", false),
        group("devs"),
        group("staff"),
        join("devs", "alice"),
        nest("staff", "devs"),
    ])
    .await;
    bodies(&face, &token).await
}

/// [`Face::ask_from`] looks at the headers of each answer; this gives it one of each status.
#[tokio::test]
async fn the_java_client_needs_the_version_header_whatever_the_status() {
    let face = company().await;
    for (method, path, body, status) in [
        ("GET", "/user?username=alice", "", 200),
        ("HEAD", "/user?username=alice", "", 200),
        ("GET", "/user", "", 400),
        ("GET", "/user?username=nobody", "", 404),
        ("GET", "/nothing", "", 404),
        ("PATCH", "/user", "", 405),
        ("GET", "/event/42:108", "", 410),
        ("POST", "/search?entity-type=user", "<", 400),
    ] {
        assert_eq!(
            face.ask(method, path, &[XML], body).await.status,
            status,
            "{method} {path}"
        );
    }
    let large = "x".repeat(2_000_000);
    assert_eq!(face.post("/search?entity-type=user", large).await.status, 413);
    let text = [("content-type", "text/plain")];
    assert_eq!(
        face.ask("POST", "/search?entity-type=user", &text, "x")
            .await
            .status,
        415
    );
    let path = format!("{}/user?username=alice", super::face::API);
    let stranger = [("authorization", basic("jira:wrong"))];
    let said = face
        .ask_from("127.0.0.1:9", "GET", &path, &stranger, Body::empty())
        .await;
    assert_eq!(
        (said.status.as_u16(), said.body.as_str()),
        (401, "Application failed to authenticate")
    );
    let known = [("authorization", basic("jira:pa:ss"))];
    let said = face
        .ask_from("192.0.2.1:9", "GET", &path, &known, Body::empty())
        .await;
    assert_eq!(said.status, 403);
    let unread = Face::with(Setup {
        read: false,
        ..Setup::default()
    })
    .await;
    assert_eq!(unread.get("/event").await.status, 503);
}

/// JAXB skips namespaced elements without a word: an empty list, after which Jira would delete everybody.
#[tokio::test]
async fn jaxb_needs_elements_without_namespace_and_a_document_without_doctype() {
    for body in told().await {
        assert!(
            !body.contains("xmlns") && !body.contains("<!DOCTYPE") && !body.contains("xsi:"),
            "{body}"
        );
        assert!(
            body.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><"),
            "{body}"
        );
    }
}

/// Absent is inactive to it, and so is `TRUE`.
#[tokio::test]
async fn jaxb_needs_active_spelled_out_on_every_whole_entity() {
    let mut seen = 0;
    for body in told().await {
        let whole = body.matches(" expand=\"attributes\" name=").count();
        let said =
            body.matches("<active>true</active>").count() + body.matches("<active>false</active>").count();
        assert_eq!(said, whole, "{body}");
        seen += whole;
    }
    assert!(seen > 15, "{seen}");
}

/// Without a type, or with one in lower case, it throws in the middle of the sync.
#[tokio::test]
async fn the_java_client_needs_the_type_of_every_whole_group() {
    let mut seen = 0;
    for body in told().await {
        let whole = body.matches("<group expand=\"attributes\"").count();
        assert_eq!(body.matches("<type>GROUP</type>").count(), whole, "{body}");
        seen += whole;
    }
    assert!(seen > 5, "{seen}");
}

/// Its streaming parser knows the order of elements, and takes a self-closing user or group for the end of the list.
/// The bulk listing of memberships, which it never asks for, has them, as the reference server's does.
#[tokio::test]
async fn mod_authnz_crowd_needs_links_in_all_users_and_groups_of_lists() {
    for body in told().await {
        if body.contains("<memberships>") {
            continue;
        }
        for kind in ["<user ", "<group ", "<childUser "] {
            for entity in body.split(kind).skip(1) {
                let (start, rest) = entity.split_once('>').unwrap();
                assert!(!start.ends_with('/') && rest.starts_with("<link href="), "{body}");
            }
        }
    }
}

/// Both holders must be there even if they are empty, or it throws.
#[tokio::test]
async fn the_java_client_needs_both_holders_in_membership_events() {
    let bodies = told().await;
    let feed = bodies.last().unwrap();
    let count = |part: &str| feed.matches(part).count();
    assert!(
        count("<userMembershipEvent>") == 2 && count("<groupMembershipEvent>") == 2,
        "{feed}"
    );
    assert_eq!(
        (count("<parentGroups>"), count("<childGroups>")),
        (4, 2),
        "{feed}"
    );
}

/// It takes 404 below `/event` for a server without events, and asks nothing but full syncs ever after.
#[tokio::test]
async fn the_java_client_needs_410_for_whatever_is_no_token() {
    let face = company().await;
    for token in ["42:108", "0", "%20", "a.b", "a.json", "%00", "x%2Fy", "%C3%BC"] {
        let said = face.get(&format!("/event/{token}")).await;
        assert_eq!(said.status, 410, "{token}");
        assert!(
            said.body.contains("EVENT_TOKEN_EXPIRED"),
            "{token}: {}",
            said.body
        );
    }
    assert!(
        face.get("/event")
            .await
            .body
            .contains("incrementalSynchronisationAvailable=\"true\"")
    );
}

/// One character that XML 1.0 cannot carry, written out or as a reference, ends the whole sync.
#[tokio::test]
async fn sax_parsers_need_the_characters_of_xml_1_0() {
    let face = Face::with(Setup::default()).await;
    let dirty: String = ('\0'..='\u{1f}')
        .chain(['\u{7f}', '\u{fffe}', '\u{ffff}', '&'])
        .collect();
    let Change::PutUser(wish) = user("dirty") else {
        unreachable!()
    };
    face.commit(vec![Change::PutUser(UserWish {
        first_name: dirty.as_str().into(),
        last_name: format!("a{dirty}b").into(),
        display_name: dirty.as_str().into(),
        email: dirty.as_str().into(),
        ..wish
    })])
    .await;
    let said = face.post(ALL_USERS, EVERYTHING).await;
    let illegal =
        |c: char| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!said.body.contains(illegal), "{:?}", said.body);
    let references = said
        .body
        .split("&#")
        .skip(1)
        .map(|rest| rest.split(';').next().unwrap());
    assert!(
        references
            .into_iter()
            .all(|reference| ["x9", "xA", "xD"].contains(&reference)),
        "{:?}",
        said.body
    );
    assert!(said.body.contains("<last-name>a"), "{}", said.body);
}

/// A base that ends in a slash, before a path that begins with one; a slash too much at the end.
#[tokio::test]
async fn clients_that_only_append_need_doubled_and_trailing_slashes_to_be_one_and_none() {
    let face = company().await;
    let headers = [("authorization", basic("jira:pa:ss"))];
    for path in [
        "/crowd//rest/usermanagement/1/user?username=alice",
        "//crowd/rest/usermanagement/latest//user/?username=alice",
        "/crowd/rest//usermanagement/1/user/?username=alice",
    ] {
        let said = face
            .ask_from("127.0.0.1:9", "GET", path, &headers, Body::empty())
            .await;
        assert!(
            said.status == 200 && said.body.contains("name=\"alice\""),
            "{path}: {}",
            said.body
        );
    }
}

/// Nobody has a picture, and nobody is told where else to look.
#[tokio::test]
async fn an_avatar_is_404_for_everybody() {
    let face = company().await;
    for (path, status, reason) in [
        ("/user/avatar?username=alice&s=48", 404, "UNSUPPORTED_OPERATION"),
        ("/user/avatar?username=nobody", 404, "USER_NOT_FOUND"),
        ("/user/avatar", 400, "ILLEGAL_ARGUMENT"),
    ] {
        let said = face.get(path).await;
        assert!(
            said.status == status && said.body.contains(reason),
            "{path}: {}",
            said.body
        );
        assert_eq!(said.header("location"), "");
    }
}
