//! `throng plan`: held plans, for a person to decide.

use anyhow::Context;
use serde_json::{Value, json};

use super::operator::Operator;
use super::output::{Output, document, say};
use super::sync::{exit, follow, report};
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
    /// The plans that wait.
    List,
    /// One plan with its steps and reasons.
    Show {
        /// Its id.
        id: String,
    },
    /// Looks again; applies if that takes away no more than the plan shows.
    Approve {
        /// Its id.
        id: String,
        /// Of a cleanup's plan: leaves out the user of this name; may be given several times.
        #[arg(long, value_name = "USER")]
        except: Vec<String>,
        /// Only if the plan still has this hash.
        #[arg(long)]
        hash: Option<String>,
    },
    /// Gives back what an applied plan changed, as far as nothing newer contradicts.
    Undo {
        /// Its id, as `throng history` lists it.
        id: String,
        /// Only print what would be given back.
        #[arg(long)]
        dry_run: bool,
    },
    /// Forgets the plan; the next run plans again.
    Reject {
        /// Its id.
        id: String,
        /// Only if the plan still has this hash.
        #[arg(long)]
        hash: Option<String>,
        /// Do not ask again about what repeats an undone plan, until the source says something else.
        #[arg(long)]
        for_good: bool,
    },
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let operator = Operator::new(&arguments.config)?;
    match arguments.what {
        What::List => {
            let plans = operator.get("/plans").await?;
            match output {
                Output::Json => document(&plans),
                Output::Text => plans["plans"].as_array().into_iter().flatten().for_each(head),
            }
            Ok(Exit::Done)
        }
        What::Show { id } => {
            let plan = operator.get(&format!("/plans/{id}")).await?;
            match output {
                Output::Json => document(&plan),
                Output::Text => print(&plan),
            }
            Ok(Exit::Done)
        }
        What::Approve { id, except, hash } => {
            let mut decision = body(hash.as_deref());
            if !except.is_empty() {
                decision["except"] = json!(except);
            }
            let started = operator.post(&format!("/plans/{id}/approve"), &decision).await?;
            let run = started["run"].as_str().context("the daemon named no run")?;
            let ended = follow(&operator, run).await?;
            match output {
                Output::Json => document(&ended),
                Output::Text => report(&ended),
            }
            Ok(exit(&ended))
        }
        What::Undo { id, dry_run } => {
            let body = json!({ "dry_run": dry_run });
            let started = operator.post(&format!("/plans/{id}/undo"), &body).await?;
            let run = started["run"].as_str().context("the daemon named no run")?;
            let ended = follow(&operator, run).await?;
            super::sync::show(&operator, &ended, dry_run, output).await
        }
        What::Reject { id, hash, for_good } => {
            let mut body = body(hash.as_deref());
            body["for_good"] = json!(for_good);
            operator.post(&format!("/plans/{id}/reject"), &body).await?;
            Ok(Exit::Done)
        }
    }
}

fn body(hash: Option<&str>) -> Value {
    hash.map_or_else(|| json!({}), |hash| json!({ "hash": hash }))
}

fn head(plan: &Value) {
    let text = |key: &str| plan[key].as_str().unwrap_or_default();
    let of = match plan["policy"].as_str() {
        Some(policy) => format!("policy `{policy}`"),
        None => format!("directory `{}`", text("directory")),
    };
    say(&format!(
        "plan {} of {of}, {}, hash {}",
        text("id"),
        text("created"),
        text("hash")
    ));
    for reason in plan["reasons"].as_array().into_iter().flatten() {
        say(&format!("  held: {}", reason.as_str().unwrap_or_default()));
    }
}

/// Prints a plan that waits, or one that was applied, for people.
pub(super) fn print(plan: &Value) {
    head(plan);
    for step in plan["steps"].as_array().into_iter().flatten() {
        let text = |key: &str| step[key].as_str().unwrap_or_default();
        say(&format!(
            "  {:<11} {}: {}",
            text("effect"),
            text("subject"),
            text("reason")
        ));
    }
}
