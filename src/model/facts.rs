//! Facts: what a user or a group is, field by field, so that two states can be held against each other.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::detail::Attributes;
use crate::model::ids::ExternalId;
use crate::model::row::Owner;

macro_rules! facts {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $type:ty = $words:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$of])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
        }

        impl $name {
            /// The fields in which two whole states differ, of each.
            #[must_use]
            pub fn differing(mut self, mut other: Self) -> (Self, Self) {
                $(if self.$field == other.$field {
                    self.$field = None;
                    other.$field = None;
                })*
                (self, other)
            }

            /// What became of one, where anything did.
            pub fn told(id: &ExternalId, was: Option<Self>, is: Option<Self>) -> Option<Differing<Self>> {
                let named = was.as_ref().or(is.as_ref())?.name.clone();
                let (before, after) = match (was, is) {
                    (Some(was), Some(is)) => {
                        let (was, is) = was.differing(is);
                        if was.is_empty() {
                            return None;
                        }
                        (Some(was), Some(is))
                    }
                    either => either,
                };
                let (id, subject) = (id.clone(), named.unwrap_or_default());
                Some(Differing { id, subject, before, after })
            }

            /// Whether no field is told.
            pub fn is_empty(&self) -> bool {
                $(self.$field.is_none())&&*
            }

            /// What is told over what was there.
            #[must_use]
            pub fn over(self, base: Self) -> Self {
                Self { $($field: self.$field.or(base.$field),)* }
            }

            /// The fields of `before` that can be given back: those that still are as `after` left them. Those that are
            /// neither as they were nor as they were left are named.
            pub fn given_back(&self, before: &Self, after: &Self) -> (Self, Vec<&'static str>) {
                let mut back = Self::default();
                let mut newer = Vec::new();
                $(if before.$field != after.$field && self.$field != before.$field {
                    if self.$field == after.$field {
                        back.$field = before.$field.clone();
                    } else {
                        newer.push($words);
                    }
                })*
                (back, newer)
            }
        }
    };
}

facts! {
    /// A user of a source, or some of its fields.
    UserFacts {
        /// The username.
        name: Arc<str> = "username",
        /// Given name.
        first_name: Arc<str> = "given name",
        /// Family name.
        last_name: Arc<str> = "family name",
        /// The name to show.
        display_name: Arc<str> = "display name",
        /// E-mail address.
        email: Arc<str> = "e-mail address",
        /// What the source says.
        active: bool = "whether it is enabled",
        /// Whether the source no longer has it.
        vanished: bool = "whether the source has it",
        /// Milliseconds since 1970 of the row's creation.
        created_at: i64 = "creation",
        /// Custom attributes that the source told.
        custom: Attributes = "attributes of the source",
        /// Custom attributes that were written here; they go with a removed row.
        written: Attributes = "attributes",
    }
}

facts! {
    /// A group of a source, or some of its fields.
    GroupFacts {
        /// The served name.
        name: Arc<str> = "name",
        /// The name at the source.
        source_name: Arc<str> = "name at the source",
        /// What a suffix is made of.
        nickname: Arc<str> = "nickname",
        /// Description.
        description: Arc<str> = "description",
        /// Milliseconds since 1970 of the row's creation.
        created_at: i64 = "creation",
        /// Custom attributes that were written here; they go with a removed row.
        written: Attributes = "attributes",
    }
}

impl UserFacts {
    /// Whether applications may let the user in.
    pub fn lets_in(&self) -> bool {
        self.active == Some(true) && self.vanished != Some(true)
    }
}

/// What became of one user or group: before it, after it. Where it was there before and after, only what differs is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differing<F> {
    /// Whose.
    pub id: ExternalId,
    /// Its name, for people.
    pub subject: Arc<str>,
    /// `None`: it was not there.
    pub before: Option<F>,
    /// `None`: it is not there any more.
    pub after: Option<F>,
}

/// What became of one group's direct members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersDiffering {
    /// The containing group.
    pub group: ExternalId,
    /// Its name, for people.
    pub subject: Arc<str>,
    /// Whose edges they are.
    pub owner: Owner,
    /// Users who came.
    pub added_users: Vec<ExternalId>,
    /// Users who went.
    pub removed_users: Vec<ExternalId>,
    /// Child groups that came.
    pub added_groups: Vec<ExternalId>,
    /// Child groups that went.
    pub removed_groups: Vec<ExternalId>,
}

/// All in which two states of a directory differ, of what its source owns and of what went with that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Users.
    pub users: Vec<Differing<UserFacts>>,
    /// Groups.
    pub groups: Vec<Differing<GroupFacts>>,
    /// Memberships.
    pub members: Vec<MembersDiffering>,
}

impl Difference {
    /// Whether the states are the same.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && self.members.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(name: &str, email: &str) -> UserFacts {
        UserFacts {
            name: Some(name.into()),
            email: Some(email.into()),
            ..UserFacts::default()
        }
    }

    #[test]
    fn only_what_is_still_as_it_was_left_is_given_back() {
        let (before, after) = facts("a", "old").differing(facts("b", "new"));
        let (back, newer) = facts("b", "newest").given_back(&before, &after);
        assert_eq!((back.name.as_deref(), back.email), (Some("a"), None));
        assert_eq!(newer, ["e-mail address"]);
        let (back, newer) = facts("a", "old").given_back(&before, &after);
        assert!(back.is_empty() && newer.is_empty(), "it is as it was already");
    }

    #[test]
    fn what_did_not_change_is_not_told() {
        let (before, after) = facts("a", "same").differing(facts("b", "same"));
        assert_eq!((before.email, after.email), (None, None));
    }
}
