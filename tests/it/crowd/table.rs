//! The documentation's table of resources: what it says is there is there, and what is there stands in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::face::{Face, XML};

/// Every resource of the protocol. None may be missing.
const PROTOCOL: [(&str, &[&str]); 30] = [
    ("/authentication", &["POST"]),
    ("/authentication/notify", &["POST"]),
    ("/config/cookie", &["GET"]),
    ("/event", &["GET"]),
    ("/event/{token}", &["GET"]),
    ("/group", &["DELETE", "GET", "POST", "PUT"]),
    ("/group/attribute", &["DELETE", "GET", "POST"]),
    ("/group/child-group/direct", &["DELETE", "GET", "POST"]),
    ("/group/child-group/nested", &["GET"]),
    ("/group/membership", &["GET"]),
    ("/group/parent-group/direct", &["GET", "POST"]),
    ("/group/parent-group/nested", &["GET"]),
    ("/group/user/direct", &["DELETE", "GET", "POST"]),
    ("/group/user/nested", &["GET"]),
    ("/search", &["GET", "POST"]),
    ("/session", &["DELETE", "POST"]),
    ("/session/{token}", &["DELETE", "GET", "POST"]),
    ("/user", &["DELETE", "GET", "POST", "PUT"]),
    ("/user/attribute", &["DELETE", "GET", "POST"]),
    ("/user/avatar", &["GET"]),
    ("/user/expire-all-passwords", &["POST"]),
    ("/user/group/direct", &["DELETE", "GET", "POST"]),
    ("/user/group/nested", &["GET"]),
    ("/user/mail/password", &["POST"]),
    ("/user/mail/usernames", &["POST"]),
    ("/user/password", &["DELETE", "PUT"]),
    ("/user/rename", &["POST"]),
    ("/webhook", &["POST"]),
    ("/webhook/{id}", &["DELETE", "GET"]),
    // Where one client sends PUT for POST.
    ("/user/attribute", &["PUT"]),
];

type Table = BTreeMap<String, BTreeSet<String>>;

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The rows of the documentation.
fn documented() -> Table {
    let mut table = Table::new();
    for line in read("deploy/docs/crowd.md").lines() {
        let cells: Vec<_> = line
            .split('|')
            .map(|cell| cell.trim().trim_matches('`'))
            .collect();
        let [_, method, path, _, _, answers, _] = cells.as_slice() else {
            continue;
        };
        if !path.starts_with('/') {
            continue;
        }
        assert!(!answers.is_empty(), "{line}");
        let is_new = table
            .entry((*path).to_owned())
            .or_default()
            .insert((*method).to_owned());
        assert!(is_new, "twice: {line}");
    }
    table
}

/// The paths that the face's URL table names.
fn routed() -> BTreeSet<String> {
    let text = read("src/http/crowd/routes.rs");
    let after = text.split(".route(").skip(1);
    let quoted = after.map(|rest| {
        rest.trim_start()
            .strip_prefix('"')
            .unwrap()
            .split('"')
            .next()
            .unwrap()
    });
    quoted.map(str::to_owned).collect()
}

#[test]
fn no_resource_of_the_protocol_is_missing_from_the_table() {
    let table = documented();
    for (path, methods) in PROTOCOL {
        for method in methods {
            assert!(
                table.get(path).is_some_and(|known| known.contains(*method)),
                "{method} {path} is missing"
            );
        }
    }
}

#[tokio::test]
async fn the_table_and_the_routes_are_the_same() {
    let face = Face::start().await;
    let table = documented();
    let routed = routed();
    assert!(routed.len() > 20, "{routed:?}");
    let written: BTreeSet<_> = table.keys().cloned().collect();
    assert_eq!(written, routed);
    for (path, methods) in table.iter().filter(|(path, _)| routed.contains(*path)) {
        let asked = path.replace("{token}", "x").replace("{id}", "1");
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let said = face.ask(method, &asked, &[XML], "").await;
            assert!(!said.body.contains("<status>"), "{method} {path}: {}", said.body);
            assert_eq!(said.status != 405, methods.contains(method), "{method} {path}");
            if said.status == 405 {
                let allowed: BTreeSet<_> = said
                    .header("allow")
                    .split(',')
                    .map(str::trim)
                    .filter(|one| *one != "HEAD")
                    .map(str::to_owned)
                    .collect();
                assert_eq!(allowed, *methods, "{method} {path}");
            }
        }
    }
}
