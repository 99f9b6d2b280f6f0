//! `throng export`: a directory as lines of JSON, as it is or as it was.

use std::io::Write;

use super::operator::Operator;
use super::{ConfigArgument, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The directory's id.
    directory: String,
    /// As it was after this run.
    #[arg(long, value_name = "RUN")]
    as_of: Option<String>,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let operator = Operator::new(&arguments.config)?;
    let when = arguments
        .as_of
        .map_or_else(String::new, |run| format!("?as_of={run}"));
    let path = format!("/directories/{}/export{when}", arguments.directory);
    let mut out = std::io::stdout();
    operator.download(&path, |piece| out.write_all(piece)).await?;
    out.flush()?;
    Ok(Exit::Done)
}
