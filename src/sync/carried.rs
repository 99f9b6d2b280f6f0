//! What is carried: the source's words behind every held loss, so that reads of changes can go on without them.
//!
//! A read of changes is planned upon what is carried, and the last word on an id or an edge counts: what the source takes
//! back is no longer held. A complete read of everything needs nothing that was carried.

use serde::{Deserialize, Serialize};

use super::scope::Why;
use super::stage::{Said, Stage};
use super::withheld::Withheld;
use crate::model::change::{GroupWish, UserWish};
use crate::model::plan::{Effect, Step};
use crate::model::{Attributes, Change, ExternalId};

/// The records behind a held plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Carried {
    /// Whether some of it is concluded from a read of everything: an approval then reads everything again.
    pub(super) full: bool,
    pub(super) users_gone: Vec<Gone>,
    pub(super) users: Vec<CarriedUser>,
    pub(super) groups_gone: Vec<Gone>,
    pub(super) groups: Vec<GroupWish>,
    pub(super) edges: Vec<CarriedEdges>,
}

/// Who or what is gone, or out of scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gone {
    pub(super) id: ExternalId,
    pub(super) out: Option<Why>,
}

/// A user who is disabled, or waits for a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CarriedUser {
    pub(super) wish: UserWish,
    pub(super) custom: Option<Attributes>,
}

/// The members that a group has no longer, or has and was not left with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CarriedEdges {
    pub(super) group: ExternalId,
    pub(super) users: Vec<ExternalId>,
    pub(super) groups: Vec<ExternalId>,
    /// Those that it has, and is not given again unasked.
    #[serde(default)]
    pub(super) add_users: Vec<ExternalId>,
    #[serde(default)]
    pub(super) add_groups: Vec<ExternalId>,
}

impl Carried {
    /// The words of the stage behind the withheld part of a plan, and behind those who wait for a name that it would free.
    pub(super) fn of<'a>(
        stage: &Stage,
        held: impl Iterator<Item = &'a Step>,
        waiting: impl Iterator<Item = &'a ExternalId>,
        nameless: &[ExternalId],
    ) -> Self {
        let mut carried = Self::default();
        for step in held {
            match &step.change {
                Change::VanishUser { user } | Change::RemoveUser { user } => {
                    carried.users_gone.push(gone(user, stage.users.of(user)));
                }
                Change::PutUser(wish) => carried.user(stage, &wish.external_id),
                Change::RemoveGroup { group } => {
                    carried.groups_gone.push(gone(group, stage.groups.of(group)));
                }
                Change::PutGroup(wish) => carried.group(stage, &wish.external_id),
                Change::Members {
                    group,
                    add_users,
                    remove_users,
                    add_groups,
                    remove_groups,
                    ..
                } => carried.edges.push(CarriedEdges {
                    group: group.clone(),
                    users: remove_users.clone(),
                    groups: remove_groups.clone(),
                    add_users: add_users.clone(),
                    add_groups: add_groups.clone(),
                }),
                // Custom attributes are carried with their user.
                Change::Detail { subject, .. } => carried.user(stage, subject),
                // What a hold covers, no source told.
                Change::Hold { .. } | Change::Release { .. } => {}
            }
        }
        for user in waiting {
            carried.user(stage, user);
        }
        for group in nameless {
            carried.group(stage, group);
        }
        carried
    }

    /// Whether there is nothing to carry.
    pub(super) fn is_empty(&self) -> bool {
        let lists = [self.users_gone.len(), self.users.len(), self.groups_gone.len()];
        lists.into_iter().sum::<usize>() + self.groups.len() + self.edges.len() == 0
    }

    fn user(&mut self, stage: &Stage, user: &ExternalId) {
        if self
            .users
            .last()
            .is_some_and(|last| last.wish.external_id == *user)
        {
            return; // a user and its attributes are two steps in a row
        }
        if let Said::There(wish) = stage.users.of(user) {
            let custom = stage
                .users
                .place_of(user)
                .and_then(|place| stage.custom(place))
                .cloned();
            self.users.push(CarriedUser {
                wish: wish.clone(),
                custom,
            });
        }
    }

    fn group(&mut self, stage: &Stage, group: &ExternalId) {
        if let Said::There(wish) = stage.groups.of(group) {
            self.groups.push(wish.clone());
        }
    }
}

fn gone<T>(id: &ExternalId, said: &Said<T>) -> Gone {
    let out = match said {
        Said::Out(why) => Some(*why),
        _ => None,
    };
    Gone { id: id.clone(), out }
}

/// What a held plan shows: the parts of steps that take away, and the steps of those who wait for a name.
pub(super) fn shown(steps: &[Step], withheld: &Withheld, waits: impl Fn(&ExternalId) -> bool) -> Vec<Step> {
    let part = |step: &Step| {
        withheld.part(step).or_else(|| {
            let waits = match &step.change {
                Change::PutUser(UserWish { external_id, .. })
                | Change::PutGroup(GroupWish { external_id, .. }) => waits(external_id),
                _ => false,
            };
            (waits && step.effect != Effect::Deactivate).then(|| step.clone())
        })
    };
    steps.iter().filter_map(part).collect()
}
