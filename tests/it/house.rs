//! The house: which room may import which, and what may lie at the top level.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What everything may import.
const COMMON: [&str; 5] = ["model", "clock", "secret", "telemetry", "catalogue"];

/// The import table: rooms, and the faces below `http`. `app` may import everything.
const TABLE: [(&str, &[&str]); 18] = [
    ("model", &[]),
    ("client", &[]),
    ("schedule", &[]),
    ("notify", &["client", "store"]),
    ("store", &[]),
    ("protocol", &[]),
    ("directory", &["store"]),
    ("connector", &["protocol", "client"]),
    ("simulator", &["protocol", "client"]),
    ("sync", &["connector", "directory", "store"]),
    ("cleanup", &["directory", "store", "notify"]),
    ("explain", &["sync", "directory"]),
    ("cli", &["config", "app", "client"]),
    // The configuration knows the rooms' own sections, and how a schedule is read.
    (
        "config",
        &[
            "store",
            "http",
            "sync",
            "cleanup",
            "connector",
            "schedule",
            "notify",
        ],
    ),
    ("http", &[]),
    ("http/crowd", &["http", "directory", "protocol"]),
    ("http/scim", &["http", "directory", "protocol"]),
    (
        "http/admin",
        &["http", "directory", "sync", "cleanup", "explain", "notify"],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a source text names after `crate::`, comments left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let parts = code.split("crate::").skip(1).flat_map(|rest| {
        let group = rest
            .strip_prefix('{')
            .map(|rest| rest.split('}').next().unwrap_or_default());
        group.map_or_else(|| vec![rest], |group| group.split(',').map(str::trim).collect())
    });
    let name = |part: &str| {
        part.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    parts.map(name).filter(|name| !name.is_empty()).collect()
}

/// The room of a file below `src`; each face is one of its own.
fn room(file: &Path) -> String {
    let parts: Vec<_> = file
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    match parts.as_slice() {
        [first, face, _, ..] if first == "http" => format!("http/{face}"),
        [first, ..] => first.replace(".rs", ""),
        [] => String::new(),
    }
}

fn forbidden(room: &str, text: &str) -> Vec<String> {
    let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == room) else {
        return Vec::new();
    };
    let may = |name: &str| name == room || COMMON.contains(&name) || allowed.contains(&name);
    imports(text).into_iter().filter(|name| !may(name)).collect()
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    assert!(files.len() > 40);
    for file in files {
        let relative = file.strip_prefix(root().join("src")).unwrap();
        let room = room(relative);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not say what it is",
            relative.display()
        );
        assert_eq!(
            forbidden(&room, &text),
            Vec::<String>::new(),
            "{}",
            relative.display()
        );
        let composes = matches!(room.as_str(), "config" | "app" | "cli" | "lib" | "main");
        assert!(
            composes || !imports(&text).contains("config"),
            "{}",
            relative.display()
        );
    }
}

#[test]
fn the_table_can_be_broken() {
    assert_eq!(forbidden("model", "use crate::store::Store;"), ["store"]);
    assert_eq!(
        forbidden("store", "use crate::{model::Seq, directory::View};"),
        ["directory"]
    );
    assert_eq!(forbidden("sync", "let x = crate::http::server();"), ["http"]);
    assert_eq!(forbidden("http/crowd", "use crate::sync::Engine;"), ["sync"]);
    assert_eq!(room(Path::new("http/crowd/front.rs")), "http/crowd");
    assert_eq!(room(Path::new("http/server.rs")), "http");
    assert!(forbidden("sync", "// crate::http\nuse crate::directory::View;").is_empty());
}

#[test]
fn the_top_level_is_the_cards() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "LICENSE-MIT",
        "src",
        "schemas",
        "fixtures",
        "tests",
        "deploy",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let known = name.starts_with('.') || name == "target" || allowed.contains(&name.as_str());
        assert!(known, "`{name}` does not belong at the top level");
    }
}
