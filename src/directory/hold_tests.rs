//! What holds do to what applications are told, and what they leave alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::race_client::truth;
use super::race_tests::{edit, furnish};
use super::rules::Draft;
use super::snapshot::Snapshot;
use super::world::{World, group, members, nest, remove_user, small, user};
use crate::model::{Change, ExternalId, HiddenGroups, Hold, MemberKind, Row};

fn plain() -> Hold {
    Hold::new("idle for 90 days", "cleanup ninety-days", 7)
}

fn hold(user: &str, hold: Hold) -> Change {
    Change::Hold {
        user: user.into(),
        hold: Arc::new(hold),
    }
}

fn release(user: &str) -> Change {
    Change::Release { user: user.into() }
}

fn hiding(groups: &[&str]) -> Hold {
    let groups: Arc<[ExternalId]> = groups.iter().map(|id| ExternalId::from(*id)).collect();
    Hold {
        groups: HiddenGroups::These(groups),
        ..plain()
    }
}

fn removed() -> Hold {
    Hold {
        removed: true,
        ..plain()
    }
}

/// The source's own picture: what it told of users, groups and memberships.
fn facts(snapshot: &Snapshot) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for row in snapshot.users() {
        all.insert(format!(
            "user {} {} {}",
            row.external_id, row.name, row.source_active
        ));
        let groups = snapshot.groups_of(row.id).iter();
        all.extend(groups.map(|group| format!("{} in {group}", row.external_id)));
    }
    all
}

/// Everything as stored, loaded anew.
fn reloaded(snapshot: &Arc<Snapshot>) -> Snapshot {
    let mut loader = super::load::Loader::default();
    for row in super::rows::all(Arc::clone(snapshot)) {
        crate::store::RowSink::row(&mut loader, row).expect("sound");
    }
    loader
        .finish(snapshot.directory().clone(), snapshot.seq())
        .expect("sound")
}

#[test]
fn a_held_user_is_told_as_inactive_and_its_source_still_says_active() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[hold("u1", plain())]);
    assert_eq!(
        world.since(&token),
        "user ann d1:u1 inactive\ngroups of ann: [devs]"
    );
    let row = world.snapshots[0].user_named("ann").expect("there");
    assert!(row.active());
    assert_eq!(row.updated_at, 1_000, "the time of the source's last change");
    let token = world.view().token();
    world.commit(0, &[release("u1")]);
    assert_eq!(
        world.since(&token),
        "user ann d1:u1 active\ngroups of ann: [devs]"
    );
}

#[test]
fn a_hundred_syncs_that_say_active_never_let_a_held_user_in() {
    let mut world = small();
    world.commit(0, &[hold("u1", plain())]);
    for round in 0..100 {
        let name = format!("ann{}", round % 3);
        let changes = match round % 4 {
            0 => vec![user("u1", &name, false)],
            1 => vec![Change::VanishUser { user: "u1".into() }],
            2 => vec![remove_user("u1")],
            _ => vec![user("u1", &name, true), members("g2", &["u1"], &[])],
        };
        world.commit(0, &changes);
        world.commit(0, &[user("u1", &name, true)]);
        let view = world.view();
        let found = view.user(&name).expect("served");
        assert!(!found.active(), "round {round}");
        assert!(found.row().active(), "round {round}");
    }
    world.commit(0, &[release("u1")]);
    assert!(world.view().user("ann0").expect("served").active());
}

#[test]
fn hidden_memberships_are_hidden_in_both_directions_while_the_source_goes_on() {
    let mut world = small();
    world.commit(0, &[members("g2", &["u1"], &[]), nest("g2", &["g1"], &[])]);
    let token = world.view().token();
    world.commit(0, &[hold("u1", hiding(&["g1"]))]);
    assert_eq!(
        world.since(&token),
        "user ann d1:u1 inactive\ngroups of ann: [ops]"
    );
    let view = world.view();
    let (ann, devs, ops) = (
        view.user("ann").expect("there"),
        view.group("devs").expect("there"),
        view.group("ops").expect("there"),
    );
    assert!(!view.is_member(&ann, &devs, true));
    assert!(view.is_member(&ann, &ops, false));
    let names = |group| {
        view.users_of(&group, false)
            .iter()
            .map(|user| user.name().into_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(devs), ["bob"]);
    assert_eq!(names(ops), ["ann"]);
    let listed: Vec<u8> = view.memberships().flatten().collect();
    let listed = String::from_utf8(listed).expect("text");
    assert!(
        listed.contains(r#"<membership group="devs"><users><user name="bob"/></users>"#),
        "{listed}"
    );
    // The source takes it out of one group and puts it into another.
    world.commit(
        0,
        &[
            group("g3", "new"),
            members("g3", &["u1"], &[]),
            members("g2", &[], &["u1"]),
        ],
    );
    world.commit(0, &[release("u1")]);
    let view = world.view();
    let ann = view.user("ann").expect("there");
    let groups = view.groups_of(&ann, false);
    let groups: Vec<_> = groups.iter().map(super::GroupRef::name).collect();
    assert_eq!(groups, ["devs", "new"], "as the source has them then");
}

#[test]
fn all_groups_are_hidden_also_those_that_the_source_adds_later() {
    let mut world = small();
    let all = Hold {
        groups: HiddenGroups::All,
        ..plain()
    };
    world.commit(0, &[hold("u1", all)]);
    world.commit(0, &[members("g2", &["u1"], &[])]);
    let view = world.view();
    assert!(view.groups_of(&view.user("ann").expect("there"), true).is_empty());
    assert!(view.users_of(&view.group("ops").expect("there"), true).is_empty());
    assert_eq!(
        facts(&world.snapshots[0]).len(),
        5,
        "two users with three memberships"
    );
}

#[test]
fn a_removed_user_is_told_as_deleted_and_returns_under_the_same_key_by_a_full_sync() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[hold("u1", removed())]);
    assert_eq!(world.since(&token), "-user ann");
    assert!(world.view().user("ann").is_none());
    assert!(world.view().user_by_key("d1:u1").is_none());
    assert_eq!(world.view().users().len(), 1);
    let token = world.view().token();
    world.commit(0, &[user("u1", "ann", true), release("u1")]);
    assert_eq!(world.since(&token), "410 Reset");
    assert_eq!(world.view().user("ann").expect("back").key(), "d1:u1");
}

#[test]
fn who_is_forgotten_is_in_no_row_and_no_sync_brings_it_back() {
    let mut world = small();
    world.commit(0, &[user("u1", "anna", true)]);
    let before = world.view().token();
    let forgotten = Hold {
        anonymised: true,
        ..plain()
    };
    world.commit(0, &[hold("u1", forgotten)]);
    assert_eq!(world.since(&before), "410 Reset");
    let token = world.view().token();
    for name in ["ann", "anna", "Anna Larsen"] {
        world.commit(0, &[user("u1", name, true)]);
    }
    assert_eq!(world.since(&token), "", "nothing changes");
    let rows: Vec<Row> = super::rows::all(Arc::clone(&world.snapshots[0])).collect();
    let text = serde_json::to_string(&rows).expect("rows are JSON");
    assert!(
        !text.contains("ann\"") && !text.contains("anna") && !text.contains("Anna"),
        "{text}"
    );
    let view = world.view();
    let left = view.user("anonymous-d1-0").expect("served");
    assert_eq!((left.key().as_str(), left.active()), ("d1:u1", false));
    assert_eq!(view.groups_of(&left, false).len(), 1, "its memberships stay");
    // It leaves and returns, and is still nobody; the name is free for another.
    world.commit(0, &[remove_user("u1"), user("u7", "anna", true)]);
    world.commit(0, &[user("u1", "anna", true)]);
    assert_eq!(world.view().user("anna").expect("served").key(), "d1:u7");
    assert_eq!(
        world.view().user("anonymous-d1-0").expect("served").key(),
        "d1:u1"
    );
    world.commit(0, &[release("u1")]);
    world.commit(0, &[user("u1", "annika", true)]);
    assert_eq!(world.view().user("annika").expect("told anew").key(), "d1:u1");
}

#[test]
fn an_application_that_no_longer_sees_the_forgotten_is_told_to_read_all() {
    let mut world = World::scoped(1, &["devs"], true);
    furnish(&mut world);
    let token = world.view().token();
    world.commit(0, &[members("g0", &[], &["u0"])]);
    let forgotten = Hold {
        anonymised: true,
        ..plain()
    };
    world.commit(0, &[hold("u0", forgotten)]);
    assert_eq!(world.since(&token), "410 Reset");
    let token = world.view().token();
    assert_eq!(world.since(&token), "");
}

#[test]
fn a_later_stage_keeps_the_beginning() {
    let mut world = small();
    world.commit(0, &[hold("u1", plain())]);
    let later = Hold {
        since: 999,
        ..hiding(&["g2", "g1", "g2"])
    };
    world.commit(0, &[hold("u1", later)]);
    let snapshot = &world.snapshots[0];
    let kept = snapshot
        .details()
        .hold(snapshot.user_id(&"u1".into()).expect("known"))
        .expect("held");
    assert_eq!(kept.since, 7);
    assert_eq!(kept.groups, hiding(&["g1", "g2"]).groups);
}

#[test]
fn nobody_can_hold_whom_no_source_ever_told_of_nor_write_a_hold_as_a_detail() {
    let world = small();
    let mut draft = Draft::new(&world.snapshots[0], 1);
    let refused = draft.apply(&[hold("u9", plain())]);
    assert_eq!(refused[0].what, "a hold of user u9");
    let detail = crate::model::Detail::Hold(plain().into());
    let refused = draft.apply(&[Change::Detail {
        of: MemberKind::User,
        subject: "u1".into(),
        kind: detail.kind(),
        value: Some(detail),
    }]);
    assert_eq!(refused.len(), 1);
    assert!(draft.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens, every picture loaded anew tells what the living one tells, and both directions of memberships agree.
    #[test]
    fn holds_outlive_every_edit_and_every_restart(script in prop::collection::vec(prop::array::uniform5(0u8..), 1..40)) {
        let mut world = World::new(1);
        furnish(&mut world);
        for numbers in script {
            let before: Vec<_> = world.snapshots[0].details().held(None).map(|(id, hold)| (id, Arc::clone(hold))).collect();
            let changes = edit(&world, 0, numbers);
            world.commit(0, &changes);
            let touches_holds = changes.iter().any(|change| matches!(change, Change::Hold { .. } | Change::Release { .. }));
            if !touches_holds {
                let after: Vec<_> = world.snapshots[0].details().held(None).map(|(id, hold)| (id, Arc::clone(hold))).collect();
                prop_assert_eq!(before, after);
            }
            let view = world.view();
            let told = truth(&view);
            for at in view.groups().iter() {
                let group = view.group_at(*at).expect("listed");
                let down: BTreeSet<_> = view.users_of(&group, false).iter().map(|user| user.name().into_owned()).collect();
                let up: BTreeSet<_> = told.2.iter().filter(|(_, name)| *name == group.name()).map(|(user, _)| user.clone()).collect();
                prop_assert_eq!(down, up);
            }
            let mut again = World::new(1);
            again.snapshots[0] = Arc::new(reloaded(&world.snapshots[0]));
            prop_assert_eq!(truth(&again.view()), told);
        }
    }

    /// Holding and releasing leaves the source's facts, and what applications are told, as they were.
    #[test]
    fn release_undoes_hold(script in prop::collection::vec(prop::array::uniform5(0u8..), 0..30), which in 0u8..6, flag in 0u8..4) {
        let mut world = World::new(1);
        furnish(&mut world);
        for numbers in script {
            let changes = edit(&world, 0, numbers);
            world.commit(0, &changes);
        }
        let id = format!("u{which}");
        world.commit(0, &[release(&id)]);
        let (told, known) = (truth(&world.view()), facts(&world.snapshots[0]));
        let changes = edit(&world, 0, [14, which, which, 0, flag]);
        world.commit(0, &changes);
        prop_assert_eq!(facts(&world.snapshots[0]), known.clone());
        world.commit(0, &[release(&id)]);
        prop_assert_eq!(truth(&world.view()), told);
        prop_assert_eq!(facts(&world.snapshots[0]), known);
    }
}

#[test]
fn a_draft_stores_the_hold_with_the_row_that_it_changes() {
    let world = small();
    let mut draft = Draft::new(&world.snapshots[0], 1);
    draft.apply(&[hold("u1", hiding(&["g1"]))]);
    let rows = draft.rows();
    let kinds = |of: fn(&Row) -> bool| rows.iter().filter(|row| of(row)).count();
    assert_eq!(kinds(|row| matches!(row, Row::User(_))), 1);
    assert_eq!(kinds(|row| matches!(row, Row::Group(_))), 1);
    assert_eq!(kinds(|row| matches!(row, Row::Detail(_, Some(_)))), 1);
    assert_eq!(rows.len(), 3);
}
