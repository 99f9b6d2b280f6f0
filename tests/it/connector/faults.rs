//! What goes wrong at the source, and what becomes of the read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt;
use throng::connector::Connector;
use throng::connector::api::{Batch, Coverage};
use throng::model::record::Record;
use throng::simulator::entra::{Edit, Fault, FaultKind};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::{asked, assert_truth, full, good, reader, simulator};

#[tokio::test]
async fn passing_faults_are_outlived() {
    let throttle = |seconds: Option<&str>| FaultKind::Throttle {
        retry_after: seconds.map(str::to_owned),
    };
    let kinds = [
        throttle(Some("0.01")),
        throttle(None),
        throttle(Some("Wed, 21 Oct 2026 07:28:00 GMT")),
        throttle(Some("NaN")),
        FaultKind::Error { status: 502 },
        FaultKind::Truncate,
        FaultKind::Html,
        FaultKind::Drop,
        FaultKind::Unauthorized,
    ];
    for kind in kinds {
        for on in [
            "users",
            "groups",
            "batch",
            "batch/members",
            "users/delta",
            "groups/delta",
        ] {
            let running = simulator().await;
            running.tenant().faults().add(Fault::new(kind.clone(), on));
            full(&running).await;
            assert!(
                running.tenant().faults().waiting().is_empty(),
                "{kind:?} on {on} never came"
            );
        }
    }
}

#[tokio::test]
async fn only_the_failed_part_of_a_batch_is_asked_again() {
    let running = simulator().await;
    let throttle = FaultKind::Throttle {
        retry_after: Some("0.003".to_owned()),
    };
    running
        .tenant()
        .faults()
        .add(Fault::new(throttle, "batch/members").after(5).times(3));
    full(&running).await;
    assert_eq!((asked(&running, "members"), asked(&running, "batch")), (43, 3));
}

#[tokio::test]
async fn a_part_that_never_succeeds_makes_the_read_incomplete() {
    for (kind, word) in [
        (FaultKind::Error { status: 503 }, "503"),
        (FaultKind::Error { status: 403 }, "403"),
        (FaultKind::MissingValue, "without `value`"),
    ] {
        let running = simulator().await;
        let truth = running.tenant().truth();
        let group = truth.groups.keys().next().unwrap().to_string();
        running
            .tenant()
            .faults()
            .add(Fault::new(kind, &format!("/groups/{group}/members")).times(u32::MAX));
        let mut reader = reader();
        let went = reader.pull(&good(&running)).await.unwrap();
        assert_eq!(
            (went.coverage, went.goes_on),
            (Some(Coverage::ChangesOnly), false)
        );
        assert_eq!(went.incomplete.len(), 1, "{:?}", went.incomplete);
        assert!(
            went.incomplete[0].contains(&group) && went.incomplete[0].contains(word),
            "{:?}",
            went.incomplete
        );
        // Everything else was read.
        assert_eq!(reader.picture.users.len(), truth.users.len());
        let others = truth
            .members
            .iter()
            .chain(&truth.nested)
            .filter(|(of, _)| **of != *group)
            .count();
        assert_eq!(reader.picture.edges.len(), others);
    }
}

#[tokio::test]
async fn a_list_without_permission_ends_the_read() {
    for on in ["users", "groups"] {
        let running = simulator().await;
        running
            .tenant()
            .faults()
            .add(Fault::new(FaultKind::Error { status: 403 }, on));
        let error = reader().pull(&good(&running)).await.unwrap_err();
        assert_eq!(error.code(), "SOURCE_REFUSED");
    }
}

#[tokio::test]
async fn links_to_another_host_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", elsewhere.local_addr().unwrap());
    let (calls, tasks) = (Arc::new(AtomicUsize::new(0)), TaskTracker::new());
    let counter = Arc::clone(&calls);
    // It hangs up at once, so that a connector that calls it does not wait.
    let answering = tasks.spawn(async move {
        while elsewhere.accept().await.is_ok() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    for on in ["users", "groups", "batch/members", "users/delta", "groups/delta"] {
        let running = simulator().await;
        let kind = FaultKind::ForeignLink { host: host.clone() };
        running.tenant().faults().add(Fault::new(kind, on));
        match reader().pull(&good(&running)).await {
            Ok(went) => assert_eq!(
                (went.coverage, went.goes_on),
                (Some(Coverage::ChangesOnly), false),
                "{on}"
            ),
            Err(error) => assert!(error.to_string().contains("another host"), "{on}: {error}"),
        }
    }
    // Neither are links that were kept.
    let running = simulator().await;
    let (connector, mut reader) = full(&running).await;
    let cursor = reader.cursor.as_mut().unwrap();
    cursor.token = cursor.token.replace(&running.url(), &host);
    let error = reader.pull(&connector).await.unwrap_err();
    assert!(error.to_string().contains("another host"), "{error}");
    answering.abort();
    assert_eq!(calls.load(Ordering::SeqCst), 0, "somebody called with our token");
}

#[tokio::test]
async fn a_loop_of_pages_ends() {
    for on in ["users", "groups", "batch/members", "users/delta", "groups/delta"] {
        let running = simulator().await;
        running
            .tenant()
            .faults()
            .add(Fault::new(FaultKind::Loop, on).times(50));
        let said = match reader().pull(&good(&running)).await {
            Ok(went) => went.incomplete.join(" "),
            Err(error) => error.to_string(),
        };
        assert!(said.contains("again and again"), "{on}: {said}");
    }
}

#[tokio::test]
async fn a_group_deleted_after_it_was_listed_is_gone_alone() {
    let running = simulator().await;
    let group = running.tenant().truth().groups.keys().next().unwrap().to_string();
    let edits = vec![Edit::DeleteGroup { group: group.clone() }];
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "batch"));
    let (_, reader) = full(&running).await;
    assert!(!reader.picture.groups.contains_key(&*group));
}

#[tokio::test]
async fn a_group_that_seems_gone_but_is_not_makes_the_read_incomplete() {
    let running = simulator().await;
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Error { status: 404 }, "batch/members"));
    let mut reader = reader();
    let went = reader.pull(&good(&running)).await.unwrap();
    assert_eq!(
        (went.coverage, went.incomplete.len()),
        (Some(Coverage::ChangesOnly), 1)
    );
    assert_eq!(reader.picture.groups.len(), running.tenant().truth().groups.len());
}

#[tokio::test]
async fn hidden_members_are_unknown_not_none() {
    let running = simulator().await;
    let (group, _) = running.tenant().truth().members.first().cloned().unwrap();
    running.tenant().hide_members(&group, true).unwrap();
    let mut pull = good(&running).pull(None).await.unwrap();
    let mut words = Vec::new();
    while let Some(batch) = pull.batches.next().await {
        if let Batch::Records(records) = batch.unwrap() {
            let about = |record: &Record| matches!(record, Record::MembersComplete(id) | Record::MembersUnknown(id) if id.as_str() == &*group);
            words.extend(records.into_iter().filter(about));
        }
    }
    assert_eq!(words, [Record::MembersUnknown((*group).into())]);
}

#[tokio::test]
async fn nested_groups_are_direct_edges() {
    let running = simulator().await;
    let groups: Vec<String> = running
        .tenant()
        .truth()
        .groups
        .keys()
        .map(ToString::to_string)
        .collect();
    let person = running.tenant().create_user("inner.person").unwrap();
    for pair in [(0, 1), (1, 2), (2, 0)] {
        running.tenant().nest(&groups[pair.0], &groups[pair.1]).ok();
    }
    running.tenant().join(&groups[2], &person).unwrap();
    let (_, reader) = full(&running).await;
    let of = reader
        .picture
        .edges
        .iter()
        .filter(|(_, member, _)| member.as_str() == person)
        .count();
    assert_eq!(of, 1, "only where it is directly");
    assert_truth(&running, &reader);
}
