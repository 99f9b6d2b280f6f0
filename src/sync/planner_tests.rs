//! Properties of the planner: small random worlds, told in full, by changes or in part.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::returning::complete_groups;
use super::{Completeness, Mapping, Stage, plan};
use crate::directory::Snapshot;
use crate::directory::rules::Draft;
use crate::model::plan::{Effect, Plan};
use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::{Change, ExternalId, MemberKind, Owner};

/// Ids are small numbers. An edge may point at an id that nobody has (yet).
const IDS: u8 = 6;

/// What a source has.
#[derive(Clone, Debug, Default)]
struct World {
    /// Name, spelled in capitals or not; active.
    users: BTreeMap<u8, (u8, bool, bool)>,
    /// Name (not unique).
    groups: BTreeMap<u8, u8>,
    /// Group and user.
    users_in: BTreeSet<(u8, u8)>,
    /// Group and child; cycles happen.
    groups_in: BTreeSet<(u8, u8)>,
}

fn world() -> impl Strategy<Value = World> {
    let names = Just((0..IDS + 2).collect::<Vec<u8>>()).prop_shuffle();
    let users = prop::collection::vec(
        prop::option::weighted(0.7, any::<(bool, bool)>()),
        usize::from(IDS),
    );
    let groups = prop::collection::vec(prop::option::weighted(0.7, 0..4u8), usize::from(IDS));
    let pairs = || prop::collection::btree_set((0..IDS, 0..IDS), 0..14);
    (names, users, groups, pairs(), pairs()).prop_map(|(names, users, groups, users_in, groups_in)| World {
        users: (0..)
            .zip(users)
            .filter_map(|(id, user)| {
                user.map(|(capital, active)| (id, (names[usize::from(id)], capital, active)))
            })
            .collect(),
        groups: (0..)
            .zip(groups)
            .filter_map(|(id, name)| Some((id, name?)))
            .collect(),
        users_in,
        groups_in,
    })
}

fn user_id(id: u8) -> ExternalId {
    format!("user-{id}").into()
}

fn group_id(id: u8) -> ExternalId {
    format!("group-{id}").into()
}

fn user_name((name, capital, _): (u8, bool, bool)) -> String {
    format!("{}{name}", if capital { "N" } else { "n" })
}

fn user(id: u8, user: (u8, bool, bool)) -> Record {
    Record::User(SourceUser {
        id: user_id(id),
        active: user.2,
        created_at: Some(1),
        attributes: [("userPrincipalName".into(), user_name(user).into())].into(),
    })
}

fn group(id: u8, name: u8) -> Record {
    Record::Group(SourceGroup {
        id: group_id(id),
        name: format!("Group {name}").into(),
        nickname: "".into(),
        description: "".into(),
        created_at: Some(1),
    })
}

fn edge((group, member): (u8, u8), kind: MemberKind, there: bool) -> Record {
    let group = group_id(group);
    let member = if kind == MemberKind::User {
        user_id(member)
    } else {
        group_id(member)
    };
    if there {
        Record::Member { group, member, kind }
    } else {
        Record::MemberGone { group, member, kind }
    }
}

/// What the directory must show: the world, and what is frozen of those who left it.
#[derive(Clone, Debug, Default)]
struct Model {
    world: World,
    known_users: BTreeSet<u8>,
    known_groups: BTreeSet<u8>,
    /// Group and user who is away.
    frozen: BTreeSet<(u8, u8)>,
}

impl Model {
    /// A source tells no memberships of what it has no longer, nor of groups that are not there.
    fn possible(&self, mut world: World) -> World {
        let user_there = |id: u8| world.users.contains_key(&id) || !self.known_users.contains(&id);
        let group_there = |id: u8| world.groups.contains_key(&id) || !self.known_groups.contains(&id);
        world
            .users_in
            .retain(|(group, user)| world.groups.contains_key(group) && user_there(*user));
        world
            .groups_in
            .retain(|(group, child)| world.groups.contains_key(group) && group_there(*child));
        world
    }

    fn become_like(&mut self, world: World) {
        let left = |user: &u8| !world.users.contains_key(user) && self.known_users.contains(user);
        let frozen = self.world.users_in.iter().chain(&self.frozen).copied();
        let frozen = frozen.filter(|(group, user)| left(user) && world.groups.contains_key(group));
        self.frozen = frozen.collect();
        self.known_users.extend(world.users.keys());
        self.known_groups.extend(world.groups.keys());
        self.world = world;
    }
}

fn everything(world: &World) -> Vec<Record> {
    let users = world.users.iter().map(|(id, is)| user(*id, *is));
    let groups = world
        .groups
        .iter()
        .flat_map(|(id, name)| [group(*id, *name), Record::MembersComplete(group_id(*id))]);
    let edges = world
        .users_in
        .iter()
        .map(|pair| edge(*pair, MemberKind::User, true));
    let nested = world
        .groups_in
        .iter()
        .map(|pair| edge(*pair, MemberKind::Group, true));
    // Deleted between the list and its members' turn.
    let passing = (0..IDS).filter(|id| !world.groups.contains_key(id));
    let passing = passing.flat_map(|id| {
        let member = edge((id, 1), MemberKind::User, true);
        [group(id, 0), member, Record::GroupGone(group_id(id))]
    });
    users
        .chain(groups)
        .chain(edges)
        .chain(nested)
        .chain(passing)
        .collect()
}

/// What a delta tells: of who returns all memberships.
fn changes(model: &Model, world: &World) -> Vec<Record> {
    let before = &model.world;
    let mut records = Vec::new();
    for (id, is) in world
        .users
        .iter()
        .filter(|(id, is)| before.users.get(id) != Some(is))
    {
        records.push(user(*id, *is));
        if model.known_users.contains(id) && !before.users.contains_key(id) {
            records.push(Record::GroupsComplete(user_id(*id)));
            records.extend(
                world
                    .users_in
                    .iter()
                    .filter(|pair| pair.1 == *id)
                    .map(|pair| edge(*pair, MemberKind::User, true)),
            );
        }
    }
    records.extend(
        before
            .users
            .keys()
            .filter(|id| !world.users.contains_key(id))
            .map(|id| Record::UserGone(user_id(*id))),
    );
    records.extend(
        world
            .groups
            .iter()
            .filter(|(id, name)| before.groups.get(id) != Some(name))
            .map(|(id, name)| group(*id, *name)),
    );
    records.extend(
        before
            .groups
            .keys()
            .filter(|id| !world.groups.contains_key(id))
            .map(|id| Record::GroupGone(group_id(*id))),
    );
    let left = |user: u8| model.known_users.contains(&user) && !world.users.contains_key(&user);
    let gone = before
        .users_in
        .difference(&world.users_in)
        .filter(|(group, user)| world.groups.contains_key(group) && !left(*user));
    records.extend(gone.map(|pair| edge(*pair, MemberKind::User, false)));
    records.extend(
        world
            .users_in
            .difference(&before.users_in)
            .map(|pair| edge(*pair, MemberKind::User, true)),
    );
    let unnested = before
        .groups_in
        .difference(&world.groups_in)
        .filter(|(group, _)| world.groups.contains_key(group));
    records.extend(unnested.map(|pair| edge(*pair, MemberKind::Group, false)));
    records.extend(
        world
            .groups_in
            .difference(&before.groups_in)
            .map(|pair| edge(*pair, MemberKind::Group, true)),
    );
    records
}

fn staged(snapshot: &Snapshot, records: Vec<Record>) -> Stage {
    let mut stage = Stage::new(Mapping::entra());
    records.into_iter().for_each(|record| stage.take(record));
    complete_groups(snapshot, &mut stage);
    stage
}

/// Applies, checks that planning again gives nothing and that no step was in vain.
fn applied(snapshot: &Snapshot, stage: &Stage, read: Completeness) -> (Snapshot, Plan) {
    let planned = plan(snapshot, stage, read);
    let mut draft = Draft::new(snapshot, 7);
    for step in &planned.steps {
        let mut alone = Draft::new(snapshot, 7);
        alone.apply(std::slice::from_ref(&step.change));
        let waits_for_a_name = matches!(step.change, Change::PutUser(_) | Change::PutGroup(_));
        assert!(waits_for_a_name || !alone.is_empty(), "a step in vain: {step:?}");
    }
    let steps: Vec<Change> = planned.steps.iter().map(|step| step.change.clone()).collect();
    draft.apply(&steps);
    assert_eq!(draft.is_empty(), steps.is_empty());
    let after = draft.snapshot().clone();
    let again = plan(&after, stage, read);
    assert_eq!(again.steps, [], "planning again after {:?}", planned.steps);
    (after, planned)
}

fn members(snapshot: &Snapshot, id: u8, kind: MemberKind) -> BTreeSet<ExternalId> {
    let Some(id) = snapshot.group_id(&group_id(id)) else {
        return BTreeSet::new();
    };
    let ids = snapshot.members(id, kind, Owner::Source).iter();
    match kind {
        MemberKind::User => ids
            .map(|id| snapshot.user_external(crate::model::UserId(*id)).unwrap().clone())
            .collect(),
        MemberKind::Group => ids
            .map(|id| {
                snapshot
                    .group_external(crate::model::GroupId(*id))
                    .unwrap()
                    .clone()
            })
            .collect(),
    }
}

fn assert_shows(snapshot: &Snapshot, model: &Model) {
    let shown: BTreeMap<_, _> = snapshot
        .users()
        .filter(|row| !row.vanished)
        .map(|row| (row.external_id.clone(), (row.name.to_string(), row.source_active)))
        .collect();
    let users: BTreeMap<_, _> = model
        .world
        .users
        .iter()
        .map(|(id, is)| (user_id(*id), (user_name(*is), is.2)))
        .collect();
    assert_eq!(shown, users);
    let away: BTreeSet<_> = snapshot
        .users()
        .filter(|row| row.vanished)
        .map(|row| row.external_id.clone())
        .collect();
    let left = model
        .known_users
        .iter()
        .filter(|id| !model.world.users.contains_key(id));
    assert_eq!(away, left.map(|id| user_id(*id)).collect());
    let shown: BTreeMap<_, _> = snapshot
        .groups()
        .map(|row| (row.external_id.clone(), row.source_name.to_string()))
        .collect();
    let groups: BTreeMap<_, _> = model
        .world
        .groups
        .iter()
        .map(|(id, name)| (group_id(*id), format!("Group {name}")))
        .collect();
    assert_eq!(shown, groups);
    let names: BTreeSet<_> = snapshot.groups().map(|row| row.name.to_lowercase()).collect();
    assert_eq!(names.len(), model.world.groups.len(), "namesakes are told apart");
    for group in model.world.groups.keys() {
        let users = model
            .world
            .users_in
            .iter()
            .chain(&model.frozen)
            .filter(|(of, _)| of == group);
        assert_eq!(
            members(snapshot, *group, MemberKind::User),
            users.map(|(_, id)| user_id(*id)).collect()
        );
        let children = model.world.groups_in.iter().filter(|(of, _)| of == group);
        assert_eq!(
            members(snapshot, *group, MemberKind::Group),
            children.map(|(_, id)| group_id(*id)).collect()
        );
    }
}

/// Walks a directory through worlds, each told in full or by its changes.
fn walk(worlds: Vec<(World, bool)>) -> (Snapshot, Model) {
    let (mut snapshot, mut model) = (Snapshot::empty("corp".into()), Model::default());
    for (world, full) in worlds {
        let world = model.possible(world);
        let (records, read) = if full {
            (everything(&world), Completeness::Everything)
        } else {
            (changes(&model, &world), Completeness::ChangesOnly)
        };
        model.become_like(world);
        (snapshot, _) = applied(&snapshot, &staged(&snapshot, records), read);
        assert_shows(&snapshot, &model);
    }
    (snapshot, model)
}

fn worlds() -> impl Strategy<Value = Vec<(World, bool)>> {
    prop::collection::vec((world(), any::<bool>()), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_directory_becomes_what_its_source_tells_in_full_or_by_changes(worlds in worlds()) {
        walk(worlds);
    }

    #[test]
    fn a_read_in_part_takes_nothing_away(worlds in worlds(), next in world(), told in any::<u64>()) {
        let (before, model) = walk(worlds);
        let next = model.possible(next);
        let records = everything(&next).into_iter().chain(changes(&model, &next)).enumerate();
        let part = records.filter(|(at, _)| told >> (at % 64) & 1 == 1).map(|(_, record)| record).collect();
        let (after, plan) = applied(&before, &staged(&before, part), Completeness::Incomplete);
        for row in before.users() {
            let now = after.user(row.id).unwrap();
            prop_assert!(!now.vanished || row.vanished);
        }
        for row in before.groups() {
            prop_assert!(after.group(row.id).is_some());
        }
        for id in 0..IDS {
            for kind in [MemberKind::User, MemberKind::Group] {
                prop_assert!(members(&before, id, kind).is_subset(&members(&after, id, kind)));
            }
        }
        prop_assert!(plan.steps.iter().all(|step| step.effect != Effect::Remove));
    }

    #[test]
    fn users_of_one_name_are_settled_for_good_and_reported(names in prop::collection::vec(0..3u8, 1..6), again in prop::collection::vec(0..3u8, 1..6)) {
        let told = |names: &[u8]| (0..).zip(names).map(|(id, name)| user(id, (*name, false, true))).collect::<Vec<_>>();
        let empty = Snapshot::empty("corp".into());
        let (snapshot, first) = applied(&empty, &staged(&empty, told(&names)), Completeness::Everything);
        let distinct: BTreeSet<_> = names.iter().collect();
        prop_assert_eq!(snapshot.user_count(), distinct.len());
        prop_assert_eq!(first.refused.len(), names.len() - distinct.len());
        let (after, _) = applied(&snapshot, &staged(&snapshot, told(&again)), Completeness::Everything);
        let shown: BTreeSet<_> = after.users().filter(|row| !row.vanished).map(|row| row.name.to_string()).collect();
        prop_assert!(shown.len() <= again.len());
    }
}
