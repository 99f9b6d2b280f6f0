//! The command line: one file per verb.
//!
//! Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 failed, 2 usage, 3 held for a person's approval.

mod backup;
mod check;
mod cleanup;
mod completions;
mod demo;
mod directory;
mod error;
mod explain;
mod export;
mod hash;
mod history;
mod hold;
mod mapping;
mod notices;
mod operator;
mod output;
mod plan;
mod schema;
mod serve;
mod session;
mod settings;
mod simulator;
mod sync;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use error::code;
use output::Output;

/// A cloud identity provider as the user directory of Jira, Confluence, Bitbucket and Bamboo.
#[derive(Debug, Parser)]
#[command(name = "throng", version)]
pub struct Cli {
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t)]
    output: Output,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Shows the main job with a simulated company.
    Demo(demo::Arguments),
    /// Runs a stand-in identity provider alone.
    Simulator(simulator::Arguments),
    /// Runs the daemon.
    Serve(serve::Arguments),
    /// Checks the configuration, and with `--online` every source's permissions.
    Check(check::Arguments),
    /// Reads a directory's source now.
    Sync(sync::Arguments),
    /// Shows one live record of a source, mapped step by step.
    Mapping(mapping::Arguments),
    /// Runs a policy of the cleanup now.
    Cleanup(cleanup::Arguments),
    /// Lists, shows, approves or rejects held plans; undoes applied ones.
    Plan(plan::Arguments),
    /// Lists, holds or releases users whatever their source says.
    Hold(hold::Arguments),
    /// Lists who was told of what by webhook and mail, and what has become of it.
    Notices(notices::Arguments),
    /// Lists the plans that were applied to a directory.
    History(history::Arguments),
    /// Prints a directory as lines of JSON, as it is or as it was after a past run.
    Export(export::Arguments),
    /// Ends a directory that nobody configures any more.
    Directory(directory::Arguments),
    /// Saves all directories of the running daemon to a file.
    Backup(backup::Arguments),
    /// Fills an empty data folder from a backup; the daemon must not run.
    Restore(backup::Arguments),
    /// Makes the hash of an application's password, or a token with its hash.
    Hash(hash::Arguments),
    /// Explains an error's code, a user of an application, or a single sign-on session.
    Explain(explain::Arguments),
    /// Prints the JSON Schema of the configuration.
    Schema(schema::Arguments),
    /// Prints a shell's completions.
    Completions(completions::Arguments),
}

/// Where the configuration is.
#[derive(Debug, Args)]
struct ConfigArgument {
    /// The configuration's file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "THRONG_CONFIG",
        default_value = "throng.toml"
    )]
    config: PathBuf,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// As asked.
    Done,
    /// Not as asked; what is wrong has been said.
    Failed,
    /// A plan waits for a person.
    Held,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::FAILURE,
            Exit::Held => Self::from(3),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// What a person should read.
pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    let output = cli.output;
    match cli.verb {
        Verb::Demo(arguments) => demo::run(arguments).await,
        Verb::Simulator(arguments) => simulator::run(arguments).await,
        Verb::Serve(arguments) => serve::run(arguments).await,
        Verb::Check(arguments) => check::run(arguments, output).await,
        Verb::Sync(arguments) => sync::run(arguments, output).await,
        Verb::Mapping(arguments) => mapping::run(arguments, output).await,
        Verb::Cleanup(arguments) => cleanup::run(arguments, output).await,
        Verb::Plan(arguments) => plan::run(arguments, output).await,
        Verb::Hold(arguments) => hold::run(arguments, output).await,
        Verb::Notices(arguments) => notices::run(arguments, output).await,
        Verb::History(arguments) => history::run(arguments, output).await,
        Verb::Export(arguments) => export::run(arguments).await,
        Verb::Directory(arguments) => directory::run(arguments, output).await,
        Verb::Backup(arguments) => backup::save(arguments, output).await,
        Verb::Restore(arguments) => backup::restore(arguments, output).await,
        Verb::Hash(arguments) => hash::run(&arguments, output),
        Verb::Explain(arguments) => explain::run(arguments, output).await,
        Verb::Schema(arguments) => schema::run(&arguments),
        Verb::Completions(arguments) => completions::run(&arguments),
    }
}
