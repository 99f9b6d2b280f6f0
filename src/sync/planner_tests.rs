//! Properties of the planner: small random worlds, told in full, by changes or in part.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::planner_worlds::{
    IDS, Model, World, changes, everything, group_id, user, user_id, user_name, world,
};
use super::returning::complete_groups;
use super::{Completeness, Mapping, Stage, plan};
use crate::directory::Snapshot;
use crate::directory::rules::Draft;
use crate::model::plan::{Effect, Plan};
use crate::model::record::Record;
use crate::model::{Change, ExternalId, MemberKind, Owner};

fn staged(snapshot: &Snapshot, records: Vec<Record>) -> Stage {
    let mut stage = Stage::new(Mapping::entra());
    for record in records {
        stage.take(record);
    }
    complete_groups(snapshot, &mut stage);
    stage
}

/// Applies, checks that planning again gives nothing and that no step was in vain.
fn applied(snapshot: &Snapshot, stage: &Stage, read: Completeness) -> (Snapshot, Plan) {
    let planned = plan(snapshot, stage, &read.into());
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
    let again = plan(&after, stage, &read.into());
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
