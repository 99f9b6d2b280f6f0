//! `throng notices`: who was told of what, and what has become of it.

use serde_json::Value;

use super::operator::Operator;
use super::output::{Output, document, say};
use super::{ConfigArgument, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only those that wait, were sent, failed or were withdrawn.
    #[arg(long, value_name = "STATE", value_parser = ["waiting", "sent", "failed", "withdrawn"])]
    state: Option<String>,
    /// The last so many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    last: u32,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let operator = Operator::new(&arguments.config)?;
    let mut path = format!("/notices?limit={}", arguments.last);
    if let Some(state) = &arguments.state {
        path.push_str("&state=");
        path.push_str(state);
    }
    let page = operator.get(&path).await?;
    match output {
        Output::Json => document(&page),
        Output::Text => page["notices"].as_array().into_iter().flatten().for_each(line),
    }
    Ok(Exit::Done)
}

fn line(notice: &Value) {
    let text = |key: &str| notice[key].as_str().unwrap_or_default();
    let failures = match notice["failures"].as_u64() {
        Some(failures) if failures > 0 => format!(", {failures} failures, the last: {}", text("error")),
        _ => String::new(),
    };
    let next = match notice["next"].as_str() {
        Some(next) => format!(", next at {next}"),
        None => String::new(),
    };
    say(&format!(
        "{} {} by {} at {}: {}{failures}{next}",
        text("event"),
        text("id"),
        text("by"),
        text("created"),
        text("state"),
    ));
}
