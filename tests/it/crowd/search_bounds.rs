//! Searches too deep, too long or too costly are refused; long lists of names are not.

use super::face::{Face, XML};
use super::search::names;

const JSON: (&str, &str) = ("content-type", "application/json");
const PATH: &str = "/search?entity-type=user";

fn term(mode: &str, value: &str) -> String {
    format!(
        "<property-search-restriction><property><name>name</name><type>STRING</type></property>\
         <match-mode>{mode}</match-mode><value>{value}</value></property-search-restriction>"
    )
}

fn any_of(parts: &str) -> String {
    format!(
        "<boolean-search-restriction boolean-logic=\"or\"><restrictions>{parts}</restrictions></boolean-search-restriction>"
    )
}

fn json_term(mode: &str, value: &str) -> String {
    format!(
        r#"{{"restriction-type":"property-search-restriction","property":{{"name":"name","type":"STRING"}},"match-mode":"{mode}","value":"{value}"}}"#
    )
}

fn json_any_of(parts: &str) -> String {
    format!(
        r#"{{"restriction-type":"boolean-search-restriction","boolean-logic":"or","restrictions":[{parts}]}}"#
    )
}

fn many(count: usize, separator: &str, part: impl Fn(&str) -> String) -> String {
    let parts: Vec<_> = (0..count).map(|at| part(&format!("n{at}"))).collect();
    parts.join(separator)
}

#[tokio::test]
async fn depth_length_and_cost_have_bounds_in_every_form() {
    let face = Face::start().await;
    let deep = |around: fn(&str) -> String, inner: String| (0..60).fold(inner, |inner, _| around(&inner));
    for (header, body) in [
        (XML, deep(any_of, term("CONTAINS", "a"))),
        (XML, any_of(&many(1_001, "", |name| term("CONTAINS", name)))),
        (
            XML,
            any_of(&many(2_000, "", |name| term("EXACTLY_MATCHES", name))),
        ),
        (XML, any_of(&"<null-search-restriction/>".repeat(10_001))),
        (JSON, deep(json_any_of, json_term("CONTAINS", "a"))),
        (
            JSON,
            json_any_of(&many(1_001, ",", |name| json_term("CONTAINS", name))),
        ),
        (JSON, json_any_of(&vec!["0"; 50_000].join(","))),
    ] {
        let said = face.ask("POST", PATH, &[header], body.clone()).await;
        let what = format!("{:.60} … {}", body, body.len());
        assert_eq!(said.status, 400, "{what}");
        assert!(
            said.body.contains("<reason>ILLEGAL_ARGUMENT</reason>"),
            "{what}: {}",
            said.body
        );
        assert!(
            said.body.contains("hint: send a smaller one"),
            "{what}: {}",
            said.body
        );
    }
    for text in [
        format!("{}name=a{}", "(".repeat(60), ")".repeat(60)),
        many(1_001, "+or+", |name| format!("name=*{name}*")),
    ] {
        let said = face.get(&format!("{PATH}&restriction={text}")).await;
        assert!(
            said.status == 400 && said.body.contains("hint: send a smaller one"),
            "{}",
            said.body
        );
    }
}

/// Clients that look for many names ask for any of them.
#[tokio::test]
async fn any_of_a_thousand_names_is_one_look_up() {
    let face = Face::start().await;
    let alice = |part: &dyn Fn(&str) -> String, separator: &str| {
        [
            many(1_400, separator, part),
            part("ALICE"),
            part("n1"),
            part("bob"),
        ]
        .join(separator)
    };
    let in_xml = any_of(&alice(&|name| term("EXACTLY_MATCHES", name), ""));
    assert_eq!(
        names(&face.ask("POST", PATH, &[XML], in_xml).await.body),
        ["alice", "bob"]
    );
    let in_json = json_any_of(&alice(&|name| json_term("EXACTLY_MATCHES", name), ","));
    assert_eq!(
        names(&face.ask("POST", PATH, &[JSON], in_json).await.body),
        ["alice", "bob"]
    );
    let in_words = alice(&|name| format!("name%3D{name}"), "+or+");
    assert_eq!(
        names(&face.get(&format!("{PATH}&restriction={in_words}")).await.body),
        ["alice", "bob"]
    );
    let page = face
        .get(&format!(
            "{PATH}&start-index=1&max-results=5&restriction=name%3Dalice+or+name%3Dbob"
        ))
        .await;
    assert_eq!(names(&page.body), ["bob"]);
}

/// A name that must match does not spare the rest of the restriction.
#[tokio::test]
async fn a_named_user_must_still_fit() {
    let face = Face::start().await;
    for (text, expected) in [
        ("name=alice+and+active=true", &["alice"][..]),
        ("name=alice+and+active=false", &[]),
        ("(name=alice+or+name=bob)+and+name=b*", &["bob"]),
        ("name=alice+and+name=bob", &[]),
        ("name=alice+or+active=true", &["alice", "bob"]),
    ] {
        let said = face.get(&format!("{PATH}&restriction={text}")).await;
        assert_eq!(names(&said.body), expected, "{text}");
    }
    let said = face
        .get("/search?entity-type=group&restriction=name%3DDEVS")
        .await;
    assert_eq!(names(&said.body), ["devs"]);
}
