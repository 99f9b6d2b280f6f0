//! The event feed's entries: each tells one name in its present state.

use std::borrow::Cow;

use super::wire::{Group, User};

/// One event. Memberships are absolute sets, so that telling one twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The name is gone.
    UserDeleted(Cow<'a, str>),
    /// The name is gone.
    GroupDeleted(Cow<'a, str>),
    /// The user exists, thus.
    UserUpdated(User<'a>),
    /// The group exists, thus.
    GroupUpdated(Group<'a>),
    /// All direct parents and children of a group.
    GroupMembership {
        /// The group.
        group: Cow<'a, str>,
        /// The groups it is directly in.
        parents: Vec<Cow<'a, str>>,
        /// The groups directly in it.
        children: Vec<Cow<'a, str>>,
    },
    /// All groups that a user is directly in.
    UserMembership {
        /// The user.
        user: Cow<'a, str>,
        /// The groups.
        groups: Vec<Cow<'a, str>>,
    },
}
