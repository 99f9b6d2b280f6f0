//! What a plan would take away and must not, until a person has allowed it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::directory::Held;
use crate::directory::limits::Limits;
use crate::model::plan::{Effect, Step};
use crate::model::{Change, ExternalId, MemberKind};
use crate::sync::history::Repeats;

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
    /// Users and groups who stay altogether as they are, edges that stay where they are: what was undone is not repeated.
    pub(super) still: Repeats,
    /// The names that groups would be served by if nothing were withheld, where they are not those at the source.
    pub(super) suffixed: Option<HashMap<ExternalId, Arc<str>>>,
}

impl Withheld {
    /// The losses of a plan that must wait.
    pub(super) fn of(steps: &[Step], held: &Held, limits: &Limits, still: Repeats) -> Self {
        let mut withheld = Self {
            still,
            ..Self::default()
        };
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
        let still = &self.still;
        let held = match &step.change {
            Change::VanishUser { user } | Change::RemoveUser { user } => {
                self.users.contains(user) || still.users.contains(user)
            }
            Change::PutUser(wish) => {
                let user = &wish.external_id;
                still.users.contains(user) || step.effect == Effect::Deactivate && self.users.contains(user)
            }
            Change::RemoveGroup { group } => self.groups.contains(group) || still.groups.contains(group),
            Change::PutGroup(wish) => {
                let group = &wish.external_id;
                still.groups.contains(group) || step.effect == Effect::Rename && self.renames.contains(group)
            }
            Change::Members { .. } => return self.members(step),
            Change::Detail { of, subject, .. } => *of == MemberKind::User && still.users.contains(subject),
            Change::Hold { .. } | Change::Release { .. } => false,
        };
        held.then(|| step.clone())
    }

    /// The edges of a step that are held.
    fn members(&self, step: &Step) -> Option<Step> {
        let mut part = step.clone();
        let Change::Members {
            group,
            add_users,
            remove_users,
            add_groups,
            remove_groups,
            ..
        } = &mut part.change
        else {
            return None;
        };
        let keeps = self.members_of.contains(group);
        add_users.retain(|id| self.still.edge(group, MemberKind::User, id));
        remove_users.retain(|id| keeps || self.still.edge(group, MemberKind::User, id));
        add_groups.retain(|id| self.still.edge(group, MemberKind::Group, id));
        remove_groups.retain(|id| keeps || self.still.edge(group, MemberKind::Group, id));
        let lists = [&*add_users, &*remove_users, &*add_groups, &*remove_groups];
        let nothing = lists.into_iter().all(Vec::is_empty);
        (!nothing).then_some(part)
    }
}
