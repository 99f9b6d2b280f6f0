//! The Entra connector with the simulator as a subject of the connectors' suite.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::conformance::{self, Picture, Size, Subject, Trouble};
use throng::connector::entra::Entra;
use throng::model::MemberKind;
use throng::secret::Secret;
use throng::simulator::entra::{Fault, FaultKind, Options, Running, Tenant, Truth, start};
use tokio_util::task::TaskTracker;

use super::config;

struct EntraSubject {
    running: Running,
    connector: Entra,
    tasks: TaskTracker,
    edits: AtomicU32,
}

/// What a reader sees of a truth.
pub(crate) fn picture(truth: &Truth) -> Picture {
    let users = truth
        .users
        .iter()
        .map(|(id, user)| ((**id).into(), (user.enabled, user.upn.clone())));
    let groups = truth
        .groups
        .iter()
        .map(|(id, group)| ((**id).into(), group.display.clone()));
    let of_users = truth.members.iter().map(|edge| (edge, MemberKind::User));
    let of_groups = truth.nested.iter().map(|edge| (edge, MemberKind::Group));
    let edges = of_users.chain(of_groups);
    Picture {
        users: users.collect(),
        groups: groups.collect(),
        edges: edges
            .map(|((group, member), kind)| ((**group).into(), (**member).into(), kind))
            .collect(),
    }
}

/// How many requests a simulator has had, but those of these classes.
pub(crate) fn requests(tenant: &Tenant, but: &[&str]) -> u32 {
    let requests = tenant.stats().requests;
    let counted = requests
        .iter()
        .filter(|(class, _)| !but.contains(&class.as_str()));
    u32::try_from(counted.map(|(_, count)| count).sum::<u64>()).unwrap()
}

/// One edit of each kind.
pub(crate) fn edit(tenant: &Tenant, number: u32) {
    let truth = tenant.truth();
    let users: Vec<&str> = truth.users.keys().map(|id| &**id).collect();
    let groups: Vec<&str> = truth.groups.keys().map(|id| &**id).collect();
    let name = |what: &str| format!("{what}{number}@corp.example");
    let deleted = tenant.delete_user(users[0]).unwrap();
    tenant.rename_user(users[1], &name("renamed")).unwrap();
    tenant.disable_user(users[2]).unwrap();
    let person = tenant.create_user(&name("person")).unwrap();
    let team = tenant.create_unified_group(&format!("Team {number}")).unwrap();
    tenant.join(&team, &person).unwrap();
    tenant.nest(groups[0], &team).unwrap();
    tenant
        .rename_group(groups[0], &format!("Renamed {number}"))
        .unwrap();
    if let Some((group, member)) = truth.members.iter().find(|(_, member)| **member != *deleted) {
        tenant.leave(group, member).unwrap();
    }
    match number {
        0 => drop(tenant.delete_group(groups[1]).unwrap()),
        1 => drop(tenant.delete_group(&team).unwrap()),
        // Both return with memberships that no delta tells.
        _ => {
            tenant.restore_user(&deleted).unwrap();
            tenant.delete_group(&team).unwrap();
            tenant.restore_group(&team).unwrap();
        }
    }
}

/// Makes trouble at requests whose path contains this.
pub(crate) fn trouble(tenant: &Tenant, on: &str, trouble: Trouble, after: u32) {
    let throttle = FaultKind::Throttle {
        retry_after: Some("0.001".to_owned()),
    };
    let elsewhere = FaultKind::ForeignLink {
        host: "http://127.0.0.1:9".to_owned(),
    };
    let (kind, times) = match trouble {
        Trouble::Passing => (FaultKind::Error { status: 503 }, 1),
        Trouble::Throttled => (throttle, 1),
        Trouble::Truncated => (FaultKind::Truncate, 1),
        Trouble::NotJson => (FaultKind::Html, 1),
        Trouble::Lasting => (FaultKind::Error { status: 503 }, u32::MAX),
        Trouble::Forbidden => (FaultKind::Error { status: 403 }, u32::MAX),
        Trouble::Loop => (FaultKind::Loop, u32::MAX),
        Trouble::ForeignLink => (elsewhere, 1),
        Trouble::Nonsense => (FaultKind::MissingValue, 1),
        Trouble::Repeated => (FaultKind::Duplicate, 1),
        Trouble::EmptyPage => (FaultKind::EmptyPage, 1),
    };
    tenant
        .faults()
        .add(Fault::new(kind, on).after(after).times(times));
}

/// Ends one of these two lists, of users and of groups, before its end.
pub(crate) fn shorten(tenant: &Tenant, lists: [&str; 2], groups_after: Option<u32>) {
    let (on, after) = groups_after.map_or((lists[0], 0), |after| (lists[1], after));
    tenant.faults().add(Fault::new(FaultKind::Short, on).after(after));
}

/// Ends all trouble.
pub(crate) fn heal(tenant: &Tenant) -> bool {
    let waiting = tenant.faults().waiting();
    tenant.faults().clear();
    waiting
        .iter()
        .all(|fault| fault.times > 1 && fault.times < u32::MAX)
}

#[async_trait]
impl Subject for EntraSubject {
    const PAGE: usize = 999;
    const ATTRIBUTE: &'static str = "userPrincipalName";
    const TOTALS: bool = true;
    const METERED: bool = true;

    async fn fresh(size: Size) -> Self {
        let Size {
            users,
            groups,
            memberships,
        } = size;
        let options = Options {
            users,
            groups,
            memberships,
            ..Options::default()
        };
        let running = start(options).await.unwrap();
        let tasks = TaskTracker::new();
        let secret = Options::default().client_secret;
        let config = config(&running, &secret);
        let clock = StoppedClock::at(1_000);
        let connector = Entra::build(
            &config,
            Secret::new(secret),
            &BTreeSet::new(),
            clock,
            tasks.clone(),
        );
        let connector = connector.unwrap().with_back_off(Duration::from_micros(100));
        Self {
            running,
            connector,
            tasks,
            edits: AtomicU32::new(0),
        }
    }

    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    fn truth(&self) -> Picture {
        picture(&self.running.tenant().truth())
    }

    fn edit(&self) {
        edit(self.running.tenant(), self.edits.fetch_add(1, Ordering::Relaxed));
    }

    fn requests(&self) -> u32 {
        requests(self.running.tenant(), &["token"])
    }

    fn trouble(&self, kind: Trouble, after: u32) {
        trouble(self.running.tenant(), "/v1.0/", kind, after);
    }

    fn shorten(&self, groups_after: Option<u32>) {
        shorten(self.running.tenant(), ["users", "groups"], groups_after);
    }

    fn heal(&self) -> bool {
        heal(self.running.tenant())
    }
}

#[tokio::test]
async fn the_entra_connector_conforms() {
    conformance::run::<EntraSubject>().await;
}
