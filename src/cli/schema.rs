//! `throng schema`: the generated files of `schemas/`.

use std::path::PathBuf;

use anyhow::Context;

use super::Exit;
use super::output::{say, tell};
use crate::app::schemas;
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
            let below = folder.join("scim");
            std::fs::create_dir_all(&below).with_context(|| format!("cannot make `{}`", below.display()))?;
            for (name, schema) in schemas::scim() {
                let file = below.join(format!("{name}.json"));
                let text = format!("{schema:#}\n");
                std::fs::write(&file, text).with_context(|| format!("cannot write `{}`", file.display()))?;
                tell(&format!("wrote `{}`", file.display()));
            }
        }
    }
    Ok(Exit::Done)
}
