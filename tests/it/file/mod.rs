//! Folders of files as sources.

mod content;
mod daemon;
mod folder;
mod subject;

use std::collections::BTreeSet;
use std::path::Path;

use throng::clock::StoppedClock;
use throng::connector::conformance::{Reader, Went};
use throng::connector::file::{FileConfig, FileSource};
use throng::connector::{ConnectorError, Result};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

/// What the usual mapping wants.
fn attributes() -> BTreeSet<String> {
    Mapping::scim().attributes()
}

fn config(folder: &Path) -> FileConfig {
    let text = serde_json::json!({ "path": folder });
    serde_json::from_value(text).unwrap()
}

fn source(folder: &Path) -> FileSource {
    FileSource::build(
        &config(folder),
        &attributes(),
        StoppedClock::at(1_000),
        TaskTracker::new(),
    )
}

/// Writes files into a fresh folder.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

async fn read(folder: &Path) -> Result<(Reader, Went)> {
    let mut reader = Reader::new("userName");
    let went = reader.pull(&source(folder)).await?;
    Ok((reader, went))
}

/// What is wrong with these files.
async fn complaint(files: &[(&str, &str)]) -> ConnectorError {
    read(folder(files).path()).await.expect_err("the files are wrong")
}
