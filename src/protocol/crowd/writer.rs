//! The writer of answers, in the form that the client asked for.
//!
//! Lists and feeds are written piece by piece, so that a face can stream them.

use std::fmt::Write as _;

use super::event::Event;
use super::links::Links;
use super::reason::Reason;
use super::wire::{CookieConfig, Entity, Format, Group, User};
use super::{json, xml};
use crate::model::Attributes;
use crate::model::xml::escape_attribute;

/// The membership listing up to its first `<membership>`; the listing exists in XML only.
pub const MEMBERSHIPS_START: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><memberships>"#;
/// The membership listing after its last `</membership>`.
pub const MEMBERSHIPS_END: &str = "</memberships>";

/// Writes entities in one form, with links below one URL.
#[derive(Clone, Debug)]
pub struct Writer {
    format: Format,
    links: Links,
}

impl Writer {
    /// A writer of `format`.
    pub fn new(format: Format, links: Links) -> Self {
        Self { format, links }
    }

    /// The form it writes.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Where its links begin.
    pub(super) fn links(&self) -> &Links {
        &self.links
    }

    /// What every document begins with.
    pub fn start(&self, out: &mut String) {
        if self.format == Format::Xml {
            out.push_str(xml::DECLARATION);
        }
    }

    /// A whole user.
    pub fn user(&self, out: &mut String, user: &User<'_>) {
        match self.format {
            Format::Xml => xml::user(out, &self.links, user),
            Format::Json => push(out, &json::user(&self.links, user)),
        }
    }

    /// A whole group.
    pub fn group(&self, out: &mut String, group: &Group<'_>) {
        match self.format {
            Format::Xml => xml::group(out, &self.links, group),
            Format::Json => push(out, &json::group(&self.links, group)),
        }
    }

    /// A user or group by name alone.
    pub fn minimal(&self, out: &mut String, kind: Entity, name: &str) {
        match self.format {
            Format::Xml => xml::minimal(out, &self.links, kind, name),
            Format::Json => push(out, &json::minimal(&self.links, kind, name)),
        }
    }

    /// The attributes of an entity.
    pub fn attributes(&self, out: &mut String, kind: Entity, name: &str, attributes: &Attributes) {
        match self.format {
            Format::Xml => xml::attributes(out, &self.links, kind, name, attributes),
            Format::Json => push(out, &json::attributes(&self.links, kind, name, attributes)),
        }
    }

    /// The beginning of a list.
    pub fn list_start(&self, out: &mut String, kind: Entity) {
        _ = match self.format {
            Format::Xml => write!(out, r#"<{} expand="{}">"#, kind.plural(), kind.singular()),
            Format::Json => write!(out, r#"{{"expand":"{}","{}":["#, kind.singular(), kind.plural()),
        };
    }

    /// What stands between two entries of a list or feed.
    pub fn separator(&self, out: &mut String) {
        if self.format == Format::Json {
            out.push(',');
        }
    }

    /// The end of a list.
    pub fn list_end(&self, out: &mut String, kind: Entity) {
        _ = match self.format {
            Format::Xml => write!(out, "</{}>", kind.plural()),
            Format::Json => write!(out, "]}}"),
        };
    }

    /// The beginning of a feed that leads to `token`.
    pub fn events_start(&self, out: &mut String, token: &str) {
        _ = match self.format {
            Format::Xml => write!(
                out,
                r#"<events newEventToken="{}" incrementalSynchronisationAvailable="true">"#,
                escape_attribute(token)
            ),
            Format::Json => write!(
                out,
                r#"{{"newEventToken":{},"incrementalSynchronisationAvailable":true,"events":["#,
                serde_json::Value::from(token)
            ),
        };
    }

    /// One event.
    pub fn event(&self, out: &mut String, event: &Event<'_>) {
        match self.format {
            Format::Xml => xml::event(out, &self.links, event),
            Format::Json => push(out, &json::event(&self.links, event)),
        }
    }

    /// The end of a feed.
    pub fn events_end(&self, out: &mut String) {
        out.push_str(match self.format {
            Format::Xml => "</events>",
            Format::Json => "]}",
        });
    }

    /// A refusal.
    pub fn error(&self, out: &mut String, reason: Reason, message: &str) {
        match self.format {
            Format::Xml => xml::error(out, reason.name(), message),
            Format::Json => push(out, &json::error(reason.name(), message)),
        }
    }

    /// The answer to a path that is none.
    pub fn status(&self, out: &mut String, code: u16, message: &str) {
        match self.format {
            Format::Xml => xml::status(out, code, message),
            Format::Json => push(out, &json::status(code, message)),
        }
    }

    /// How single sign-on cookies are set.
    pub fn cookie_config(&self, out: &mut String, config: &CookieConfig<'_>) {
        match self.format {
            Format::Xml => xml::cookie_config(out, config),
            Format::Json => push(out, &json::cookie_config(config)),
        }
    }
}

fn push(out: &mut String, value: &serde_json::Value) {
    _ = write!(out, "{value}");
}
