//! The URL table, with the way of a request past credentials and faults.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::Inside;
use super::lists::list;
use super::rows::Rows;
use super::time::{Dates, now};
use crate::simulator::entra::FaultKind;
use crate::simulator::entra::control::control;
use crate::simulator::entra::reply::Reply;
use crate::simulator::entra::world::{Node, World};
use crate::simulator::serve::Heard;
use crate::simulator::time::header;

/// A body in SCIM's media type.
pub(super) fn scim(status: u16, body: &Value) -> Reply {
    Reply {
        content_type: "application/scim+json",
        ..Reply::json(status, body.to_string())
    }
}

/// SCIM's error object.
pub(super) fn error(status: u16, kind: &str, detail: &str) -> Reply {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(), "detail": detail,
    });
    if !kind.is_empty() {
        body["scimType"] = kind.into();
    }
    scim(status, &body)
}

/// What is asked for.
enum Target {
    Config,
    Users,
    Groups,
    User(String),
    Group(String),
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/scim/v2/")?.trim_end_matches('/');
        let decode = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
        Some(match rest.split('/').collect::<Vec<_>>().as_slice() {
            ["ServiceProviderConfig"] => Self::Config,
            ["Users"] => Self::Users,
            ["Groups"] => Self::Groups,
            ["Users", id] => Self::User(decode(id)?),
            ["Groups", id] => Self::Group(decode(id)?),
            _ => return None,
        })
    }

    fn class(&self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Users => "users",
            Self::Groups => "groups",
            Self::User(_) => "user",
            Self::Group(_) => "group",
        }
    }
}

/// Answers a request.
pub(super) fn answer(inside: &Inside, heard: &Heard) -> Reply {
    if heard.path.starts_with("/_control/") {
        return control(&inside.tenant, &heard.method, &heard.path, &heard.body);
    }
    let target = Target::of(&heard.path);
    let class = match (&target, heard.path.as_str()) {
        (Some(target), _) => target.class(),
        (None, "/oauth/token") => "token",
        (None, _) => return error(404, "", "There is no such endpoint."),
    };
    let mut locked = inside.tenant.lock();
    *locked.counts.entry(class).or_default() += 1;
    let fault = locked.faults.take(class, &heard.path, false);
    if let Some(FaultKind::Edit { edits }) = &fault {
        for edit in edits {
            locked.world.edit(edit).ok();
        }
    }
    if let Some(reply) = fault.as_ref().and_then(instead) {
        return reply;
    }
    let world = &locked.world;
    let reply = match target {
        None => grant(inside, heard),
        Some(_) if heard.method != "GET" => error(405, "", "This server is read only."),
        Some(_) if !lets_in(inside, &heard.authorization) => {
            error(401, "", "The credentials are not accepted.")
        }
        Some(target) if locked.permissions.revoked.contains(target.class()) => {
            error(403, "", "The client may not read this.")
        }
        Some(target) => told(inside, world, &target, heard, fault.as_ref()).unwrap_or_else(|refusal| refusal),
    };
    let reply = reply.with("date", header(now(world)));
    match fault {
        Some(fault) => fault.spoil(reply),
        None => reply,
    }
}

/// Faults that are an answer of their own.
fn instead(fault: &FaultKind) -> Option<Reply> {
    Some(match fault {
        FaultKind::Throttle { retry_after } => {
            let reply = error(429, "", "Too many requests.");
            match retry_after {
                Some(seconds) => reply.with("retry-after", seconds.clone()),
                None => reply,
            }
        }
        FaultKind::Error { status } => error(*status, "", "Asked for by the test."),
        FaultKind::Html => Reply::html(),
        FaultKind::Unauthorized => error(401, "", "The token has expired."),
        _ => return None,
    })
}

fn lets_in(inside: &Inside, authorization: &str) -> bool {
    let token = &inside.options.token;
    let basic = format!("Basic {}", STANDARD.encode(format!("reader:{token}")));
    let granted = format!("Bearer granted-for-{token}");
    authorization == format!("Bearer {token}") || authorization == basic || authorization == granted
}

/// The token endpoint (RFC 6749 §4.4).
fn grant(inside: &Inside, heard: &Heard) -> Reply {
    let fits = heard.field("grant_type") == "client_credentials" && heard.field("client_id") == "reader";
    if heard.method != "POST" || !fits || heard.field("client_secret") != inside.options.token {
        return Reply::json(401, json!({ "error": "invalid_client" }).to_string());
    }
    let token = format!("granted-for-{}", inside.options.token);
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 });
    Reply::json(200, body.to_string())
}

fn told(
    inside: &Inside,
    world: &World,
    target: &Target,
    heard: &Heard,
    fault: Option<&FaultKind>,
) -> Result<Reply, Reply> {
    let node = match target {
        Target::Config => return config(inside, fault),
        Target::Users => return list(inside, world, true, heard, fault),
        Target::Groups => return list(inside, world, false, heard, fault),
        Target::User(id) => world.find_user(id).map(Node::User),
        Target::Group(id) => world.find_group(id).map(Node::Group),
    };
    let node = node.ok_or_else(|| error(404, "", "There is no such resource."))?;
    if matches!(fault, Some(FaultKind::MissingValue)) {
        return Ok(scim(200, &json!([])));
    }
    let dates = Dates::of(world, inside.first, inside.options.dates_move);
    let rows = Rows {
        world,
        options: &inside.options,
        dates: &dates,
        base: &format!("{}/scim/v2", heard.origin),
    };
    Ok(scim(200, &rows.of(node, false, false)))
}

fn config(inside: &Inside, fault: Option<&FaultKind>) -> Result<Reply, Reply> {
    let options = &inside.options;
    if !options.told {
        return Err(error(404, "", "There is no such endpoint."));
    }
    if matches!(fault, Some(FaultKind::MissingValue)) {
        return Ok(scim(200, &json!({ "nonsense": true })));
    }
    let no = json!({ "supported": false });
    Ok(scim(
        200,
        &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": no, "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
            "filter": { "supported": options.filter, "maxResults": options.cap },
            "changePassword": no, "sort": no, "etag": no,
            "pagination": {
                "cursor": options.cursors, "index": true, "maxPageSize": options.cap,
                "defaultPaginationMethod": if options.cursors { "cursor" } else { "index" },
            },
            "authenticationSchemes": [{
                "type": "oauthbearertoken", "name": "Bearer token", "description": "A token made for the reader",
            }],
        }),
    ))
}
