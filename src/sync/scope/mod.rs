//! SCOPE: what of a source belongs to a directory.
//!
//! What a record tells by itself (guest, mail domain, a group's name) is judged as it is taken; what depends on other
//! records (groups in groups, users in groups) when all are there.

mod memberships;
mod narrow;
mod pattern;
mod why;

#[cfg(test)]
mod tests;

pub(super) use narrow::{Narrowed, narrow};
pub use pattern::GroupPattern;
pub use why::Why;

use serde::Serialize;

use super::config::{Guests, ScopeConfig, UsersScope};
use crate::model::change::{GroupWish, UserWish};
use crate::model::name::fold;
use crate::model::record::{SourceGroup, SourceUser};

/// The attribute that says `Guest` of guests, whatever the source calls them.
pub const USER_TYPE: &str = "userType";

/// What of a source belongs to a directory. Its text, as serialised, tells whether two are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scope {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    include: Vec<GroupPattern>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclude: Vec<GroupPattern>,
    users: UsersScope,
    guests: Guests,
    /// Folded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    domains: Vec<String>,
}

impl Scope {
    /// The scope as configured.
    pub fn from_config(config: &ScopeConfig) -> Self {
        let folded = |domain: &String| fold(domain.trim().trim_start_matches('@'));
        let mut domains: Vec<String> = config.domains.iter().map(folded).collect();
        domains.sort();
        Self {
            include: config.groups_include.clone(),
            exclude: config.groups_exclude.clone(),
            users: config.users,
            guests: config.guests,
            domains,
        }
    }

    /// The attributes of a user that the connector must select besides those of the mapping.
    pub fn attributes(&self) -> Option<String> {
        (self.guests != Guests::Include).then(|| USER_TYPE.to_owned())
    }

    /// Why a user is left out, by what is told of it alone.
    pub(super) fn user(&self, user: &SourceUser, wish: &UserWish) -> Option<Why> {
        let guest = || {
            let mark = user.attributes.get(USER_TYPE);
            mark.is_some_and(|mark| mark.eq_ignore_ascii_case("guest"))
        };
        match self.guests {
            Guests::Exclude if guest() => return Some(Why::Guest),
            Guests::Only if !guest() => return Some(Why::NoGuest),
            _ => {}
        }
        let speaks =
            self.domains.is_empty() || domain(wish).is_some_and(|domain| self.domains.contains(&domain));
        (!speaks).then_some(Why::Domain)
    }

    /// Why a group is left out, by what is told of it alone.
    pub(super) fn group(&self, group: &SourceGroup, wish: &GroupWish) -> Option<Why> {
        let named = |pattern: &GroupPattern| pattern.matches(&group.id, &[&group.name, &wish.name]);
        if self.exclude.iter().any(named) {
            return Some(Why::Excluded);
        }
        let included = self.include.is_empty() || self.include.iter().any(named);
        (!included).then_some(Why::NotIncluded)
    }

    /// Whether only some groups belong to the directory.
    pub(super) fn selects_groups(&self) -> bool {
        !self.include.is_empty()
    }

    /// Whether some groups do not belong to the directory.
    pub(super) fn narrows_groups(&self) -> bool {
        !self.include.is_empty() || !self.exclude.is_empty()
    }

    /// Which users belong to the directory.
    pub(super) fn users(&self) -> UsersScope {
        self.users
    }

    /// Whether users belong to the directory by their groups.
    pub(super) fn by_groups(&self) -> bool {
        self.users == UsersScope::InGroups
    }
}

/// The mail domain that a user speaks for: of its address, else of its name. Exactly this one, not those above it.
fn domain(wish: &UserWish) -> Option<String> {
    let address = if wish.email.trim().is_empty() {
        &wish.name
    } else {
        &wish.email
    };
    address.rsplit_once('@').map(|(_, domain)| fold(domain.trim()))
}
