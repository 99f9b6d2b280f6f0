//! What a plan would take away and must not, until a person has allowed it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::directory::Held;
use crate::directory::limits::Limits;
use crate::model::plan::{Effect, Step};
use crate::model::{Change, ExternalId};

/// Losses that are left out of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Withheld {
    /// Who stays as active as they are.
    pub(super) users: HashSet<ExternalId>,
    /// Which groups stay.
    pub(super) groups: HashSet<ExternalId>,
    /// Which groups keep their names.
    pub(super) renames: HashSet<ExternalId>,
    /// Which groups keep all members.
    pub(super) members_of: HashSet<ExternalId>,
    /// The names that groups would be served by if nothing were withheld, where they are not those at the source.
    pub(super) suffixed: Option<HashMap<ExternalId, Arc<str>>>,
}

impl Withheld {
    /// The losses of a plan that must wait.
    pub(super) fn of(steps: &[Step], held: &Held, limits: &Limits) -> Self {
        let mut withheld = Self::default();
        for step in steps {
            match (&step.change, step.effect) {
                (Change::VanishUser { user } | Change::RemoveUser { user }, _) if held.user(user) => {
                    withheld.users.insert(user.clone());
                }
                (Change::PutUser(wish), Effect::Deactivate) if held.user(&wish.external_id) => {
                    withheld.users.insert(wish.external_id.clone());
                }
                (Change::RemoveGroup { group }, _) if held.group(group) => {
                    withheld.groups.insert(group.clone());
                }
                (Change::PutGroup(wish), Effect::Rename)
                    if limits.protects(&step.subject) && held.group(&wish.external_id) =>
                {
                    withheld.renames.insert(wish.external_id.clone());
                }
                (
                    Change::Members {
                        group,
                        remove_users,
                        remove_groups,
                        ..
                    },
                    _,
                ) if held.members(group) && !(remove_users.is_empty() && remove_groups.is_empty()) => {
                    withheld.members_of.insert(group.clone());
                }
                _ => {}
            }
        }
        withheld
    }

    /// Whether a step of the plan is held, or a part of it.
    pub(super) fn part(&self, step: &Step) -> Option<Step> {
        let held = match &step.change {
            Change::VanishUser { user } | Change::RemoveUser { user } => self.users.contains(user),
            Change::PutUser(wish) => {
                step.effect == Effect::Deactivate && self.users.contains(&wish.external_id)
            }
            Change::RemoveGroup { group } => self.groups.contains(group),
            Change::PutGroup(wish) => {
                step.effect == Effect::Rename && self.renames.contains(&wish.external_id)
            }
            Change::Members { group, .. } => self.members_of.contains(group),
            Change::Detail { .. } | Change::Hold { .. } | Change::Release { .. } => false,
        };
        let mut part = held.then(|| step.clone())?;
        if let Change::Members {
            add_users,
            add_groups,
            ..
        } = &mut part.change
        {
            add_users.clear();
            add_groups.clear();
        }
        Some(part)
    }
}
