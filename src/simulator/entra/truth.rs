//! The truth: what a complete, correct reader would see at this moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::rows::created;
use super::world::{Node, State, User, World};

/// The present state of the tenant, deleted things left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// Users by id.
    pub users: BTreeMap<Arc<str>, TrueUser>,
    /// Groups by id.
    pub groups: BTreeMap<Arc<str>, TrueGroup>,
    /// Direct memberships of users: the group's id, the user's id.
    pub members: BTreeSet<(Arc<str>, Arc<str>)>,
    /// Direct memberships of groups: the parent's id, the child's id.
    pub nested: BTreeSet<(Arc<str>, Arc<str>)>,
}

/// One user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrueUser {
    /// `userPrincipalName`.
    pub upn: String,
    /// `displayName`.
    pub display: String,
    /// `mail`.
    pub mail: Option<String>,
    /// `givenName`.
    pub given: Option<String>,
    /// `surname`.
    pub surname: Option<String>,
    /// `accountEnabled`.
    pub enabled: bool,
    /// `userType` is `Guest`.
    pub guest: bool,
    /// `signInActivity/lastSuccessfulSignInDateTime`.
    pub seen: Option<String>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrueGroup {
    /// `displayName`.
    pub display: String,
    /// `mailNickname`.
    pub nickname: String,
    /// `description`.
    pub description: Option<String>,
    /// `createdDateTime`.
    pub created: String,
}

impl World {
    /// When a user last signed in with success: one in five never did.
    pub(crate) fn seen(&self, slot: u32) -> Option<String> {
        let generated = || (slot % 5 != 4).then(|| created(slot.saturating_mul(7)));
        self.seen
            .get(&slot)
            .map_or_else(generated, |seen| Some(seen.to_string()))
    }

    /// A user, wherever it is.
    pub(crate) fn true_user(&self, slot: u32, user: &User) -> TrueUser {
        TrueUser {
            upn: user.upn.to_string(),
            display: user.display.to_string(),
            mail: text(user.mail.as_deref()),
            given: text(user.given.as_deref()),
            surname: text(user.surname.as_deref()),
            enabled: user.enabled,
            guest: user.guest,
            seen: self.seen(slot),
        }
    }

    /// The present state.
    pub(crate) fn truth(&self) -> Truth {
        let mut truth = Truth::default();
        for (slot, user) in (0..)
            .zip(&self.users)
            .filter(|(_, user)| user.state == State::Live)
        {
            let row = self.true_user(slot, user);
            truth.users.insert(Arc::clone(&user.id), row);
        }
        for (slot, group) in (0..)
            .zip(&self.groups)
            .filter(|(_, group)| group.state == State::Live)
        {
            let row = TrueGroup {
                display: group.display.to_string(),
                nickname: group.nickname.to_string(),
                description: text(group.description.as_deref()),
                created: created(slot),
            };
            truth.groups.insert(Arc::clone(&group.id), row);
            for member in group.members.iter().filter(|member| self.live(**member)) {
                match member {
                    Node::User(slot) => {
                        let id = self.user(*slot).map(|user| Arc::clone(&user.id));
                        truth.members.extend(id.map(|id| (Arc::clone(&group.id), id)));
                    }
                    Node::Group(slot) => {
                        let id = self.group(*slot).map(|child| Arc::clone(&child.id));
                        truth.nested.extend(id.map(|id| (Arc::clone(&group.id), id)));
                    }
                }
            }
        }
        truth
    }
}

fn text(value: Option<&str>) -> Option<String> {
    value.filter(|value| !value.is_empty()).map(str::to_owned)
}
