//! `throng schema`: the generated files of `schemas/`.

use std::path::PathBuf;

use anyhow::Context;

use super::Exit;
use super::output::{say, tell};
use crate::config::schema;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write into this folder (`schemas` in the repository), instead of printing.
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let text = schema::config();
    match &arguments.write {
        None => say(text.trim_end()),
        Some(folder) => {
            let file = folder.join("config.schema.json");
            std::fs::write(&file, text).with_context(|| format!("cannot write `{}`", file.display()))?;
            tell(&format!("wrote `{}`", file.display()));
        }
    }
    Ok(Exit::Done)
}
