//! What `throng check --online` says of a folder of files: it has no credentials and no clock, only what it holds.

use std::path::Path;

use super::row::Row;

fn source(path: &Path) -> String {
    format!(
        "[directory.source]\nkind = \"file\"\npath = \"{}\"\n",
        path.display()
    )
}

pub(super) fn good() -> Row {
    let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/acme");
    Row::new("file", "none", source(&acme))
}

pub(super) fn rows() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("users.jsonl"), "{\"id\":\"u1\"}\n{\"id\":}\n").unwrap();
    std::fs::write(folder.path().join("groups.jsonl"), "\n").unwrap();
    let broken = source(folder.path());
    vec![
        Row::new("file", "no folder", source(Path::new("/nowhere/at/all"))).expect(
            "SOURCE_UNAVAILABLE",
            &["/nowhere/at/all"],
            "nothing was changed",
        ),
        Row::new("file", "broken line", broken).keep(folder).expect(
            "SOURCE_MALFORMED",
            &["users.jsonl:2"],
            "look at the message",
        ),
    ]
}
