//! Properties of what is held: whatever waits, however often, in whatever order approvals come.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::carried::Carried;
use super::history::Undone;
use super::judged::{Judged, Measure};
use super::planner::Completeness;
use super::planner_worlds::{Model, World, changes, everything, group_id, user_id, world};
use super::read::Reading;
use super::returning::{complete_groups, returning};
use super::waiting::Waiting;
use super::{Mapping, Stage, plan};
use crate::connector::tally::Tally;
use crate::directory::Snapshot;
use crate::directory::limits::{Limit, Limits};
use crate::directory::rules::Draft;
use crate::model::record::Record;
use crate::model::{Change, MemberKind};

/// Limits that let `users` users, groups and memberships go.
fn measure(read: Completeness, lets_go: u64, protected: bool) -> Measure {
    let limit = Limit {
        max: lets_go,
        percent: 100.0,
        at_least: 100,
    };
    let names = if protected {
        vec!["Group 0".to_owned()]
    } else {
        Vec::new()
    };
    Measure {
        terms: read.into(),
        limits: Limits::new(limit, limit, limit, &names),
        reserve: None,
        undone: Undone::default(),
        dry: false,
        waiting: Waiting::default(),
    }
}

fn reading(
    snapshot: &Snapshot,
    world: &World,
    records: Vec<Record>,
    carried: Carried,
    full: bool,
) -> Reading {
    let mut stage = Stage::new(Mapping::entra());
    if !full {
        stage.recall(carried);
    }
    for record in records {
        stage.take(record);
    }
    if !full {
        for record in asked(snapshot, &stage, world) {
            stage.take(record);
        }
        complete_groups(snapshot, &mut stage);
    }
    let read = if full {
        Completeness::Everything
    } else {
        Completeness::ChangesOnly
    };
    Reading {
        stage,
        read,
        cursor: None,
        full,
        incomplete: Vec::new(),
        notices: Vec::new(),
        tally: Tally::default(),
    }
}

/// What a source answers when it is asked for the memberships of who returns.
fn asked(snapshot: &Snapshot, stage: &Stage, world: &World) -> Vec<Record> {
    let returning = returning(snapshot, stage);
    let mut records = Vec::new();
    for id in 0..super::planner_worlds::IDS {
        let edge = super::planner_worlds::edge;
        if returning.users.contains(&user_id(id)) {
            let own = world.users_in.iter().filter(|pair| pair.1 == id);
            records.extend(own.map(|pair| edge(*pair, MemberKind::User, true)));
            records.push(Record::GroupsComplete(user_id(id)));
        }
        if returning.groups.contains(&group_id(id)) {
            let users = world.users_in.iter().filter(|pair| pair.0 == id);
            records.extend(users.map(|pair| edge(*pair, MemberKind::User, true)));
            let groups = world.groups_in.iter().filter(|pair| pair.0 == id || pair.1 == id);
            records.extend(groups.map(|pair| edge(*pair, MemberKind::Group, true)));
            records.push(Record::MembersComplete(group_id(id)));
        }
    }
    records
}

fn applied(snapshot: &Snapshot, judged: &Judged) -> Snapshot {
    let mut draft = Draft::new(snapshot, 7);
    draft.apply(
        &judged
            .plan
            .steps
            .iter()
            .map(|step| step.change.clone())
            .collect::<Vec<Change>>(),
    );
    draft.snapshot().clone()
}

fn active(snapshot: &Snapshot) -> BTreeSet<String> {
    snapshot
        .users()
        .filter(|row| row.active())
        .map(|row| row.external_id.to_string())
        .collect()
}

fn edges(snapshot: &Snapshot) -> BTreeSet<(u32, MemberKind, u32)> {
    let mut all = BTreeSet::new();
    for row in snapshot.groups() {
        for kind in [MemberKind::User, MemberKind::Group] {
            all.extend(
                snapshot
                    .all_members(row.id, kind)
                    .iter()
                    .map(|id| (row.id.0, kind, *id)),
            );
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn what_is_held_stays_until_it_is_approved_and_then_all_is_as_the_source_says(
        worlds in prop::collection::vec((world(), any::<bool>(), 0..3u64, any::<bool>()), 2..6),
        by_changes in any::<bool>(),
    ) {
        let (mut snapshot, mut model) = (Snapshot::empty("corp".into()), Model::default());
        let mut carried = Carried::default();
        let mut last = World::default();
        for (at, (world, full, lets_go, protected)) in worlds.into_iter().enumerate() {
            let full = full || at == 0;
            let world = model.possible(world);
            let records = if full { everything(&world) } else { changes(&model, &world) };
            model.become_like(world.clone());
            let reading = reading(&snapshot, &world, records, std::mem::take(&mut carried), full);
            let measure = measure(reading.read, lets_go, protected);
            let judged = Judged::of(&snapshot, &reading, &measure, None);
            let after = applied(&snapshot, &judged);
            if let Some(held) = &judged.held {
                if held.counts.users.deactivated + held.counts.users.removed > lets_go {
                    prop_assert!(active(&snapshot).is_subset(&active(&after)), "somebody went who was held");
                    prop_assert!(edges(&snapshot).is_subset(&edges(&after)), "so did a membership");
                }
                // The same again: nothing more to apply, the same to hold.
                let again = Judged::of(&after, &reading, &measure, None);
                prop_assert_eq!(&again.plan.steps, &[], "applied already");
                prop_assert_eq!(&again.hash, &judged.hash);
                carried = held.carried.clone();
            }
            snapshot = after;
            last = world;
        }
        // A person approves: by changes upon what is carried, or by a read of everything.
        let records = if by_changes { Vec::new() } else { everything(&last) };
        let approval = reading(&snapshot, &last, records, carried, !by_changes);
        let free = measure(approval.read, 1_000, false);
        let judged = Judged::of(&snapshot, &approval, &free, None);
        let judged = if judged.held.is_some() {
            let steps = judged.held.unwrap().steps;
            let shown = super::held::KeptSteps { steps, omitted: 0 };
            Judged::of(&snapshot, &approval, &free, Some(&shown))
        } else {
            judged
        };
        prop_assert!(judged.held.is_none(), "what was shown is within what is asked");
        snapshot = applied(&snapshot, &judged);
        let mut stage = Stage::new(Mapping::entra());
        for record in everything(&last) {
            stage.take(record);
        }
        let left = plan(&snapshot, &stage, &Completeness::Everything.into());
        let names_wait = !left.refused.is_empty() || judged.plan.names_wait;
        prop_assert!(left.steps.is_empty() || names_wait, "{:?}", left.steps);
    }
}
