//! Checking a configuration: its secrets and addresses, and with `online` every source's permissions.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::{notices, open, served_on};
use crate::cleanup::PolicyConfig;
use crate::client::{Limiters, hasty};
use crate::clock::Clock;
use crate::config::{Config, DirectoryConfig, SourceConfig};
use crate::connector::api::{CheckItem, Report};
use crate::connector::{ConnectorError, Denial};
use crate::http::admin::AdminGate;
use crate::http::crowd::Gate;
use crate::http::scim::ScimGate;

/// Clocks that differ by more make signatures invalid, and dates wrong; milliseconds.
const SKEW: i64 = 300_000;

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Of what: ``directory `corp` ``, `applications`, …
    pub of: String,
    /// What was tried.
    pub what: String,
    /// A detail, or what is wrong.
    pub outcome: Result<String, Wrong>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The sentence.
    pub sentence: String,
    /// The code under which the catalogue has cause and remedy.
    pub code: &'static str,
}

/// Tries everything that can be tried without starting; nothing is written.
pub async fn run(config: &Config, online: bool, clock: Arc<dyn Clock>) -> Vec<Line> {
    let (tasks, limiters) = (TaskTracker::new(), Limiters::default());
    let mut lines = vec![
        line(
            "applications",
            "passwords",
            Gate::new(&config.applications, Vec::new())
                .map(|_| format!("{} usable", config.applications.len()))
                .map_err(|error| Wrong::of(error.code(), &error)),
        ),
        line(
            "admin",
            "tokens",
            AdminGate::new(&config.admin)
                .map(|_| format!("{} usable", config.admin.tokens.len()))
                .map_err(|error| Wrong::of(error.code(), &error)),
        ),
    ];
    lines.extend(webhooks(config));
    lines.extend(mail_server(config, online).await);
    lines.extend(vanished(config));
    for directory in &config.directories {
        let of = format!("directory `{}`", directory.id);
        match open::source(directory, &limiters, Arc::clone(&clock), tasks.clone()) {
            Err(error) => lines.push(line(&of, "source", Err(Wrong::of(error.code(), &error)))),
            Ok(None) => lines.push(pushed(directory, &of)),
            // Files are here: to look at them asks nobody.
            Ok(Some(_)) if !online && !matches!(directory.source, SourceConfig::File(_)) => {
                lines.push(line(&of, "source", Ok("usable; `--online` asks it".to_owned())));
            }
            Ok(Some(source)) => {
                let mut report = hasty(source.check()).await;
                let clock = clocks(&report, clock.now());
                report.items.extend(clock);
                let items = report.items.into_iter();
                lines.extend(items.map(|CheckItem { what, outcome }| {
                    let outcome = outcome.map_err(|error| Wrong::of(error.code(), &error));
                    line(&of, &what, outcome)
                }));
            }
        }
    }
    lines
}

/// Whether the webhooks can be used; nobody is told anything.
fn webhooks(config: &Config) -> Vec<Line> {
    let of_policy = |policy: &PolicyConfig| {
        policy
            .notify
            .webhook
            .as_ref()
            .is_some_and(|webhook| !webhook.is_empty())
    };
    let policies = config.cleanup.iter().filter(|policy| of_policy(policy));
    let policies = policies.map(|policy| {
        (
            format!("policy `{}`", policy.name),
            notices::webhook(config, policy),
        )
    });
    let usual = Some(&config.notify).filter(|notify| !notify.webhook.is_empty());
    let usual = usual.map(|notify| ("notify".to_owned(), notices::usual(notify)));
    let all = policies.chain(usual).map(|(of, webhook)| {
        let usable = webhook.map(|_| "usable".to_owned());
        line(
            &of,
            "webhook",
            usable.map_err(|error| Wrong::of(error.code(), &error)),
        )
    });
    all.collect()
}

/// Whether the mail server can be used; `online`, whether it lets us in.
async fn mail_server(config: &Config, online: bool) -> Option<Line> {
    let mailer = match notices::mailer(config.smtp.as_ref()?) {
        Ok(mailer) => mailer,
        Err(error) => return Some(line("smtp", "server", Err(Wrong::of(error.code(), &error)))),
    };
    let outcome = if online {
        let asked = mailer.check().await;
        asked.map_err(|error| Wrong::of(error.code(), &error))
    } else {
        Ok("usable; `--online` asks it".to_owned())
    };
    Some(line("smtp", "server", outcome))
}

/// Directories without a section: those that the last start served are served on, others nobody knows.
fn vanished(config: &Config) -> Vec<Line> {
    let served = served_on::last_served(&config.store.path);
    let known = |id: &str| served.iter().any(|served| served == id);
    let unknown = config.missing.iter().filter(|missing| !known(&missing.id));
    let unknown = unknown.map(|missing| {
        let of = format!("directory `{}`", missing.id);
        let wrong = Wrong::of("CONFIG_INVALID", &missing.problem.what);
        line(&of, "section", Err(wrong))
    });
    let configured = |id: &str| config.directories.iter().any(|section| section.id == id);
    let gone = served.iter().filter(|id| !configured(id));
    let gone = gone.map(|id| {
        let told = format!("none: it is served on as it was, unless it was retired since; hint: `throng directory retire {id}`");
        line(&format!("directory `{id}`"), "section", Ok(told))
    });
    unknown.chain(gone).collect()
}

/// Whether this machine's clock is the source's, where that tells its own and nothing else has been said of clocks.
fn clocks(report: &Report, now: i64) -> Option<CheckItem> {
    let skew = now.saturating_sub(report.server_time?);
    let code = Denial::ClockSkew.code();
    let mut wrong = report.items.iter().filter_map(|item| item.outcome.as_ref().err());
    if wrong.any(|error| error.code() == code) {
        return None;
    }
    let seconds = skew.saturating_abs() / 1000;
    let outcome = if skew.saturating_abs() > SKEW {
        let side = if skew > 0 { "ahead of" } else { "behind" };
        let minutes = seconds / 60;
        let what =
            format!("this machine's clock is {minutes} minutes {side} the source's; hint: set the clock");
        Err(ConnectorError::Denied(Denial::ClockSkew, what))
    } else {
        Ok(format!("within {} s of the source's", seconds + 1))
    };
    Some(CheckItem {
        what: "clock".to_owned(),
        outcome,
    })
}

impl Wrong {
    fn of(code: &'static str, error: &impl ToString) -> Self {
        Self {
            sentence: error.to_string(),
            code,
        }
    }
}

/// Nothing is read for a directory that is pushed to; its tokens are all that can be wrong.
fn pushed(directory: &DirectoryConfig, of: &str) -> Line {
    match &directory.source {
        SourceConfig::ScimPush(push) => {
            let usable = format!("{} usable", push.tokens.len());
            let gate = ScimGate::new(&directory.id, push).map(|_| usable);
            let gate = gate.map_err(|error| Wrong::of(error.code(), &error));
            line(of, "tokens", gate)
        }
        SourceConfig::Linked(linked) => {
            let parts: Vec<_> = linked.directories.iter().map(|id| format!("`{id}`")).collect();
            line(of, "source", Ok(format!("the directories {}", parts.join(", "))))
        }
        _ => {
            let none = "none: its users and groups are made here";
            line(of, "source", Ok(none.to_owned()))
        }
    }
}

fn line(of: &str, what: &str, outcome: Result<String, Wrong>) -> Line {
    Line {
        of: of.to_owned(),
        what: what.to_owned(),
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(server_time: i64, items: Vec<CheckItem>) -> Option<Result<String, ConnectorError>> {
        let report = Report {
            items,
            server_time: Some(server_time),
        };
        clocks(&report, 1_000_000_000).map(|item| item.outcome)
    }

    #[test]
    fn clocks_may_differ_by_five_minutes_and_are_spoken_of_once() {
        assert_eq!(
            told(1_000_300_000, Vec::new()),
            Some(Ok("within 301 s of the source's".to_owned()))
        );
        let behind = told(1_000_300_001, Vec::new()).unwrap().unwrap_err();
        assert_eq!(behind.code(), "SOURCE_CLOCK_SKEW");
        assert!(behind.to_string().contains("5 minutes behind"), "{behind}");
        let refused = CheckItem {
            what: "token".to_owned(),
            outcome: Err(behind),
        };
        assert_eq!(told(0, vec![refused]), None);
        assert_eq!(clocks(&Report::default(), i64::MAX), None);
        assert!(told(i64::MIN, Vec::new()).unwrap().is_err());
    }
}
