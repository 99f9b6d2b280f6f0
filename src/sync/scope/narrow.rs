//! Narrowing: what depends on other records, judged when all of a pull are in the stage.

use std::collections::HashSet;
use std::sync::Arc;

use super::memberships::{Memberships, users_in};
use super::{Scope, Why};
use crate::directory::Snapshot;
use crate::model::{ExternalId, GroupId, MemberKind, Owner};
use crate::sync::stage::{Said, Stage};

/// Whether what was read is enough to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sync) enum Narrowed {
    /// All is judged.
    Done,
    /// Changes alone do not tell who belongs to the directory now: everything must be read.
    NeedsAll,
}

/// Marks in the stage what is out of scope. `full`: the stage tells everything.
pub(in crate::sync) fn narrow(scope: &Scope, snapshot: &Snapshot, stage: &mut Stage, full: bool) -> Narrowed {
    if scope.selects_groups() && groups(snapshot, stage, full) == Narrowed::NeedsAll {
        return Narrowed::NeedsAll;
    }
    if !scope.by_groups() {
        return Narrowed::Done;
    }
    if full {
        users_of_all(snapshot, stage);
        return Narrowed::Done;
    }
    match Memberships::told(snapshot, stage) {
        None => Narrowed::NeedsAll,
        Some(memberships) => {
            for user in memberships.of_nobody() {
                stage.users.say(user, Said::Out(Why::NoGroup));
            }
            Narrowed::Done
        }
    }
}

impl Stage {
    /// Says that everything has been told: whoever does not belong to the directory is marked, as after a full read.
    pub fn told_whole(&mut self, snapshot: &Snapshot) {
        let rules = Arc::clone(self.rules());
        let narrowed = narrow(&rules.scope, snapshot, self, true);
        debug_assert_eq!(
            narrowed,
            Narrowed::Done,
            "a full read tells all that there is to know"
        );
    }
}

/// Groups that are included by name, with all that are in them.
fn groups(snapshot: &Snapshot, stage: &mut Stage, full: bool) -> Narrowed {
    if !full && nesting_moves(snapshot, stage) {
        return Narrowed::NeedsAll;
    }
    let mut selected: HashSet<u32> = HashSet::new();
    let mut open: Vec<u32> = Vec::new();
    for place in stage.places_of_groups() {
        if stage.selected(place) || (!full && nested_still(snapshot, stage.groups.id(place))) {
            open.push(place);
        }
    }
    while let Some(place) = open.pop() {
        if selected.insert(place) {
            open.extend(stage.children(place));
        }
    }
    for place in stage.places_of_groups() {
        if !selected.contains(&place) {
            let id = stage.groups.id(place).clone();
            stage.groups.say(id, Said::Out(Why::NotIncluded));
        }
    }
    Narrowed::Done
}

/// Whether changes move what is in what: then only a read of everything tells what hangs together.
fn nesting_moves(snapshot: &Snapshot, stage: &Stage) -> bool {
    let told = stage
        .members()
        .iter()
        .any(|(_, members)| !members.groups.is_empty());
    let parent = |id: &ExternalId| {
        let id = snapshot.group_id(id);
        id.is_some_and(|id| !snapshot.members(id, MemberKind::Group, Owner::Source).is_empty())
    };
    // A group that goes, or is no longer named as it must be, may take others with it.
    let mut leaving = stage.groups.ids().iter().filter(|id| match stage.groups.of(id) {
        Said::Gone | Said::Out(_) => true,
        Said::There(_) => !stage.selected_id(id),
        Said::Nothing => false,
    });
    told || leaving.any(parent)
}

/// Whether a group is in another group of the directory, as far as the directory knows.
fn nested_still(snapshot: &Snapshot, group: &ExternalId) -> bool {
    let Some(id) = snapshot
        .group_id(group)
        .filter(|id| snapshot.group(*id).is_some())
    else {
        return false;
    };
    let mut parents = snapshot.parents_of(id).iter().map(|id| GroupId(*id));
    parents.any(|parent| parent != id && snapshot.group(parent).is_some())
}

/// Everything was told: who is in no group of the scope is out.
fn users_of_all(snapshot: &Snapshot, stage: &mut Stage) {
    let mut inside: HashSet<u32> = HashSet::new();
    let mut unseen: HashSet<ExternalId> = HashSet::new();
    for (place, members) in stage.members() {
        let group = stage.groups.id(place);
        if !matches!(stage.groups.of(group), Said::There(_)) {
            continue;
        }
        inside.extend(
            members
                .users
                .last()
                .into_iter()
                .filter(|(_, there)| *there)
                .map(|(user, _)| user),
        );
        if members.unknown {
            // Not to be seen is not empty: who was in it is in it.
            unseen.extend(users_in(snapshot, group));
        }
    }
    for place in stage.places_of_users() {
        let id = stage.users.id(place).clone();
        if !inside.contains(&place) && !unseen.contains(&id) {
            stage.users.say(id, Said::Out(Why::NoGroup));
        }
    }
}
