//! `throng hold`: who is kept out; holds and releases by hand.

use anyhow::bail;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

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
    /// Everybody who is held.
    List {
        /// In this directory only.
        #[arg(long)]
        directory: Option<String>,
        /// By this cleanup policy only.
        #[arg(long)]
        policy: Option<String>,
    },
    /// Holds users: inactive for every application from now on, whatever their source says.
    Add(Add),
    /// Releases users.
    Release {
        /// Their directory.
        directory: String,
        /// By username, or by the source's id.
        #[arg(required = true)]
        users: Vec<String>,
    },
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Add {
    /// Their directory.
    directory: String,
    /// By username, or by the source's id.
    #[arg(required = true)]
    users: Vec<String>,
    /// Why; it stands in the audit trail.
    #[arg(long)]
    reason: String,
    /// When it ends by itself, as `2030-12-31T00:00:00Z`.
    #[arg(long)]
    until: Option<String>,
    /// A login ends it.
    #[arg(long)]
    release_on_return: bool,
    /// A group whose membership is hidden meanwhile; may be given several times.
    #[arg(long, value_name = "GROUP", conflicts_with = "hide_all_groups")]
    hide_group: Vec<String>,
    /// All memberships are hidden meanwhile.
    #[arg(long)]
    hide_all_groups: bool,
    /// No application is told of the user at all; Jira deletes users of whom it is not told.
    #[arg(long)]
    remove: bool,
    /// Name, address and attributes are erased, for good; a release does not bring them back.
    #[arg(long)]
    anonymise: bool,
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let operator = Operator::new(&arguments.config)?;
    match arguments.what {
        What::List { directory, policy } => {
            let filters = [("directory", directory), ("policy", policy)];
            let holds = all(&operator, &filters).await?;
            match output {
                Output::Json => document(&json!({ "holds": holds })),
                Output::Text => holds.iter().for_each(print),
            }
            Ok(Exit::Done)
        }
        What::Add(add) => {
            let mut held = Vec::with_capacity(add.users.len());
            for user in &add.users {
                held.push(operator.post("/holds", &add.body(user)).await?);
            }
            match output {
                Output::Json => document(&json!({ "holds": held })),
                Output::Text => held.iter().for_each(print),
            }
            Ok(Exit::Done)
        }
        What::Release { directory, users } => {
            for user in &users {
                let path = format!("/holds/{}/{}", encoded(&directory), encoded(user));
                operator.delete(&path).await?;
            }
            Ok(Exit::Done)
        }
    }
}

impl Add {
    fn body(&self, user: &str) -> Value {
        let groups = if self.hide_all_groups {
            json!("all")
        } else {
            json!(self.hide_group)
        };
        json!({
            "directory": self.directory,
            "user": user,
            "reason": self.reason,
            "until": self.until,
            "release_on_return": self.release_on_return,
            "hide_groups": groups,
            "remove": self.remove,
            "anonymise": self.anonymise,
        })
    }
}

/// Every page.
async fn all(operator: &Operator, filters: &[(&str, Option<String>)]) -> anyhow::Result<Vec<Value>> {
    let asked = filters
        .iter()
        .filter_map(|(name, value)| Some(format!("&{name}={}", encoded(value.as_deref()?))));
    let query: String = std::iter::once("?limit=1000".to_owned()).chain(asked).collect();
    let mut holds = Vec::new();
    let mut after = String::new();
    loop {
        let mut page = operator.get(&format!("/holds{query}{after}")).await?;
        let Some(some) = page["holds"].as_array_mut() else {
            bail!("the daemon told no holds")
        };
        holds.append(some);
        match page["next"].as_str() {
            Some(next) => after = format!("&after={}", encoded(next)),
            None => return Ok(holds),
        }
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn print(hold: &Value) {
    let text = |key: &str| hold[key].as_str().unwrap_or_default();
    let user = hold["user"].as_str().unwrap_or_else(|| text("external_id"));
    let until = hold["until"].as_str();
    let until = until.map_or_else(String::new, |until| format!(" until {until}"));
    say(&format!(
        "`{user}` of directory `{}`, held by {} since {}{until}: {}",
        text("directory"),
        text("by"),
        text("since"),
        text("reason")
    ));
}
