//! The command line: one file per verb.

use clap::{Parser, Subcommand};

use crate::app;

/// A cloud identity provider as the user directory of Jira, Confluence, Bitbucket and Bamboo.
#[derive(Debug, Parser)]
#[command(name = "throng", version)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Shows the main job with a simulated company.
    Demo {
        /// End when the story is told.
        #[arg(long)]
        once: bool,
        /// How many people the company has.
        #[arg(long, default_value_t = 2000)]
        users: usize,
    },
}

/// Runs the command.
///
/// # Errors
/// What a person should read.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let Verb::Demo { once, users } = cli.verb;
    let demo = app::demo::run(users, &mut say).await?;
    if !once {
        say("press Ctrl-C to end".to_owned());
        tokio::signal::ctrl_c().await?;
    }
    demo.end().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command line speaks on stdout")]
#[expect(clippy::needless_pass_by_value, reason = "the demo hands over each line")]
fn say(line: String) {
    println!("{line}");
}
