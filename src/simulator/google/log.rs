//! The audit log: who joined and left which group, latest first; each edit takes a minute.

use chrono::DateTime;
use serde_json::{Value, json};

use super::rows::address;
use crate::simulator::entra::journal::Touch;
use crate::simulator::entra::world::{Node, World};
use crate::simulator::okta::time::{moment, text};

/// The activities of an application since a moment.
pub(super) fn activities(world: &World, application: &str, since: &str) -> Vec<Value> {
    let since = DateTime::parse_from_rfc3339(since).ok();
    let journal = world.journal.between(0, world.journal.len());
    let mut items: Vec<Value> = journal
        .filter(|(at, _)| since.is_none_or(|since| moment(world, *at) >= since))
        // Every other change is an owner's, the rest an administrator's.
        .filter(|(at, _)| (at % 2 == 0) == (application == "admin"))
        .filter_map(|(at, touch)| match touch {
            Touch::Edge { group, member } => Some(event(world, application, at, group, member)),
            Touch::Object(_) => None,
        })
        .collect();
    items.reverse();
    items
}

fn event(world: &World, application: &str, at: u64, group: u32, member: Node) -> Value {
    let there = world
        .group(group)
        .is_some_and(|group| group.members.contains(&member));
    let (name, of, whom, member) = match (application, there) {
        ("admin", true) => ("ADD_GROUP_MEMBER", "GROUP_EMAIL", "USER_EMAIL", world.id(member)),
        ("admin", false) => (
            "REMOVE_GROUP_MEMBER",
            "GROUP_EMAIL",
            "USER_EMAIL",
            world.id(member),
        ),
        (_, true) => ("add_member", "group_id", "member_id", world.id(member)),
        (_, false) => ("remove_member", "group_id", "member_id", world.id(member)),
    };
    json!({
        "kind": "admin#reports#activity", "etag": "\"a\"", "actor": { "callerType": "USER", "email": "boss@corp.example", "profileId": "1" },
        "id": { "time": text(moment(world, at)), "uniqueQualifier": at.to_string(), "applicationName": application, "customerId": super::CUSTOMER },
        "events": [{
            "type": "GROUP_SETTINGS", "name": name,
            "parameters": [{ "name": whom, "value": member }, { "name": of, "value": address(world, group) }],
        }],
    })
}
