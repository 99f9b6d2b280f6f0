//! Custom attributes: where they are told, where they are not, how they are searched.

use std::sync::Arc;

use throng::model::{Attributes, Change, Detail, MemberKind};

use super::face::{Face, XML};
use super::search::names;

/// The attributes of `of` become these.
pub(super) fn attributes(of: MemberKind, subject: &str, all: &[(&str, &[&str])]) -> Change {
    let each = all.iter().map(|(name, values)| {
        let values = values.iter().map(|value| (*value).into()).collect();
        ((*name).into(), values)
    });
    let value = Detail::Attributes(Arc::new(Attributes(each.collect())));
    Change::Detail {
        of,
        subject: subject.into(),
        kind: value.kind(),
        value: Some(value),
    }
}

/// alice has attributes, of which the source reported one; so has devs. bob has none.
async fn face() -> Face {
    let face = Face::start().await;
    let Change::Detail {
        value: Some(Detail::Attributes(source)),
        ..
    } = attributes(
        MemberKind::User,
        "alice",
        &[("phone", &["1"]), ("office & floor", &["9"])],
    )
    else {
        unreachable!()
    };
    let reported = Detail::SourceAttributes(source);
    face.commit(vec![
        attributes(
            MemberKind::User,
            "alice",
            &[("phone", &["+47 <1>", "é"]), ("Colour", &["blue"])],
        ),
        Change::Detail {
            of: MemberKind::User,
            subject: "alice".into(),
            kind: reported.kind(),
            value: Some(reported),
        },
        attributes(MemberKind::Group, "devs", &[("synch.x", &["y"])]),
    ])
    .await;
    face
}

const ALICE: &str = concat!(
    r#"<attributes><link href="~/user/attribute?username=alice" rel="self"/>"#,
    r#"<attribute name="Colour"><link href="~/user/attribute?username=alice&amp;attributename=Colour" rel="self"/>"#,
    "<values><value>blue</value></values></attribute>",
    r#"<attribute name="office &amp; floor"><link href="~/user/attribute?username=alice&amp;attributename=office%20%26%20floor" rel="self"/>"#,
    "<values><value>9</value></values></attribute>",
    r#"<attribute name="phone"><link href="~/user/attribute?username=alice&amp;attributename=phone" rel="self"/>"#,
    "<values><value>+47 &lt;1&gt;</value><value>é</value></values></attribute></attributes>",
);
const DEVS: &str = concat!(
    r#"<attributes><link href="~/group/attribute?groupname=devs" rel="self"/>"#,
    r#"<attribute name="synch.x"><link href="~/group/attribute?groupname=devs&amp;attributename=synch.x" rel="self"/>"#,
    "<values><value>y</value></values></attribute></attributes>",
);

#[tokio::test]
async fn attributes_are_told_sorted_where_they_are_asked_for() {
    let face = face().await;
    for (path, expected) in [
        ("/user/attribute?username=alice", ALICE),
        ("/user?username=alice&expand=attributes", ALICE),
        ("/user?key=corp:alice&expand=*", ALICE),
        ("/group/user/direct?groupname=devs&expand=user,attributes", ALICE),
        ("/group/user/nested?groupname=devs&expand=user.attributes", ALICE),
        ("/search?entity-type=user&expand=user,attributes", ALICE),
        ("/search?entity-type=user&expand=user&expand=attributes", ALICE),
        ("/group/attribute?groupname=devs", DEVS),
        ("/group?groupname=devs&expand=attributes", DEVS),
        ("/user/group/direct?username=alice&expand=group,attributes", DEVS),
        ("/search?entity-type=group&expand=group,attributes", DEVS),
    ] {
        let said = face.get(path).await;
        assert!(said.short().contains(expected), "{path}: {}", said.short());
    }
    for path in [
        "/user?username=alice",
        "/user?username=bob&expand=attributes",
        "/group?groupname=devs",
        "/search?entity-type=user&expand=user",
        "/search?entity-type=user&expand=attributes",
        "/search?entity-type=group&expand=group",
        "/user/group/nested?username=alice&expand=group",
        "/event",
    ] {
        let said = face.get(path).await;
        assert!(
            said.status == 200 && !said.body.contains("<attribute "),
            "{path}: {}",
            said.body
        );
    }
}

#[tokio::test]
async fn attributes_in_json_are_a_list_in_a_list() {
    let face = face().await;
    let attributes = face.get_json("/user/attribute?username=alice").await;
    let user = face.get_json("/user?username=alice&expand=attributes").await;
    assert_eq!(user["attributes"], attributes);
    let base = super::face::BASE;
    assert_eq!(
        attributes["attributes"][2],
        serde_json::json!({
            "link": { "href": format!("{base}/user/attribute?username=alice&attributename=phone"), "rel": "self" },
            "name": "phone",
            "values": ["+47 <1>", "é"],
        })
    );
    assert_eq!(
        attributes["link"]["href"],
        format!("{base}/user/attribute?username=alice")
    );
}

/// Entity type, property, type, match mode, value (`NULL` has none), who is found.
type Search = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static [&'static str],
);

const SEARCHES: [Search; 14] = [
    (
        "user",
        "phone",
        "STRING",
        "EXACTLY_MATCHES",
        Some("É"),
        &["alice"],
    ),
    ("user", "phone", "STRING", "STARTS_WITH", Some("+47"), &["alice"]),
    ("user", "phone", "STRING", "EXACTLY_MATCHES", Some("1"), &[]),
    ("user", "Colour", "STRING", "CONTAINS", Some("LU"), &["alice"]),
    ("user", "colour", "STRING", "CONTAINS", Some("lu"), &[]),
    ("user", "Colour", "STRING", "NULL", None, &["bob"]),
    (
        "user",
        "office &amp; floor",
        "DATE",
        "EXACTLY_MATCHES",
        Some("9"),
        &["alice"],
    ),
    ("user", "description", "STRING", "NULL", None, &["alice", "bob"]),
    ("group", "synch.x", "STRING", "ENDS_WITH", Some("Y"), &["devs"]),
    ("group", "synch.y", "STRING", "NULL", None, &["devs"]),
    (
        "group",
        "local",
        "BOOLEAN",
        "EXACTLY_MATCHES",
        Some("false"),
        &["devs"],
    ),
    ("group", "local", "BOOLEAN", "EXACTLY_MATCHES", Some("true"), &[]),
    (
        "user",
        "externalId",
        "STRING",
        "EXACTLY_MATCHES",
        Some("corp:alice"),
        &["alice"],
    ),
    ("user", "key", "STRING", "EXACTLY_MATCHES", Some("bob"), &["bob"]),
];

#[tokio::test]
async fn any_value_of_an_attribute_may_match_and_none_is_null() {
    let face = face().await;
    for (kind, name, declared, mode, value, expected) in SEARCHES {
        let value = value.map_or_else(String::new, |value| format!("<value>{value}</value>"));
        let body = format!(
            "<property-search-restriction><property><name>{name}</name><type>{declared}</type></property>\
             <match-mode>{mode}</match-mode>{value}</property-search-restriction>"
        );
        let path = format!("/search?entity-type={kind}");
        let said = face.ask("POST", &path, &[XML], body.clone()).await;
        assert_eq!(names(&said.body), expected, "{body}");
    }
}
