//! The URL table, with the way of a request past credentials and faults.

use std::time::Duration;

use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::lists::{List, error, list, single};
use super::time::now;
use super::{APP, Inside, locked};
use crate::simulator::entra::FaultKind;
use crate::simulator::entra::control::control;
use crate::simulator::entra::reply::Reply;
use crate::simulator::quota::Told;
use crate::simulator::serve::Heard;
use crate::simulator::time::header;

/// What is asked for.
enum Target {
    List(List),
    Group(String),
    Token,
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        if path == "/oauth2/v1/token" {
            return Some(Self::Token);
        }
        let rest = path.strip_prefix("/api/v1/")?;
        let decode = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
        Some(match rest.split('/').collect::<Vec<_>>().as_slice() {
            ["users"] => Self::List(List::Users),
            ["groups"] => Self::List(List::Groups),
            ["groups", id] => Self::Group(decode(id)?),
            ["groups", id, "users"] => Self::List(List::Members(decode(id)?)),
            ["apps", APP, "users"] => Self::List(List::AppUsers),
            ["apps", APP, "groups"] => Self::List(List::AppGroups),
            ["logs"] => Self::List(List::Log),
            _ => return None,
        })
    }

    fn class(&self) -> &'static str {
        match self {
            Self::List(List::Users) => "users",
            Self::List(List::Groups) => "groups",
            Self::List(List::Members(_)) => "members",
            Self::List(List::AppUsers) => "app/users",
            Self::List(List::AppGroups) => "app/groups",
            Self::List(List::Log) => "logs",
            Self::Group(_) => "group",
            Self::Token => "token",
        }
    }

    /// Under which counter it falls, and how many of those a minute may have.
    fn counter(&self) -> Option<(&'static str, u32)> {
        Some(match self {
            Self::List(List::Users) => ("users", 600),
            Self::List(List::Groups | List::Members(_)) => ("groups", 500),
            Self::Group(_) => ("group", 1000),
            Self::List(List::AppUsers | List::AppGroups) => ("apps", 100),
            Self::List(List::Log) => ("logs", 120),
            Self::Token => return None,
        })
    }

    fn scope(&self) -> &'static str {
        match self {
            Self::List(List::Users) => "okta.users.read",
            Self::List(List::Groups | List::Members(_)) | Self::Group(_) => "okta.groups.read",
            Self::List(List::AppUsers | List::AppGroups) => "okta.apps.read",
            Self::List(List::Log) => "okta.logs.read",
            Self::Token => "",
        }
    }
}

/// Answers a request.
pub(super) fn answer(inside: &Inside, heard: &Heard) -> Reply {
    if heard.path.starts_with("/_control/") {
        return control(&inside.tenant, &heard.method, &heard.path, &heard.body);
    }
    let Some(target) = Target::of(&heard.path) else {
        return error(
            404,
            "E0000022",
            "The endpoint does not support the provided HTTP method",
        );
    };
    let class = target.class();
    let mut company = inside.tenant.lock();
    let count = company.counts.entry(class).or_default();
    *count += 1;
    let used = *count;
    let fault = company.faults.take(class, &heard.path, false);
    if let Some(FaultKind::Edit { edits }) = &fault {
        for edit in edits {
            company.world.edit(edit).ok();
        }
    }
    let counter = target.counter();
    let told = counter.and_then(|(name, limit)| company.quota.window(name, limit));
    let mut doors = locked(&inside.doors);
    if let Some(FaultKind::Unauthorized) = fault {
        doors.revoke();
    }
    let bend = fault.as_ref().and_then(FaultKind::bend);
    let over = told.filter(|told| told.refused).map(|_| throttled());
    let reply = match (fault.as_ref().and_then(instead).or(over), target) {
        (Some(reply), _) => reply,
        (None, Target::Token) => doors.grant(heard, company.world.time.machine().timestamp()),
        (None, target) if !doors.lets_in(heard) || matches!(fault, Some(FaultKind::Unauthorized)) => {
            let _ = target;
            error(401, "E0000011", "Invalid token provided")
        }
        (None, target) if doors.withheld.contains(target.scope()) => error(
            403,
            "E0000006",
            "You do not have permission to perform the requested action",
        ),
        (None, Target::Group(id)) => single(&company.world, &id).unwrap_or_else(|refusal| refusal),
        (None, Target::List(which)) => list(&company.world, (&which, inside.most), heard, bend.as_ref())
            .unwrap_or_else(|refusal| refusal),
    };
    let moment = now(&company.world) + company.quota.elapsed();
    let told = told.unwrap_or_else(|| generous(inside.limit, used));
    // Assertions are judged by the machine's clock: the token service tells no other.
    let reply = if class == "token" {
        reply.with("date", header(company.world.time.machine()))
    } else {
        reply
            .with("date", header(moment))
            .with("x-rate-limit-limit", told.limit.to_string())
            .with("x-rate-limit-remaining", told.remaining.to_string())
            .with("x-rate-limit-reset", reset(moment, told.resets_in).to_string())
    };
    match fault {
        Some(fault) => fault.spoil(reply),
        None => reply,
    }
}

fn throttled() -> Reply {
    let summary = "API call exceeded rate limit due to too many requests.";
    error(429, "E0000047", summary)
}

/// What is told where no limits hold.
fn generous(limit: u32, used: u64) -> Told {
    Told {
        limit,
        remaining: limit.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)),
        resets_in: Duration::from_secs(1),
        refused: false,
    }
}

/// The second in which a window has ended.
fn reset(now: DateTime<Utc>, resets_in: Duration) -> i64 {
    let left = i64::try_from(resets_in.as_millis()).unwrap_or(i64::MAX);
    let ends = now.timestamp_millis().saturating_add(left);
    ends.div_euclid(1000) + i64::from(ends.rem_euclid(1000) > 0)
}

/// Faults that are an answer of their own.
fn instead(fault: &FaultKind) -> Option<Reply> {
    Some(match fault {
        FaultKind::Throttle { retry_after } => {
            let reply = throttled();
            match retry_after {
                Some(seconds) => reply.with("retry-after", seconds.clone()),
                None => reply,
            }
        }
        FaultKind::Error { status } => {
            let code = match status {
                403 => "E0000006",
                404 => "E0000007",
                _ => "E0000009",
            };
            error(*status, code, &json!({ "simulated": status }).to_string())
        }
        FaultKind::Html => Reply::html(),
        _ => return None,
    })
}
