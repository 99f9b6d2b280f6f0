//! The size that the store is built for, with figures: `cargo test --release --test crash -- --ignored size --nocapture`.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use throng::clock::SystemClock;
use throng::model::commit::Cursor;
use throng::model::{Row, Seq};
use throng::store::api::{Result, RowSink};
use throng::store::conformance::support::{Dice, commit, cursor, group, members, put, user};
use throng::store::embedded::{EmbeddedStore, Options, Step};
use throng::store::{Store, StoreError};

use crate::child::run;

const USERS: u32 = 100_000;
const GROUPS: u32 = 10_000;
const MEMBERSHIPS: usize = 1_000_000;

/// A first load: every group has a hundred members, spread over all of the users.
fn company() -> Vec<Row> {
    let mut dice = Dice(1);
    let mut rows: Vec<Row> = (0..USERS)
        .map(|id| user(id, &format!("first.last.{id}@example.com")))
        .collect();
    for id in 0..GROUPS {
        rows.push(group(id, &format!("group-{id}")));
        let mut ids: Vec<u32> = Vec::new();
        while ids.len() < MEMBERSHIPS / GROUPS as usize {
            let id = dice.below(USERS);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids.sort_unstable();
        let blocks = ids.chunk_by(|a, b| a >> 15 == b >> 15);
        rows.extend(blocks.map(|block| members(id, block[0] >> 15, block.to_vec())));
    }
    rows
}

/// Counts and forgets.
#[derive(Default, Debug, PartialEq, Eq)]
struct Counted {
    users: usize,
    groups: usize,
    memberships: usize,
    cursors: usize,
}

impl RowSink for Counted {
    fn row(&mut self, row: Row) -> Result<()> {
        match row {
            Row::User(_) => self.users += 1,
            Row::Group(_) => self.groups += 1,
            Row::Members(block) => self.memberships += block.ids.len(),
            other => return Err(StoreError::Stopped(format!("{other:?} was not written"))),
        }
        Ok(())
    }

    fn cursor(&mut self, _: Cursor) -> Result<()> {
        self.cursors += 1;
        Ok(())
    }
}

/// A line of this process's status, in megabytes.
fn memory(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|told| told.strip_prefix(line)?.split_whitespace().next()?.parse().ok());
    kilobytes.unwrap_or(0u64) / 1024
}

fn disk(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() {
                disk(&path)
            } else {
                fs::metadata(path).unwrap().len()
            }
        })
        .sum()
}

fn options(fold_ended: Sender<()>) -> Options {
    let mut options = Options::new(Arc::new(SystemClock));
    let fold_ended = Mutex::new(fold_ended);
    options.hook = Some(Arc::new(move |step| {
        if matches!(step, Step::FileRemoved(_)) {
            fold_ended.lock().unwrap().send(()).unwrap_or_default();
        }
    }));
    options
}

async fn loaded(store: &EmbeddedStore) -> (Counted, Duration) {
    let began = Instant::now();
    let mut counted = Counted::default();
    assert!(store.load(&"corp".into(), &mut counted).await.unwrap() > Seq(0));
    (counted, began.elapsed())
}

#[tokio::test]
#[ignore = "prints figures; minutes without --release"]
async fn a_hundred_thousand_users_with_a_million_memberships_are_written_and_read() {
    let home = tempfile::tempdir().unwrap();
    let (fold_ended, ended) = channel();
    let store = EmbeddedStore::open_with(home.path(), options(fold_ended)).unwrap();
    let rows = company();
    let records = rows.len();
    let mut first = commit("corp", 0, rows);
    first.cursor = Some(cursor("delta"));
    eprintln!("{records} rows; {} MB before the commit", memory("VmRSS:"));
    let began = Instant::now();
    put(&*store, first).await;
    let acknowledged = began.elapsed();
    ended.recv().unwrap();
    eprintln!(
        "acknowledged after {acknowledged:?}, folded after {:?}",
        began.elapsed()
    );
    eprintln!(
        "{} MB on disk, {} MB now, {} MB at most",
        disk(home.path()) >> 20,
        memory("VmRSS:"),
        memory("VmHWM:")
    );
    let began = Instant::now();
    for base in 1..101 {
        put(
            &*store,
            commit("corp", base, vec![user(u32::try_from(base).unwrap(), "renamed")]),
        )
        .await;
    }
    eprintln!("a small commit {:?}", began.elapsed() / 100);
    store.close().await.unwrap();
    drop(store);
    let began = Instant::now();
    let store = EmbeddedStore::open(home.path(), Arc::new(SystemClock)).unwrap();
    let opened = began.elapsed();
    let (counted, reading) = loaded(&store).await;
    eprintln!("opened after a clean end in {opened:?}, loaded in {reading:?}");
    let all = Counted {
        users: USERS as usize,
        groups: GROUPS as usize,
        memberships: MEMBERSHIPS,
        cursors: 1,
    };
    assert_eq!(counted, all);
    store.close().await.unwrap();
    drop(store);
    let told = run(home.path(), "read", None);
    assert_eq!(told.of("users"), u64::from(USERS));
    let (opened, loaded, most) = (told.of("opened-ms"), told.of("loaded-ms"), told.of("megabytes"));
    eprintln!("alone in a process: opened in {opened} ms, loaded in {loaded} ms, {most} MB at most");
    eprintln!("{} MB on disk", disk(home.path()) >> 20);
}

/// What a child does to tell what opening and loading cost alone; answers what it found.
pub(crate) async fn read_alone(store: &EmbeddedStore) -> [(&'static str, u64); 3] {
    let (counted, reading) = loaded(store).await;
    let millis = u64::try_from(reading.as_millis()).unwrap();
    [
        ("users", counted.users as u64),
        ("loaded-ms", millis),
        ("megabytes", memory("VmHWM:")),
    ]
}
