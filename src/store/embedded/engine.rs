//! sled behind its rules: synced for certain, never made anew in a damaged place, its panics caught.
//!
//! The rules are numbered as the store's issue numbers them: 1 exact version and settings (`Cargo.toml`, [`settings`]),
//! 2 our lock, no half-made snapshots, everything synced after creation, 3 flush and then `sync_data` by our own
//! descriptor, 4 panics are damage, 5 one thread owns sled and nothing scans while it writes, 6 the disk watch.

use std::fs::{self, File};
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sled::IVec;

use super::files::{damaged, exists, failed, sync_file, sync_folder};
use crate::store::api::{Result, StoreError};

/// sled's page cache. Reads are answered from the directories' own memory, so it serves loads and writes only.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// How often sled's own thread flushes: without it no page is ever collected.
const FLUSH_MILLIS: u64 = 500;
/// How often, and after how long each time, sled's own lock is tried again.
const LOCK_TRIES: u32 = 250;
const LOCK_WAIT: Duration = Duration::from_millis(20);

/// A stored key and value.
pub(crate) type Pair = (IVec, IVec);

/// An open sled.
pub(crate) struct Engine {
    db: sled::Db,
    /// A second descriptor of sled's log: an fsync through any descriptor is one of the file.
    log: File,
    log_path: PathBuf,
}

impl Engine {
    /// Opens what must be there.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        for name in ["conf", "db"] {
            let path = folder.join(name);
            let length = fs::metadata(&path).map_or(0, |about| about.len());
            if length == 0 {
                return Err(damaged(&path, "nothing (it is missing or empty)"));
            }
        }
        remove_half_snapshots(folder)?;
        Self::start(folder)
    }

    /// Makes a new database, found again after a power cut.
    pub(crate) fn create(folder: &Path) -> Result<Self> {
        let engine = Self::start(folder)?;
        engine.sync()?;
        for name in ["conf", "db"] {
            sync_file(&folder.join(name))?;
        }
        sync_folder(folder)?;
        folder.parent().map_or(Ok(()), sync_folder)?;
        Ok(engine)
    }

    fn start(folder: &Path) -> Result<Self> {
        let log_path = folder.join("db");
        let db = unlocked(folder, &log_path)?;
        let log = File::options()
            .read(true)
            .write(true)
            .open(&log_path)
            .map_err(failed("open", &log_path))?;
        Ok(Self { db, log, log_path })
    }

    /// sled's log, for messages.
    pub(crate) fn file(&self) -> &Path {
        &self.log_path
    }

    /// The bytes that sled has on disk.
    pub(crate) fn size(&self) -> u64 {
        self.log.metadata().map_or(0, |about| about.len())
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<IVec>> {
        caught(&self.log_path, || self.db.get(key))
    }

    /// Writes a batch: after a kill all of it is there or nothing. Durable after [`Engine::sync`].
    pub(crate) fn apply(&self, batch: sled::Batch) -> Result<()> {
        caught(&self.log_path, || self.db.apply_batch(batch))
    }

    /// Makes everything written durable. sled's flush alone does not reach the disk on Linux (`sync_file_range`).
    pub(crate) fn sync(&self) -> Result<()> {
        caught(&self.log_path, || self.db.flush())?;
        self.log.sync_data().map_err(failed("sync", &self.log_path))
    }

    /// Up to `limit` pairs that begin with `prefix` and come after `after`.
    pub(crate) fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>> {
        let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
        let range = (from, Bound::Unbounded);
        caught(&self.log_path, || {
            let pairs = self.db.range::<&[u8], _>(range).take(limit);
            let within =
                pairs.take_while(|pair| pair.as_ref().map_or(true, |(key, _)| key.starts_with(prefix)));
            within.collect()
        })
    }

    /// Pairs that begin with `prefix` and come before `before`, the last one first, until `enough` says so.
    pub(crate) fn scan_back(
        &self,
        prefix: &[u8],
        before: &[u8],
        mut enough: impl FnMut(&Pair) -> bool,
    ) -> Result<Vec<Pair>> {
        caught(&self.log_path, || {
            let mut pairs = Vec::new();
            for pair in self
                .db
                .range::<&[u8], _>((Bound::Included(prefix), Bound::Excluded(before)))
                .rev()
            {
                let pair = pair?;
                let last = enough(&pair);
                pairs.push(pair);
                if last {
                    break;
                }
            }
            Ok(pairs)
        })
    }

    /// Leaves sled as it is after it failed: its destructors would write, wait for a thread that died, or panic again.
    pub(crate) fn abandon(self) {
        std::mem::forget(self.db);
    }
}

/// Opens sled. Its threads may hold its lock for a moment after its last handle is gone; nobody else can, since we hold
/// our own.
fn unlocked(folder: &Path, log: &Path) -> Result<sled::Db> {
    let mut tries = 0;
    loop {
        match caught(log, || settings(folder).open()) {
            Err(StoreError::Io { source, .. }) if tries < LOCK_TRIES && is_lock(&source) => tries += 1,
            opened => return opened,
        }
        std::thread::sleep(LOCK_WAIT);
    }
}

/// sled has no kind of error of its own for this.
fn is_lock(error: &io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

fn settings(folder: &Path) -> sled::Config {
    sled::Config::new()
        .path(folder)
        .mode(sled::Mode::LowSpace)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(Some(FLUSH_MILLIS))
        .use_compression(false)
}

/// sled cannot open a folder in which it was killed while it wrote a snapshot; the half-made file is of no use.
fn remove_half_snapshots(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(failed("list", folder))? {
        let path = entry.map_err(failed("list", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let snapshot = name.starts_with("snap.");
        if snapshot && name.ends_with(".generating") && exists(&path)? {
            tracing::info!(
                "removed `{}`, a snapshot that a kill left half-made",
                path.display()
            );
            fs::remove_file(&path).map_err(failed("remove", &path))?;
        }
    }
    Ok(())
}

/// Runs sled and turns its errors into ours; a panic in it is damage.
fn caught<T>(file: &Path, work: impl FnOnce() -> sled::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(sled::Error::Io(error))) => Err(failed("use", file)(error)),
        Ok(Err(error)) => Err(damaged(file, format!("what sled cannot read ({error})"))),
        Err(panic) => {
            let told = panic.downcast_ref::<String>().map(String::as_str);
            let told = told
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no reason told");
            Err(damaged(file, format!("what made sled panic ({told})")))
        }
    }
}
