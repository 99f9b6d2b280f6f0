//! The catalogue: no error without an entry, no entry without an error.

use std::collections::BTreeSet;
use std::path::Path;

use throng::catalogue::{ENTRIES, find};

/// The codes that the bodies of functions named `code` (and Crowd's reasons) answer.
fn codes(text: &str, found: &mut BTreeSet<String>) {
    let bodies = text
        .split("fn code(")
        .skip(1)
        .chain(text.split("fn name(self)").skip(1));
    for body in bodies {
        let end = body.find("\n    }").unwrap_or(body.len());
        let literals = body[..end].split('"').skip(1).step_by(2);
        found.extend(literals.filter(|literal| is_code(literal)).map(str::to_owned));
    }
}

fn is_code(literal: &str) -> bool {
    literal.contains('_')
        && literal
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn walk(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            codes(&std::fs::read_to_string(&path).unwrap(), found);
        }
    }
}

#[test]
fn every_error_has_an_entry_and_every_entry_an_error() {
    let mut raised = BTreeSet::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut raised);
    assert!(raised.len() > 30, "{raised:?}");
    let known: BTreeSet<String> = ENTRIES.iter().map(|entry| entry.code.to_owned()).collect();
    assert_eq!(known.len(), ENTRIES.len(), "an entry stands twice");
    let without_entry: Vec<_> = raised.difference(&known).collect();
    let without_error: Vec<_> = known.difference(&raised).collect();
    assert_eq!(
        (without_entry, without_error),
        (Vec::<&String>::new(), Vec::<&String>::new())
    );
}

#[test]
fn entries_are_sorted_sentences() {
    assert!(ENTRIES.is_sorted_by_key(|entry| entry.code));
    for entry in ENTRIES {
        assert!(entry.cause.len() > 10 && entry.remedy.len() > 5, "{}", entry.code);
        assert!(
            !entry.cause.ends_with('.') && !entry.remedy.ends_with('.'),
            "{}",
            entry.code
        );
    }
    assert_eq!(find("store_locked").map(|entry| entry.code), Some("STORE_LOCKED"));
    assert_eq!(find("NONSENSE"), None);
}

#[test]
fn a_code_without_an_entry_would_be_seen() {
    let mut found = BTreeSet::new();
    codes(
        "fn code(&self) -> &'static str {\n        \"NEW_TROUBLE\"\n    }\n",
        &mut found,
    );
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["NEW_TROUBLE"]);
}
