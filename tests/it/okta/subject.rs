//! The Okta connector with the simulator as a subject of the connectors' suite.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::conformance::{self, Picture, Size, Subject, Trouble};
use throng::connector::okta::OktaSource;
use throng::model::MemberKind;
use throng::simulator::entra::{Fault, FaultKind};
use throng::simulator::okta::{Options, Running, Truth, start};
use tokio_util::task::TaskTracker;

use super::{build, config};

struct OktaSubject {
    running: Running,
    connector: OktaSource,
    tasks: TaskTracker,
    edits: AtomicU32,
}

/// What a reader sees of a truth.
pub(super) fn picture(truth: &Truth) -> Picture {
    let users = truth.users.iter();
    let edges = truth.members.iter();
    Picture {
        users: users
            .map(|(id, user)| (id.as_str().into(), user.clone()))
            .collect(),
        groups: truth
            .groups
            .iter()
            .map(|(id, name)| (id.as_str().into(), name.clone()))
            .collect(),
        edges: edges
            .map(|(group, member)| (group.as_str().into(), member.as_str().into(), MemberKind::User))
            .collect(),
    }
}

#[async_trait]
impl Subject for OktaSubject {
    const METERED: bool = true;
    const PAGE: usize = 200;
    const ATTRIBUTE: &'static str = "profile.login";

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
        let connector = build(
            &config(&running),
            StoppedClock::at(1_000),
            &tasks,
            &BTreeSet::new(),
        );
        Self {
            running,
            connector: connector.with_back_off(Duration::from_micros(100)),
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
        picture(&self.running.truth(false))
    }

    fn edit(&self) {
        let number = self.edits.fetch_add(1, Ordering::Relaxed);
        let (tenant, truth) = (self.running.tenant(), self.running.truth(false));
        let active: Vec<&String> = truth
            .users
            .iter()
            .filter(|(_, user)| user.0)
            .map(|(id, _)| id)
            .collect();
        let groups: Vec<&String> = truth.groups.keys().collect();
        let name = |what: &str| format!("{what}{number}@corp.example");
        let person = tenant.create_user(&name("person")).unwrap();
        let team = tenant.create_group(&format!("Team {number}")).unwrap();
        tenant.join(&team, &person).unwrap();
        tenant.rename_user(active[0], &name("renamed")).unwrap();
        tenant.disable_user(active[1]).unwrap();
        tenant
            .rename_group(groups[0], &format!("Renamed {number}"))
            .unwrap();
        if let Some((group, member)) = truth.members.iter().find(|(_, member)| active.contains(&member)) {
            tenant.leave(group, member).unwrap();
        }
        let deprovisioned = tenant.delete_user(active[2]).unwrap();
        match number {
            0 => drop(tenant.delete_group(groups[1]).unwrap()),
            1 => drop(tenant.purge_user(&deprovisioned).unwrap()),
            _ => drop(tenant.restore_user(&deprovisioned).unwrap()),
        }
    }

    fn requests(&self) -> u32 {
        crate::connector::requests(self.running.tenant(), &[])
    }

    fn trouble(&self, trouble: Trouble, after: u32) {
        let host = "http://127.0.0.1:1".to_owned();
        let (kind, times) = match trouble {
            Trouble::Passing => (FaultKind::Error { status: 503 }, 1),
            Trouble::Throttled => (
                FaultKind::Throttle {
                    retry_after: Some("0.001".to_owned()),
                },
                1,
            ),
            Trouble::Truncated => (FaultKind::Truncate, 1),
            Trouble::NotJson => (FaultKind::Html, 1),
            Trouble::Lasting => (FaultKind::Error { status: 503 }, u32::MAX),
            Trouble::Forbidden => (FaultKind::Error { status: 403 }, u32::MAX),
            Trouble::Nonsense => (FaultKind::MissingValue, 1),
            Trouble::Repeated => (FaultKind::Duplicate, 1),
            Trouble::EmptyPage => (FaultKind::EmptyPage, 1),
            Trouble::Loop => (FaultKind::Loop, u32::MAX),
            Trouble::ForeignLink => (FaultKind::ForeignLink { host }, 1),
        };
        self.running
            .tenant()
            .faults()
            .add(Fault::new(kind, "/api/v1/").after(after).times(times));
    }

    fn heal(&self) -> bool {
        let waiting = self.running.tenant().faults().waiting();
        self.running.tenant().faults().clear();
        waiting
            .iter()
            .all(|fault| fault.times > 1 && fault.times < u32::MAX)
    }
}

#[tokio::test]
async fn the_okta_connector_conforms() {
    conformance::run::<OktaSubject>().await;
}
