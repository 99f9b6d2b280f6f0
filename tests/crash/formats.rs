//! Stores as former versions left them: `fixtures/store` opens for ever.

use std::fs;
use std::path::Path;

use throng::store::Store;
use throng::store::api::AuditQuery;
use throng::store::conformance::support::load;

use crate::damage::copy;
use crate::work::open;

/// A copy to work on: a fixture is never written to. The redo folder may be empty, which version control does not keep.
fn fixture(name: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/store")
            .join(name),
        home.path(),
    );
    home
}

#[tokio::test]
async fn a_store_of_format_1_opens() {
    let home = fixture("format-1");
    let store = open(home.path());
    let partners = load(&*store, "partners").await;
    assert_eq!((partners.seq.0, partners.rows.len()), (20, 109));
    assert_eq!(partners.cursor.unwrap().token, "delta-20");
    assert!(
        partners
            .rows
            .iter()
            .any(|row| row.contains("User(") && row.contains("Åse O'Hara")),
        "no user"
    );
    assert!(
        partners.rows.iter().any(|row| row.contains("source group 19")),
        "no group"
    );
    assert!(
        partners
            .rows
            .iter()
            .any(|row| row.contains("Members(MemberBlock")),
        "no members"
    );
    assert_eq!(
        store.entry("run", "partners", 0).await.unwrap().unwrap().value,
        20u64.to_le_bytes()
    );
    assert_eq!(store.entry("count", "n", 0).await.unwrap().unwrap().version, 20);
    let audit = store.audit(AuditQuery::default()).await.unwrap().items;
    assert!(audit.iter().map(|record| record.at).eq((1..=20).rev()));
}

#[tokio::test]
async fn a_store_of_format_1_with_a_big_commit_half_folded_opens() {
    let home = fixture("format-1-redo");
    assert_eq!(fs::read_dir(home.path().join("redo")).unwrap().count(), 1);
    let store = open(home.path());
    let corp = load(&*store, "corp").await;
    assert_eq!((corp.seq.0, corp.rows.len()), (2, 2_010));
    assert_eq!(corp.cursor.unwrap().token, "delta-2");
    assert_eq!(fs::read_dir(home.path().join("redo")).unwrap().count(), 0);
}
