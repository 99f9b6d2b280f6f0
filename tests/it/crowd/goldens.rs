//! `fixtures/crowd`: one answer of each kind in both forms, compared byte for byte.
//!
//! After a wanted change, `THRONG_BLESS=1 cargo test --test it goldens` writes them anew; read the difference.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use throng::model::change::{GroupWish, UserWish};
use throng::model::{Change, MemberKind, Owner};

use super::attributes::attributes;
use super::changes::{group, join, named, nest, remove_group, remove_user};
use super::face::{Face, Setup};

/// Files below `fixtures/crowd`, without their endings, and what is asked for. `TOKEN` is that of the first commit.
const GOLDENS: [(&str, &str); 17] = [
    ("user", "/user?username=Ann&expand=attributes"),
    ("user-without-attributes", "/user?key=corp:6a1c"),
    (
        "user-minimal",
        "/group/user/direct?groupname=all%20staff&username=ann",
    ),
    ("user-attributes", "/user/attribute?username=ann"),
    ("users", "/search?entity-type=user"),
    ("users-whole", "/search?entity-type=user&expand=user"),
    ("users-none", "/group/user/direct?groupname=empty"),
    ("group", "/group?groupname=all%20staff&expand=attributes"),
    (
        "group-minimal",
        "/user/group/direct?username=ann&groupname=all%20staff",
    ),
    ("group-attributes", "/group/attribute?groupname=all%20staff"),
    ("groups", "/user/group/nested?username=ann"),
    ("groups-whole", "/search?entity-type=group&expand=group"),
    ("memberships", "/group/membership"),
    ("events", "/event/TOKEN"),
    ("cookie-config", "/config/cookie"),
    ("error", "/user?username=%3Cnobody%3E"),
    ("status", "/non-existent/location"),
];

const FACTORS: &str =
    r#""validation-factors":{"validationFactors":[{"name":"remote_address","value":"192.0.2.1"}]}"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/crowd")
}

/// A small company, with the token from before most of it.
async fn company() -> (Face, String) {
    let face = Face::with(Setup::default()).await;
    face.commit(vec![
        named("u3", "gone", true),
        group("gone too"),
        join("gone too", "u3"),
    ])
    .await;
    let token = face.get("/event").await.token().unwrap();
    let ann = UserWish {
        external_id: "6a1c".into(),
        owner: Owner::Source,
        name: "ann".into(),
        first_name: "Ann".into(),
        last_name: "O'Hara <née Åse>".into(),
        display_name: "Ann \"A & B\" O'Hara".into(),
        email: "ann+jira@example.org".into(),
        active: true,
        created_at: Some(1_704_164_645_678),
    };
    let staff = GroupWish {
        external_id: "g1".into(),
        owner: Owner::Source,
        name: "all staff".into(),
        nickname: "".into(),
        description: "Everybody & more".into(),
        created_at: None,
    };
    let phones: &[&str] = &["+47 1", "+47 <2>"];
    face.commit(vec![
        Change::PutUser(ann),
        named("u2", "bob", false),
        Change::PutGroup(staff),
        group("company"),
        group("empty"),
        join("g1", "6a1c"),
        join("company", "u2"),
        nest("company", "g1"),
        attributes(
            MemberKind::User,
            "6a1c",
            &[("phone", phones), ("Team & floor", &["é"])],
        ),
        attributes(MemberKind::Group, "g1", &[("cost centre", &["42"])]),
        remove_user("u3"),
        remove_group("gone too"),
    ])
    .await;
    (face, token)
}

fn compare(file: &str, said: &str) {
    let path = folder().join(file);
    if std::env::var_os("THRONG_BLESS").is_some() {
        std::fs::write(&path, said).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(said, golden, "{file}");
}

/// What is made before it is told: a session, and a webhook. Both are found again by asking once more.
async fn posted(face: &Face) -> Vec<String> {
    let context = format!("{{\"username\":\"ann\",{FACTORS}}}");
    let hook = r#"{"endpointUrl":"https://wiki.example.org/hook?a=1&b=2","token":"open <sesame>"}"#;
    let mut compared = Vec::new();
    for (name, path, body) in [
        ("session", "/session?validate-password=false", &*context),
        (
            "session-whole",
            "/session?validate-password=false&expand=user",
            &*context,
        ),
        ("webhook", "/webhook", hook),
    ] {
        for (form, ending) in [("application/xml", "xml"), ("application/json", "json")] {
            let headers = [("accept", form), ("content-type", "application/json")];
            let said = face.ask("POST", path, &headers, body.to_owned()).await;
            assert_eq!(said.status, 201, "{}", said.body);
            let file = format!("{name}.{ending}");
            // A session's token is made from random bytes.
            let token = said.header("location").rsplit('/').next().unwrap();
            let body = if name == "webhook" {
                said.body.clone()
            } else {
                said.body.replace(token, "TOKEN")
            };
            compare(&file, &body);
            compared.push(file);
        }
    }
    compared
}

#[tokio::test]
async fn every_kind_of_answer_is_its_golden_body() {
    let (face, token) = company().await;
    let mut compared = BTreeSet::from(["README.md".to_owned()]);
    for (name, path) in GOLDENS {
        let path = path.replace("TOKEN", &token);
        for (form, ending) in [("application/xml", "xml"), ("application/json", "json")] {
            let said = face.ask("GET", &path, &[("accept", form)], "").await;
            // The bulk listing is XML whatever is asked for.
            let file = format!("{name}.{ending}");
            if said.header("content-type") != form {
                assert_eq!(file, "memberships.json");
                continue;
            }
            // A token holds random bytes of its store; those of the golden file are no token's.
            let next = said.token().or_else(|| said.json_token()).unwrap_or_default();
            let body = if next.is_empty() {
                said.body.clone()
            } else {
                said.body.replace(&next, "TOKEN")
            };
            compare(&file, &body);
            compared.insert(file);
        }
    }
    compared.extend(posted(&face).await);
    let there = std::fs::read_dir(folder()).unwrap();
    let there: BTreeSet<_> = there
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        there, compared,
        "a golden body that nothing is compared with proves nothing"
    );
}
