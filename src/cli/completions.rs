//! `throng completions`: what a shell needs to complete our verbs.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Which shell.
    shell: Shell,
}

#[expect(clippy::unnecessary_wraps, reason = "as every verb")]
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    clap_complete::generate(
        arguments.shell,
        &mut Cli::command(),
        "throng",
        &mut std::io::stdout(),
    );
    Ok(Exit::Done)
}
