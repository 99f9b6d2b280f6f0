//! What is remembered of undone plans, so that the next run, which reads the same source, holds instead of doing it again.
//!
//! It ends when a person approves, when the source says something else, or after ninety days.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::repeated::{repeats_group, repeats_user};
use crate::directory::Snapshot;
use crate::directory::difference::{group_facts, user_facts};
use crate::model::facts::{Difference, Differing, GroupFacts, UserFacts};
use crate::model::plan::Step;
use crate::model::{Change, ExternalId, MemberKind};
use crate::sync::ids::PlanId;

/// A row that an undo changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered<F> {
    pub(super) id: ExternalId,
    /// What the source says of it, where the undo says otherwise; `None`: that it is gone.
    pub(super) said: Option<F>,
    /// Whether the undo left a row.
    pub(super) there: bool,
    since: Since,
}

/// An edge that an undo changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Edge {
    kind: MemberKind,
    member: ExternalId,
    /// What the source says.
    there: bool,
}

/// The edges of one group that an undo changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct RememberedEdges {
    group: ExternalId,
    edges: Vec<Edge>,
    since: Since,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Since {
    /// The plan that was undone.
    plan: PlanId,
    at: i64,
    /// A person has said that it is not wanted, for good: it is left out without a word.
    #[serde(default)]
    settled: bool,
}

/// What was undone in one directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sync) struct Undone {
    users: Vec<Remembered<UserFacts>>,
    groups: Vec<Remembered<GroupFacts>>,
    members: Vec<RememberedEdges>,
}

/// An edge, by its ends.
pub(in crate::sync) type Ends = (ExternalId, MemberKind, ExternalId);

/// What of a plan repeats what was undone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sync) struct Repeats {
    pub(in crate::sync) users: HashSet<ExternalId>,
    pub(in crate::sync) groups: HashSet<ExternalId>,
    pub(in crate::sync) edges: HashSet<Ends>,
    /// The undone plans that a person is to be asked about.
    plans: BTreeSet<PlanId>,
}

impl Repeats {
    pub(in crate::sync) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && self.edges.is_empty()
    }

    /// This with that.
    #[must_use]
    pub(in crate::sync) fn and(mut self, other: &Self) -> Self {
        self.users.extend(other.users.iter().cloned());
        self.groups.extend(other.groups.iter().cloned());
        self.edges.extend(other.edges.iter().cloned());
        self
    }

    /// Whether an edge stays as it is.
    pub(in crate::sync) fn edge(&self, group: &ExternalId, kind: MemberKind, member: &ExternalId) -> bool {
        !self.edges.is_empty() && self.edges.contains(&(group.clone(), kind, member.clone()))
    }

    /// Why it waits, as a sentence; `None` where nobody is to be asked.
    pub(in crate::sync) fn reason(&self) -> Option<String> {
        let (last, more) = (self.plans.last()?, self.plans.len() - 1);
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (users, groups, edges) = (self.users.len(), self.groups.len(), self.edges.len());
        Some(format!(
            "plan `{last}`{more} was undone, and the source still says what it did: {users} users, {groups} groups, \
             {edges} memberships wait, whatever their number"
        ))
    }
}

impl Undone {
    pub(in crate::sync) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && self.members.is_empty()
    }

    /// Without what is older.
    pub(in crate::sync) fn since(mut self, at: i64) -> Self {
        self.users.retain(|user| user.since.at > at);
        self.groups.retain(|group| group.since.at > at);
        self.members.retain(|members| members.since.at > at);
        self
    }

    /// Remembers what an undo of `plan` changed.
    pub(in crate::sync) fn remember(&mut self, changes: &Difference, plan: &PlanId, at: i64) {
        let since = Since {
            plan: plan.clone(),
            at,
            settled: false,
        };
        let mut before: HashMap<_, _> = take(&mut self.users).into_iter().collect();
        let users = changes.users.iter().map(|user| {
            let said = match (&user.before, before.remove(&user.id).and_then(|old| old.said)) {
                (Some(now), Some(old)) if user.after.is_some() => Some(now.clone().over(old)),
                (now, _) => now.clone(),
            };
            remembered(user, said, &since)
        });
        let users: Vec<_> = users.collect();
        self.users = before.into_values().chain(users).collect();
        let mut before: HashMap<_, _> = take(&mut self.groups).into_iter().collect();
        let groups = changes.groups.iter().map(|group| {
            let said = match (&group.before, before.remove(&group.id).and_then(|old| old.said)) {
                (Some(now), Some(old)) if group.after.is_some() => Some(now.clone().over(old)),
                (now, _) => now.clone(),
            };
            remembered(group, said, &since)
        });
        let groups: Vec<_> = groups.collect();
        self.groups = before.into_values().chain(groups).collect();
        self.forget_edges(&edges_of(changes).into_keys().collect());
        let mut by_group: HashMap<ExternalId, Vec<Edge>> = HashMap::new();
        for ((group, kind, member), there) in edges_of(changes) {
            let edge = Edge { kind, member, there };
            by_group.entry(group).or_default().push(edge);
        }
        for (group, edges) in by_group {
            let since = since.clone();
            self.members.push(RememberedEdges { group, edges, since });
        }
        self.sort();
    }

    /// Forgets what is done again on purpose.
    pub(in crate::sync) fn forget(&mut self, changes: &Difference) {
        let users: HashSet<_> = changes.users.iter().map(|user| &user.id).collect();
        self.users.retain(|user| !users.contains(&user.id));
        let groups: HashSet<_> = changes.groups.iter().map(|group| &group.id).collect();
        self.groups.retain(|group| !groups.contains(&group.id));
        self.forget_edges(&edges_of(changes).into_keys().collect());
    }

    /// What of these steps does again what was undone, and a person is to be asked about.
    pub(in crate::sync) fn repeats(&self, snapshot: &Snapshot, steps: &[Step]) -> Repeats {
        self.found(snapshot, steps, false)
    }

    /// What of these steps does again what a person has declined for good.
    pub(in crate::sync) fn declined(&self, snapshot: &Snapshot, steps: &[Step]) -> Repeats {
        self.found(snapshot, steps, true)
    }

    fn found(&self, snapshot: &Snapshot, steps: &[Step], settled: bool) -> Repeats {
        let mut found = Repeats::default();
        if self.is_empty() {
            return found;
        }
        let users = self.users.iter().filter(|user| user.since.settled == settled);
        let users: HashMap<_, _> = users.map(|user| (&user.id, user)).collect();
        let groups = self.groups.iter().filter(|group| group.since.settled == settled);
        let groups: HashMap<_, _> = groups.map(|group| (&group.id, group)).collect();
        let mut edges: HashMap<(&ExternalId, MemberKind, &ExternalId), (bool, &Since)> = HashMap::new();
        for members in self
            .members
            .iter()
            .filter(|members| members.since.settled == settled)
        {
            for edge in &members.edges {
                let ends = (&members.group, edge.kind, &edge.member);
                edges.insert(ends, (edge.there, &members.since));
            }
        }
        for step in steps {
            if let Some(user) = user_of(&step.change).and_then(|id| users.get(id))
                && repeats_user(user, step, user_facts(snapshot, &user.id))
            {
                found.users.insert(user.id.clone());
                found.plans.insert(user.since.plan.clone());
            }
            if let Some(group) = group_of(&step.change).and_then(|id| groups.get(id))
                && repeats_group(group, step, group_facts(snapshot, &group.id))
            {
                found.groups.insert(group.id.clone());
                found.plans.insert(group.since.plan.clone());
            }
            for (ends, there) in edges_in(&step.change) {
                if let Some((_, since)) = edges.get(&ends).filter(|(said, _)| *said == there) {
                    found.edges.insert((ends.0.clone(), ends.1, ends.2.clone()));
                    found.plans.insert(since.plan.clone());
                }
            }
        }
        found
    }

    /// What is still to be remembered after a run: what is declined, not what was done again with leave, nor what the source
    /// takes back, as a whole read's silence or its own word (`spoken`) say.
    #[must_use]
    pub(in crate::sync) fn after(
        &self,
        (declined, repeats): (&Repeats, &Repeats),
        applied: bool,
        whole: bool,
        spoken: impl Fn(MemberKind, &ExternalId) -> bool,
    ) -> Self {
        let mut left = self.clone();
        let keeps = |kind: MemberKind, id: &ExternalId| {
            let repeated = match kind {
                MemberKind::User => [&declined.users, &repeats.users],
                MemberKind::Group => [&declined.groups, &repeats.groups],
            };
            match repeated.map(|ids| ids.contains(id)) {
                [true, _] => true,
                [_, true] => !applied,
                _ => !whole && !spoken(kind, id),
            }
        };
        left.users.retain(|user| keeps(MemberKind::User, &user.id));
        left.groups.retain(|group| keeps(MemberKind::Group, &group.id));
        left.members.retain_mut(|members| {
            let group = members.group.clone();
            members.edges.retain(|edge| {
                let repeated = [declined, repeats].map(|of| of.edge(&group, edge.kind, &edge.member));
                match repeated {
                    [true, _] => true,
                    [_, true] => !applied,
                    _ => !whole,
                }
            });
            !members.edges.is_empty()
        });
        left
    }

    /// A person does not want this again, for good.
    pub(in crate::sync) fn settle(&mut self, repeats: &Repeats) {
        for user in self
            .users
            .iter_mut()
            .filter(|user| repeats.users.contains(&user.id))
        {
            user.since.settled = true;
        }
        for group in self
            .groups
            .iter_mut()
            .filter(|group| repeats.groups.contains(&group.id))
        {
            group.since.settled = true;
        }
        for members in &mut self.members {
            let group = members.group.clone();
            let repeated = |edge: &Edge| {
                repeats
                    .edges
                    .contains(&(group.clone(), edge.kind, edge.member.clone()))
            };
            members.since.settled |= members.edges.iter().any(repeated);
        }
    }

    fn forget_edges(&mut self, edges: &HashSet<Ends>) {
        self.members.retain_mut(|members| {
            let group = members.group.clone();
            let stays = |edge: &Edge| !edges.contains(&(group.clone(), edge.kind, edge.member.clone()));
            members.edges.retain(stays);
            !members.edges.is_empty()
        });
    }

    /// The same memory is written the same.
    fn sort(&mut self) {
        self.users.sort_by(|one, other| one.id.cmp(&other.id));
        self.groups.sort_by(|one, other| one.id.cmp(&other.id));
        let key = |edge: &Edge| (edge.kind, edge.member.clone());
        for members in &mut self.members {
            members.edges.sort_by_key(key);
        }
        self.members
            .sort_by(|one, other| (&one.group, one.since.at).cmp(&(&other.group, other.since.at)));
    }
}

fn take<F>(all: &mut Vec<Remembered<F>>) -> Vec<(ExternalId, Remembered<F>)> {
    let all = std::mem::take(all).into_iter();
    all.map(|one| (one.id.clone(), one)).collect()
}

fn remembered<F>(of: &Differing<F>, said: Option<F>, since: &Since) -> Remembered<F> {
    Remembered {
        id: of.id.clone(),
        said,
        there: of.after.is_some(),
        since: since.clone(),
    }
}

/// The edges that an undo changed, with what the source says of each.
fn edges_of(changes: &Difference) -> HashMap<Ends, bool> {
    let mut edges = HashMap::new();
    for members in &changes.members {
        let mut all = |kind, ids: &[ExternalId], there| {
            edges.extend(
                ids.iter()
                    .map(|id| ((members.group.clone(), kind, id.clone()), there)),
            );
        };
        all(MemberKind::User, &members.added_users, false);
        all(MemberKind::User, &members.removed_users, true);
        all(MemberKind::Group, &members.added_groups, false);
        all(MemberKind::Group, &members.removed_groups, true);
    }
    edges
}

/// The edges that a step makes or ends.
fn edges_in(change: &Change) -> Vec<((&ExternalId, MemberKind, &ExternalId), bool)> {
    let Change::Members {
        group,
        add_users,
        remove_users,
        add_groups,
        remove_groups,
        ..
    } = change
    else {
        return Vec::new();
    };
    let mut edges = Vec::new();
    edges.extend(add_users.iter().map(|id| ((group, MemberKind::User, id), true)));
    edges.extend(
        remove_users
            .iter()
            .map(|id| ((group, MemberKind::User, id), false)),
    );
    edges.extend(add_groups.iter().map(|id| ((group, MemberKind::Group, id), true)));
    edges.extend(
        remove_groups
            .iter()
            .map(|id| ((group, MemberKind::Group, id), false)),
    );
    edges
}

fn user_of(change: &Change) -> Option<&ExternalId> {
    match change {
        Change::PutUser(wish) => Some(&wish.external_id),
        Change::VanishUser { user } | Change::RemoveUser { user } => Some(user),
        Change::Detail {
            of: MemberKind::User,
            subject,
            ..
        } => Some(subject),
        _ => None,
    }
}

fn group_of(change: &Change) -> Option<&ExternalId> {
    match change {
        Change::PutGroup(wish) => Some(&wish.external_id),
        Change::RemoveGroup { group } => Some(group),
        _ => None,
    }
}
