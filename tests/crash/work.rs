//! The work that children do and parents check: every commit follows from its directory and its number.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use throng::clock::SystemClock;
use throng::model::commit::Commit;
use throng::model::{DirectoryId, Row, Seq};
use throng::store::Store;
use throng::store::api::AuditQuery;
use throng::store::conformance::support::{
    Dice, Picture, audit, commit, cursor, group, load, members, put, user, write,
};
use throng::store::embedded::EmbeddedStore;
use throng::store::memory::MemoryStore;

pub(crate) const DIRECTORIES: [&str; 3] = ["corp", "partners", "contractors"];

pub(crate) fn open(path: &Path) -> Arc<EmbeddedStore> {
    EmbeddedStore::open(path, Arc::new(SystemClock)).unwrap()
}

/// The commit number `seq` of a directory. Every seventh of `corp` is big: it goes by a redo file.
pub(crate) fn nth(directory: &str, seq: u64) -> Commit {
    let mut dice = Dice(seq * 31 + u64::from(crc32c::crc32c(directory.as_bytes())));
    let count = if directory == "corp" && seq % 7 == 3 {
        6_000
    } else {
        1 + dice.below(40)
    };
    next(directory, seq, rows(&mut dice, seq, count))
}

/// A commit of these rows, which moves the cursor and tells of itself in an entry and in the audit trail.
pub(crate) fn next(directory: &str, seq: u64, rows: Vec<Row>) -> Commit {
    let mut commit = commit(directory, seq - 1, rows);
    commit.cursor = Some(cursor(&format!("delta-{seq}")));
    commit.entries = vec![write("run", directory, &seq.to_le_bytes())];
    commit.audit = vec![audit(i64::try_from(seq).unwrap(), directory, None)];
    commit
}

fn rows(dice: &mut Dice, seq: u64, count: u32) -> Vec<Row> {
    let from = dice.below(500);
    let row = |id| match id % 4 {
        0 => group(id, &format!("group {seq}")),
        1 => members(id, 0, (0..dice.below(300)).map(|n| n * 7).collect()),
        _ => user(id, &format!("user {id} at {seq}")),
    };
    (from..from + count).map(row).collect()
}

/// What every directory must be, grown as commits are found to be durable.
#[derive(Default)]
pub(crate) struct Model {
    heads: BTreeMap<String, u64>,
    stores: BTreeMap<String, Arc<MemoryStore>>,
}

impl Model {
    /// Checks a directory: a whole number of commits, none of the acknowledged ones missing. Answers the head.
    pub(crate) async fn check(
        &mut self,
        store: &EmbeddedStore,
        directory: &str,
        acknowledged: u64,
        nth: impl Fn(u64) -> Commit,
    ) -> u64 {
        let found = load(store, directory).await;
        let Seq(head) = found.seq;
        assert!(
            head >= acknowledged,
            "`{directory}` is at {head}, {acknowledged} was acknowledged"
        );
        let model = self
            .stores
            .entry(directory.to_owned())
            .or_insert_with(MemoryStore::new);
        let known = self.heads.entry(directory.to_owned()).or_default();
        assert!(head >= *known, "`{directory}` fell from {known} to {head}");
        for seq in *known + 1..=head {
            put(&**model, nth(seq)).await;
        }
        *known = head;
        same(directory, &found, &load(&**model, directory).await);
        beside(store, directory, head).await;
        head
    }
}

/// Compares pictures without printing a hundred thousand rows.
fn same(directory: &str, found: &Picture, expected: &Picture) {
    assert_eq!(found.seq, expected.seq, "{directory}");
    assert_eq!(found.cursor, expected.cursor, "{directory}");
    let differing = found
        .rows
        .iter()
        .zip(&expected.rows)
        .find(|(found, expected)| found != expected);
    assert_eq!(differing, None, "{directory}");
    assert_eq!(found.rows.len(), expected.rows.len(), "{directory}");
}

/// Entry and audit of the head's commit, and of no later one.
async fn beside(store: &EmbeddedStore, directory: &str, head: u64) {
    let entry = store.entry("run", directory, 0).await.unwrap();
    let told = entry.map(|entry| (entry.version, entry.value));
    assert_eq!(
        told,
        (head > 0).then(|| (head, head.to_le_bytes().to_vec())),
        "{directory}"
    );
    let query = AuditQuery {
        subject: Some(directory.to_owned()),
        limit: 100_000,
        ..AuditQuery::default()
    };
    let told = store.audit(query).await.unwrap().items;
    let expected = (1..=head).rev().map(|seq| i64::try_from(seq).unwrap());
    assert!(
        told.iter().map(|record| record.at).eq(expected),
        "{directory}: audit has a gap"
    );
}

/// The heads of every directory, as a child finds them.
pub(crate) async fn heads(store: &EmbeddedStore) -> BTreeMap<&'static str, u64> {
    let mut heads = BTreeMap::new();
    for directory in DIRECTORIES {
        let head = *store.watch(&DirectoryId::from(directory)).borrow();
        heads.insert(directory, head.0);
    }
    heads
}
