//! The disk watch: refuses what the disk may not be able to hold, while refusing is still free of harm.
//!
//! A full disk in the middle of a write stops the store; before the write it costs an answer. What is demanded is a
//! floor (segments, snapshots and the redo file of others need room too) plus several times the bytes to be
//! written, since sled writes each page anew and gives nothing back. Five times the database's size, the planning
//! figure, is not demanded of each write: it would refuse a kilobyte on a disk with gigabytes free. Opening warns of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::api::{Result, StoreError};

/// What must be free whatever is written.
pub(crate) const FLOOR: u64 = 128 * 1024 * 1024;
/// Bytes of disk for each byte written: sled grew by up to 6 in first loads, and the redo file is one more.
const GROWTH: u64 = 8;
/// The size of the database that a healthy disk has free.
const PLANNED: u64 = 5;

/// Tells the free bytes of a folder's disk; tests have their own.
#[doc(hidden)]
pub type FreeSpace = Arc<dyn Fn(&Path) -> std::io::Result<u64> + Send + Sync>;

/// Watches the disk of one folder.
pub(crate) struct Disk {
    path: PathBuf,
    free: FreeSpace,
}

impl Disk {
    pub(crate) fn new(path: PathBuf, free: Option<FreeSpace>) -> Self {
        let free = free.unwrap_or_else(|| Arc::new(ask));
        Self { path, free }
    }

    /// Whether `bytes` more may be written.
    pub(crate) fn check(&self, bytes: u64) -> Result<()> {
        let free = self.free()?;
        let needed = FLOOR.saturating_add(bytes.saturating_mul(GROWTH));
        if free >= needed {
            return Ok(());
        }
        Err(StoreError::Full {
            path: self.path.display().to_string(),
            free,
            needed,
        })
    }

    /// Warns when the disk has less free than a database of this size is planned with.
    pub(crate) fn warn(&self, database_bytes: u64) {
        let planned = database_bytes.saturating_mul(PLANNED);
        if let Ok(free) = self.free()
            && free < planned
        {
            let path = self.path.display();
            tracing::warn!(
                free,
                planned,
                "the disk of `{path}` has less free than five times the database"
            );
        }
    }

    fn free(&self) -> Result<u64> {
        (self.free)(&self.path).map_err(|source| StoreError::Io {
            action: "ask for the free space of",
            path: self.path.display().to_string(),
            source,
        })
    }
}

fn ask(path: &Path) -> std::io::Result<u64> {
    let answer = rustix::fs::statvfs(path)?;
    Ok(answer.f_bavail.saturating_mul(answer.f_frsize))
}
