//! A type of resource: its schema, with the extensions that its resources may have.

use super::attribute::{Attribute, find};
use super::common::common;
use super::located::{Found, Located};
use super::{enterprise, group, user};

/// Attributes under one URN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Its URN; as an extension, the key of its object in a resource.
    pub urn: String,
    /// Its name, for people.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// An attribute by its name, whatever its case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }
}

/// A schema that a type's resources may have beside their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its attributes.
    pub schema: Schema,
    /// Whether every resource has it.
    pub required: bool,
}

/// Users or groups, as this directory knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// `User` or `Group`.
    pub name: &'static str,
    /// `Users` or `Groups`.
    pub endpoint: &'static str,
    /// The schema of its own.
    pub schema: Schema,
    /// The others.
    pub extensions: Vec<Extension>,
    common: Vec<Attribute>,
}

impl ResourceType {
    /// Users, with the enterprise extension and these.
    pub fn user(more: Vec<Extension>) -> Self {
        let schema = enterprise::enterprise();
        let mut extensions = vec![Extension {
            schema,
            required: false,
        }];
        extensions.extend(more);
        Self {
            name: "User",
            endpoint: "Users",
            schema: user::user(),
            extensions,
            common: common(),
        }
    }

    /// Groups, with these extensions.
    pub fn group(extensions: Vec<Extension>) -> Self {
        Self {
            name: "Group",
            endpoint: "Groups",
            schema: group::group(),
            extensions,
            common: common(),
        }
    }

    /// An extension's schema by its URN, whatever its case.
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        let mut schemas = self.extensions.iter().map(|extension| &extension.schema);
        schemas.find(|schema| schema.urn.eq_ignore_ascii_case(urn))
    }

    /// An attribute of the resource's own level: a common one, or one of its schema.
    pub fn own(&self, name: &str) -> Option<&Attribute> {
        find(&self.common, name).or_else(|| self.schema.attribute(name))
    }

    /// What a name means: `attr`, `attr.sub`, `URN:attr`, `URN:attr.sub`, or a URN alone.
    ///
    /// URNs have dots and colons of their own, so a whole one is looked for first, and then the last colon splits. A name
    /// without URN that the type itself lacks is looked for in its extensions: Entra asks `manager eq "…"`.
    pub fn find(&self, name: &str) -> Option<Found<'_>> {
        if name.eq_ignore_ascii_case(&self.schema.urn) {
            return Some(Found::Core);
        }
        if let Some(schema) = self.extension(name) {
            return Some(Found::Extension(schema));
        }
        let (urn, rest) = match name.rsplit_once(':') {
            Some((urn, rest)) => (Some(urn), rest),
            None => (None, name),
        };
        let (attribute, sub) = match rest.split_once('.') {
            Some((attribute, sub)) => (attribute, Some(sub)),
            None => (rest, None),
        };
        let located = self.attribute(urn, attribute)?;
        match sub {
            None => Some(Found::Attribute(located)),
            Some(sub) => located.part(sub).map(Found::Attribute),
        }
    }

    fn attribute(&self, urn: Option<&str>, name: &str) -> Option<Located<'_>> {
        let below = |schema| Schema::attribute(schema, name).map(|found| Located::below(schema, found));
        match urn {
            Some(urn) if urn.eq_ignore_ascii_case(&self.schema.urn) => self.own(name).map(Located::own),
            Some(urn) => self.extension(urn).and_then(below),
            None => self.own(name).map(Located::own).or_else(|| {
                let mut schemas = self.extensions.iter().map(|extension| &extension.schema);
                schemas.find_map(below)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ENTERPRISE_URN, USER_URN};
    use super::*;

    fn found(name: &str) -> Option<String> {
        let custom = Extension {
            schema: Schema {
                urn: "urn:acme:badge-1.5".to_owned(),
                name: "Badge".to_owned(),
                description: String::new(),
                attributes: vec![Attribute::text("colour", "")],
            },
            required: false,
        };
        ResourceType::user(vec![custom])
            .find(name)
            .map(|found| match found {
                Found::Core => "core".to_owned(),
                Found::Extension(schema) => schema.name.clone(),
                Found::Attribute(located) => located.to_string(),
            })
    }

    #[test]
    fn urns_with_dots_and_colons_are_split_right() {
        let urn = ENTERPRISE_URN;
        for (name, expected) in [
            ("USERNAME", "userName"),
            ("name.GIVENname", "name.givenName"),
            ("Meta.Version", "meta.version"),
            ("members", ""),
            ("name.shoe", ""),
            ("userName.value", ""),
            ("manager.value", &format!("{urn}:manager.value")),
            (&format!("{urn}:manager.VALUE"), &format!("{urn}:manager.value")),
            (&urn.to_uppercase(), "EnterpriseUser"),
            (&format!("{USER_URN}:name.familyName"), "name.familyName"),
            (USER_URN, "core"),
            ("urn:acme:badge-1.5", "Badge"),
            ("urn:acme:badge-1.5:colour", "urn:acme:badge-1.5:colour"),
            ("urn:acme:badge-1.6:colour", ""),
            ("", ""),
            (":", ""),
        ] {
            assert_eq!(found(name).unwrap_or_default(), expected, "{name}");
        }
    }
}
