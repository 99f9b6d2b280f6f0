//! What a run tells of its read: how much was asked, what the source counts itself, what stands for nobody.

use throng::model::MemberKind;
use throng::model::record::Record;
use throng::simulator::entra::{Fault, FaultKind};
use throng::sync::RunState;

use super::simulated::company;
use super::{Say, group, house, users};

#[tokio::test]
async fn a_run_tells_what_was_read_beside_what_the_source_counts() {
    let company = company().await;
    let tenant = company.running.tenant();
    let hidden = tenant.create_unified_group("Hidden").unwrap();
    tenant.hide_members(&hidden, true).unwrap();
    tenant.reset_stats();
    let run = company.sync(false).await;
    let (truth, asked) = (tenant.truth(), tenant.stats().requests);
    let read = run.read.unwrap();
    assert_eq!(
        (read.totals.users, read.totals.groups),
        (Some(truth.users.len() as u64), Some(truth.groups.len() as u64))
    );
    assert_eq!(
        (read.users, read.groups),
        (truth.users.len() as u64, truth.groups.len() as u64)
    );
    assert_eq!(
        read.memberships,
        (truth.members.len() + truth.nested.len()) as u64
    );
    assert_eq!(read.requests + read.sub_requests, asked.values().sum::<u64>());
    assert!(read.sub_requests + 1 >= read.groups && read.pages > read.sub_requests);
    let told: Vec<_> = read
        .unresolved
        .iter()
        .map(|one| (one.count, &*one.what))
        .collect();
    assert!(
        matches!(told.as_slice(), [(1, what)] if what.starts_with("groups whose members are not to be seen")),
        "{told:?}"
    );
    // The next read is of changes: less is asked, nothing is compared.
    let next = company.sync(false).await.read.unwrap();
    assert!(next.requests <= 3 && next.totals.users.is_none(), "{next:?}");
}

#[tokio::test]
async fn a_list_shorter_than_the_sources_total_removes_nobody() {
    let company = company().await;
    company.sync(false).await;
    let before = company.active();
    company
        .running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Short, "users"));
    let run = company.sync(true).await;
    assert_eq!((run.state, company.active()), (RunState::Incomplete, before));
    assert!(
        run.incomplete[0].contains("tells 0 of them"),
        "{:?}",
        run.incomplete
    );
    assert_eq!(company.sync(true).await.state, RunState::Succeeded);
}

#[tokio::test]
async fn memberships_of_whom_nobody_told_are_counted_apart() {
    let house = house().await;
    let edge = |member: &str, kind| Record::Member {
        group: "g0".into(),
        member: member.into(),
        kind,
    };
    let mut told = [users(0..2), vec![group(0)]].concat();
    told.extend([
        edge("elsewhere", MemberKind::User),
        edge("elsewhere", MemberKind::User),
        edge("beyond", MemberKind::User),
        edge("foreign", MemberKind::Group),
    ]);
    let read = house.sync(Say::Everything(told)).await.read.unwrap();
    let counts: Vec<u64> = read.unresolved.iter().map(|one| one.count).collect();
    assert_eq!(counts, [2, 1], "{:?}", read.unresolved);
    assert_eq!((read.users, read.groups, read.requests), (2, 1, 0));
    let kept = house.engine.runs(None)[0].read.clone().unwrap();
    assert_eq!(kept, read);
}
