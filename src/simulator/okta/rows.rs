//! Users, groups and log events as Okta tells them.

use serde_json::{Value, json};

use super::time::{Dates, text};
use crate::simulator::built;
use crate::simulator::entra::world::{Node, State, World};

/// How rows are told.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) world: &'a World,
    pub(super) dates: &'a Dates,
}

/// A row before it is made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    User(u32),
    Group(u32),
    /// As assigned to the app.
    AppUser(u32),
    /// As assigned to the app.
    AppGroup(u32),
    /// The deletion of what is not there any more.
    Event(Node),
}

/// The status of a user; `None` for one that was deleted.
pub(super) fn status(world: &World, slot: u32) -> Option<&'static str> {
    let user = world.user(slot)?;
    match user.state {
        State::Gone => None,
        State::Soft => Some("DEPROVISIONED"),
        State::Live if !user.enabled => Some("SUSPENDED"),
        State::Live if slot % 17 == 16 => Some("PASSWORD_EXPIRED"),
        State::Live => Some("ACTIVE"),
    }
}

impl Rows<'_> {
    pub(super) fn of(&self, item: Item) -> Option<Value> {
        built::row();
        match item {
            Item::User(slot) => self.user(slot),
            Item::Group(slot) => self.group(slot),
            Item::AppUser(slot) => {
                let user = self.user(slot)?;
                let name = json!({ "userName": user["profile"]["login"] });
                Some(json!({ "id": user["id"], "credentials": name, "_embedded": { "user": user } }))
            }
            Item::AppGroup(slot) => {
                let group = self.group(slot)?;
                Some(json!({ "id": group["id"], "_embedded": { "group": group } }))
            }
            Item::Event(node) => self.deletion(node),
        }
    }

    fn user(&self, slot: u32) -> Option<Value> {
        let (user, node) = (self.world.user(slot)?, Node::User(slot));
        let filled = |text: &Option<Box<str>>| text.clone().filter(|text| !text.is_empty());
        Some(json!({
            "id": &*user.id, "status": status(self.world, slot)?,
            "created": text(Dates::created(node)), "activated": text(Dates::created(node)),
            "lastLogin": self.world.seen(slot), "lastUpdated": text(self.dates.updated(node)),
            "type": { "id": "oty1" },
            "profile": {
                "login": user.upn, "email": filled(&user.mail), "firstName": filled(&user.given),
                "lastName": filled(&user.surname), "displayName": user.display, "department": filled(&user.department),
            },
        }))
    }

    pub(super) fn group(&self, slot: u32) -> Option<Value> {
        let (group, node) = (self.world.group(slot)?, Node::Group(slot));
        (group.state == State::Live).then(|| {
            json!({
                "id": &*group.id, "type": "OKTA_GROUP", "objectClass": ["okta:user_group"],
                "created": text(Dates::created(node)), "lastUpdated": text(self.dates.updated(node)),
                "lastMembershipUpdated": text(self.dates.members(slot)),
                "profile": { "name": group.display, "description": group.description },
            })
        })
    }

    /// The deletion of what is not there any more.
    fn deletion(&self, node: Node) -> Option<Value> {
        let (kind, event, gone) = match node {
            Node::User(_) => (
                "User",
                "user.lifecycle.delete.completed",
                self.world.state(node) == State::Gone,
            ),
            Node::Group(_) => ("UserGroup", "group.lifecycle.delete", !self.world.live(node)),
        };
        let id = self.world.id(node);
        gone.then(|| {
            json!({
                "uuid": format!("event-{id}"), "published": text(self.dates.updated(node)), "eventType": event,
                "target": [{ "id": id, "type": kind }],
            })
        })
    }
}
