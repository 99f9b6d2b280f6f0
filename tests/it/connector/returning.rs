//! Who returns after a deletion: no delta tells which memberships it comes back with.

use throng::connector::Connector;
use throng::connector::api::Returning;
use throng::model::MemberKind;
use throng::model::record::Record;
use throng::simulator::entra::{Edit, Fault, FaultKind, Running};

use super::{asked, assert_truth, full, good, simulator};

/// A user in at least two groups, with two of them.
fn joiner(running: &Running) -> (String, Vec<String>) {
    let truth = running.tenant().truth();
    let groups_of = |user: &str| -> Vec<String> {
        let of = truth.members.iter().filter(|(_, member)| **member == *user);
        of.map(|(group, _)| group.to_string()).collect()
    };
    let found = truth.users.keys().map(|user| (user.to_string(), groups_of(user)));
    found.into_iter().find(|(_, groups)| groups.len() > 1).unwrap()
}

#[tokio::test]
async fn a_restored_user_has_the_groups_that_the_source_says() {
    let running = simulator().await;
    let (connector, mut reader) = full(&running).await;
    let (user, groups) = joiner(&running);
    running.tenant().leave(&groups[0], &user).unwrap(); // no delta will tell: the deletion hides it
    running.tenant().delete_user(&user).unwrap();
    reader.pull(&connector).await.unwrap();
    running.tenant().restore_user(&user).unwrap();
    let returning = Returning {
        users: vec![user.as_str().into()],
        groups: Vec::new(),
    };
    let records = connector.memberships_of(&returning).await.unwrap();
    let mut expected: Vec<Record> = groups[1..]
        .iter()
        .map(|group| Record::Member {
            group: group.as_str().into(),
            member: user.as_str().into(),
            kind: MemberKind::User,
        })
        .collect();
    expected.push(Record::GroupsComplete(user.as_str().into()));
    let key = |record: &Record| format!("{record:?}");
    let (mut records, mut wanted) = (records, expected);
    records.sort_by_key(key);
    wanted.sort_by_key(key);
    assert_eq!(records, wanted);
    reader.pull(&connector).await.unwrap();
    assert_truth(&running, &reader);
}

#[tokio::test]
async fn a_restored_group_has_its_members_and_parents() {
    let running = simulator().await;
    let tenant = running.tenant();
    let (user, groups) = joiner(&running);
    let team = tenant.create_unified_group("Team").unwrap();
    tenant.join(&team, &user).unwrap();
    tenant.nest(&groups[0], &team).unwrap();
    tenant.nest(&team, &groups[1]).unwrap();
    let (connector, mut reader) = full(&running).await;
    tenant.delete_group(&team).unwrap();
    reader.pull(&connector).await.unwrap();
    assert_truth(&running, &reader);
    tenant.restore_group(&team).unwrap();
    reader.pull(&connector).await.unwrap();
    assert_truth(&running, &reader);
}

#[tokio::test]
async fn who_returns_while_everything_is_read_keeps_its_memberships() {
    let running = simulator().await;
    let tenant = running.tenant();
    let (user, groups) = joiner(&running);
    let team = tenant.create_unified_group("Team").unwrap();
    tenant.join(&team, &user).unwrap();
    tenant.nest(&groups[0], &team).unwrap();
    tenant.delete_group(&team).unwrap();
    tenant.delete_user(&user).unwrap();
    let edits = vec![Edit::RestoreUser { user }, Edit::RestoreGroup { group: team }];
    // After all lists and all members.
    tenant
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "users/delta").after(1));
    full(&running).await;
    assert!(tenant.faults().waiting().is_empty());
}

#[tokio::test]
async fn who_is_gone_again_is_left_out() {
    let running = simulator().await;
    let returning = Returning {
        users: vec!["nobody".into()],
        groups: vec!["nothing/../x".into()],
    };
    assert_eq!(good(&running).memberships_of(&returning).await.unwrap(), []);
    assert_eq!(asked(&running, "batch"), 3);
    assert_eq!(
        good(&running)
            .memberships_of(&Returning::default())
            .await
            .unwrap(),
        []
    );
    assert_eq!(asked(&running, "batch"), 3, "nobody returns: nothing is asked");
}

#[tokio::test]
async fn memberships_that_cannot_be_read_fail_the_read() {
    let running = simulator().await;
    let (user, _) = joiner(&running);
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Error { status: 503 }, "memberOf").times(u32::MAX));
    let returning = Returning {
        users: vec![user.as_str().into()],
        groups: Vec::new(),
    };
    let error = good(&running).memberships_of(&returning).await.unwrap_err();
    assert_eq!(error.code(), "SOURCE_UNAVAILABLE");
}
