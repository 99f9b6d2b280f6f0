//! Limits: how much a plan may take away before a person is asked. Pure; the one judge of every plan.

use std::collections::BTreeSet;

use super::judgement::Judgement;
use super::snapshot::Snapshot;
use super::tally::{Tally, There};
use crate::model::name::fold;
use crate::model::plan::{Effect, Step};
use crate::model::{Change, GroupId, MemberKind, UserId};

/// From how many members on a group that loses all of them holds a plan.
pub(super) const WHOLE_GROUP: usize = 10;

/// One limit: over `max`, or over `percent` once more than `at_least` are concerned, a plan is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Never more than so many.
    pub max: u64,
    /// Never more than this part of what is there.
    pub percent: f64,
    /// So many are always allowed, whatever their part.
    pub at_least: u64,
}

/// The limits of one directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    users: Limit,
    groups: Limit,
    memberships: Limit,
    protected: BTreeSet<String>,
}

/// How many rows a whole read told; a read of changes tells none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enumerated {
    /// Users that are there.
    pub users: u64,
    /// Groups that are there.
    pub groups: u64,
    /// Memberships that are there.
    pub memberships: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let limit = |max, percent, at_least| Limit {
            max,
            percent,
            at_least,
        };
        Self::new(
            limit(500, 10.0, 5),
            limit(100, 10.0, 2),
            limit(5000, 20.0, 50),
            &[],
        )
    }
}

impl Limits {
    /// Limits with the names of groups that no plan may remove, rename or empty.
    pub fn new(users: Limit, groups: Limit, memberships: Limit, protected: &[String]) -> Self {
        let protected = protected.iter().map(|name| fold(name.trim())).collect();
        Self {
            users,
            groups,
            memberships,
            protected,
        }
    }

    /// Whether the group of this name is protected.
    pub fn protects(&self, name: &str) -> bool {
        !self.protected.is_empty() && self.protected.contains(&fold(name))
    }

    /// Why something of the plan must wait for a person, and what.
    ///
    /// Only losses count, so a directory's first load is never held.
    pub fn judge(&self, snapshot: &Snapshot, steps: &[Step], enumerated: Option<Enumerated>) -> Judgement {
        let tally = Tally::of(snapshot, steps);
        let (counts, there) = (tally.counts, There::of(snapshot));
        let users = counts.users.deactivated + counts.users.removed + counts.holds.added;
        let lost = [
            ("users", users, there.users, self.users),
            ("groups", counts.groups.removed, there.groups, self.groups),
            (
                "memberships",
                counts.memberships.removed,
                there.memberships,
                self.memberships,
            ),
        ];
        let mut judgement = Judgement::default();
        let breaches = lost
            .into_iter()
            .filter_map(|(what, lost, of, limit)| limit.breach("plan removes", what, lost, of));
        breaches.for_each(|reason| judgement.hold_all(reason));
        let emptied = enumerated
            .into_iter()
            .flat_map(|read| emptied(read, &lost.map(|(_, lost, of, _)| (lost, of))));
        emptied.for_each(|reason| judgement.hold_all(reason));
        self.groups(snapshot, steps, &tally, &mut judgement);
        judgement
    }

    /// Why so many lost users, groups and memberships are too many; `who` begins the sentence.
    pub(super) fn breach(&self, who: &str, lost: [u64; 3], there: &There) -> Option<String> {
        let [users, groups, memberships] = lost;
        let of_users = self.users.breach(who, "users", users, there.users);
        let of_groups = || self.groups.breach(who, "groups", groups, there.groups);
        let of_memberships = || {
            self.memberships
                .breach(who, "memberships", memberships, there.memberships)
        };
        of_users.or_else(of_groups).or_else(of_memberships)
    }

    /// The limits of single groups. A group that the source itself removed is no group that lost its members: it counts
    /// among the groups, its edges among the memberships.
    fn groups(&self, snapshot: &Snapshot, steps: &[Step], tally: &Tally<'_>, judgement: &mut Judgement) {
        for step in steps {
            match (&step.change, step.effect) {
                (Change::RemoveGroup { group }, _) if self.protects(&step.subject) => {
                    let reason = format!("plan removes the protected group `{}`", step.subject);
                    judgement.hold_group(reason, group);
                }
                (Change::PutGroup(wish), Effect::Rename) if self.protects(&step.subject) => {
                    let reason = format!(
                        "plan takes the name of the protected group `{}` away",
                        step.subject
                    );
                    judgement.hold_group(reason, &wish.external_id);
                }
                (
                    Change::Members {
                        group, remove_users, ..
                    },
                    _,
                ) => {
                    let id = snapshot.group_id(group);
                    let (before, vanishing) = id.map_or((0, 0), |id| tally.living(snapshot, id));
                    let lost = remove_users.len();
                    if before >= WHOLE_GROUP && lost > 0 && lost + vanishing >= before {
                        let reason = format!("plan removes all {before} members of group `{}`", step.subject);
                        judgement.hold_members(reason, group);
                    }
                }
                _ => {}
            }
        }
        for name in &self.protected {
            let Some(row) = snapshot.group_named(name) else {
                continue;
            };
            if !tally.groups.contains(&row.external_id)
                && tally.empties(snapshot, row.id, steps, &row.external_id)
            {
                let reason = format!("plan leaves nobody active in the protected group `{}`", row.name);
                judgement.hold_group(reason, &row.external_id);
                let users = snapshot.all_members(row.id, MemberKind::User);
                let users = users
                    .iter()
                    .filter_map(|id| snapshot.user_external(UserId(*id)).cloned());
                let children = snapshot.all_members(row.id, MemberKind::Group);
                let children = children
                    .iter()
                    .filter_map(|id| snapshot.group_external(GroupId(*id)).cloned());
                judgement.hold_too(users.collect(), children.collect());
            }
        }
    }
}

impl Limit {
    fn breach(self, who: &str, what: &str, lost: u64, of: u64) -> Option<String> {
        if lost > self.max {
            let max = self.max;
            return Some(format!(
                "{who} {lost} of {of} {what}, more than the limit of {max}"
            ));
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
        let over = lost as f64 * 100.0 > self.percent * of as f64;
        (lost > self.at_least && over).then(|| {
            let percent = self.percent;
            format!("{who} {lost} of {of} {what}, more than the limit of {percent} %")
        })
    }
}

/// A whole read that told nothing of a kind of which there is something.
fn emptied(read: Enumerated, lost: &[(u64, u64); 3]) -> Vec<String> {
    let told = [
        ("users", read.users),
        ("groups", read.groups),
        ("memberships", read.memberships),
    ];
    told.into_iter()
        .zip(lost)
        .filter(|((_, told), (lost, _))| *told == 0 && *lost > 0)
        .map(|((what, _), (_, of))| format!("the source told no {what} at all, the directory has {of}"))
        .collect()
}
