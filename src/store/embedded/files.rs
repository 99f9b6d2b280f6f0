//! Small durable file operations, with errors that name the file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::store::api::{Result, StoreError};

/// Turns a system error into ours.
pub(crate) fn failed<'a>(action: &'static str, path: &'a Path) -> impl Fn(io::Error) -> StoreError + use<'a> {
    move |source| StoreError::Io {
        action,
        path: path.display().to_string(),
        source,
    }
}

/// A damaged file.
pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> StoreError {
    StoreError::Damaged {
        file: path.display().to_string(),
        what: what.into(),
    }
}

/// Makes what a folder lists durable.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("sync", path))
}

/// Makes a file's bytes durable.
pub(crate) fn sync_file(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(failed("sync", path))
}

/// Writes a whole file durably: all of it is there afterwards, or what was there before.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let draft = path.with_extension("new");
    let written = File::create(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(failed("write", &draft))?;
    fs::rename(&draft, path).map_err(failed("rename to", path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Reads a file; `None` where there is none.
pub(crate) fn read_whole(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Whether a path is there.
pub(crate) fn exists(path: &Path) -> Result<bool> {
    path.try_exists().map_err(failed("look for", path))
}
