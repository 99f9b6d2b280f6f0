//! A part of a tenant: who is assigned to the application.

use std::collections::{BTreeMap, BTreeSet};

use throng::connector::api::Coverage;
use throng::connector::conformance::{Picture, Reader};
use throng::connector::entra::Entra;
use throng::model::MemberKind;
use throng::simulator::entra::{Edit, Fault, FaultKind, Running, Truth};

use super::{asked, good, reader, simulator, subject};

fn assigned(running: &Running) -> Entra {
    good(running).assigned_only(true)
}

fn assign(running: &Running, to: &str) {
    running
        .tenant()
        .edit(&Edit::Assign { to: to.to_owned() })
        .unwrap();
}

fn is_in(truth: &Truth, group: &str, user: &str) -> bool {
    truth
        .members
        .iter()
        .any(|(of, member)| &**of == group && &**member == user)
}

/// What a reader of assignments sees: these groups with what is directly in them, and these users.
fn expected(running: &Running, groups: &[&str], users: &[&str]) -> Picture {
    let whole = subject::picture(&running.tenant().truth());
    let of_groups = |group: &str| groups.contains(&group);
    // A group in a group is an edge to something that is not there, unless it is assigned itself.
    let edges = whole.edges.into_iter().filter(|(group, member, kind)| {
        of_groups(group.as_str()) && (*kind == MemberKind::User || of_groups(member.as_str()))
    });
    let edges: BTreeSet<_> = edges.collect();
    let member = |id: &str| edges.iter().any(|(_, member, _)| member.as_str() == id);
    let groups: BTreeMap<_, _> = whole
        .groups
        .into_iter()
        .filter(|(id, _)| of_groups(id.as_str()))
        .collect();
    let users = whole
        .users
        .into_iter()
        .filter(|(id, _)| users.contains(&id.as_str()) || member(id.as_str()))
        .collect();
    Picture { users, groups, edges }
}

async fn pulled(running: &Running, reader: &mut Reader) {
    let went = reader.pull(&assigned(running)).await.unwrap();
    assert_eq!(
        (went.full, went.coverage, went.goes_on),
        (true, Some(Coverage::Everything), true),
        "{went:?}"
    );
}

#[tokio::test]
async fn only_who_is_assigned_is_read() {
    let running = simulator().await;
    let mut reader = reader();
    pulled(&running, &mut reader).await;
    assert_eq!(reader.picture, Picture::default(), "nobody is assigned yet");
    let truth = running.tenant().truth();
    let (group, _) = truth.members.first().unwrap();
    let (parent, _) = truth.nested.first().unwrap();
    let alone = truth
        .users
        .keys()
        .find(|user| !is_in(&truth, group, user))
        .unwrap();
    for one in [group, parent, alone] {
        assign(&running, one);
    }
    pulled(&running, &mut reader).await;
    let wanted = expected(&running, &[group, parent], &[alone]);
    assert!(wanted.users.len() > 1 && wanted.groups.len() == 2);
    assert_eq!(reader.picture, wanted);
    // Only the members of those two were asked for.
    assert_eq!(asked(&running, "members"), 2);
    running
        .tenant()
        .edit(&Edit::Unassign {
            to: group.to_string(),
        })
        .unwrap();
    running.tenant().disable_user(alone).unwrap();
    pulled(&running, &mut reader).await;
    assert_eq!(reader.picture, expected(&running, &[parent], &[alone]));
}

#[tokio::test]
async fn who_moves_between_two_assigned_groups_meanwhile_is_not_lost() {
    let running = simulator().await;
    let truth = running.tenant().truth();
    let (from, user) = truth.members.first().unwrap();
    let to = truth.groups.keys().find(|to| !is_in(&truth, to, user)).unwrap();
    assign(&running, from);
    assign(&running, to);
    let edits = vec![
        Edit::Leave {
            group: from.to_string(),
            member: user.to_string(),
        },
        Edit::Join {
            group: to.to_string(),
            member: user.to_string(),
        },
    ];
    // After the groups' members were read.
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "groups/delta").after(1));
    let mut reader = reader();
    pulled(&running, &mut reader).await;
    assert!(reader.picture.users.contains_key(&**user));
    assert!(
        reader
            .picture
            .edges
            .iter()
            .any(|(group, member, _)| group.as_str() == &**to && member.as_str() == &**user)
    );
}

#[tokio::test]
async fn an_application_that_is_not_known_any_more_takes_nobody_away() {
    let running = simulator().await;
    let user = running.tenant().truth().users.keys().next().unwrap().to_string();
    assign(&running, &user);
    let mut reader = reader();
    pulled(&running, &mut reader).await;
    running.tenant().withdraw_consent();
    let error = reader.pull(&assigned(&running)).await.unwrap_err();
    assert_eq!(error.code(), "SOURCE_APPLICATION_UNKNOWN");
    assert_eq!(reader.picture.users.len(), 1);
}

#[tokio::test]
async fn every_page_of_assignments_is_needed() {
    let running = simulator().await;
    let truth = running.tenant().truth();
    for user in truth.users.keys() {
        assign(&running, user);
    }
    for kind in [FaultKind::Error { status: 403 }, FaultKind::MissingValue] {
        running
            .tenant()
            .faults()
            .add(Fault::new(kind, "appRoleAssignedTo"));
        reader().pull(&assigned(&running)).await.unwrap_err();
    }
    let mut reader = reader();
    pulled(&running, &mut reader).await;
    assert_eq!(reader.picture.users.len(), truth.users.len());
}
