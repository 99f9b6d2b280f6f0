//! The real size: 100,000 persons, all of them in two directories, with 10,000 groups. Ignored; run it in release:
//! `cargo test --release --lib sync::links::size_tests -- --ignored --nocapture`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::people::{By, LinkRules};
use super::records::tell;
use super::{LINKED, LINKED_BY, NOT_LINKED};
use crate::directory::Snapshot;
use crate::directory::rules::Draft;
use crate::model::change::{GroupWish, UserWish};
use crate::model::{Attributes, Change, Detail, DetailKind, MemberKind, Owner};
use crate::sync::{Completeness, Mapping, Stage, plan};

/// Everybody of one directory, in ten groups each.
fn part(directory: &str, users: usize) -> Arc<Snapshot> {
    let mut changes = Vec::new();
    let mut members: BTreeMap<usize, Vec<crate::model::ExternalId>> = BTreeMap::new();
    for at in 0..users {
        let id = format!("{directory}-{at:07}-2222-3333-444444444444");
        changes.push(Change::PutUser(UserWish {
            owner: Owner::Source,
            external_id: id.as_str().into(),
            name: format!("{directory}.{at}").into(),
            first_name: format!("Person{at}").into(),
            last_name: format!("Number{at}").into(),
            display_name: format!("Person{at} Number{at}").into(),
            email: format!("person.{at}@corp.example").into(),
            active: true,
            created_at: Some(1),
        }));
        let values = [("number".into(), vec![at.to_string().into()])].into();
        changes.push(Change::Detail {
            of: MemberKind::User,
            subject: id.as_str().into(),
            kind: DetailKind::SourceAttributes,
            value: Some(Detail::SourceAttributes(Arc::new(Attributes(values)))),
        });
        for nth in 0..10 {
            let group = (at + nth * 104_729) % (users / 10);
            members.entry(group).or_default().push(id.as_str().into());
        }
    }
    for (group, add_users) in members {
        let group: crate::model::ExternalId = format!("group {group}").into();
        changes.push(Change::PutGroup(GroupWish {
            owner: Owner::Source,
            external_id: group.clone(),
            name: group.as_str().into(),
            nickname: "".into(),
            description: "".into(),
            created_at: None,
        }));
        changes.push(Change::Members {
            owner: Owner::Source,
            group,
            add_users,
            remove_users: vec![],
            add_groups: vec![],
            remove_groups: vec![],
        });
    }
    let mut draft = Draft::new(&Snapshot::empty(directory.into()), 0);
    draft.apply(&changes);
    Arc::new(draft.snapshot().clone())
}

/// How long a read of the linked directory takes, the first and one that finds nothing new.
fn measured(users: usize) -> [Duration; 2] {
    let parts = [part("corp", users), part("plant", users)];
    let rules = LinkRules {
        by: vec![By::Attribute("number".into()), By::Email],
        email_domains: vec!["corp.example".to_owned()],
        same: Vec::new(),
        active: vec![0, 1],
    };
    let mapping = Mapping::linked(["number", LINKED, LINKED_BY, NOT_LINKED].into_iter());
    let wanted = mapping.attributes();
    let mut known = Snapshot::empty("people".into());
    [(); 2].map(|()| {
        let began = Instant::now();
        let told = tell(&parts, &known, &rules, &wanted);
        let took = began.elapsed();
        let mut stage = Stage::new(mapping.clone());
        told.records.into_iter().for_each(|record| stage.take(record));
        let plan = plan(&known, &stage, &Completeness::Everything.into());
        assert!(known.user_count() == 0 || plan.steps.is_empty());
        let mut draft = Draft::new(&known, 0);
        draft.apply(&plan.steps.into_iter().map(|step| step.change).collect::<Vec<_>>());
        known = draft.snapshot().clone();
        assert_eq!(known.user_count(), users);
        took
    })
}

#[test]
#[ignore = "of full size; for release builds"]
#[expect(clippy::print_stderr, reason = "figures for a person")]
fn a_hundred_thousand_persons_in_two_directories_are_linked_in_linear_time() {
    let few = measured(25_000);
    let many = measured(100_000);
    eprintln!("25,000 persons: {few:?}; 100,000 persons: {many:?} (the first read, one without news)");
    for (few, many) in few.iter().zip(&many) {
        assert!(
            *many < *few * 8,
            "four times the persons take {many:?} instead of {few:?}"
        );
    }
}
