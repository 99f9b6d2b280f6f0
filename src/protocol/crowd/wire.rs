//! The protocol's entities as borrowed by its writers.

use std::borrow::Cow;

use crate::model::Attributes;

/// The form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/xml`, the default.
    Xml,
    /// `application/json`.
    Json,
}

impl Format {
    /// The media type, without parameters: one of the clients compares it exactly.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml",
            Self::Json => "application/json",
        }
    }
}

/// What a list or an attribute holder is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// Users.
    User,
    /// Groups.
    Group,
}

impl Entity {
    pub(crate) fn singular(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }

    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Group => "groups",
        }
    }
}

/// A whole user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User<'a> {
    /// The username.
    pub name: Cow<'a, str>,
    /// Given name, or empty.
    pub first_name: Cow<'a, str>,
    /// Family name, or empty.
    pub last_name: Cow<'a, str>,
    /// The name to show.
    pub display_name: Cow<'a, str>,
    /// E-mail address, or empty.
    pub email: Cow<'a, str>,
    /// The stable key; left out when empty.
    pub key: Cow<'a, str>,
    /// Whether the user may log in.
    pub active: bool,
    /// Milliseconds since 1970 of the creation.
    pub created_at: i64,
    /// Milliseconds since 1970 of the last change.
    pub updated_at: i64,
    /// Custom attributes; empty where they were not asked for.
    pub attributes: Attributes,
}

/// A whole group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// The name.
    pub name: Cow<'a, str>,
    /// Description, or empty.
    pub description: Cow<'a, str>,
    /// Whether it counts.
    pub active: bool,
    /// Custom attributes; empty where they were not asked for.
    pub attributes: Attributes,
}

/// How single sign-on cookies are set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieConfig<'a> {
    /// The cookie's domain, or empty for the host alone.
    pub domain: &'a str,
    /// Whether it travels by https only.
    pub secure: bool,
    /// Its name.
    pub name: &'a str,
}
