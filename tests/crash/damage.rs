//! Damage to the files of a closed or killed store: told with file and remedy, or of no consequence; never a panic
//! of ours, never a store that has silently less than it acknowledged.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use throng::clock::SystemClock;
use throng::model::commit::Commit;
use throng::store::conformance::support::{Dice, Picture};
use throng::store::embedded::EmbeddedStore;
use throng::store::{Store, StoreError};

use crate::child::run;
use crate::steps::commit;
use crate::work::{Model, nth};

/// Where a folder was left.
struct Left {
    home: tempfile::TempDir,
    directory: &'static str,
    nth: fn(u64) -> Commit,
    acknowledged: u64,
    entries: u64,
}

/// A small store: all of it in the first pages of sled's log.
fn small(step: Option<&str>) -> Left {
    let home = tempfile::tempdir().unwrap();
    let told = run(home.path(), "small", step);
    let (acknowledged, entries) = (told.of("partners"), told.of("entry"));
    Left {
        home,
        directory: "partners",
        nth: |seq| nth("partners", seq),
        acknowledged,
        entries,
    }
}

/// A store whose log has many segments.
fn large() -> Left {
    let home = tempfile::tempdir().unwrap();
    let acknowledged = run(home.path(), LARGE, None).of("corp");
    Left {
        home,
        directory: "corp",
        nth: |seq| commit(LARGE, seq),
        acknowledged,
        entries: 0,
    }
}

const LARGE: &str = "steps 20000";

fn closed() -> Left {
    small(None)
}

fn killed() -> Left {
    small(Some("Acknowledged:37"))
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).unwrap();
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

impl Left {
    /// Opens a damaged copy: the refusal, or `None` when everything acknowledged was there all the same.
    async fn damaged(&self, name: &str, damage: impl FnOnce(&Path)) -> Option<StoreError> {
        let home = tempfile::tempdir().unwrap();
        copy(self.home.path(), home.path());
        damage(home.path());
        let refusal = self.read(home.path()).await.err();
        if let Some(error) = &refusal {
            let told = error.to_string();
            assert!(matches!(error, StoreError::Damaged { .. }), "{name}: {told}");
            assert!(
                told.contains("hint:") && told.contains(&*home.path().to_string_lossy()),
                "{name}: {told}"
            );
            let again = self.read(home.path()).await;
            assert!(again.is_err(), "{name}: refused once, then opened: {told}");
        }
        refusal
    }

    /// Reads everything; what is told must be all that was acknowledged.
    async fn read(&self, path: &Path) -> Result<(), StoreError> {
        let store = EmbeddedStore::open(path, Arc::new(SystemClock))?;
        store
            .load(&self.directory.into(), &mut Picture::default())
            .await?;
        store.entries("count", 0).await?;
        store
            .audit(throng::store::api::AuditQuery {
                limit: 10_000,
                ..Default::default()
            })
            .await?;
        Model::default()
            .check(&store, self.directory, self.acknowledged, self.nth)
            .await;
        let counted = store
            .entry("count", "n", 0)
            .await?
            .map_or(0, |entry| entry.version);
        assert!(
            counted >= self.entries,
            "entry {} was acknowledged, {counted} is there",
            self.entries
        );
        store.close().await
    }
}

fn log(home: &Path) -> PathBuf {
    home.join("db/db")
}

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn an_unharmed_copy_opens() {
    for left in [closed(), killed()] {
        assert!(left.damaged("nothing", |_| {}).await.is_none());
    }
}

#[tokio::test]
async fn a_missing_file_is_named_and_nothing_is_made_in_its_place() {
    let left = closed();
    for name in ["CURRENT", "HEADS.0", "HEADS.1", "db/db", "db/conf"] {
        let refusal = left
            .damaged(name, |home| fs::remove_file(home.join(name)).unwrap())
            .await;
        let told = refusal
            .unwrap_or_else(|| panic!("a store without `{name}` opened"))
            .to_string();
        assert!(told.contains(name), "{told}");
    }
    for name in ["CURRENT", "HEADS.0", "db/db", "db/conf"] {
        let refusal = left
            .damaged(name, |home| fs::write(home.join(name), b"").unwrap())
            .await;
        assert_eq!(
            refusal.is_none(),
            name == "HEADS.0",
            "`{name}` emptied: {refusal:?}"
        );
    }
    let refusal = left
        .damaged("db", |home| fs::remove_dir_all(home.join("db")).unwrap())
        .await;
    assert!(refusal.unwrap().to_string().contains("db/conf"));
    let refusal = left.damaged("both heads files", |home| {
        for name in ["HEADS.0", "HEADS.1"] {
            edit(&home.join(name), |bytes| bytes[30] ^= 1);
        }
    });
    assert!(refusal.await.unwrap().to_string().contains("HEADS"));
}

#[tokio::test]
async fn snapshots_may_be_missing_or_half_made() {
    for left in [closed(), killed()] {
        let without = |home: &Path| {
            let snapshots = files(&home.join("db"))
                .into_iter()
                .filter(|path| path.to_string_lossy().contains("snap."));
            snapshots.for_each(|path| fs::remove_file(path).unwrap());
        };
        drop(left.damaged("no snapshot", without).await);
        let half = |home: &Path| fs::write(home.join("db/snap.00000000FFFFFFFF.generating"), b"").unwrap();
        assert!(left.damaged("a half-made snapshot", half).await.is_none());
    }
}

#[tokio::test]
async fn an_older_database_is_refused_as_rolled_back() {
    let old = {
        let home = tempfile::tempdir().unwrap();
        run(home.path(), "small", Some("Acknowledged:9"));
        home
    };
    let old_log = fs::read(log(old.path())).unwrap();
    let home = tempfile::tempdir().unwrap();
    copy(old.path(), home.path());
    let told = run(home.path(), "all", Some("Acknowledged:60"));
    assert!(told.of("partners") > 5);
    // Everything newer stays, only the database is from before.
    fs::remove_dir_all(home.path().join("db")).unwrap();
    copy(&old.path().join("db"), &home.path().join("db"));
    assert_eq!(fs::read(log(home.path())).unwrap(), old_log);
    let refusal = EmbeddedStore::open(home.path(), Arc::new(SystemClock))
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(
        refusal.contains("acknowledged commit") && refusal.contains("is missing"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_database_of_another_store_is_refused() {
    let (left, other) = (closed(), closed());
    let refusal = left.damaged("another store", |home| {
        fs::remove_dir_all(home.join("db")).unwrap();
        copy(&other.home.path().join("db"), &home.join("db"));
    });
    assert!(refusal.await.unwrap().to_string().contains("another store"));
}

#[tokio::test]
async fn a_cut_log_is_refused_or_whole() {
    let left = killed();
    let length = fs::metadata(log(left.home.path())).unwrap().len();
    let mut dice = Dice(5);
    let mut refused = 0;
    for _ in 0..25 {
        let cut = u64::from(dice.below(u32::try_from(length).unwrap()));
        let damage = |home: &Path| {
            fs::File::options()
                .write(true)
                .open(log(home))
                .unwrap()
                .set_len(cut)
                .unwrap();
        };
        refused += usize::from(
            left.damaged(&format!("cut at {cut} of {length}"), damage)
                .await
                .is_some(),
        );
    }
    assert!(
        refused > 0,
        "no cut had a consequence: the test does not reach the data"
    );
}

/// Damages the log at `rounds` places, by turns a bit and a page; answers how many of each had a consequence.
async fn harmed(left: &Left, rounds: usize) -> [usize; 2] {
    let mut dice = Dice(7);
    let mut refused = [0; 2];
    let used = fs::read(log(left.home.path()))
        .unwrap()
        .iter()
        .rposition(|byte| *byte != 0)
        .unwrap();
    for round in 0..rounds {
        let at = dice.below(u32::try_from(used).unwrap()) as usize;
        let (kind, bit) = (round % 2, dice.below(8));
        let damage = |home: &Path| {
            edit(&log(home), |bytes| match kind {
                0 => bytes[at] ^= 1 << bit,
                _ => bytes[at & !0xfff..used.min((at | 0xfff) + 1)].fill(0),
            });
        };
        let name = format!("kind {kind} at {at} of {used}");
        refused[kind] += usize::from(left.damaged(&name, damage).await.is_some());
    }
    refused
}

#[tokio::test]
async fn a_flipped_bit_or_a_lost_page_is_refused_or_of_no_consequence() {
    for left in [closed(), killed()] {
        let [flips, pages] = harmed(&left, 40).await;
        eprintln!("small log: of 20 each, {flips} flips and {pages} lost pages refused");
        assert!(
            pages > 0,
            "no lost page had a consequence: the test does not reach the data"
        );
    }
}

#[tokio::test]
async fn a_log_of_many_segments_may_be_harmed_anywhere() {
    let [flips, pages] = harmed(&large(), 24).await;
    eprintln!("large log: of 12 each, {flips} flips and {pages} lost pages refused");
    assert!(
        pages > 0,
        "no lost page had a consequence: the test does not reach the data"
    );
}

#[tokio::test]
async fn every_small_file_may_have_a_flipped_bit() {
    let left = closed();
    let names = files(left.home.path());
    let mut dice = Dice(11);
    for path in names
        .iter()
        .filter(|path| !path.ends_with("db/db") && !path.ends_with("LOCK"))
    {
        let name = path.strip_prefix(left.home.path()).unwrap();
        let length = fs::metadata(path).unwrap().len();
        for _ in 0..6 {
            let (at, bit) = (
                dice.below(u32::try_from(length).unwrap().max(1)) as usize,
                dice.below(8),
            );
            let damage = |home: &Path| edit(&home.join(name), |bytes| bytes[at] ^= 1 << bit);
            if length > 0 {
                drop(left.damaged(&format!("{} at {at}", name.display()), damage).await);
            }
        }
    }
}

#[tokio::test]
async fn a_named_redo_file_that_is_gone_or_changed_is_refused() {
    let home = tempfile::tempdir().unwrap();
    run(home.path(), "steps 6000", Some("Acknowledged:2"));
    let redo = files(&home.path().join("redo")).pop().unwrap();
    let whole = fs::read(&redo).unwrap();
    for at in [0, whole.len() / 2, whole.len() - 1] {
        edit(&redo, |bytes| bytes[at] ^= 1);
        let refusal = EmbeddedStore::open(home.path(), Arc::new(SystemClock))
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert!(refusal.contains("redo") && refusal.contains("hint:"), "{refusal}");
        fs::write(&redo, &whole).unwrap();
    }
    fs::rename(&redo, home.path().join("elsewhere")).unwrap();
    let refusal = EmbeddedStore::open(home.path(), Arc::new(SystemClock))
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(
        refusal.contains("redo") && refusal.contains("missing"),
        "{refusal}"
    );
    fs::rename(home.path().join("elsewhere"), &redo).unwrap();
    let store = EmbeddedStore::open(home.path(), Arc::new(SystemClock)).unwrap();
    assert_eq!(
        store
            .load(&"corp".into(), &mut Picture::default())
            .await
            .unwrap()
            .0,
        2
    );
}
