//! Backups from the outside: what of the store belongs to them, checking a file, restoring one.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::AppError;
use super::open;
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::activity::SPACES as ACTIVITY;
pub use crate::directory::backup::Contents;
use crate::directory::restore;
pub use crate::directory::restore::RestoreError;
use crate::store::StoreConfig;
use crate::store::config::Engine;

/// The entries that a backup has. Sessions and marks are left out: they mean nothing under another epoch.
pub(super) const SPACES: [&str; 22] = [
    "run",
    "plan",
    "plan-steps",
    "carried",
    "agreement",
    "waiting",
    "past",
    "past-changes",
    "past-last",
    "undone",
    "served",
    "retired",
    "webhook",
    "brake",
    "cleanup-run",
    "cleanup-plan",
    "cleanup-steps",
    "cleanup-policy",
    "cleanup-held",
    "cleanup-pack",
    ACTIVITY[0],
    ACTIVITY[1],
];

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoringError {
    /// The backup or the store says no.
    #[error("{0}")]
    Backup(#[from] RestoreError),
    /// There is something already.
    #[error("data folder `{0}` is not empty; hint: stop throng, move the folder aside, then restore")]
    Occupied(PathBuf),
    /// The configured store forgets.
    #[error("`store.engine` is `memory`, which nothing can be restored to; hint: set it to `sled`")]
    Memory,
    /// The store cannot be opened.
    #[error("{0}")]
    Open(#[from] AppError),
    /// The restored folder cannot be put in its place.
    #[error("cannot rename `{from}` to `{to}`: {source}")]
    Rename {
        /// The folder.
        from: PathBuf,
        /// Its place.
        to: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl RestoringError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Backup(error) => error.code(),
            Self::Occupied(_) => "RESTORE_OCCUPIED",
            Self::Memory => "RESTORE_MEMORY",
            Self::Open(error) => error.code(),
            Self::Rename { .. } => "RESTORE_RENAME",
        }
    }
}

/// Reads a backup from its first line to its last; says what is in it.
///
/// # Errors
/// Where it is not whole.
pub fn check(file: &Path) -> Result<Contents, RestoreError> {
    restore::check(BufReader::new(File::open(file)?))
}

/// Fills the configured data folder, which must be empty or absent, with a backup. Nothing is in its place before
/// everything is written: a restore that breaks off leaves a folder `….restoring` beside it.
///
/// # Errors
/// Where the backup is not whole, or something is in the way.
pub async fn restore(
    config: &Config,
    file: &Path,
    clock: Arc<dyn Clock>,
) -> Result<Contents, RestoringError> {
    let place = &config.store.path;
    if config.store.engine == Engine::Memory {
        return Err(RestoringError::Memory);
    }
    let occupied = std::fs::read_dir(place).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(RestoringError::Occupied(place.clone()));
    }
    check(file)?;
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(".restoring");
    let beside = place.with_file_name(name);
    if std::fs::read_dir(&beside).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(RestoringError::Occupied(beside));
    }
    let section = StoreConfig {
        path: beside.clone(),
        ..config.store.clone()
    };
    let store = open::store(&section, clock).await?;
    let lines = BufReader::new(File::open(file).map_err(RestoreError::Io)?);
    let contents = restore::restore(lines, store.as_ref()).await?;
    store.close().await.map_err(RestoreError::Store)?;
    // An empty folder may be in the place.
    drop(std::fs::remove_dir(place));
    std::fs::rename(&beside, place).map_err(|source| RestoringError::Rename {
        from: beside,
        to: place.clone(),
        source,
    })?;
    Ok(contents)
}
