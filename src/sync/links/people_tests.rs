//! Random worlds of linked directories against an oracle that asks everybody about everybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::identity::{LINKED, LINKED_BY, members};
use super::people::{By, LinkRules, people};
use super::records::tell;
use crate::directory::Snapshot;
use crate::directory::rules::Draft;
use crate::model::change::{GroupWish, UserWish};
use crate::model::{Attributes, Change, Detail, DetailKind, MemberKind, Owner, UserId};
use crate::sync::{Completeness, Mapping, Stage, plan};

/// A user: whether it is there, its number, its address, whether it is active, in which groups it is.
type Told = (bool, u8, u8, bool, u8);
/// A user by directory and number.
type Who = (usize, usize);

const PARTS: [&str; 3] = ["corp", "plant", "lab"];
const USERS: usize = 4;
const GROUPS: [&str; 3] = ["devs", "ops", "all"];

fn rules() -> LinkRules {
    LinkRules {
        by: vec![By::Attribute("number".into()), By::Email],
        email_domains: vec!["corp.example".to_owned()],
        same: vec![vec!["corp:u0".to_owned(), "lab:u3".to_owned()]],
        active: vec![1, 0, 2],
    }
}

fn number(told: Told) -> Option<u8> {
    Some(told.1 % 6).filter(|number| *number > 0)
}

/// Addresses in another domain link nobody.
fn address(told: Told) -> String {
    match told.2 % 6 {
        0 => String::new(),
        5 => "five@else.example".to_owned(),
        other => format!("{other}@Corp.example"),
    }
}

fn mapping() -> Mapping {
    Mapping::linked(["number", LINKED, LINKED_BY].into_iter())
}

/// The next picture of each directory.
fn moved(parts: &[Arc<Snapshot>], world: &[Vec<Told>]) -> Vec<Arc<Snapshot>> {
    let next = parts
        .iter()
        .zip(world)
        .zip(PARTS)
        .map(|((part, users), directory)| {
            let mut draft = Draft::new(part, 0);
            for group in GROUPS {
                draft.apply(&[Change::PutGroup(GroupWish {
                    owner: Owner::Source,
                    external_id: group.into(),
                    name: group.into(),
                    nickname: "".into(),
                    description: "".into(),
                    created_at: None,
                })]);
            }
            for (at, told) in users.iter().enumerate() {
                draft.apply(&changes(directory, at, *told));
            }
            Arc::new(draft.snapshot().clone())
        });
    next.collect()
}

fn changes(directory: &str, at: usize, told: Told) -> Vec<Change> {
    let id = format!("u{at}");
    if !told.0 {
        return vec![Change::VanishUser {
            user: id.as_str().into(),
        }];
    }
    let values = number(told).map(|number| ("number".into(), vec![number.to_string().into()]));
    let mut changes = vec![
        Change::PutUser(UserWish {
            owner: Owner::Source,
            external_id: id.as_str().into(),
            name: format!("{directory}-{at}").into(),
            first_name: "".into(),
            last_name: "".into(),
            display_name: "".into(),
            email: address(told).into(),
            active: told.3,
            created_at: Some(0),
        }),
        Change::Detail {
            of: MemberKind::User,
            subject: id.as_str().into(),
            kind: DetailKind::SourceAttributes,
            value: Some(Detail::SourceAttributes(Arc::new(Attributes(
                values.into_iter().collect(),
            )))),
        },
    ];
    for (bit, group) in GROUPS.iter().enumerate() {
        let user = vec![id.as_str().into()];
        let (add_users, remove_users) = if told.4 >> bit & 1 == 1 {
            (user, vec![])
        } else {
            (vec![], user)
        };
        changes.push(Change::Members {
            owner: Owner::Source,
            group: (*group).into(),
            add_users,
            remove_users,
            add_groups: vec![],
            remove_groups: vec![],
        });
    }
    changes
}

/// Who is one person, asked rule by rule and pair by pair.
fn oracle(world: &[Vec<Told>]) -> BTreeSet<BTreeSet<Who>> {
    let there = |who: &Who| world[who.0][who.1].0;
    let everybody: Vec<Who> = (0..PARTS.len())
        .flat_map(|part| (0..USERS).map(move |at| (part, at)))
        .filter(there)
        .collect();
    let value = |rule: usize, who: &Who| -> Option<String> {
        let told = world[who.0][who.1];
        match rule {
            0 => [(0, 0), (2, 3)].contains(who).then(|| "same".to_owned()),
            1 => number(told).map(|number| number.to_string()),
            _ => Some(address(told).to_lowercase()).filter(|address| address.ends_with("@corp.example")),
        }
    };
    let mut persons: Vec<BTreeSet<Who>> = everybody.iter().map(|who| BTreeSet::from([*who])).collect();
    for rule in 0..3 {
        let linked = |one: &Who, two: &Who| {
            let found = value(rule, one);
            let alike: Vec<&Who> = everybody.iter().filter(|who| value(rule, who) == found).collect();
            let parts: BTreeSet<usize> = alike.iter().map(|who| who.0).collect();
            found.is_some() && value(rule, two) == found && parts.len() == alike.len()
        };
        let touch =
            |one: &BTreeSet<Who>, two: &BTreeSet<Who>| one.iter().any(|a| two.iter().any(|b| linked(a, b)));
        let mut next: Vec<BTreeSet<Who>> = Vec::new();
        let mut left = persons;
        while let Some(start) = left.pop() {
            let mut circle = vec![start];
            while let Some(at) = left
                .iter()
                .position(|other| circle.iter().any(|one| touch(one, other)))
            {
                circle.push(left.remove(at));
            }
            let whole: BTreeSet<Who> = circle.iter().flatten().copied().collect();
            let parts: BTreeSet<usize> = whole.iter().map(|who| who.0).collect();
            if parts.len() == whole.len() {
                next.push(whole);
            } else {
                next.extend(circle);
            }
        }
        persons = next;
    }
    persons.into_iter().collect()
}

fn spelled(who: &Who) -> String {
    format!("{}:u{}", PARTS[who.0], who.1)
}

/// By each person's users: key, name, whether it is active, its groups.
type Picture = BTreeMap<BTreeSet<String>, (String, bool, BTreeSet<String>)>;

/// What is served of everybody whom a source still has.
fn served(known: &Snapshot) -> (Picture, BTreeMap<BTreeSet<String>, String>) {
    let (mut picture, mut keys) = (Picture::new(), BTreeMap::new());
    for row in known.users().filter(|row| !row.vanished) {
        let groups = known.groups_of(row.id).iter();
        let groups = groups.filter_map(|id| Some(known.group(crate::model::GroupId(*id))?.name.to_string()));
        let users: BTreeSet<String> = members(known, row).into_iter().collect();
        keys.insert(users.clone(), row.external_id.to_string());
        picture.insert(users, (row.name.to_string(), row.active(), groups.collect()));
    }
    (picture, keys)
}

fn expected(world: &[Vec<Told>]) -> Picture {
    let told = |who: &Who| world[who.0][who.1];
    let person = |whole: BTreeSet<Who>| {
        let first = whole.first().unwrap();
        let judge = [1, 0, 2]
            .iter()
            .find_map(|part| whole.iter().find(|who| who.0 == *part))
            .unwrap();
        let groups = GROUPS
            .iter()
            .enumerate()
            .filter(|(bit, _)| whole.iter().any(|who| told(who).4 >> bit & 1 == 1));
        let name = format!("{}-{}", PARTS[first.0], first.1);
        let groups = groups.map(|(_, group)| (*group).to_owned()).collect();
        (whole.iter().map(spelled).collect(), (name, told(judge).3, groups))
    };
    oracle(world).into_iter().map(person).collect()
}

fn steps(parts: &[Arc<Snapshot>], known: &Snapshot) -> Vec<Change> {
    let mut stage = Stage::new(mapping());
    for record in tell(parts, known, &rules(), &mapping().attributes()).records {
        stage.take(record);
    }
    let plan = plan(known, &stage, &Completeness::Everything.into());
    assert!(plan.refused.is_empty(), "{:?}", plan.refused);
    plan.steps.into_iter().map(|step| step.change).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever two worlds follow each other: what is served is what the oracle says, a second run has nothing to do, and
    /// whoever is the same person has the same key.
    #[test]
    fn what_is_served_of_linked_directories_is_what_the_oracle_says(
        worlds in prop::collection::vec(
            prop::collection::vec(prop::collection::vec(any::<Told>(), USERS), PARTS.len()),
            1..4,
        ),
    ) {
        let mut parts: Vec<_> = PARTS.iter().map(|id| Arc::new(Snapshot::empty((*id).into()))).collect();
        let mut known = Snapshot::empty("people".into());
        let mut keys = BTreeMap::new();
        for world in &worlds {
            parts = moved(&parts, world);
            let mut draft = Draft::new(&known, 0);
            draft.apply(&steps(&parts, &known));
            known = draft.snapshot().clone();
            let (picture, now) = served(&known);
            prop_assert_eq!(picture, expected(world));
            let different: BTreeSet<&String> = now.values().collect();
            prop_assert_eq!(different.len(), now.len());
            for (users, key) in &now {
                prop_assert!(keys.get(users).is_none_or(|before| before == key), "{:?} was {:?}", users, keys.get(users));
            }
            prop_assert_eq!(steps(&parts, &known), Vec::<Change>::new());
            keys = now;
        }
    }

    #[test]
    fn nobody_is_two_persons_and_no_person_is_two_users_of_one_directory(
        world in prop::collection::vec(prop::collection::vec(any::<Told>(), USERS), PARTS.len()),
    ) {
        let empty: Vec<_> = PARTS.iter().map(|id| Arc::new(Snapshot::empty((*id).into()))).collect();
        let found = people(&moved(&empty, &world), &rules());
        let mut seen = BTreeSet::new();
        for person in &found.persons {
            let parts: BTreeSet<usize> = person.rows.iter().map(|at| at.part).collect();
            prop_assert_eq!(parts.len(), person.rows.len());
            for at in &person.rows {
                prop_assert!(seen.insert((at.part, at.user)));
            }
        }
        let there = world.iter().flatten().filter(|told| told.0).count();
        prop_assert_eq!(seen.len(), there);
    }
}

#[test]
fn a_value_that_two_users_of_one_directory_have_links_nobody_and_is_told() {
    let alone: Told = (false, 0, 0, true, 0);
    let twin: Told = (true, 3, 0, true, 1);
    let world = vec![
        vec![alone, twin, twin, alone],
        vec![alone, twin, alone, alone],
        vec![alone; USERS],
    ];
    let empty: Vec<_> = PARTS
        .iter()
        .map(|id| Arc::new(Snapshot::empty((*id).into())))
        .collect();
    let found = people(&moved(&empty, &world), &rules());
    assert!(found.persons.iter().all(|person| person.rows.len() == 1));
    assert_eq!(
        found.notices,
        ["number `3` links nobody: 2 users of directory `corp` have it, `corp:u1`, `corp:u2`"]
    );
    assert_eq!(found.persons[0].rows[0].user, UserId(0));
}
