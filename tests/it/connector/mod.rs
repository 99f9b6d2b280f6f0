//! The Entra connector against the simulator.

mod credentials;
mod faults;
mod lane;
mod returning;
mod scope;
mod subject;
mod tokens;

pub(crate) use subject::{edit, heal, picture, requests, shorten, trouble};

use std::collections::BTreeSet;
use std::time::Duration;

use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::api::Coverage;
use throng::connector::conformance::Reader;
use throng::connector::entra::{Entra, EntraConfig};
use throng::secret::Secret;
use throng::simulator::entra::{Expired, Fault, FaultKind, Options, Running, start};
use tokio_util::task::TaskTracker;

pub(crate) async fn simulator() -> Running {
    let options = Options {
        users: 300,
        groups: 40,
        memberships: 1500,
        ..Options::default()
    };
    start(options).await.unwrap()
}

pub(crate) fn config(running: &Running, secret: &str) -> EntraConfig {
    let text = serde_json::json!({
        "tenant": Options::default().tenant, "client_id": Options::default().client_id,
        "client_secret": { "value": secret }, "login_url": running.url(), "graph_url": running.url(),
    });
    serde_json::from_value(text).unwrap()
}

pub(crate) fn connector(running: &Running, secret: &str) -> Entra {
    build(&config(running, secret), &TaskTracker::new())
}

fn build(config: &EntraConfig, tasks: &TaskTracker) -> Entra {
    let secret = config.proof().unwrap();
    let clock = StoppedClock::at(1_000);
    let connector = Entra::build(config, secret, &BTreeSet::new(), clock, tasks.clone());
    connector.unwrap().with_back_off(Duration::from_millis(1))
}

fn good(running: &Running) -> Entra {
    connector(running, &Options::default().client_secret)
}

fn assert_truth(running: &Running, reader: &Reader) {
    assert_eq!(reader.picture, picture(&running.tenant().truth()));
}

fn reader() -> Reader {
    Reader::new("userPrincipalName")
}

/// A full read that went well.
async fn full(running: &Running) -> (Entra, Reader) {
    let (connector, mut reader) = (good(running), reader());
    let went = reader.pull(&connector).await.unwrap();
    assert_eq!(
        (went.full, went.coverage, went.goes_on),
        (true, Some(Coverage::Everything), true),
        "{went:?}"
    );
    assert!(went.incomplete.is_empty());
    assert_truth(running, &reader);
    (connector, reader)
}

/// How often the simulator was asked for something.
fn asked(running: &Running, what: &str) -> u64 {
    running
        .tenant()
        .stats()
        .requests
        .get(what)
        .copied()
        .unwrap_or_default()
}

#[tokio::test]
async fn an_increment_tells_what_changed_and_nothing_else() {
    let running = simulator().await;
    let (connector, mut reader) = full(&running).await;
    let went = reader.pull(&connector).await.unwrap();
    assert_eq!((went.full, went.records), (false, 0));
    let truth = running.tenant().truth();
    let (group, member) = truth.members.first().unwrap();
    let disabled = truth
        .users
        .iter()
        .find(|(id, user)| user.enabled && *id != member)
        .unwrap()
        .0;
    let tenant = running.tenant();
    tenant.create_user("new.person").unwrap();
    tenant.disable_user(disabled).unwrap();
    tenant.leave(group, member).unwrap();
    tenant.rename_group(group, "Renamed").unwrap();
    let went = reader.pull(&connector).await.unwrap();
    assert_eq!((went.full, went.coverage), (false, Some(Coverage::ChangesOnly)));
    // Two users, a group with an edge, the word that the new one is in no group.
    assert_eq!(went.records, 5);
    assert_truth(&running, &reader);
}

#[tokio::test]
async fn a_cursor_that_is_no_longer_good_leads_to_a_full_read() {
    let lost = [
        FaultKind::Expire {
            answer: Expired::Gone,
        },
        FaultKind::Expire {
            answer: Expired::SyncStateNotFound,
        },
        FaultKind::Expire {
            answer: Expired::ResyncRequired,
        },
        FaultKind::Error { status: 404 },
        FaultKind::Error { status: 400 },
    ];
    for kind in lost {
        for on in ["users/delta", "groups/delta"] {
            let running = simulator().await;
            let (connector, mut reader) = full(&running).await;
            running.tenant().create_user("new.person").unwrap();
            running.tenant().faults().add(Fault::new(kind.clone(), on));
            let went = reader.pull(&connector).await.unwrap();
            assert_eq!(
                (went.full, went.coverage),
                (true, Some(Coverage::Everything)),
                "{kind:?} on {on}"
            );
            assert_truth(&running, &reader);
        }
    }
}

#[tokio::test]
async fn a_read_waits_between_its_delta_links_and_its_lists_if_told_so() {
    let running = simulator().await;
    let mut config = config(&running, &Options::default().client_secret);
    config.settle = "1000d".to_owned().try_into().unwrap();
    let tasks = TaskTracker::new();
    let pull = build(&config, &tasks).pull(None).await.unwrap();
    while asked(&running, "groups/delta") == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((asked(&running, "users/delta"), asked(&running, "users")), (1, 0));
    drop(pull);
    tasks.close();
    tasks.wait().await; // the wait of 1000 days has ended with the stream
    assert_eq!(asked(&running, "users"), 0);
}

#[tokio::test]
async fn a_check_names_the_permission_that_is_missing() {
    let running = simulator().await;
    let report = good(&running).check().await;
    assert!(report.ok(), "{report:?}");
    let tried: Vec<&str> = report.items.iter().map(|item| item.what.as_str()).collect();
    assert_eq!(
        tried,
        [
            "token",
            "read users",
            "read groups",
            "read members",
            "read hidden members"
        ]
    );
    for (on, what, permission) in [
        ("users", "read users", "`User.Read.All`"),
        ("groups", "read groups", "`GroupMember.Read.All`"),
        ("members", "read members", "`GroupMember.Read.All`"),
    ] {
        running
            .tenant()
            .faults()
            .add(Fault::new(FaultKind::Error { status: 403 }, on));
        let report = good(&running).check().await;
        let missing: Vec<_> = report
            .items
            .iter()
            .filter_map(|item| Some((&item.what, item.outcome.as_ref().err()?)))
            .collect();
        assert_eq!(missing.len(), 1, "{missing:?}");
        assert!(
            missing[0].1.code() == "SOURCE_PERMISSION_MISSING"
                && missing[0].0 == what
                && missing[0].1.to_string().contains(permission),
            "{missing:?}"
        );
    }
    let report = connector(&running, "wrong").check().await;
    assert_eq!(report.items.len(), 1);
    assert!(
        report.items[0]
            .outcome
            .as_ref()
            .is_err_and(|why| why.to_string().contains("client secret is wrong"))
    );
}

#[tokio::test]
async fn every_request_says_that_it_can_wait() {
    let running = simulator().await;
    full(&running).await;
    let stats = running.tenant().stats();
    let outer = |kind: &str| stats.requests.get(kind).copied().unwrap_or_default();
    let graph = ["users", "groups", "count", "users/delta", "groups/delta", "batch"].map(outer);
    assert_eq!(stats.low_priority, graph.iter().sum::<u64>());
}

#[tokio::test]
async fn attributes_that_the_mapping_wants_are_asked_for() {
    let running = simulator().await;
    let config = config(&running, &Options::default().client_secret);
    let wanted = BTreeSet::from(["department".to_owned()]);
    let secret = Secret::new(Options::default().client_secret);
    let connector = Entra::build(&config, secret, &wanted, StoppedClock::at(1), TaskTracker::new()).unwrap();
    let mut reader = Reader::new("department");
    reader.pull(&connector).await.unwrap();
    assert!(
        reader
            .picture
            .users
            .values()
            .any(|(_, department)| department == "Finance")
    );
    // Another selection is another scope: the cursor of one is none for the other.
    let mut other = Reader::new("userPrincipalName");
    other.cursor = reader.cursor.clone();
    assert!(other.pull(&good(&running)).await.unwrap().full);
}
