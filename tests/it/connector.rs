//! The Entra connector against the simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use throng::clock::StoppedClock;
use throng::connector::api::{Batch, Connector, ConnectorError, Coverage};
use throng::connector::entra::{Entra, EntraConfig};
use throng::model::MemberKind;
use throng::model::commit::Cursor;
use throng::model::record::Record;
use throng::secret::Secret;
use throng::simulator::entra::{Edit, Expired, Fault, FaultKind, Options, Running, start};
use tokio_util::task::TaskTracker;

/// What a reader that keeps the last record per id or edge ends with.
#[derive(Default, Debug)]
struct Picture {
    users: BTreeMap<String, (String, bool)>,
    groups: BTreeMap<String, String>,
    edges: BTreeSet<(String, String, bool)>,
    incomplete: Vec<String>,
    cursor: Option<Cursor>,
    coverage: Option<Coverage>,
    records: usize,
}

impl Picture {
    fn take(&mut self, record: Record) {
        self.records += 1;
        match record {
            Record::User(user) => {
                let name = user
                    .attributes
                    .get("userPrincipalName")
                    .map(ToString::to_string)
                    .unwrap_or_default();
                self.users.insert(user.id.to_string(), (name, user.active));
            }
            Record::UserGone(id) => drop(self.users.remove(id.as_str())),
            Record::Group(group) => drop(self.groups.insert(group.id.to_string(), group.name.to_string())),
            Record::GroupGone(id) => drop(self.groups.remove(id.as_str())),
            Record::Member { group, member, kind } => {
                self.edges
                    .insert((group.to_string(), member.to_string(), kind == MemberKind::User));
            }
            Record::MemberGone { group, member, kind } => {
                self.edges
                    .remove(&(group.to_string(), member.to_string(), kind == MemberKind::User));
            }
            Record::MembersComplete(_) | Record::GroupsComplete(_) | Record::MembersUnknown(_) => {}
        }
    }
}

pub(crate) async fn simulator() -> Running {
    let options = Options {
        users: 300,
        groups: 40,
        memberships: 1500,
        ..Options::default()
    };
    start(options).await.unwrap()
}

pub(crate) fn connector(running: &Running, secret: &str) -> Entra {
    let text = serde_json::json!({
        "tenant": Options::default().tenant, "client_id": Options::default().client_id,
        "client_secret": { "value": secret }, "login_url": running.url(), "graph_url": running.url(),
    });
    let config: EntraConfig = serde_json::from_value(text).unwrap();
    let clock = StoppedClock::at(1_000);
    Entra::build(
        &config,
        Secret::new(secret),
        &BTreeSet::new(),
        clock,
        TaskTracker::new(),
    )
    .unwrap()
    .with_back_off(Duration::from_millis(1))
}

async fn pull(connector: &Entra, picture: &mut Picture) -> Result<bool, ConnectorError> {
    let since = picture.cursor.clone();
    let mut pull = connector.pull(since.as_ref()).await?;
    (picture.incomplete, picture.coverage, picture.records) = (Vec::new(), None, 0);
    if pull.full {
        (picture.users, picture.groups, picture.edges) = Default::default();
    }
    while let Some(batch) = pull.batches.next().await {
        match batch? {
            Batch::Records(records) => records.into_iter().for_each(|record| picture.take(record)),
            Batch::Incomplete(what) => picture.incomplete.push(what),
            Batch::Notice(_) => {}
            Batch::End { coverage, cursor } => {
                picture.coverage = Some(coverage);
                picture.cursor = cursor.or(picture.cursor.take());
            }
        }
    }
    Ok(pull.full)
}

fn assert_truth(running: &Running, picture: &Picture) {
    let truth = running.tenant().truth();
    let users: BTreeMap<_, _> = truth
        .users
        .iter()
        .map(|(id, user)| (id.to_string(), (user.upn.clone(), user.enabled)))
        .collect();
    assert_eq!(picture.users, users);
    assert_eq!(
        picture.groups.keys().collect::<Vec<_>>(),
        truth
            .groups
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .iter()
            .collect::<Vec<_>>()
    );
    let users = truth
        .members
        .iter()
        .map(|(group, user)| (group.to_string(), user.to_string(), true));
    let groups = truth
        .nested
        .iter()
        .map(|(parent, child)| (parent.to_string(), child.to_string(), false));
    assert_eq!(picture.edges, users.chain(groups).collect());
}

async fn full(running: &Running) -> (Entra, Picture) {
    let connector = connector(running, &Options::default().client_secret);
    let mut picture = Picture::default();
    assert!(pull(&connector, &mut picture).await.unwrap());
    (connector, picture)
}

#[tokio::test]
async fn a_full_read_tells_everything_with_a_cursor() {
    let running = simulator().await;
    let (_, picture) = full(&running).await;
    assert_eq!(picture.coverage, Some(Coverage::Everything));
    assert!(picture.incomplete.is_empty());
    assert!(picture.cursor.is_some());
    assert_truth(&running, &picture);
}

#[tokio::test]
async fn an_increment_tells_what_changed_and_nothing_else() {
    let running = simulator().await;
    let (connector, mut picture) = full(&running).await;
    assert!(!pull(&connector, &mut picture).await.unwrap());
    assert_eq!(picture.records, 0);
    let truth = running.tenant().truth();
    let user = truth
        .users
        .iter()
        .find(|(_, user)| user.enabled)
        .map(|(id, _)| id.to_string())
        .unwrap();
    let (group, member) = truth
        .members
        .first()
        .map(|(group, user)| (group.to_string(), user.to_string()))
        .unwrap();
    let edits = [
        Edit::CreateUser {
            name: "new.person".to_owned(),
        },
        Edit::DisableUser { user },
        Edit::Leave {
            group: group.clone(),
            member,
        },
        Edit::RenameGroup {
            group,
            name: "Renamed".to_owned(),
        },
    ];
    for edit in &edits {
        running.tenant().edit(edit).unwrap();
    }
    assert!(!pull(&connector, &mut picture).await.unwrap());
    assert_eq!(picture.coverage, Some(Coverage::ChangesOnly));
    assert_truth(&running, &picture);
}

#[tokio::test]
async fn an_expired_delta_token_leads_to_a_full_read() {
    for answer in [Expired::Gone, Expired::SyncStateNotFound, Expired::ResyncRequired] {
        let running = simulator().await;
        let (connector, mut picture) = full(&running).await;
        running.tenant().expire_delta_tokens(answer);
        assert!(pull(&connector, &mut picture).await.unwrap());
        assert_eq!(picture.coverage, Some(Coverage::Everything));
        assert_truth(&running, &picture);
    }
}

#[tokio::test]
async fn passing_faults_are_outlived() {
    let kinds = [
        FaultKind::Throttle {
            retry_after: Some("0.01".to_owned()),
        },
        FaultKind::Error { status: 503 },
        FaultKind::Truncate,
        FaultKind::Html,
        FaultKind::Unauthorized,
        FaultKind::EmptyPage,
        FaultKind::Duplicate,
    ];
    for kind in kinds {
        for on in ["users", "groups", "batch"] {
            let running = simulator().await;
            running.tenant().faults().add(Fault::new(kind.clone(), on));
            let (_, picture) = full(&running).await;
            assert_eq!(
                picture.coverage,
                Some(Coverage::Everything),
                "{kind:?} on {on}: {:?}",
                picture.incomplete
            );
            assert_truth(&running, &picture);
        }
    }
}

#[tokio::test]
async fn a_broken_list_never_counts_as_everything() {
    let foreign = FaultKind::ForeignLink {
        host: "http://elsewhere.example".to_owned(),
    };
    for kind in [FaultKind::MissingValue, foreign, FaultKind::Loop] {
        let running = simulator().await;
        let connector = connector(&running, &Options::default().client_secret);
        running.tenant().faults().add(Fault::new(kind.clone(), "users"));
        let mut picture = Picture::default();
        let outcome = pull(&connector, &mut picture).await;
        assert!(outcome.is_ok(), "{kind:?}");
        assert_eq!(picture.coverage, Some(Coverage::ChangesOnly), "{kind:?}");
        assert_eq!(
            (picture.incomplete.len(), picture.cursor.is_none()),
            (1, true),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_words() {
    let running = simulator().await;
    let error = pull(&connector(&running, "wrong"), &mut Picture::default())
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("client secret is wrong"), "{error}");
    let report = connector(&running, &Options::default().client_secret)
        .check()
        .await;
    assert!(report.ok(), "{report:?}");
}
