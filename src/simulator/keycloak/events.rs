//! Admin events: what administrators changed, the newest first; each edit takes a minute.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::tree::Tree;
use crate::simulator::entra::journal::Touch;
use crate::simulator::entra::world::{Node, World};
use crate::simulator::okta::time::moment;
use crate::simulator::serve::Heard;

/// What is kept of events.
pub(super) fn settings(kept: bool) -> Value {
    json!({
        "eventsEnabled": false, "eventsListeners": ["jboss-logging"], "enabledEventTypes": [],
        "adminEventsEnabled": kept, "adminEventsDetailsEnabled": false,
    })
}

/// The events that are asked for. Old versions give them no ids.
pub(super) fn events(world: &World, heard: &Heard, old: bool) -> Vec<Value> {
    let from = heard
        .parameter("dateFrom")
        .and_then(|day| day.parse::<NaiveDate>().ok());
    let from = from
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .map(|day| day.and_utc());
    let asked = url::form_urlencoded::parse(heard.query.as_bytes());
    let kinds: Vec<_> = asked
        .filter(|(name, _)| name == "resourceTypes")
        .map(|(_, kind)| kind)
        .collect();
    let tree = Tree(world);
    let mut told: Vec<Value> = world
        .journal
        .between(0, world.journal.len())
        .map(|(at, touch)| (at, moment(world, at), touch))
        .filter(|(_, time, _)| from.is_none_or(|from| *time >= from))
        .map(|(at, time, touch)| event(world, tree, (at, time), touch, old))
        .filter(|event| {
            let kind = event["resourceType"].as_str().unwrap_or_default();
            kinds.is_empty() || kinds.iter().any(|asked| asked == kind)
        })
        .collect();
    told.reverse();
    told
}

fn event(world: &World, tree: Tree<'_>, (at, time): (u64, DateTime<Utc>), touch: Touch, old: bool) -> Value {
    let id = |node: Node| world.id(node);
    let (kind, operation, path) = match touch {
        Touch::Object(node) => {
            let operation = if world.live(node) { "UPDATE" } else { "DELETE" };
            match node {
                Node::User(_) => ("USER", operation, format!("users/{}", id(node))),
                Node::Group(_) => ("GROUP", operation, format!("groups/{}", id(node))),
            }
        }
        Touch::Edge { group, member } => match member {
            Node::User(_) => {
                let joined = world
                    .group(group)
                    .is_some_and(|group| group.members.contains(&member));
                let operation = if joined { "CREATE" } else { "DELETE" };
                let path = format!("users/{}/groups/{}", id(member), id(Node::Group(group)));
                ("GROUP_MEMBERSHIP", operation, path)
            }
            // A group is moved by being created in its new place: the event names that place alone.
            Node::Group(child) => match tree.parent(child) {
                Some(parent) => (
                    "GROUP",
                    "UPDATE",
                    format!("groups/{}/children", id(Node::Group(parent))),
                ),
                None => ("GROUP", "UPDATE", "groups".to_owned()),
            },
        },
    };
    let mut event = json!({
        "time": time.timestamp_millis(), "realmId": "corp", "operationType": operation, "resourceType": kind,
        "authDetails": { "realmId": "master", "clientId": "security-admin-console", "userId": "boss", "ipAddress": "192.0.2.1" },
        "resourcePath": path,
    });
    if !old {
        event["id"] = json!(format!("event-{at}"));
    }
    event
}
