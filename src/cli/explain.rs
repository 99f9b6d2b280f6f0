//! `throng explain`: what a code of an error means.

use anyhow::bail;
use serde_json::json;

use super::Exit;
use super::output::{Output, document, say};
use crate::catalogue;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// An error's cause and remedy.
    Error {
        /// Its code, such as `STORE_LOCKED`.
        code: String,
    },
}

pub(super) fn run(arguments: &Arguments, output: Output) -> anyhow::Result<Exit> {
    let What::Error { code } = &arguments.what;
    let Some(entry) = catalogue::find(code) else {
        bail!("there is no error `{code}`; hint: the code is the word in capitals of the message")
    };
    if output == Output::Json {
        document(&json!({ "code": entry.code, "cause": entry.cause, "remedy": entry.remedy }));
    } else {
        say(entry.code);
        say(&format!("cause:  {}", entry.cause));
        say(&format!("remedy: {}", entry.remedy));
    }
    Ok(Exit::Done)
}
