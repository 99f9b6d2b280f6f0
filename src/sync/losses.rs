//! Losses: what a plan takes away, in one canonical order; what two plans are compared by.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::history::Repeats;
use crate::directory::limits::Limits;
use crate::model::change::{GroupWish, UserWish};
use crate::model::plan::{Effect, Step};
use crate::model::{Change, ExternalId, MemberKind};

/// One loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Loss<'a> {
    Deactivate(&'a ExternalId),
    RemoveUser(&'a ExternalId),
    RemoveGroup(&'a ExternalId),
    /// Only of a protected group: to its users the old name is gone.
    Rename(&'a ExternalId),
    Member(&'a ExternalId, MemberKind, &'a ExternalId),
    /// What was undone and would be done again, whether it takes away or gives.
    AgainUser(&'a ExternalId),
    AgainGroup(&'a ExternalId),
    AgainMember(&'a ExternalId, MemberKind, &'a ExternalId),
}

/// All that a plan takes away, sorted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Losses<'a>(Vec<Loss<'a>>);

impl<'a> Losses<'a> {
    pub(super) fn of(steps: &'a [Step], limits: &Limits) -> Self {
        Self::with(steps, limits, &Repeats::default())
    }

    /// The same, with what does again what was undone.
    pub(super) fn with(steps: &'a [Step], limits: &Limits, again: &Repeats) -> Self {
        let mut losses = Vec::new();
        for step in steps {
            repeated(step, again, &mut losses);
            match (&step.change, step.effect) {
                (Change::VanishUser { user }, Effect::Deactivate) | (Change::Hold { user, .. }, _) => {
                    losses.push(Loss::Deactivate(user));
                }
                (Change::PutUser(wish), Effect::Deactivate) => {
                    losses.push(Loss::Deactivate(&wish.external_id));
                }
                (Change::RemoveUser { user }, _) => losses.push(Loss::RemoveUser(user)),
                (Change::RemoveGroup { group }, _) => losses.push(Loss::RemoveGroup(group)),
                (Change::PutGroup(wish), Effect::Rename) if limits.protects(&step.subject) => {
                    losses.push(Loss::Rename(&wish.external_id));
                }
                (
                    Change::Members {
                        group,
                        remove_users,
                        remove_groups,
                        ..
                    },
                    _,
                ) => {
                    losses.extend(
                        remove_users
                            .iter()
                            .map(|id| Loss::Member(group, MemberKind::User, id)),
                    );
                    losses.extend(
                        remove_groups
                            .iter()
                            .map(|id| Loss::Member(group, MemberKind::Group, id)),
                    );
                }
                (
                    Change::VanishUser { .. }
                    | Change::PutUser(_)
                    | Change::PutGroup(_)
                    | Change::Detail { .. }
                    | Change::Release { .. },
                    _,
                ) => {}
            }
        }
        losses.sort_unstable();
        losses.dedup();
        Self(losses)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether everything taken away here is taken away there.
    pub(super) fn within(&self, shown: &Losses<'_>) -> bool {
        let shown: HashSet<&Loss<'_>> = shown.0.iter().collect();
        self.0.iter().all(|loss| shown.contains(loss))
    }

    /// SHA-256 in hex; the same losses give the same.
    pub(super) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for loss in &self.0 {
            let (word, parts): (&str, [&str; 2]) = match loss {
                Loss::Deactivate(user) => ("deactivate", [user.as_str(), ""]),
                Loss::RemoveUser(user) => ("remove-user", [user.as_str(), ""]),
                Loss::RemoveGroup(group) => ("remove-group", [group.as_str(), ""]),
                Loss::Rename(group) => ("rename", [group.as_str(), ""]),
                Loss::Member(group, MemberKind::User, user) => ("user", [group.as_str(), user.as_str()]),
                Loss::Member(group, MemberKind::Group, child) => ("group", [group.as_str(), child.as_str()]),
                Loss::AgainUser(user) => ("again-user", [user.as_str(), ""]),
                Loss::AgainGroup(group) => ("again-group", [group.as_str(), ""]),
                Loss::AgainMember(group, MemberKind::User, user) => {
                    ("again-member", [group.as_str(), user.as_str()])
                }
                Loss::AgainMember(group, MemberKind::Group, child) => {
                    ("again-child", [group.as_str(), child.as_str()])
                }
            };
            hash.update(word);
            for part in parts {
                // Lengths keep the parts apart, whatever a source puts into its ids.
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        hash.finalize()
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}

/// What of a step does again what was undone.
fn repeated<'a>(step: &'a Step, again: &Repeats, losses: &mut Vec<Loss<'a>>) {
    match &step.change {
        Change::PutUser(UserWish {
            external_id: user, ..
        })
        | Change::VanishUser { user }
        | Change::RemoveUser { user }
        | Change::Detail {
            of: MemberKind::User,
            subject: user,
            ..
        } => losses.extend(again.users.contains(user).then_some(Loss::AgainUser(user))),
        Change::PutGroup(GroupWish {
            external_id: group, ..
        })
        | Change::RemoveGroup { group } => {
            losses.extend(again.groups.contains(group).then_some(Loss::AgainGroup(group)));
        }
        Change::Members {
            group,
            add_users,
            remove_users,
            add_groups,
            remove_groups,
            ..
        } => {
            for (kind, lists) in [
                (MemberKind::User, [add_users, remove_users]),
                (MemberKind::Group, [add_groups, remove_groups]),
            ] {
                let ids = lists
                    .into_iter()
                    .flatten()
                    .filter(|id| again.edge(group, kind, id));
                losses.extend(ids.map(|id| Loss::AgainMember(group, kind, id)));
            }
        }
        Change::Detail { .. } | Change::Hold { .. } | Change::Release { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Owner;

    fn members(group: &str, remove: &[&str]) -> Step {
        let change = Change::Members {
            owner: Owner::Source,
            group: group.into(),
            add_users: vec!["new".into()],
            remove_users: remove.iter().map(|id| (*id).into()).collect(),
            add_groups: Vec::new(),
            remove_groups: Vec::new(),
        };
        Step {
            change,
            effect: Effect::Membership,
            subject: group.into(),
            reason: "".into(),
        }
    }

    #[test]
    fn losses_are_compared_as_sets_whatever_their_order() {
        let limits = Limits::default();
        let vanish = Step {
            change: Change::VanishUser { user: "u".into() },
            effect: Effect::Deactivate,
            subject: "u".into(),
            reason: "".into(),
        };
        let one = [members("g", &["a", "b"]), vanish.clone()];
        let other = [vanish, members("g", &["b"]), members("g", &["a"])];
        let less = [members("g", &["b"])];
        let (one, other, less) = (
            Losses::of(&one, &limits),
            Losses::of(&other, &limits),
            Losses::of(&less, &limits),
        );
        assert_eq!(one.hash(), other.hash());
        assert_ne!(one.hash(), less.hash());
        assert!(less.within(&one) && !one.within(&less));
    }
}
