//! The application as the tenant knows it, and who is assigned to it.

use serde_json::{Value, json};

use super::page::{Bend, NEXT, Place};
use super::prng;
use super::query::Query;
use super::reply::Reply;
use super::world::{Node, World};

/// What an assignment without a role names.
const DEFAULT_ROLE: &str = "00000000-0000-0000-0000-000000000000";
/// The most rows of a page.
const TOP: usize = 999;

/// The id of the application's service principal.
pub(crate) fn principal(world: &World) -> String {
    prng::guid(world.seed, 3, 0)
}

/// `GET /servicePrincipals?$filter=appId eq '…'`.
pub(crate) fn find(world: &World, query: &Query, client_id: &str) -> Result<Reply, Reply> {
    query.only(&["$filter", "$select", "$top"])?;
    let wanted = query
        .get("$filter")
        .and_then(|filter| filter.strip_prefix("appId eq '")?.strip_suffix('\''))
        .ok_or_else(|| Reply::bad("Only a filter by appId is simulated."))?;
    let found = wanted.eq_ignore_ascii_case(client_id) && !world.unconsented;
    let rows: &[Value] = &[json!({ "id": principal(world), "appId": client_id })];
    let rows = if found { rows } else { &[] };
    Ok(Reply::json(200, json!({ "value": rows }).to_string()))
}

/// `GET /servicePrincipals/{id}/appRoleAssignedTo`.
pub(crate) fn assigned(world: &World, id: &str, query: &Query, place: &Place) -> Result<Reply, Reply> {
    query.only(&["$select", "$top", "$skiptoken"])?;
    if id != principal(world) || world.unconsented {
        return Err(Reply::missing(id));
    }
    let top = query
        .get("$top")
        .and_then(|top| top.parse().ok())
        .unwrap_or(100_usize)
        .clamp(1, TOP);
    let from: usize = query
        .get("$skiptoken")
        .and_then(|token| token.parse().ok())
        .unwrap_or(0);
    let live = world.assigned.iter().filter(|node| world.live(**node));
    let mut rows: Vec<Value> = live
        .skip(from)
        .take(top + 1)
        .map(|node| row(world, *node))
        .collect();
    let more = rows.len() > top;
    rows.truncate(top);
    if place.bend == Some(Bend::MissingValue) {
        return Ok(Reply::json(200, json!({ "nothing": rows }).to_string()));
    }
    let mut page = json!({ "value": rows });
    if more {
        let next = format!(
            "{}{}?$top={top}&$skiptoken={}",
            place.origin,
            place.path,
            from + top
        );
        page[NEXT] = next.into();
    }
    Ok(Reply::json(200, page.to_string()))
}

fn row(world: &World, node: Node) -> Value {
    let kind = match node {
        Node::User(_) => "User",
        Node::Group(_) => "Group",
    };
    json!({
        "id": format!("assignment-{}", world.id(node)), "appRoleId": DEFAULT_ROLE,
        "principalId": world.id(node), "principalType": kind, "resourceId": principal(world),
    })
}
