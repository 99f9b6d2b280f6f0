//! `throng history`: the plans that were applied to a directory, each of which can be undone.

use serde_json::Value;

use super::operator::Operator;
use super::output::{Output, document, say};
use super::{ConfigArgument, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The directory's id.
    directory: String,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let operator = Operator::new(&arguments.config)?;
    let path = format!("/directories/{}/history", arguments.directory);
    let history = operator.get(&path).await?;
    match output {
        Output::Json => document(&history),
        Output::Text => history["plans"].as_array().into_iter().flatten().for_each(line),
    }
    Ok(Exit::Done)
}

fn line(plan: &Value) {
    let text = |key: &str| plan[key].as_str().unwrap_or_default();
    let what = match plan["undoes"].as_str() {
        Some(undone) => format!("undid {undone}"),
        None => text("kind").to_owned(),
    };
    let count = |kind: &str| -> u64 {
        let counts = plan["counts"][kind].as_object().into_iter().flatten();
        counts.filter_map(|(_, count)| count.as_u64()).sum()
    };
    let (users, groups, memberships) = (count("users"), count("groups"), count("memberships"));
    say(&format!(
        "plan {} at {}, run {}, {what}, by {}: {users} users, {groups} groups, {memberships} memberships",
        text("id"),
        text("at"),
        text("run"),
        text("by"),
    ));
}
