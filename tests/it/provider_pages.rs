//! Each kind of source that is read has its page, and all have the same sections by the same names.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// What an administrator looks for, in this order.
const SECTIONS: [&str; 5] = [
    "Least permissions",
    "Step by step",
    "What is read",
    "Request budget",
    "Known limits",
];
/// Kinds of nobody else's: nothing is asked for, so there is no budget. Each has its page all the same.
const OWN: [(&str, &str); 3] = [
    ("linked", "linked.md"),
    ("local", "local.md"),
    ("scim-push", "providers/scim-push.md"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The kinds that a configuration may name.
fn kinds() -> Vec<String> {
    let schema = std::fs::read_to_string(root().join("schemas/config.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let all = schema["$defs"]["SourceConfig"]["oneOf"].as_array().unwrap();
    let kind = |one: &Value| one["properties"]["kind"]["const"].as_str().unwrap().to_owned();
    all.iter().map(kind).collect()
}

/// What a page lacks: sections that are not there, are out of order, or are empty.
fn lacking(page: &str) -> Vec<&'static str> {
    let parts: Vec<(&str, &str)> = page
        .split("\n## ")
        .skip(1)
        .map(|part| part.split_once('\n').unwrap_or((part, "")))
        .collect();
    let mut after = 0;
    let mut found = |section: &&&str| {
        let at = parts
            .iter()
            .skip(after)
            .position(|(title, _)| *title == **section);
        let Some(at) = at else { return false };
        let (_, text) = parts[after + at];
        after += at + 1;
        text.trim().len() > 40
    };
    SECTIONS
        .iter()
        .filter(|section| !found(section))
        .copied()
        .collect()
}

#[test]
fn every_kind_of_source_has_its_page_with_the_same_sections() {
    let kinds = kinds();
    assert!(kinds.len() >= 10, "{kinds:?}");
    let docs = root().join("deploy/docs");
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for kind in &kinds {
        let own = OWN.iter().find(|(own, _)| own == kind).map(|(_, page)| *page);
        let name = own.map_or_else(|| format!("providers/{kind}.md"), str::to_owned);
        let page = std::fs::read_to_string(docs.join(&name));
        let page = page.unwrap_or_else(|_| panic!("`{kind}` has no page {name}"));
        assert!(
            page.contains(&format!("\"{kind}\"")),
            "{name} does not configure `{kind}`"
        );
        assert!(
            readme.contains(&format!("deploy/docs/{name}")),
            "README.md does not lead to {name}"
        );
        if own.is_none() {
            assert_eq!(lacking(&page), Vec::<&str>::new(), "{name}");
        }
    }
    for (own, _) in OWN {
        assert!(
            kinds.iter().any(|kind| kind == own),
            "`{own}` is no kind of source any more"
        );
    }
}

#[test]
fn a_page_can_lack_a_section() {
    let long = "x".repeat(50);
    let page = |titles: &[&str]| {
        titles.iter().fold(String::new(), |page, title| {
            format!("{page}\n## {title}\n{long}\n")
        })
    };
    assert_eq!(lacking(&page(&SECTIONS)), Vec::<&str>::new());
    assert_eq!(lacking(&page(&SECTIONS[1..])), [SECTIONS[0]]);
    let empty = page(&SECTIONS[..4]) + "\n## Known limits\nnone\n";
    assert_eq!(lacking(&empty), ["Known limits"]);
}
