//! The LDAP connector with the simulated Active Directory as a subject of the connectors' suite.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::conformance::{self, Picture, Size, Subject, Trouble};
use throng::connector::ldap::{LdapConfig, LdapSource};
use throng::simulator::ldap::{Options, Running, start};
use tokio_util::task::TaskTracker;

use crate::connector::{edit, heal, picture, trouble};

/// A connector of a simulated controller.
pub(super) fn connector(running: &Running, tasks: TaskTracker) -> LdapSource {
    let options = Options::default();
    let config: LdapConfig = serde_json::from_value(json!({
        "url": running.url(), "bind_dn": options.bind_dn, "bind_password": { "value": options.password },
        "base_dn": "DC=corp,DC=example", "flavour": "ad", "page_size": 50, "sign_in_activity": true, "check_passwords": true,
    }))
    .unwrap();
    let wanted: BTreeSet<String> = ["sAMAccountName", "mail"].map(str::to_owned).into();
    let secret = config.bind_password.read().unwrap();
    let built = LdapSource::build(&config, secret, None, &wanted, StoppedClock::at(1_000), tasks);
    built.unwrap().with_back_off(Duration::from_micros(100))
}

/// A controller that tells four members at once.
pub(super) async fn controller(size: Size, hides_deleted: bool) -> Running {
    let options = Options {
        users: size.users,
        groups: size.groups,
        memberships: size.memberships,
        range: 4,
        hides_deleted,
        ..Options::default()
    };
    start(options).await.unwrap()
}

struct LdapSubject<const HIDES: bool> {
    running: Running,
    connector: LdapSource,
    tasks: TaskTracker,
    edits: AtomicU32,
}

#[async_trait]
impl<const HIDES: bool> Subject for LdapSubject<HIDES> {
    const PAGE: usize = 50;
    const METERED: bool = true;
    const ATTRIBUTE: &'static str = "sAMAccountName";

    async fn fresh(size: Size) -> Self {
        let (running, tasks) = (controller(size, HIDES).await, TaskTracker::new());
        Self {
            connector: connector(&running, tasks.clone()),
            running,
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
        picture(&self.running.truth())
    }

    fn edit(&self) {
        edit(self.running.tenant(), self.edits.fetch_add(1, Ordering::Relaxed));
    }

    fn requests(&self) -> u32 {
        crate::connector::requests(self.running.tenant(), &[])
    }

    fn trouble(&self, kind: Trouble, after: u32) {
        trouble(self.running.tenant(), "search", kind, after);
    }

    fn heal(&self) -> bool {
        heal(self.running.tenant())
    }
}

#[tokio::test]
async fn the_ldap_connector_conforms() {
    conformance::run::<LdapSubject<false>>().await;
}

#[tokio::test]
async fn the_ldap_connector_conforms_where_deleted_objects_are_not_shown() {
    conformance::run::<LdapSubject<true>>().await;
}
