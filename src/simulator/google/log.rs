//! The audit log: who joined and left which group, latest first; each edit takes a minute.

use chrono::DateTime;
use serde_json::{Value, json};

use super::rows::address;
use crate::simulator::entra::journal::Touch;
use crate::simulator::entra::world::{Node, World};
use crate::simulator::okta::time::{moment, text};

/// A membership that came or went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activity {
    /// Whether an administrator did it; else an owner of the group.
    admin: bool,
    /// The journal's length at it.
    at: u64,
    group: u32,
    member: Node,
}

/// The activities of an application since a moment.
pub(super) fn activities(
    world: &World,
    application: &str,
    since: &str,
) -> impl Iterator<Item = Activity> + use<> {
    let admin = application == "admin";
    let since = DateTime::parse_from_rfc3339(since).ok();
    let journal = world.journal.between(0, world.journal.len());
    let mut items: Vec<Activity> = journal
        .filter(|(at, _)| since.is_none_or(|since| moment(world, *at) >= since))
        // Every other change is an owner's, the rest an administrator's.
        .filter(|(at, _)| (at % 2 == 0) == admin)
        .filter_map(|(at, touch)| match touch {
            Touch::Edge { group, member } => Some(Activity {
                admin,
                at,
                group,
                member,
            }),
            Touch::Object(_) => None,
        })
        .collect();
    items.reverse();
    items.into_iter()
}

/// As it is told.
pub(super) fn event(world: &World, activity: Activity) -> Value {
    let Activity {
        admin,
        at,
        group,
        member,
    } = activity;
    let application = if admin { "admin" } else { "groups_enterprise" };
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
