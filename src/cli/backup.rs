//! `throng backup` with `throng restore`: the directories in one file, there and back.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use serde_json::json;

use super::operator::Operator;
use super::output::{Output, document, say};
use super::{ConfigArgument, Exit};
use crate::app::backup::{self, Contents};
use crate::clock::SystemClock;
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file, one JSON document a line. It has the hashes of passwords: keep it as a secret.
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArgument,
}

/// Asks the running daemon for a backup, checks it whole, then puts it in its place.
pub(super) async fn save(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let operator = Operator::new(&arguments.config)?;
    let mut name = arguments
        .file
        .file_name()
        .context("the file has no name")?
        .to_owned();
    name.push(".part");
    let part = arguments.file.with_file_name(name);
    let cannot = |what: &str, path: &Path| format!("cannot {what} `{}`", path.display());
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&part).with_context(|| cannot("write", &part))?;
    operator.stream("/backup", |piece| file.write_all(piece)).await?;
    file.sync_all().with_context(|| cannot("write", &part))?;
    let contents = backup::check(&part)?;
    let place = &arguments.file;
    std::fs::rename(&part, place).with_context(|| cannot("write", place))?;
    tell(&contents, output, &format!("backup `{}`", place.display()));
    Ok(Exit::Done)
}

/// Fills the empty data folder of the configuration; the daemon must not run.
pub(super) async fn restore(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let config = Config::read(&arguments.config.config)?;
    let contents = backup::restore(&config, &arguments.file, Arc::new(SystemClock)).await?;
    let place = format!("restored to `{}`", config.store.path.display());
    tell(&contents, output, &place);
    Ok(Exit::Done)
}

fn tell(contents: &Contents, output: Output, what: &str) {
    if output == Output::Json {
        document(&json!(contents));
        return;
    }
    let Contents {
        directories,
        users,
        groups,
        memberships,
        ..
    } = contents;
    say(&format!(
        "{what}: {directories} directories, {users} users, {groups} groups, {memberships} memberships"
    ));
}
