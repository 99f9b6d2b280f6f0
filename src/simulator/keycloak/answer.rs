//! The URL table, with the way of a request past credentials and faults.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::rows::{group, groups_of, members, user};
use super::tree::Tree;
use super::{Inside, events};
use crate::simulator::entra::FaultKind;
use crate::simulator::entra::control::control;
use crate::simulator::entra::reply::Reply;
use crate::simulator::entra::tenant::Inside as Company;
use crate::simulator::entra::world::{Node, slot};
use crate::simulator::okta::time::now;
use crate::simulator::serve::Heard;
use crate::simulator::time::header;

fn json_of(status: u16, body: &Value) -> Reply {
    Reply {
        content_type: "application/json",
        ..Reply::json(status, body.to_string())
    }
}

fn error(status: u16, word: &str) -> Reply {
    json_of(status, &json!({ "error": word }))
}

/// What is asked for, below the realm.
enum Target {
    Realm,
    Token,
    Users,
    User(String),
    CountUsers,
    Groups,
    Group(String),
    CountGroups,
    Children(String),
    Members(String),
    GroupsOf(String),
    EventSettings,
    Events,
}

impl Target {
    fn of(path: &str, realm: &str) -> Option<Self> {
        let decode = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
        let parts: Vec<String> = path
            .trim_matches('/')
            .split('/')
            .map(decode)
            .collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let rest = match parts.as_slice() {
            ["realms", name] if *name == realm => return Some(Self::Realm),
            ["realms", name, "protocol", "openid-connect", "token"] if *name == realm => {
                return Some(Self::Token);
            }
            ["admin", "realms", name, rest @ ..] if *name == realm => rest,
            _ => return None,
        };
        Some(match rest {
            ["users"] => Self::Users,
            ["users", "count"] => Self::CountUsers,
            ["users", id] => Self::User((*id).to_owned()),
            ["users", id, "groups"] => Self::GroupsOf((*id).to_owned()),
            ["events", "config"] => Self::EventSettings,
            ["admin-events"] => Self::Events,
            ["groups"] => Self::Groups,
            ["groups", "count"] => Self::CountGroups,
            ["groups", id] => Self::Group((*id).to_owned()),
            ["groups", id, "children"] => Self::Children((*id).to_owned()),
            ["groups", id, "members"] => Self::Members((*id).to_owned()),
            _ => return None,
        })
    }

    fn class(&self) -> &'static str {
        match self {
            Self::Realm => "realm",
            Self::Token => "token",
            Self::Users => "users",
            Self::User(_) => "user",
            Self::CountUsers | Self::CountGroups => "count",
            Self::Groups => "groups",
            Self::Group(_) => "group",
            Self::Children(_) => "children",
            Self::Members(_) => "members",
            Self::GroupsOf(_) => "memberOf",
            Self::EventSettings | Self::Events => "events",
        }
    }
}

/// Answers a request.
pub(super) fn answer(inside: &Inside, heard: &Heard) -> Reply {
    let options = &inside.options;
    if heard.path.starts_with("/_control/") {
        return control(&inside.tenant, &heard.method, &heard.path, &heard.body);
    }
    let below = if options.old {
        heard.path.strip_prefix("/auth")
    } else {
        Some(heard.path.as_str())
    };
    let Some(target) = below.and_then(|path| Target::of(path, &options.realm)) else {
        return error(404, "Realm does not exist");
    };
    let mut locked = inside.tenant.lock();
    *locked.counts.entry(target.class()).or_default() += 1;
    let fault = locked.faults.take(target.class(), &heard.path, false);
    if let Some(FaultKind::Edit { edits }) = &fault {
        for edit in edits {
            locked.world.edit(edit).ok();
        }
    }
    if let Some(reply) = fault.as_ref().and_then(instead) {
        return reply;
    }
    let token = format!("Bearer granted-for-{}", options.client_secret);
    let reply = match &target {
        Target::Realm => Ok(json_of(200, &json!({ "realm": options.realm }))),
        Target::Token => Ok(grant(inside, heard)),
        _ if heard.authorization != token => Err(error(401, "HTTP 401 Unauthorized")),
        target if !may(target, &locked.permissions.revoked) => Err(error(403, "HTTP 403 Forbidden")),
        target => told(inside, &locked, target, heard, fault.as_ref()),
    };
    let reply = reply.unwrap_or_else(|refusal| refusal);
    let reply = reply.with("date", header(now(&locked.world)));
    match fault {
        Some(fault) => fault.spoil(reply),
        None => reply,
    }
}

/// Whether the roles that are left let the service account ask for this: `view-users`, `query-users`, `query-groups`, `view-events`.
fn may(target: &Target, withheld: &BTreeSet<String>) -> bool {
    let has = |role: &str| !withheld.contains(role);
    match target {
        Target::Realm | Target::Token => true,
        // With `query-users` alone the list is empty.
        Target::Users | Target::CountUsers => has("view-users") || has("query-users"),
        Target::Groups | Target::CountGroups => has("view-users") || has("query-groups"),
        Target::EventSettings | Target::Events => has("view-events"),
        _ => has("view-users"),
    }
}

/// Faults that are an answer of their own.
fn instead(fault: &FaultKind) -> Option<Reply> {
    Some(match fault {
        FaultKind::Throttle { retry_after } => {
            let reply = error(429, "too_many_requests");
            match retry_after {
                Some(seconds) => reply.with("retry-after", seconds.clone()),
                None => reply,
            }
        }
        FaultKind::Error { status: 403 } => error(403, "HTTP 403 Forbidden"),
        FaultKind::Error { status } => error(*status, "unknown_error"),
        FaultKind::Html => Reply::html(),
        FaultKind::Unauthorized => error(401, "HTTP 401 Unauthorized"),
        _ => return None,
    })
}

fn grant(inside: &Inside, heard: &Heard) -> Reply {
    let options = &inside.options;
    // By the form or by Basic (RFC 6749 §2.3.1).
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", options.client_id, options.client_secret))
    );
    let by_header = heard.authorization == basic;
    let by_form = heard.field("client_id") == options.client_id
        && heard.field("client_secret") == options.client_secret;
    if heard.field("grant_type") != "client_credentials" {
        return error(400, "unsupported_grant_type");
    }
    if !by_header && !by_form {
        let words = "Invalid client or Invalid client credentials";
        return json_of(
            401,
            &json!({ "error": "unauthorized_client", "error_description": words }),
        );
    }
    json_of(
        200,
        &json!({
            "access_token": format!("granted-for-{}", options.client_secret), "expires_in": 60, "refresh_expires_in": 0,
            "token_type": "Bearer", "not-before-policy": 0, "scope": "profile email",
        }),
    )
}

fn told(
    inside: &Inside,
    locked: &Company,
    target: &Target,
    heard: &Heard,
    fault: Option<&FaultKind>,
) -> Result<Reply, Reply> {
    if matches!(fault, Some(FaultKind::MissingValue)) {
        return Ok(json_of(200, &json!({ "nonsense": true })));
    }
    let (world, blind) = (&locked.world, locked.permissions.revoked.contains("view-users"));
    let missing = || error(404, "Could not find group by id");
    let find = |id: &str| world.find_group(id).ok_or_else(missing);
    let (tree, old) = (Tree(world), inside.options.old);
    let brief = heard.parameter("briefRepresentation").as_deref() != Some("false");
    let users = || (0..slot(world.users.len())).filter(|slot| world.live(Node::User(*slot)));
    let groups = |slots: &mut dyn Iterator<Item = u32>, usual| {
        page(heard, slots, usual, fault, |slot| group(tree, slot, old))
    };
    let people = |slots: &mut dyn Iterator<Item = u32>| {
        page(heard, slots, Some(100), fault, |slot| user(world, slot, brief))
    };
    let body = match target {
        Target::CountUsers => json!(users().count() + inside.options.unlisted),
        Target::CountGroups => {
            json!({ "count": world.groups.iter().enumerate().filter(|(at, _)| world.live(Node::Group(slot(*at)))).count() })
        }
        Target::Users if blind => json!([]),
        Target::Users => people(&mut users()),
        Target::User(id) => {
            let found = world.find_user(id).ok_or_else(|| error(404, "User not found"))?;
            user(world, found, false)
        }
        Target::Groups => groups(&mut tree.top(), None),
        Target::Group(id) => group(tree, find(id)?, old),
        Target::Children(_) if old => return Err(error(404, "HTTP 404 Not Found")),
        Target::Children(id) => groups(&mut tree.children(find(id)?), Some(10)),
        Target::Members(id) => people(&mut members(world, find(id)?)),
        Target::GroupsOf(id) => {
            let found = world.find_user(id).ok_or_else(|| error(404, "User not found"))?;
            groups(&mut groups_of(world, found).into_iter(), None)
        }
        Target::EventSettings => events::settings(inside.options.admin_events),
        Target::Events if !inside.options.admin_events => json!([]),
        Target::Events => {
            let mut told = events::events(world, heard, old).into_iter();
            page(heard, &mut told, Some(100), fault, |event| event)
        }
        Target::Realm | Target::Token => Value::Null,
    };
    Ok(json_of(200, &body))
}

/// A part of a list, of which no other rows are made.
fn page<T>(
    heard: &Heard,
    all: &mut dyn Iterator<Item = T>,
    usual: Option<usize>,
    fault: Option<&FaultKind>,
    row: impl Fn(T) -> Value,
) -> Value {
    let number = |name: &str| heard.parameter(name).and_then(|text| text.parse::<usize>().ok());
    let first = match fault {
        Some(FaultKind::Loop) => 0,
        _ => number("first").unwrap_or(0),
    };
    let max = number("max").or(usual).unwrap_or(usize::MAX);
    let mut rows: Vec<Value> = all.skip(first).take(max).map(row).collect();
    if matches!(fault, Some(FaultKind::Short)) {
        rows.clear();
    }
    if matches!(fault, Some(FaultKind::Duplicate)) {
        rows.extend(rows.last().cloned());
    }
    Value::Array(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::built::{assert_pages_cost_alike, even_company};

    #[tokio::test]
    async fn a_page_costs_what_is_on_it() {
        let running = even_company!(keycloak).await.unwrap();
        let inside = &running.inside;
        let locked = inside.tenant.lock();
        let first = Target::Members(locked.world.id(Node::Group(0)).to_owned());
        for target in [Target::Users, Target::Groups, first] {
            assert_pages_cost_alike(|from| {
                let heard = Heard::of(&format!("first={from}&max=10"));
                told(inside, &locked, &target, &heard, None).unwrap();
            });
        }
    }
}
