//! Notices: what a person should know of a plan, though nothing is left out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::planner::Completeness;
use super::recycled;
use super::shared;
use super::stage::Stage;
use super::terms::Terms;
use crate::directory::Snapshot;
use crate::model::name::{clean, fold, resemblance};
use crate::model::plan::{Effect, Step};
use crate::model::{Change, ExternalId, GroupId, MemberKind};

/// What is out of scope, names cleaned, names that look alike, groups that contain each other, names that were others', shared addresses.
pub(super) fn of(snapshot: &Snapshot, stage: &Stage, terms: &Terms, steps: &[Step]) -> Vec<String> {
    let mut notices = outside(stage, terms);
    notices.extend(of_steps(snapshot, steps));
    notices.extend(recycled::names(snapshot, steps));
    notices.extend(shared::addresses(snapshot, steps));
    if terms.read == Completeness::Everything {
        notices.extend(stage.hints());
    }
    notices
}

/// How much of the source does not belong to the directory; told when everything was read.
fn outside(stage: &Stage, terms: &Terms) -> Vec<String> {
    let (users, groups) = (stage.users.left_out(), stage.groups.left_out());
    if terms.read != Completeness::Everything || users + groups == 0 {
        return Vec::new();
    }
    vec![format!(
        "{users} users and {groups} groups of the source are out of scope"
    )]
}

/// What the steps themselves tell.
pub(super) fn of_steps(snapshot: &Snapshot, steps: &[Step]) -> Vec<String> {
    let mut notices = cleaned(steps);
    notices.extend(look_alikes(snapshot, steps));
    notices.extend(cycles(snapshot, steps));
    notices
}

fn wished(step: &Step) -> Option<(&'static str, &Arc<str>, &ExternalId)> {
    match &step.change {
        Change::PutUser(wish) => Some(("user", &wish.name, &wish.external_id)),
        Change::PutGroup(wish) => Some(("group", &wish.name, &wish.external_id)),
        _ => None,
    }
}

fn cleaned(steps: &[Step]) -> Vec<String> {
    let changed = steps.iter().filter_map(|step| {
        let (what, name, id) = wished(step)?;
        let clean = clean(name);
        (*clean != **name && !clean.is_empty()).then(|| {
            format!("the name of {what} {id} had blanks at its ends or characters that cannot be served; served as `{clean}`")
        })
    });
    changed.collect()
}

/// Two names of one kind, one of them new, that only folding or compatibility makes equal (`straße`, `strasse`).
fn look_alikes(snapshot: &Snapshot, steps: &[Step]) -> Vec<String> {
    let new = |kind: &str| -> Vec<&Arc<str>> {
        let wished = steps.iter().filter_map(|step| Some((wished(step)?, step)));
        let new = wished.filter(|((what, name, _), step)| {
            *what == kind && (step.effect == Effect::Add || **name != step.subject)
        });
        new.map(|((_, name, _), _)| name).collect()
    };
    let mut found = alike(
        "usernames",
        "users",
        || snapshot.users().map(|row| &row.name).collect(),
        &new("user"),
    );
    found.extend(alike(
        "group names",
        "groups",
        || snapshot.groups().map(|row| &row.name).collect(),
        &new("group"),
    ));
    found
}

fn alike<'a>(
    names: &str,
    bearers: &str,
    present: impl Fn() -> Vec<&'a Arc<str>>,
    new: &[&Arc<str>],
) -> Vec<String> {
    if new.is_empty() {
        return Vec::new();
    }
    // Of two look-alikes at least one is not ASCII, and those are few.
    let present = present();
    let mut alike: HashMap<String, BTreeMap<String, bool>> = HashMap::new();
    for (name, is_new) in all(&present, new).filter(|(name, _)| !name.is_ascii()) {
        let spellings = alike.entry(resemblance(&clean(name))).or_default();
        *spellings.entry(fold(&clean(name))).or_default() |= is_new;
    }
    for (name, is_new) in all(&present, new).filter(|(name, _)| name.is_ascii()) {
        let folded = fold(&clean(name));
        if let Some(spellings) = alike.get_mut(&folded) {
            *spellings.entry(folded).or_default() |= is_new;
        }
    }
    let mut found: Vec<String> = alike
        .into_values()
        .filter(|spellings| spellings.len() > 1 && spellings.values().any(|is_new| *is_new))
        .map(|spellings| {
            let spelled: Vec<String> = spellings.keys().map(|name| format!("`{name}`")).collect();
            format!(
                "the {names} {} look alike and are different {bearers}",
                spelled.join(", ")
            )
        })
        .collect();
    found.sort();
    found
}

fn all<'a>(present: &'a [&Arc<str>], new: &'a [&Arc<str>]) -> impl Iterator<Item = (&'a str, bool)> {
    let present = present.iter().map(|name| (&***name, false));
    present.chain(new.iter().map(|name| (&***name, true)))
}

/// Groups that contain each other once the plan is applied, where the plan nests any.
fn cycles(snapshot: &Snapshot, steps: &[Step]) -> Vec<String> {
    let mut nesting = Nesting::default();
    for step in steps {
        if let Change::Members {
            group,
            add_groups,
            remove_groups,
            ..
        } = &step.change
        {
            nesting.edit(group, add_groups, remove_groups);
        }
    }
    if nesting.added.is_empty() {
        return Vec::new();
    }
    let knot = nesting.knot(snapshot);
    let mut found: Vec<String> = Vec::new();
    let knotted =
        |(parent, child): &&(&ExternalId, &ExternalId)| knot.contains(*parent) && knot.contains(*child);
    for (parent, child) in nesting.added.iter().filter(knotted) {
        let Some(path) = nesting.path(snapshot, child, parent) else {
            continue;
        };
        let mut names: Vec<String> = path
            .iter()
            .map(|id| format!("`{}`", name_of(snapshot, steps, id)))
            .collect();
        names.sort();
        names.dedup();
        let sentence = if names.len() == 1 {
            format!("group {} contains itself", names[0])
        } else {
            format!(
                "groups {} contain each other: each has the members of all",
                names.join(", ")
            )
        };
        if !found.contains(&sentence) {
            found.push(sentence);
        }
    }
    found
}

fn name_of(snapshot: &Snapshot, steps: &[Step], id: &ExternalId) -> Arc<str> {
    let row = snapshot.group_id(id).and_then(|id| snapshot.group(id));
    let wished = || {
        let put = steps.iter().find_map(|step| match &step.change {
            Change::PutGroup(wish) if wish.external_id == *id => Some(Arc::clone(&wish.name)),
            _ => None,
        });
        put.unwrap_or_else(|| id.as_str().into())
    };
    row.map_or_else(wished, |row| Arc::clone(&row.name))
}

/// The plan's changes of groups in groups.
#[derive(Default)]
struct Nesting<'a> {
    added: Vec<(&'a ExternalId, &'a ExternalId)>,
    children: HashMap<&'a ExternalId, (&'a [ExternalId], &'a [ExternalId])>,
}

impl<'a> Nesting<'a> {
    fn edit(&mut self, group: &'a ExternalId, add: &'a [ExternalId], remove: &'a [ExternalId]) {
        if add.is_empty() && remove.is_empty() {
            return;
        }
        self.added.extend(add.iter().map(|child| (group, child)));
        self.children.insert(group, (add, remove));
    }

    fn below<'b>(&self, snapshot: &'b Snapshot, group: &'b ExternalId) -> Vec<&'b ExternalId>
    where
        'a: 'b,
    {
        let (add, remove) = self.children.get(group).copied().unwrap_or_default();
        let present = snapshot
            .group_id(group)
            .map(|id| snapshot.all_members(id, MemberKind::Group));
        let present = present.iter().flat_map(|ids| ids.iter());
        let present = present.filter_map(|id| snapshot.group_external(GroupId(*id)));
        present.filter(|id| !remove.contains(id)).chain(add).collect()
    }

    /// The groups that are left when those that contain no group (left) are taken away, again and again: where there
    /// is no cycle, none.
    fn knot<'b>(&self, snapshot: &'b Snapshot) -> HashSet<&'b ExternalId>
    where
        'a: 'b,
    {
        let all = snapshot.groups().map(|row| &row.external_id);
        let all: HashSet<&ExternalId> = all.chain(self.children.keys().copied()).collect();
        let mut parents: HashMap<&ExternalId, Vec<&ExternalId>> = HashMap::new();
        let mut children: HashMap<&ExternalId, usize> = HashMap::new();
        for group in &all {
            let below: Vec<_> = self
                .below(snapshot, group)
                .into_iter()
                .filter(|child| all.contains(child))
                .collect();
            children.insert(group, below.len());
            for child in below {
                parents.entry(child).or_default().push(group);
            }
        }
        let mut knot = all;
        let mut loose: Vec<&ExternalId> = knot
            .iter()
            .copied()
            .filter(|group| children[group] == 0)
            .collect();
        while let Some(group) = loose.pop() {
            knot.remove(group);
            for parent in parents.get(group).into_iter().flatten() {
                let left = children.entry(parent).or_default();
                *left -= 1;
                if *left == 0 {
                    loose.push(parent);
                }
            }
        }
        knot
    }

    /// The groups on a way from one group down to another.
    fn path<'b>(
        &self,
        snapshot: &'b Snapshot,
        from: &'b ExternalId,
        to: &'b ExternalId,
    ) -> Option<Vec<&'b ExternalId>>
    where
        'a: 'b,
    {
        let mut came: HashMap<&ExternalId, Option<&ExternalId>> = HashMap::from([(from, None)]);
        let mut open = vec![from];
        while let Some(group) = open.pop() {
            if group == to {
                let steps = std::iter::successors(Some(group), |at| came.get(at).copied().flatten());
                return Some(steps.collect());
            }
            for child in self.below(snapshot, group) {
                if !came.contains_key(child) {
                    came.insert(child, Some(group));
                    open.push(child);
                }
            }
        }
        None
    }
}
