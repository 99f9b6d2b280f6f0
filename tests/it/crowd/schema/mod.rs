//! `schemas/crowd.xsd`: every XML answer of these tests is checked against it.

mod check;
mod read;
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::LazyLock;

use read::Schema;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/crowd.xsd");
    Schema::read(&std::fs::read_to_string(file).unwrap())
});

/// Whether a document follows the schema; otherwise what is wrong where.
pub(super) fn check(document: &str) -> Result<(), String> {
    SCHEMA.check(document)
}

/// Keeps a document for another reader of the schema: the gate names a folder.
pub(super) fn record(document: &str) {
    let Some(folder) = std::env::var_os("THRONG_RECORD_XML") else {
        return;
    };
    let mut hash = DefaultHasher::new();
    document.hash(&mut hash);
    let file = Path::new(&folder).join(format!("{:016x}.xml", hash.finish()));
    std::fs::write(file, document).unwrap();
}
