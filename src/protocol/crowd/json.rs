//! The JSON form of the entities.
//!
//! Member names are those of the XML, lists have the names of the reference server's fields, dates are
//! milliseconds since 1970.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::event::Event;
use super::links::Links;
use super::wire::{CookieConfig, Entity, Group, User};
use crate::model::Attributes;

pub(super) fn user(links: &Links, user: &User<'_>) -> Value {
    let name = &*user.name;
    let mut value = json!({
        "expand": "attributes",
        "link": link(&links.entity(Entity::User, name), "self"),
        "name": name,
        "password": { "link": link(&links.password(name), "edit") },
        "key": user.key,
        "active": user.active,
        "created-date": user.created_at,
        "updated-date": user.updated_at,
        "attributes": attributes(links, Entity::User, name, &user.attributes),
        "first-name": user.first_name,
        "last-name": user.last_name,
        "display-name": user.display_name,
        "email": user.email,
    });
    if user.key.is_empty()
        && let Value::Object(members) = &mut value
    {
        members.shift_remove("key");
    }
    value
}

pub(super) fn group(links: &Links, group: &Group<'_>) -> Value {
    let name = &*group.name;
    json!({
        "expand": "attributes",
        "link": link(&links.entity(Entity::Group, name), "self"),
        "name": name,
        "description": group.description,
        "type": "GROUP",
        "active": group.active,
        "attributes": attributes(links, Entity::Group, name, &group.attributes),
    })
}

pub(super) fn minimal(links: &Links, kind: Entity, name: &str) -> Value {
    json!({ "link": link(&links.entity(kind, name), "self"), "name": name })
}

pub(super) fn attributes(links: &Links, kind: Entity, name: &str, attributes: &Attributes) -> Value {
    let each = told(attributes).map(|(attribute, values)| {
        json!({
            "link": link(&links.attribute(kind, name, attribute), "self"),
            "name": attribute,
            "values": values,
        })
    });
    let each: Vec<_> = each.collect();
    json!({ "link": link(&links.attributes(kind, name), "self"), "attributes": each })
}

/// The attributes that are told, sorted by name: clients stumble over one without values.
pub(super) fn told(attributes: &Attributes) -> impl Iterator<Item = (&Arc<str>, &Vec<Arc<str>>)> {
    attributes.0.iter().filter(|(_, values)| !values.is_empty())
}

pub(super) fn error(reason: &str, message: &str) -> Value {
    json!({ "reason": reason, "message": message })
}

pub(super) fn status(code: u16, message: &str) -> Value {
    json!({ "status-code": code, "message": message })
}

pub(super) fn cookie_config(config: &CookieConfig<'_>) -> Value {
    json!({ "domain": config.domain, "secure": config.secure, "name": config.name })
}

/// No known client reads events in JSON; the XML element's name tells them apart.
pub(super) fn event(links: &Links, event: &Event<'_>) -> Value {
    let groups = |names: &[std::borrow::Cow<'_, str>]| {
        let groups: Vec<_> = names
            .iter()
            .map(|name| minimal(links, Entity::Group, name))
            .collect();
        json!({ "groups": groups })
    };
    match event {
        Event::UserDeleted(name) => {
            json!({ "type": "userEvent", "operation": "DELETED", "user": minimal(links, Entity::User, name) })
        }
        Event::GroupDeleted(name) => {
            json!({ "type": "groupEvent", "operation": "DELETED", "group": minimal(links, Entity::Group, name) })
        }
        Event::UserUpdated(updated) => {
            json!({ "type": "userEvent", "operation": "UPDATED", "user": user(links, updated) })
        }
        Event::GroupUpdated(updated) => {
            json!({ "type": "groupEvent", "operation": "UPDATED", "group": group(links, updated) })
        }
        Event::GroupMembership {
            group,
            parents,
            children,
        } => json!({
            "type": "groupMembershipEvent",
            "operation": "UPDATED",
            "group": minimal(links, Entity::Group, group),
            "parentGroups": groups(parents),
            "childGroups": groups(children),
        }),
        Event::UserMembership {
            user,
            groups: parents,
        } => json!({
            "type": "userMembershipEvent",
            "operation": "UPDATED",
            "childUser": minimal(links, Entity::User, user),
            "parentGroups": groups(parents),
        }),
    }
}

/// A point in time; `None` beyond the calendar.
pub(super) fn date(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
}

fn link(href: &str, rel: &str) -> Value {
    json!({ "href": href, "rel": rel })
}
