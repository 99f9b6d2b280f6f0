//! `throng sync`: reads a directory's source now.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::operator::Operator;
use super::output::{Output, document, say, tell};
use super::{ConfigArgument, Exit, settings};

/// After how many seconds a run says again how far it is, where that is not shown all the time.
const QUIET: u32 = 10;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The directory's id.
    directory: String,
    /// Only print the plan.
    #[arg(long)]
    dry_run: bool,
    /// With `--dry-run`: settings to be tried, not saved; a whole configuration, or `[mapping]`, `[scope]` and the like alone.
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    settings: Option<PathBuf>,
    /// Read everything, not only what changed.
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let operator = Operator::new(&arguments.config)?;
    let mut ask = json!({ "dry_run": arguments.dry_run, "full": arguments.full });
    if let Some(file) = &arguments.settings {
        ask["settings"] = settings::read(file, &arguments.directory)?;
    }
    let path = format!("/directories/{}/sync", arguments.directory);
    let started = operator.post(&path, &ask).await?;
    let run = started["run"].as_str().context("the daemon named no run")?;
    let ended = follow(&operator, run).await?;
    show(&operator, &ended, arguments.dry_run, output).await
}

/// Prints an ended run, of a dry run also its plan.
pub(super) async fn show(
    operator: &Operator,
    ended: &Value,
    dry_run: bool,
    output: Output,
) -> anyhow::Result<Exit> {
    if dry_run && let Some(plan) = ended["plan"].as_str() {
        let plan = operator.get(&format!("/plans/{plan}")).await?;
        match output {
            Output::Json => document(&json!({ "run": ended, "plan": plan })),
            Output::Text => {
                super::plan::print(&plan);
                report(ended);
            }
        }
    } else if output == Output::Json {
        document(ended);
    } else {
        report(ended);
    }
    Ok(exit(ended))
}

/// Waits for the end of a run, showing how far it is.
pub(super) async fn follow(operator: &Operator, run: &str) -> anyhow::Result<Value> {
    let progress = ProgressBar::new_spinner();
    progress.enable_steady_tick(Duration::from_millis(120));
    let mut waited = 0;
    loop {
        let shown = operator.get(&format!("/runs/{run}?wait=1")).await?;
        let state = shown["state"].as_str().unwrap_or_default();
        if !matches!(state, "queued" | "running") {
            progress.finish_and_clear();
            return Ok(shown);
        }
        let told = match shown["records"].as_u64() {
            Some(records) => format!("run {run} is {state}: {records} records read"),
            None => format!("run {run} is {state}"),
        };
        waited += 1;
        // Where no spinner can be seen a line says that something goes on.
        if progress.is_hidden() && waited % QUIET == 0 {
            tell(&told);
        }
        progress.set_message(told);
    }
}

/// Prints a run for people.
pub(super) fn report(run: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    say(&format!("run {}: {}", text(&run["id"]), text(&run["state"])));
    if let Some(sentence) = read(&run["read"]) {
        say(&format!("  {sentence}"));
    }
    for kind in ["users", "groups", "memberships", "holds"] {
        let counts = run["counts"][kind].as_object().into_iter().flatten();
        let told: Vec<String> = counts
            .filter(|(_, count)| count.as_u64().is_some_and(|count| count > 0))
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        if !told.is_empty() {
            say(&format!("  {kind}: {}", told.join(", ")));
        }
    }
    for refused in run["refused"].as_array().into_iter().flatten() {
        say(&format!(
            "  {}: {}",
            text(&refused["what"]),
            text(&refused["reason"])
        ));
    }
    for one in run["read"]["unresolved"].as_array().into_iter().flatten() {
        say(&format!("  {} {}", one["count"], text(&one["what"])));
    }
    for key in ["incomplete", "notices"] {
        for sentence in run[key].as_array().into_iter().flatten() {
            say(&format!("  {}", text(sentence)));
        }
    }
    if let Some(message) = run["error"]["message"].as_str() {
        say(&format!("  {}: {message}", text(&run["error"]["code"])));
    }
    if run["state"] == "held" {
        let plan = text(&run["plan"]);
        say(&format!(
            "hint: see it with `throng plan show {plan}`; if it is wanted, `throng plan approve {plan}`"
        ));
    }
}

/// What was read, in one sentence; `None` where nothing was.
fn read(report: &Value) -> Option<String> {
    let number = |of: &Value| of.as_u64();
    let requests = number(&report["requests"])?;
    let part = |kind: &str| {
        let told = number(&report[kind]).unwrap_or(0);
        match number(&report["totals"][kind]) {
            Some(total) => format!("{told} {kind} (the source counts {total})"),
            None => format!("{told} {kind}"),
        }
    };
    let [users, groups, memberships] = ["users", "groups", "memberships"].map(part);
    let within = match number(&report["sub_requests"]) {
        Some(parts) if parts > 0 => format!(" for {parts} parts"),
        _ => String::new(),
    };
    let pages = number(&report["pages"]).unwrap_or(0);
    Some(format!(
        "read: {users}, {groups}, {memberships}; {pages} pages in {requests} requests{within}"
    ))
}

/// The exit code of a run's end.
pub(super) fn exit(run: &Value) -> Exit {
    match run["state"].as_str() {
        Some("succeeded") => Exit::Done,
        Some("held") => Exit::Held,
        _ => Exit::Failed,
    }
}
