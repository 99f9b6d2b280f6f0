//! What belongs to a directory: rule by rule, and whether changes lead where a read of everything leads.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::{Narrowed, Scope, narrow};
use crate::directory::Snapshot;
use crate::directory::rules::Draft;
use crate::model::record::{Record, SourceUser};
use crate::model::{Change, MemberKind};
use crate::sync::planner_worlds::{Model, World, changes, edge, everything, group_id, user_id, world};
use crate::sync::returning::{complete_groups, returning};
use crate::sync::{Completeness, Mapping, Rules, Stage, Terms, plan};

fn rules(scope: serde_json::Value, nested: bool) -> Arc<Rules> {
    let scope = Scope::from_config(&serde_json::from_value(scope).unwrap());
    Arc::new(Rules {
        scope,
        nested,
        ..Rules::default()
    })
}

fn person(id: &str, mail: &str, kind: &str) -> Record {
    let attributes = [("userPrincipalName", id), ("mail", mail), ("userType", kind)];
    Record::User(SourceUser {
        id: id.into(),
        active: true,
        created_at: None,
        attributes: attributes.map(|(name, value)| (name.into(), value.into())).into(),
    })
}

fn taken(rules: &Arc<Rules>, records: Vec<Record>) -> Stage {
    let mut stage = Stage::of(Mapping::entra(), Arc::clone(rules));
    for record in records {
        stage.take(record);
    }
    stage
}

fn named(snapshot: &Snapshot) -> Vec<String> {
    snapshot
        .users()
        .filter(|row| !row.vanished)
        .map(|row| row.name.to_string())
        .collect()
}

fn read_all(
    snapshot: &Snapshot,
    rules: &Arc<Rules>,
    records: Vec<Record>,
) -> (Snapshot, crate::model::plan::Plan) {
    let mut stage = taken(rules, records);
    assert_eq!(narrow(&rules.scope, snapshot, &mut stage, true), Narrowed::Done);
    let plan = plan(
        snapshot,
        &stage,
        &Terms::new(Completeness::Everything, 0, Arc::clone(rules)),
    );
    let mut draft = Draft::new(snapshot, 0);
    draft.apply(
        &plan
            .steps
            .iter()
            .map(|step| step.change.clone())
            .collect::<Vec<Change>>(),
    );
    (draft.snapshot().clone(), plan)
}

#[test]
fn guests_and_foreign_domains_are_left_out_and_told() {
    let people = || {
        vec![
            person("ann", "ann@Corp.example", "Member"),
            person("bob", "bob@sub.corp.example", "Member"),
            person("gus", "gus@else.example", "guest"),
            person("nix@corp.example", "", ""),
        ]
    };
    let empty = Snapshot::empty("corp".into());
    let served = |scope| named(&read_all(&empty, &rules(scope, true), people()).0);
    assert_eq!(served(json!({})).len(), 4);
    assert_eq!(
        served(json!({ "guests": "exclude" })),
        ["ann", "bob", "nix@corp.example"]
    );
    assert_eq!(served(json!({ "guests": "only" })), ["gus"]);
    let own = json!({ "domains": ["CORP.example"] });
    assert_eq!(served(own.clone()), ["ann", "nix@corp.example"]);
    let (_, plan) = read_all(&empty, &rules(own, true), people());
    let told: Vec<_> = plan.refused.iter().map(|refused| refused.what.as_str()).collect();
    assert_eq!(told, ["user `bob`", "user `gus`"]);
    assert_eq!(
        plan.notices,
        ["2 users and 0 groups of the source are out of scope"]
    );
}

#[test]
fn who_leaves_the_scope_vanishes_and_is_told_why() {
    let all = || vec![person("ann", "", "Member"), person("gus", "", "Guest")];
    let (snapshot, _) = read_all(&Snapshot::empty("corp".into()), &rules(json!({}), true), all());
    let (after, plan) = read_all(&snapshot, &rules(json!({ "guests": "exclude" }), true), all());
    assert_eq!(plan.steps[0].reason, "out of scope: guests are left out");
    assert_eq!(named(&after), ["ann"]);
    let (back, _) = read_all(&after, &rules(json!({}), true), all());
    assert_eq!(named(&back), ["ann", "gus"]);
}

#[test]
fn groups_are_named_by_name_id_or_expression_and_exclusion_wins() {
    let world = World {
        groups: [(0, 0), (1, 1), (2, 2), (3, 3)].into(),
        groups_in: [(1, 2)].into(),
        ..World::default()
    };
    let served = |scope, nested| {
        let (snapshot, _) = read_all(
            &Snapshot::empty("corp".into()),
            &rules(scope, nested),
            everything(&world),
        );
        snapshot
            .groups()
            .map(|row| row.name.to_string())
            .collect::<Vec<_>>()
    };
    let include = |patterns: &[&str]| json!({ "groups_include": patterns });
    assert_eq!(
        served(include(&["GROUP 0", "group-3"]), true),
        ["Group 0", "Group 3"]
    );
    assert_eq!(
        served(include(&["/^Group [13]$/"]), true),
        ["Group 1", "Group 2", "Group 3"],
        "with what is in it"
    );
    assert_eq!(
        served(include(&["/^Group [13]$/"]), false),
        ["Group 1", "Group 3"]
    );
    let both = json!({ "groups_include": ["/Group/"], "groups_exclude": ["group-2", "group 0"] });
    assert_eq!(served(both, true), ["Group 1", "Group 3"]);
    let wrong = json!({ "groups_include": ["/(/"] });
    assert!(serde_json::from_value::<crate::sync::config::ScopeConfig>(wrong).is_err());
}

#[test]
fn only_members_of_groups_belong_nested_ones_too() {
    let world = World {
        users: [
            (0, (0, false, true)),
            (1, (1, false, true)),
            (2, (2, false, true)),
        ]
        .into(),
        groups: [(0, 0), (1, 1), (2, 2)].into(),
        users_in: [(0, 0), (1, 1), (2, 2)].into(),
        groups_in: [(0, 1)].into(),
    };
    let scope = json!({ "users": "in-groups", "groups_include": ["Group 0"] });
    let (snapshot, _) = read_all(
        &Snapshot::empty("corp".into()),
        &rules(scope, true),
        everything(&world),
    );
    assert_eq!(named(&snapshot), ["n0", "n1"]);
}

/// Guests are the users whose ids three divides.
fn marked(records: Vec<Record>) -> Vec<Record> {
    let mark = |record| match record {
        Record::User(mut user) if ["user-0", "user-3"].contains(&user.id.as_str()) => {
            user.attributes.insert("userType".into(), "Guest".into());
            Record::User(user)
        }
        other => other,
    };
    records.into_iter().map(mark).collect()
}

/// What a source answers when it is asked for the memberships of who returns.
fn asked(snapshot: &Snapshot, stage: &Stage, world: &World) -> Vec<Record> {
    let returning = returning(snapshot, stage);
    let mut records = Vec::new();
    for id in 0..crate::sync::planner_worlds::IDS {
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

fn scopes() -> impl Strategy<Value = serde_json::Value> {
    let patterns = || prop::collection::vec(0..4u8, 0..3);
    let guests = prop::sample::select(vec!["include", "exclude", "only"]);
    let users = prop::sample::select(vec!["all", "in-groups"]);
    (patterns(), patterns(), guests, users).prop_map(|(include, exclude, guests, users)| {
        let named = |names: Vec<u8>| names.into_iter().map(|name| format!("Group {name}")).collect::<Vec<_>>();
        json!({ "groups_include": named(include), "groups_exclude": named(exclude), "guests": guests, "users": users })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn changes_lead_where_a_read_of_everything_leads(scope in scopes(), nested in any::<bool>(), worlds in prop::collection::vec(world(), 2..5)) {
        let rules = rules(scope, nested);
        let (mut snapshot, mut model) = (Snapshot::empty("corp".into()), Model::default());
        for (at, world) in worlds.into_iter().enumerate() {
            let world = model.possible(world);
            let told = changes(&model, &world);
            let mut stage = taken(&rules, marked(told));
            for record in asked(&snapshot, &stage, &world) {
                stage.take(record);
            }
            complete_groups(&snapshot, &mut stage);
            let enough = at > 0 && narrow(&rules.scope, &snapshot, &mut stage, false) == Narrowed::Done;
            model.become_like(world.clone());
            if enough {
                let terms = Terms::new(Completeness::ChangesOnly, 0, Arc::clone(&rules));
                let plan = plan(&snapshot, &stage, &terms);
                let mut draft = Draft::new(&snapshot, 0);
                draft.apply(&plan.steps.into_iter().map(|step| step.change).collect::<Vec<_>>());
                snapshot = draft.snapshot().clone();
            } else {
                snapshot = read_all(&snapshot, &rules, marked(everything(&world))).0;
            }
            let (_, again) = read_all(&snapshot, &rules, marked(everything(&world)));
            prop_assert_eq!(again.steps, [], "after {}", if enough { "changes" } else { "everything" });
        }
    }
}
