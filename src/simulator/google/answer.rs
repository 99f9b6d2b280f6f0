//! The URL table, with the way of a request past credentials and faults.

use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::fields::select;
use super::lists::{list, single};
use super::token::{Doors, key_file};
use super::{ACCOUNT, Inside, locked};
use crate::simulator::entra::FaultKind;
use crate::simulator::entra::control::control;
use crate::simulator::entra::reply::Reply;
use crate::simulator::okta::time::now;
use crate::simulator::serve::Heard;
use crate::simulator::time::header;

/// What is asked for.
pub(super) enum Target {
    Token,
    Exchange,
    Sign,
    Users,
    User(String),
    Groups,
    Group(String),
    Members(String),
    Log(String),
}

/// What an account may ask in a minute.
const PER_MINUTE: u32 = 2400;
/// How a throttled answer is told, in turn.
const THROTTLES: [(u16, &str); 3] = [
    (403, "userRateLimitExceeded"),
    (429, "rateLimitExceeded"),
    (403, "quotaExceeded"),
];

impl Target {
    fn of(path: &str) -> Option<Self> {
        let decode = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let sign = format!("{ACCOUNT}:signJwt");
        Some(match parts.as_slice() {
            ["token"] => Self::Token,
            ["sts"] => Self::Exchange,
            ["v1", "projects", "-", "serviceAccounts", account] if decode(account)? == sign => Self::Sign,
            ["admin", "directory", "v1", rest @ ..] => match rest {
                ["users"] => Self::Users,
                ["users", key] => Self::User(decode(key)?),
                ["groups"] => Self::Groups,
                ["groups", key] => Self::Group(decode(key)?),
                ["groups", key, "members"] => Self::Members(decode(key)?),
                _ => return None,
            },
            [
                "admin",
                "reports",
                "v1",
                "activity",
                "users",
                "all",
                "applications",
                application,
            ] if ["admin", "groups_enterprise"].contains(application) => Self::Log((*application).to_owned()),
            _ => return None,
        })
    }

    fn class(&self) -> &'static str {
        match self {
            Self::Token | Self::Exchange | Self::Sign => "token",
            Self::Users => "users",
            Self::User(_) => "user",
            Self::Groups => "groups",
            Self::Group(_) => "group",
            Self::Members(_) => "members",
            Self::Log(_) => "log",
        }
    }

    /// Those scopes of which one is enough.
    fn scopes(&self) -> &'static [&'static str] {
        match self {
            Self::Token | Self::Exchange | Self::Sign => &[],
            Self::Users | Self::User(_) => &["admin.directory.user.readonly", "admin.directory.user"],
            Self::Groups | Self::Group(_) => &["admin.directory.group.readonly", "admin.directory.group"],
            Self::Members(_) => &[
                "admin.directory.group.member.readonly",
                "admin.directory.group.readonly",
                "admin.directory.group",
            ],
            Self::Log(_) => &["admin.reports.audit.readonly"],
        }
    }
}

/// Google's error object.
pub(super) fn error(status: u16, reason: &str, message: &str) -> Reply {
    let body = json!({ "error": {
        "code": status, "message": message, "errors": [{ "message": message, "domain": "global", "reason": reason }],
    }});
    plain(Reply::json(status, body.to_string()))
}

fn plain(reply: Reply) -> Reply {
    Reply {
        content_type: "application/json; charset=UTF-8",
        ..reply
    }
}

/// Answers a request under `/_control/`.
fn controlled(inside: &Inside, heard: &Heard) -> Reply {
    match heard.path.as_str() {
        "/_control/key-file" => plain(Reply::json(200, key_file(&heard.origin).to_string())),
        "/_control/truth" => {
            let truth = serde_json::to_string(&super::truth::truth(inside)).unwrap_or_default();
            plain(Reply::json(200, truth))
        }
        _ => control(&inside.tenant, &heard.method, &heard.path, &heard.body),
    }
}

/// Answers a request.
pub(super) fn answer(inside: &Inside, heard: &Heard) -> Reply {
    if heard.path.starts_with("/_control/") {
        return controlled(inside, heard);
    }
    let Some(target) = Target::of(&heard.path) else {
        return error(404, "notFound", "Not Found");
    };
    let class = target.class();
    let mut company = inside.tenant.lock();
    *company.counts.entry(class).or_default() += 1;
    let fault = company.faults.take(class, &heard.path, false);
    if let Some(FaultKind::Edit { edits }) = &fault {
        for edit in edits {
            company.world.edit(edit).ok();
        }
    }
    let within = class == "token" || company.quota.minute(PER_MINUTE);
    let mut doors = locked(&inside.doors);
    if let Some(FaultKind::Unauthorized) = fault {
        doors.given.clear();
    }
    let bend = fault.as_ref().and_then(FaultKind::bend);
    let told = match (
        fault
            .as_ref()
            .and_then(|fault| instead(fault, &mut doors))
            .or_else(|| (!within).then(|| throttled(&mut doors))),
        &target,
    ) {
        (Some(reply), _) => Err(reply),
        (None, Target::Token) => Err(doors.grant(&inside.options, heard)),
        (None, Target::Exchange) => Err(doors.exchange(&inside.options, heard)),
        (None, Target::Sign) => Err(doors.sign(heard)),
        (None, target) => let_in(&doors, target, heard).and_then(|()| match target {
            Target::User(_) | Target::Group(_) => single(inside, &company.world, target),
            target => list(inside, &company.world, target, heard, bend.as_ref()),
        }),
    };
    let whole = told.and_then(|value| match heard.parameter("fields") {
        Some(fields) => select(&fields, value).ok_or_else(|| {
            error(
                400,
                "invalidParameter",
                &format!("Invalid field selection {fields}"),
            )
        }),
        None => Ok(value),
    });
    let reply = match whole {
        Ok(value) => plain(Reply::json(200, value.to_string())),
        Err(reply) => reply,
    };
    let reply = dated(reply, class, doors.now, now(&company.world));
    match fault {
        Some(fault) => fault.spoil(reply),
        None => reply,
    }
}

/// With the time of the answer.
fn dated(reply: Reply, class: &str, judging: Option<i64>, now: DateTime<Utc>) -> Reply {
    let moment = match (class, judging) {
        // Assertions are judged by a clock of their own.
        ("token", Some(judging)) => DateTime::from_timestamp_millis(judging),
        ("token", None) => None,
        _ => Some(now),
    };
    match moment {
        Some(moment) => reply.with("date", header(moment)),
        None => reply,
    }
}

fn let_in(doors: &Doors, target: &Target, heard: &Heard) -> Result<(), Reply> {
    let Some(scopes) = doors.scopes(heard) else {
        return Err(error(401, "authError", "Invalid Credentials"));
    };
    if !target.scopes().iter().any(|scope| scopes.contains(*scope)) {
        return Err(error(403, "insufficientPermissions", "Insufficient Permission"));
    }
    match doors.refused.get(target.class()) {
        Some(reason) => Err(error(403, reason, "Not Authorized to access this resource/api")),
        None => Ok(()),
    }
}

/// That there were too many requests.
fn throttled(doors: &mut Doors) -> Reply {
    let [first, second, third] = THROTTLES;
    let (status, reason) = match doors.throttles % THROTTLES.len() {
        0 => first,
        1 => second,
        _ => third,
    };
    doors.throttles += 1;
    error(status, reason, "Quota exceeded for quota metric 'Queries'")
}

/// Faults that are an answer of their own.
fn instead(fault: &FaultKind, doors: &mut Doors) -> Option<Reply> {
    Some(match fault {
        FaultKind::Throttle { retry_after } => {
            let reply = throttled(doors);
            match retry_after {
                Some(seconds) => reply.with("retry-after", seconds.clone()),
                None => reply,
            }
        }
        FaultKind::Error { status: 403 } => {
            error(403, "forbidden", "Not Authorized to access this resource/api")
        }
        FaultKind::Error { status: 503 } => {
            error(503, "backendError", "Service unavailable. Please try again")
        }
        FaultKind::Error { status } => error(*status, "notFound", "simulated"),
        FaultKind::Expire { .. } => error(400, "invalid", "Invalid Value: pageToken"),
        FaultKind::Html => Reply::html(),
        _ => return None,
    })
}
