//! `throng directory retire`: the end of a directory that vanished from the configuration.

use serde_json::json;

use super::operator::Operator;
use super::output::{Output, document, say};
use super::{ConfigArgument, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    config: ConfigArgument,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Removes all users and groups of a directory without a section in the configuration, for good.
    Retire {
        /// Its id.
        id: String,
        /// Its id once more; without it you are asked to type it.
        #[arg(long, value_name = "ID")]
        confirm: Option<String>,
    },
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let operator = Operator::new(&arguments.config)?;
    let What::Retire { id, confirm } = arguments.what;
    let confirm = match confirm {
        Some(confirm) => confirm,
        None => typed(&id)?,
    };
    let path = format!("/directories/{id}/retire");
    let retired = operator.post(&path, &json!({ "confirm": confirm })).await?;
    match output {
        Output::Json => document(&retired),
        Output::Text => say(&format!(
            "directory `{id}` is retired: {} users, {} groups, {} memberships are gone",
            retired["users"], retired["groups"], retired["memberships"]
        )),
    }
    Ok(Exit::Done)
}

fn typed(id: &str) -> anyhow::Result<String> {
    say(&format!(
        "every user and group of `{id}` will be removed from its applications, for good; type the directory's id to go on:"
    ));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
