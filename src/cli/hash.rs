//! `throng hash`: what the configuration keeps instead of a password.

use std::io::{IsTerminal, Read};

use anyhow::{Context, ensure};
use serde_json::json;

use super::Exit;
use super::output::{Output, document, say, tell};
use crate::app::secrets::{generate_token, hash_password};
use crate::secret::Secret;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Make a random token and its hash, instead of reading a password.
    #[arg(long)]
    token: bool,
}

pub(super) fn run(arguments: &Arguments, output: Output) -> anyhow::Result<Exit> {
    if arguments.token {
        let (token, hash) = generate_token()?;
        if output == Output::Json {
            document(&json!({ "token": token.expose(), "hash": hash }));
        } else {
            say(&format!("token  {}", token.expose()));
            say(&format!("hash   {hash}"));
            tell("hint: give the token to the application, write `hash = \"…\"` into its `[[application]]`");
        }
        return Ok(Exit::Done);
    }
    if std::io::stdin().is_terminal() {
        tell(
            "type the password, then a new line and Ctrl-D (it is shown while you type; a pipe shows nothing)",
        );
    }
    let mut text = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut text)
        .context("the password cannot be read from standard input")?;
    let password = Secret::new(text.trim_end_matches(['\r', '\n']));
    ensure!(
        !password.expose().is_empty(),
        "no password on standard input; hint: `printf %s 'the password' | throng hash`"
    );
    let hash = hash_password(&password)?;
    if output == Output::Json {
        document(&json!({ "hash": hash }));
    } else {
        say(&hash);
    }
    Ok(Exit::Done)
}
