//! Gathering: the facts of one directory, from its picture, its evidence and what the policy remembers.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::facts::{Facts, Place};
use super::lanes::{Health, listening};
use super::memory::{Holdings, Listening};
use super::policy::{Act, Policy};
use crate::directory::Snapshot;
use crate::directory::activity::Picture;
use crate::model::name::fold;
use crate::model::{ExternalId, GroupId, HiddenGroups, Hold, MemberKind};

/// The attribute that says `Guest` of guests, whatever the source calls them.
pub const USER_TYPE: &str = "userType";
/// What Entra ID writes into the user principal names of guests.
const FOREIGN: &str = "#ext#";

/// One directory as a run sees it.
pub(super) struct Taken {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) picture: Picture,
    pub(super) healths: Vec<Health>,
    pub(super) place: Place,
    pub(super) holdings: Holdings,
    /// Members of excluded groups by row id, each with the group.
    excluded: HashMap<u32, Arc<str>>,
    /// Who has a seat while active, by row id.
    seated: HashSet<u32>,
    /// Of each stage the groups that it takes users out of.
    leaves: Vec<Vec<ExternalId>>,
}

impl Taken {
    pub(super) fn of(
        policy: &Policy,
        snapshot: Arc<Snapshot>,
        picture: Picture,
        (heard, holdings): (&Listening, Holdings),
        now: i64,
    ) -> Self {
        let healths = heard.healths(&picture);
        let listening = if snapshot.cursor().is_some() {
            listening(&healths, &policy.evidence, policy.fresh_within, now)
        } else {
            Err("the directory has not been read completely yet".to_owned())
        };
        Self {
            excluded: members_below(&snapshot, &policy.excluded_groups),
            seated: seated(policy, &snapshot),
            leaves: policy
                .stages
                .iter()
                .map(|stage| leaves(&snapshot, &stage.act))
                .collect(),
            place: Place { listening },
            snapshot,
            picture,
            healths,
            holdings,
        }
    }

    /// The facts of all users, in the order of their row ids.
    pub(super) fn facts<'a>(
        &'a self,
        directory: usize,
        policy: &'a Policy,
    ) -> impl Iterator<Item = Facts<'a>> {
        let asks_guests = policy.guests != super::config::Guests::Include;
        self.snapshot.users().filter_map(move |row| {
            let live = self.snapshot.live_user(row.id)?;
            let seen = self.picture.last_seen(row.id).map(|seen| (seen.at, seen.lane));
            let hold = live.hold.as_deref();
            Some(Facts {
                directory,
                user: &row.external_id,
                name: &row.name,
                folded: &live.folded,
                email: &row.email,
                source_active: row.source_active,
                // The row last changed when it vanished.
                vanished_since: row.vanished.then_some(row.updated_at),
                created_at: row.created_at,
                guest: asks_guests && self.is_guest(row.id.0, &live.folded),
                excluded_group: self.excluded.get(&row.id.0).map(|name| &**name),
                has_seat: self.seated.contains(&row.id.0),
                hold,
                stages_done: hold.map_or(0, |hold| self.done(policy, hold)),
                seen,
                warned: self.holdings.warned(&row.external_id),
                released_at: self.holdings.released.get(&row.external_id).copied(),
            })
        })
    }

    /// Whether a user takes a seat while active.
    pub(super) fn has_seat(&self, user: &ExternalId) -> bool {
        let id = self.snapshot.user_id(user);
        id.is_some_and(|id| self.seated.contains(&id.0))
    }

    fn is_guest(&self, id: u32, folded: &str) -> bool {
        let told = self.snapshot.details().attribute(MemberKind::User, id, USER_TYPE);
        folded.contains(FOREIGN) || told.iter().any(|value| value.eq_ignore_ascii_case("guest"))
    }

    /// Which stages of the policy a hold has behind it, a bit each.
    fn done(&self, policy: &Policy, hold: &Hold) -> u64 {
        let is_done = |at: usize, act: &Act| match act {
            Act::Leave(None) => hold.groups == HiddenGroups::All,
            Act::Leave(Some(_)) => self.leaves[at].iter().all(|group| hold.hides(group)),
            Act::Anonymise => hold.anonymised,
            Act::Remove => hold.removed,
        };
        let stages = policy.stages.iter().enumerate();
        stages.fold(0, |bits, (at, stage)| {
            bits | u64::from(is_done(at, &stage.act)) << at
        })
    }

    /// A hold with these stages, a bit each, added to it.
    pub(super) fn staged(&self, policy: &Policy, mut hold: Hold, stages: u64) -> Hold {
        for (at, stage) in policy.stages.iter().enumerate() {
            if stages & (1 << at) == 0 {
                continue;
            }
            match &stage.act {
                Act::Leave(None) => hold.groups = HiddenGroups::All,
                Act::Leave(Some(_)) => {
                    if let HiddenGroups::These(groups) = &hold.groups {
                        let more = groups.iter().chain(&self.leaves[at]).cloned();
                        hold.groups =
                            HiddenGroups::These(more.collect::<BTreeSet<_>>().into_iter().collect());
                    }
                }
                Act::Anonymise => hold.anonymised = true,
                Act::Remove => hold.removed = true,
            }
        }
        hold
    }
}

/// Who has a seat of the policy's licence while active, by row id.
pub(super) fn seated(policy: &Policy, snapshot: &Snapshot) -> HashSet<u32> {
    let groups = policy.seats.iter().map(|seats| fold(seats.group.trim()));
    members_below(snapshot, &groups.collect()).into_keys().collect()
}

/// The groups that a stage takes users out of: those of its names that are there.
fn leaves(snapshot: &Snapshot, act: &Act) -> Vec<ExternalId> {
    let Act::Leave(Some(names)) = act else {
        return Vec::new();
    };
    let rows = names.iter().filter_map(|name| snapshot.group_named(name));
    rows.map(|row| row.external_id.clone()).collect()
}

/// Whoever is in one of these groups, also through groups in groups: by row id, with the group's name.
fn members_below(snapshot: &Snapshot, names: &BTreeSet<String>) -> HashMap<u32, Arc<str>> {
    let mut found = HashMap::new();
    for row in names.iter().filter_map(|name| snapshot.group_named(name)) {
        let (mut open, mut visited) = (vec![row.id], HashSet::new());
        while let Some(group) = open.pop() {
            if !visited.insert(group) {
                continue;
            }
            for user in snapshot.all_members(group, MemberKind::User).iter() {
                found.entry(*user).or_insert_with(|| Arc::clone(&row.name));
            }
            let children = snapshot.all_members(group, MemberKind::Group);
            open.extend(children.iter().map(|child| GroupId(*child)));
        }
    }
    found
}
