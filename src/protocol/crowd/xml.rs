//! The XML form of the entities.
//!
//! No namespace, elements in the order that streaming parsers of old clients rely on, and no self-closing
//! user or group: one client takes those for the end of the list.

use std::fmt::Write as _;

use super::event::Event;
use super::json::{date, told};
use super::links::Links;
use super::wire::{CookieConfig, Entity, Group, User};
use crate::model::Attributes;
use crate::model::xml::{escape_attribute, escape_text};

/// The first line of every document.
pub(crate) const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// Writes to a `String` cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { _ = write!($out, $($arg)*) };
}

pub(super) fn user(out: &mut String, links: &Links, user: &User<'_>) {
    let name = &*user.name;
    put!(
        out,
        r#"<user expand="attributes" name="{}">"#,
        escape_attribute(name)
    );
    link(out, &links.entity(Entity::User, name), "self");
    element(out, "first-name", &user.first_name);
    element(out, "last-name", &user.last_name);
    element(out, "display-name", &user.display_name);
    element(out, "email", &user.email);
    out.push_str("<password>");
    link(out, &links.password(name), "edit");
    out.push_str("</password>");
    if !user.key.is_empty() {
        element(out, "key", &user.key);
    }
    put!(out, "<active>{}</active>", user.active);
    for (element, at) in [
        ("created-date", user.created_at),
        ("updated-date", user.updated_at),
    ] {
        if let Some(date) = date(at) {
            put!(
                out,
                "<{element}>{}</{element}>",
                date.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
            );
        }
    }
    attributes(out, links, Entity::User, name, &user.attributes);
    out.push_str("</user>");
}

pub(super) fn group(out: &mut String, links: &Links, group: &Group<'_>) {
    let name = &*group.name;
    put!(
        out,
        r#"<group expand="attributes" name="{}">"#,
        escape_attribute(name)
    );
    link(out, &links.entity(Entity::Group, name), "self");
    element(out, "description", &group.description);
    put!(out, "<type>GROUP</type><active>{}</active>", group.active);
    attributes(out, links, Entity::Group, name, &group.attributes);
    out.push_str("</group>");
}

pub(super) fn minimal(out: &mut String, links: &Links, kind: Entity, name: &str) {
    named(out, links, kind, kind.singular(), name);
}

pub(super) fn attributes(out: &mut String, links: &Links, kind: Entity, name: &str, attributes: &Attributes) {
    out.push_str("<attributes>");
    link(out, &links.attributes(kind, name), "self");
    for (attribute, values) in told(attributes) {
        put!(out, r#"<attribute name="{}">"#, escape_attribute(attribute));
        link(out, &links.attribute(kind, name, attribute), "self");
        out.push_str("<values>");
        for value in values {
            element(out, "value", value);
        }
        out.push_str("</values></attribute>");
    }
    out.push_str("</attributes>");
}

pub(super) fn error(out: &mut String, reason: &str, message: &str) {
    out.push_str("<error>");
    element(out, "reason", reason);
    element(out, "message", message);
    out.push_str("</error>");
}

pub(super) fn status(out: &mut String, code: u16, message: &str) {
    put!(out, "<status><status-code>{code}</status-code>");
    element(out, "message", message);
    out.push_str("</status>");
}

pub(super) fn cookie_config(out: &mut String, config: &CookieConfig<'_>) {
    out.push_str("<cookie-config>");
    if !config.domain.is_empty() {
        element(out, "domain", config.domain);
    }
    put!(out, "<secure>{}</secure>", config.secure);
    element(out, "name", config.name);
    out.push_str("</cookie-config>");
}

pub(super) fn event(out: &mut String, links: &Links, event: &Event<'_>) {
    match event {
        Event::UserDeleted(name) => {
            begin_event(out, "userEvent", "DELETED");
            minimal(out, links, Entity::User, name);
            out.push_str("</userEvent>");
        }
        Event::GroupDeleted(name) => {
            begin_event(out, "groupEvent", "DELETED");
            minimal(out, links, Entity::Group, name);
            out.push_str("</groupEvent>");
        }
        Event::UserUpdated(updated) => {
            begin_event(out, "userEvent", "UPDATED");
            user(out, links, updated);
            out.push_str("</userEvent>");
        }
        Event::GroupUpdated(updated) => {
            begin_event(out, "groupEvent", "UPDATED");
            group(out, links, updated);
            out.push_str("</groupEvent>");
        }
        Event::GroupMembership {
            group,
            parents,
            children,
        } => {
            begin_event(out, "groupMembershipEvent", "UPDATED");
            minimal(out, links, Entity::Group, group);
            groups(out, links, "parentGroups", parents);
            groups(out, links, "childGroups", children);
            out.push_str("</groupMembershipEvent>");
        }
        Event::UserMembership {
            user,
            groups: parents,
        } => {
            begin_event(out, "userMembershipEvent", "UPDATED");
            named(out, links, Entity::User, "childUser", user);
            groups(out, links, "parentGroups", parents);
            out.push_str("</userMembershipEvent>");
        }
    }
}

fn begin_event(out: &mut String, kind: &str, operation: &str) {
    put!(out, "<{kind}><operation>{operation}</operation>");
}

fn groups(out: &mut String, links: &Links, holder: &str, names: &[std::borrow::Cow<'_, str>]) {
    put!(out, "<{holder}>");
    for name in names {
        minimal(out, links, Entity::Group, name);
    }
    put!(out, "</{holder}>");
}

fn named(out: &mut String, links: &Links, kind: Entity, element: &str, name: &str) {
    put!(out, r#"<{element} name="{}">"#, escape_attribute(name));
    link(out, &links.entity(kind, name), "self");
    put!(out, "</{element}>");
}

pub(super) fn element(out: &mut String, name: &str, text: &str) {
    put!(out, "<{name}>{}</{name}>", escape_text(text));
}

pub(super) fn link(out: &mut String, href: &str, rel: &str) {
    put!(out, r#"<link href="{}" rel="{rel}"/>"#, escape_attribute(href));
}
