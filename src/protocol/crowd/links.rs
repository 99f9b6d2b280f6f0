//! The links that entities carry.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::wire::Entity;

/// RFC 3986 §2.3: the unreserved characters stay as they are.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Makes the links below one public URL.
#[derive(Clone, Debug)]
pub struct Links {
    api: String,
}

impl Links {
    /// Links below `public_url` (with its context path), such as `https://crowd.example.com/crowd`.
    pub fn new(public_url: &str) -> Self {
        Self {
            api: format!("{}/rest/usermanagement/1", public_url.trim_end_matches('/')),
        }
    }

    /// The entity itself.
    pub fn entity(&self, kind: Entity, name: &str) -> String {
        self.about(kind, "", name)
    }

    /// The entity's attributes.
    pub fn attributes(&self, kind: Entity, name: &str) -> String {
        self.about(kind, "/attribute", name)
    }

    /// One attribute of the entity.
    pub fn attribute(&self, kind: Entity, name: &str, attribute: &str) -> String {
        let attribute = utf8_percent_encode(attribute, QUERY_VALUE);
        format!("{}&attributename={attribute}", self.attributes(kind, name))
    }

    /// The user's password.
    pub fn password(&self, name: &str) -> String {
        self.about(Entity::User, "/password", name)
    }

    /// What has a path of its own, which needs no escaping.
    pub(super) fn below(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }

    fn about(&self, kind: Entity, part: &str, name: &str) -> String {
        let (singular, parameter) = match kind {
            Entity::User => ("user", "username"),
            Entity::Group => ("group", "groupname"),
        };
        let name = utf8_percent_encode(name, QUERY_VALUE);
        format!("{}/{singular}{part}?{parameter}={name}", self.api)
    }
}
