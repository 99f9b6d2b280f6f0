//! Properties of the undo: between any two states, whatever is withheld, what a plan did is taken back without a trace.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::config::MissingUsers;
use super::history::restoration;
use super::planner_worlds::{IDS, Model, World, everything, group_id, user_id, world};
use super::returning::complete_groups;
use super::{Completeness, Mapping, Rules, Stage, Terms, plan};
use crate::directory::Snapshot;
use crate::directory::difference::between;
use crate::directory::rules::Draft;
use crate::model::Change;
use crate::model::facts::Difference;

/// The directory after a read of the whole world, with what must stay as it is.
fn read(snapshot: &Snapshot, world: &World, rules: &Arc<Rules>, held: (u8, u8, u8)) -> Snapshot {
    let mut stage = Stage::new(Mapping::entra());
    for record in everything(world) {
        stage.take(record);
    }
    complete_groups(snapshot, &mut stage);
    let mut terms = Terms::new(Completeness::Everything, 5, Arc::clone(rules));
    let chosen = |mask: u8| (0..IDS).filter(move |id| mask & (1 << id) != 0);
    terms.withheld.users = chosen(held.0).map(user_id).collect();
    terms.withheld.groups = chosen(held.1).map(group_id).collect();
    terms.withheld.members_of = chosen(held.2).map(group_id).collect();
    let steps = plan(snapshot, &stage, &terms).steps;
    let changes: Vec<Change> = steps.into_iter().map(|step| step.change).collect();
    let mut draft = Draft::new(snapshot, 7);
    draft.apply(&changes);
    sound(draft.snapshot());
    draft.snapshot().clone()
}

/// The directory after the undo of what changed.
fn undone(snapshot: &Snapshot, changes: &Difference, rules: &Rules) -> Option<Snapshot> {
    let back = restoration(snapshot, changes, rules);
    let steps: Vec<Change> = back.plan.steps.iter().map(|step| step.change.clone()).collect();
    let mut draft = Draft::new(snapshot, 9);
    let refused = draft.apply_served(&steps, &back.served);
    sound(draft.snapshot());
    for refused in &back.plan.refused {
        // An edge to a row that nobody serves, which a plan may add, looks like one whose row was removed since.
        let told = ["since it was added", "left as they are: changed or removed since"];
        assert!(
            told.iter().any(|told| refused.reason.contains(told)),
            "{refused:?}"
        );
    }
    if !back.plan.refused.is_empty() {
        return None;
    }
    assert_eq!(refused, [], "the rules agree with what is given back");
    Some(draft.snapshot().clone())
}

/// What holds of every directory: names are unique, every edge stands at both of its ends.
fn sound(snapshot: &Snapshot) {
    let names: BTreeSet<_> = snapshot.users().map(|row| row.name.to_lowercase()).collect();
    assert_eq!(names.len(), snapshot.users().count());
    let names: BTreeSet<_> = snapshot.groups().map(|row| row.name.to_lowercase()).collect();
    assert_eq!(names.len(), snapshot.groups().count());
    for group in snapshot.groups() {
        for user in snapshot
            .all_members(group.id, crate::model::MemberKind::User)
            .iter()
        {
            let groups = snapshot.groups_of(crate::model::UserId(*user));
            assert!(groups.contains(&group.id.0));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn undo_after_apply_is_the_identity_and_undone_again_the_plan(
        worlds in prop::collection::vec(world(), 2..4),
        held in (any::<u8>(), any::<u8>(), any::<u8>()),
        holds in any::<bool>(),
        remove in any::<bool>(),
    ) {
        let mut rules = Rules::default();
        if remove {
            rules.missing.users = MissingUsers::Remove;
        }
        let rules = Arc::new(rules);
        let mut model = Model::default();
        let mut now = Snapshot::empty("corp".into());
        for world in worlds {
            let world = model.possible(world);
            let before = now.clone();
            let held = if holds { held } else { (0, 0, 0) };
            now = read(&before, &world, &rules, held);
            model.become_like(world);
            let changes = between(&before, &now);
            // Who was a member before anybody knew it is not removed: its memberships are older than the plan.
            let Some(back) = undone(&now, &changes, &rules) else { continue };
            prop_assert_eq!(between(&before, &back), Difference::default());
            for row in before.users() {
                prop_assert_eq!(back.user_id(&row.external_id), Some(row.id), "the key is the same");
            }
            let Some(again) = undone(&back, &between(&now, &back), &rules) else { continue };
            prop_assert_eq!(between(&now, &again), Difference::default());
        }
    }
}
