//! `throng cleanup`: runs a policy now.

use anyhow::Context;
use serde_json::{Value, json};

use super::operator::Operator;
use super::output::{Output, document, say};
use super::sync::{exit, follow, report};
use super::{ConfigArgument, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The policy's name.
    policy: String,
    /// Only print what would be done.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let operator = Operator::new(&arguments.config)?;
    let policy = &arguments.policy;
    let ask = json!({ "dry_run": arguments.dry_run });
    let started = operator.post(&format!("/cleanup/{policy}/runs"), &ask).await?;
    let run = started["run"].as_str().context("the daemon named no run")?;
    let ended = follow(&operator, run).await?;
    if ended["report"].is_null() {
        match output {
            Output::Json => document(&ended),
            Output::Text => report(&ended),
        }
        return Ok(exit(&ended));
    }
    let pack = operator
        .get(&format!("/cleanup/{policy}/runs/{run}/pack"))
        .await?;
    match output {
        Output::Json => document(&json!({ "run": ended, "pack": pack })),
        Output::Text => print(&ended, &pack["body"]),
    }
    Ok(exit(&ended))
}

/// A report for people: what would be done to whom, then how many are left alone.
fn print(run: &Value, pack: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for user in pack["users"].as_array().into_iter().flatten() {
        let decision = text(&user["decision"]);
        if decision != "keep" {
            say(&format!(
                "  {decision:<8} {}: {}",
                text(&user["user"]),
                text(&user["reason"])
            ));
        }
    }
    report(run);
    say(&format!("  nothing was changed: {}", text(&run["report"])));
    for (verdict, count) in run["verdicts"].as_object().into_iter().flatten() {
        say(&format!("  {verdict}: {count}"));
    }
}
