//! Checking a configuration: its secrets and addresses, and with `online` every source's permissions.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::{cleanup, open, served_on};
use crate::client::Limiters;
use crate::clock::Clock;
use crate::config::{Config, DirectoryConfig, SourceConfig};
use crate::connector::ConnectorError;
use crate::http::admin::AdminGate;
use crate::http::crowd::Gate;
use crate::http::scim::ScimGate;

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Of what: ``directory `corp` ``, `applications`, …
    pub of: String,
    /// What was tried.
    pub what: String,
    /// A detail, or the sentence that says what is wrong.
    pub outcome: Result<String, String>,
}

/// Tries everything that can be tried without starting; nothing is written.
pub async fn run(config: &Config, online: bool, clock: Arc<dyn Clock>) -> Vec<Line> {
    let (tasks, limiters) = (TaskTracker::new(), Limiters::default());
    let mut lines = vec![
        line(
            "applications",
            "passwords",
            Gate::new(&config.applications, Vec::new())
                .map(|_| format!("{} usable", config.applications.len())),
        ),
        line(
            "admin",
            "tokens",
            AdminGate::new(&config.admin).map(|_| format!("{} usable", config.admin.tokens.len())),
        ),
    ];
    for policy in config
        .cleanup
        .iter()
        .filter(|policy| !policy.notify.webhook.is_empty())
    {
        let usable = cleanup::target(policy).map(|_| "usable".to_owned());
        lines.push(line(&format!("policy `{}`", policy.name), "webhook", usable));
    }
    lines.extend(vanished(config));
    for directory in &config.directories {
        let of = format!("directory `{}`", directory.id);
        match open::source(directory, &limiters, Arc::clone(&clock), tasks.clone()) {
            Err(error) => lines.push(line(&of, "source", Err::<String, _>(error))),
            Ok(None) => lines.push(pushed(directory, &of)),
            // Files are here: to look at them asks nobody.
            Ok(Some(_)) if !online && !matches!(directory.source, SourceConfig::File(_)) => {
                lines.push(line::<String>(
                    &of,
                    "source",
                    Ok("usable; `--online` asks it".to_owned()),
                ));
            }
            Ok(Some(source)) => {
                let report = source.check().await;
                lines.extend(report.items.into_iter().map(|item| Line {
                    of: of.clone(),
                    what: item.what,
                    outcome: item.outcome.map_err(|error| told(&error)),
                }));
            }
        }
    }
    lines
}

/// Directories without a section: those that the last start served are served on, others nobody knows.
fn vanished(config: &Config) -> Vec<Line> {
    let served = served_on::last_served(&config.store.path);
    let known = |id: &str| served.iter().any(|served| served == id);
    let unknown = config.missing.iter().filter(|missing| !known(&missing.id));
    let unknown = unknown.map(|missing| {
        let of = format!("directory `{}`", missing.id);
        line::<String>(&of, "section", Err(missing.problem.what.clone()))
    });
    let configured = |id: &str| config.directories.iter().any(|section| section.id == id);
    let gone = served.iter().filter(|id| !configured(id));
    let gone = gone.map(|id| {
        let told = format!("none: it is served on as it was, unless it was retired since; hint: `throng directory retire {id}`");
        line::<String>(&format!("directory `{id}`"), "section", Ok(told))
    });
    unknown.chain(gone).collect()
}

/// The sentence with its code, under which `explain error` has cause and remedy.
fn told(error: &ConnectorError) -> String {
    format!("{error} [{}]", error.code())
}

/// Nothing is read for a directory that is pushed to; its tokens are all that can be wrong.
fn pushed(directory: &DirectoryConfig, of: &str) -> Line {
    match &directory.source {
        SourceConfig::ScimPush(push) => {
            let usable = format!("{} usable", push.tokens.len());
            line(of, "tokens", ScimGate::new(&directory.id, push).map(|_| usable))
        }
        _ => line::<String>(
            of,
            "source",
            Ok("none: its users and groups are made here".to_owned()),
        ),
    }
}

fn line<E: ToString>(of: &str, what: &str, outcome: Result<String, E>) -> Line {
    Line {
        of: of.to_owned(),
        what: what.to_owned(),
        outcome: outcome.map_err(|error| error.to_string()),
    }
}
