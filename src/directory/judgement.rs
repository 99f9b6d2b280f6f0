//! A judgement on a plan: why it must wait for a person, and how much of it.

use std::collections::HashSet;

use crate::model::ExternalId;

/// What was found of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Why something must wait, as sentences; none means that all may be applied.
    pub reasons: Vec<String>,
    /// Which of its losses must wait.
    pub held: Held,
}

/// Which losses must wait. A breach of one group's own limit concerns that group's losses only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    everything: bool,
    users: HashSet<ExternalId>,
    groups: HashSet<ExternalId>,
    members: HashSet<ExternalId>,
}

impl Judgement {
    /// Everything that is taken away must wait.
    pub fn hold_all(&mut self, reason: String) {
        self.reasons.push(reason);
        self.held.everything = true;
    }

    /// The group may not go, get another name, or lose members.
    pub fn hold_group(&mut self, reason: String, group: &ExternalId) {
        self.reasons.push(reason);
        self.held.groups.insert(group.clone());
        self.held.members.insert(group.clone());
    }

    /// The group may not lose members.
    pub fn hold_members(&mut self, reason: String, group: &ExternalId) {
        self.reasons.push(reason);
        self.held.members.insert(group.clone());
    }

    /// These may not become inactive, these groups not go, besides what is held already.
    pub(super) fn hold_too(&mut self, users: Vec<ExternalId>, groups: Vec<ExternalId>) {
        self.held.users.extend(users);
        self.held.groups.extend(groups);
    }
}

impl Held {
    /// Whether a user's loss of its activity, or its removal, must wait.
    pub fn user(&self, user: &ExternalId) -> bool {
        self.everything || self.users.contains(user)
    }

    /// Whether a group's end, or the loss of its name, must wait.
    pub fn group(&self, group: &ExternalId) -> bool {
        self.everything || self.groups.contains(group)
    }

    /// Whether a group's loss of members must wait.
    pub fn members(&self, group: &ExternalId) -> bool {
        self.everything || self.members.contains(group)
    }
}
