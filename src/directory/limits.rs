//! Limits: how much a plan may take away before a person is asked. Pure; the one judge of every plan.

use std::collections::{BTreeSet, HashSet};

use super::snapshot::Snapshot;
use crate::model::name::fold;
use crate::model::plan::{Counts, Effect, Step};
use crate::model::{Change, ExternalId, GroupId, MemberKind, Owner, UserId};

/// From how many members on a group that loses all of them holds a plan.
const WHOLE_GROUP: usize = 10;

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

    /// Why the plan must wait for a person, as sentences; none means that it may be applied.
    ///
    /// Only losses count, so a directory's first load is never held.
    pub fn judge(&self, snapshot: &Snapshot, steps: &[Step], enumerated: Option<Enumerated>) -> Vec<String> {
        let taken = Taken::of(snapshot, steps);
        let (counts, there) = (taken.counts, There::of(snapshot));
        let users = counts.users.deactivated + counts.users.removed;
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
        let mut reasons: Vec<String> = lost
            .into_iter()
            .filter_map(|(what, lost, of, limit)| limit.breach(what, lost, of))
            .collect();
        reasons.extend(
            enumerated
                .into_iter()
                .flat_map(|read| emptied(read, &lost.map(|(_, lost, of, _)| (lost, of)))),
        );
        self.groups(snapshot, steps, &taken, &mut reasons);
        reasons
    }

    /// The limits of single groups.
    fn groups(&self, snapshot: &Snapshot, steps: &[Step], taken: &Taken<'_>, reasons: &mut Vec<String>) {
        for step in steps {
            match (&step.change, step.effect) {
                (Change::RemoveGroup { .. }, _) if self.protects(&step.subject) => {
                    reasons.push(format!("plan removes the protected group `{}`", step.subject));
                }
                (Change::PutGroup(_), Effect::Rename) if self.protects(&step.subject) => {
                    reasons.push(format!(
                        "plan takes the name of the protected group `{}` away",
                        step.subject
                    ));
                }
                (
                    Change::Members {
                        group, remove_users, ..
                    },
                    _,
                ) => {
                    let id = snapshot.group_id(group);
                    let (before, vanishing) = id.map_or((0, 0), |id| taken.living(snapshot, id));
                    let lost = remove_users.len();
                    if before >= WHOLE_GROUP && lost > 0 && lost + vanishing >= before {
                        reasons.push(format!(
                            "plan removes all {before} members of group `{}`",
                            step.subject
                        ));
                    }
                }
                _ => {}
            }
        }
        for name in &self.protected {
            let Some(row) = snapshot.group_named(name) else {
                continue;
            };
            if !taken.groups.contains(&row.external_id)
                && taken.empties(snapshot, row.id, steps, &row.external_id)
            {
                reasons.push(format!(
                    "plan leaves nobody active in the protected group `{}`",
                    row.name
                ));
            }
        }
    }
}

impl Limit {
    fn breach(self, what: &str, lost: u64, of: u64) -> Option<String> {
        if lost > self.max {
            let max = self.max;
            return Some(format!(
                "plan removes {lost} of {of} {what}, more than the limit of {max}"
            ));
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
        let over = lost as f64 * 100.0 > self.percent * of as f64;
        (lost > self.at_least && over).then(|| {
            let percent = self.percent;
            format!("plan removes {lost} of {of} {what}, more than the limit of {percent} %")
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

/// What there is to lose: frozen memberships of vanished users are counted by no limit.
struct There {
    users: u64,
    groups: u64,
    memberships: u64,
}

impl There {
    fn of(snapshot: &Snapshot) -> Self {
        let (mut users, mut memberships) = (0, 0);
        for row in snapshot.users().filter(|row| !row.vanished) {
            users += 1;
            memberships += snapshot.groups_of(row.id).len() as u64;
        }
        let mut groups = 0;
        for row in snapshot.groups() {
            groups += 1;
            memberships += snapshot.parents_of(row.id).len() as u64;
        }
        Self {
            users,
            groups,
            memberships,
        }
    }
}

/// What a plan does, counted: a removed group's edges too, each edge once.
pub fn count(snapshot: &Snapshot, steps: &[Step]) -> Counts {
    Taken::of(snapshot, steps).counts
}

struct Taken<'a> {
    counts: Counts,
    /// Who is deactivated or removed.
    users: HashSet<&'a ExternalId>,
    /// Who of them is no longer at the source.
    vanishing: HashSet<&'a ExternalId>,
    /// Which groups are removed.
    groups: HashSet<&'a ExternalId>,
}

impl<'a> Taken<'a> {
    fn of(snapshot: &Snapshot, steps: &'a [Step]) -> Self {
        let mut taken = Self {
            counts: Counts::default(),
            users: HashSet::new(),
            vanishing: HashSet::new(),
            groups: HashSet::new(),
        };
        for step in steps {
            match &step.change {
                Change::VanishUser { user } | Change::RemoveUser { user } => {
                    taken.users.insert(user);
                    taken.vanishing.insert(user);
                }
                Change::PutUser(wish) if step.effect == Effect::Deactivate => {
                    taken.users.insert(&wish.external_id);
                }
                Change::RemoveGroup { group } => {
                    taken.groups.insert(group);
                }
                Change::PutUser(_) | Change::PutGroup(_) | Change::Members { .. } => {}
            }
        }
        for step in steps {
            taken.step(snapshot, step);
        }
        taken
    }

    fn step(&mut self, snapshot: &Snapshot, step: &Step) {
        let rows = match step.change {
            Change::PutUser(_) | Change::VanishUser { .. } | Change::RemoveUser { .. } => {
                &mut self.counts.users
            }
            Change::PutGroup(_) | Change::RemoveGroup { .. } | Change::Members { .. } => {
                &mut self.counts.groups
            }
        };
        match step.effect {
            Effect::Add => rows.added += 1,
            Effect::Update | Effect::Rename | Effect::Reactivate => rows.updated += 1,
            Effect::Deactivate => rows.deactivated += 1,
            Effect::Remove => rows.removed += 1,
            Effect::Membership => {}
        }
        match &step.change {
            Change::Members {
                add_users,
                remove_users,
                add_groups,
                remove_groups,
                ..
            } => {
                self.counts.memberships.added += (add_users.len() + add_groups.len()) as u64;
                self.counts.memberships.removed += (remove_users.len() + remove_groups.len()) as u64;
            }
            Change::RemoveGroup { group } => {
                let lost = snapshot.group_id(group).map_or(0, |id| self.edges(snapshot, id));
                self.counts.memberships.removed += lost as u64;
            }
            Change::RemoveUser { user } => {
                let groups = snapshot
                    .user_id(user)
                    .map_or(&[][..], |id| snapshot.groups_of(id));
                let staying = groups
                    .iter()
                    .filter(|group| !self.goes(snapshot, GroupId(**group)));
                self.counts.memberships.removed += staying.count() as u64;
            }
            Change::PutUser(_) | Change::VanishUser { .. } | Change::PutGroup(_) => {}
        }
    }

    /// The edges that end with a group. One between two removed groups is counted at its parent.
    fn edges(&self, snapshot: &Snapshot, group: GroupId) -> usize {
        let children = snapshot.all_members(group, MemberKind::Group).len();
        let parents = snapshot.parents_of(group).iter();
        let parents = parents
            .filter(|parent| !self.goes(snapshot, GroupId(**parent)))
            .count();
        self.living(snapshot, group).0 + children + parents
    }

    fn goes(&self, snapshot: &Snapshot, group: GroupId) -> bool {
        snapshot
            .group_external(group)
            .is_some_and(|id| self.groups.contains(id))
    }

    /// The source's direct users of a group, without those who have vanished; and how many of them this plan freezes.
    fn living(&self, snapshot: &Snapshot, group: GroupId) -> (usize, usize) {
        let (mut living, mut vanishing) = (0, 0);
        for id in snapshot.members(group, MemberKind::User, Owner::Source) {
            match snapshot.user(UserId(*id)) {
                Some(row) if row.vanished => {}
                row => {
                    living += 1;
                    vanishing +=
                        usize::from(row.is_some_and(|row| self.vanishing.contains(&row.external_id)));
                }
            }
        }
        (living, vanishing)
    }

    /// Whether a group has active users or child groups now, and none after the plan.
    fn empties(&self, snapshot: &Snapshot, group: GroupId, steps: &[Step], external: &ExternalId) -> bool {
        let mut users: HashSet<&ExternalId> = HashSet::new();
        for id in snapshot.all_members(group, MemberKind::User).iter() {
            users.extend(
                snapshot
                    .user(UserId(*id))
                    .filter(|row| row.active())
                    .map(|row| &row.external_id),
            );
        }
        let mut children: HashSet<&ExternalId> = HashSet::new();
        for id in snapshot.all_members(group, MemberKind::Group).iter() {
            children.extend(snapshot.group(GroupId(*id)).map(|row| &row.external_id));
        }
        if users.is_empty() && children.is_empty() {
            return false;
        }
        users.retain(|user| !self.users.contains(user));
        children.retain(|child| !self.groups.contains(child));
        for step in steps {
            let Change::Members {
                group,
                add_users,
                remove_users,
                add_groups,
                remove_groups,
            } = &step.change
            else {
                continue;
            };
            if group == external {
                users.retain(|user| !remove_users.contains(user));
                children.retain(|child| !remove_groups.contains(child));
                children.extend(add_groups);
                users.extend(add_users.iter().filter(|user| !self.users.contains(user)));
            }
        }
        users.is_empty() && children.is_empty()
    }
}
