//! What is asked to be written, as read from a request.

use std::sync::Arc;

use crate::model::Attributes;

/// A user's fields; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserInput {
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether applications may let the user in; a new user: yes, unless said otherwise.
    pub active: Option<bool>,
}

/// A user to be made.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The username.
    pub name: String,
    /// Its fields.
    pub fields: UserInput,
    /// The hash of its password (`$argon2id$…`); `None`: it has none.
    pub hash: Option<Arc<str>>,
    /// Its custom attributes.
    pub attributes: Attributes,
}

/// A group to be made or changed.
#[derive(Clone, Debug, Default)]
pub struct GroupInput {
    /// The description; absent: as it is.
    pub description: Option<String>,
    /// Custom attributes of a new group.
    pub attributes: Attributes,
}
