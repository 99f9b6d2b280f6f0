//! The Keycloak connector with the simulator as a subject of the connectors' suite.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use throng::connector::Connector;
use throng::connector::conformance::{self, Picture, Size, Subject, Trouble};
use throng::connector::keycloak::Keycloak;
use throng::simulator::keycloak::{Options, Running, start};
use tokio_util::task::TaskTracker;

use super::build;
use crate::connector::{edit, heal, picture, shorten, trouble};

struct KeycloakSubject {
    running: Running,
    keycloak: Keycloak,
    tasks: TaskTracker,
    edits: AtomicU32,
}

#[async_trait]
impl Subject for KeycloakSubject {
    const PAGE: usize = 50;
    const ATTRIBUTE: &'static str = "username";
    const TOTALS: bool = true;
    const METERED: bool = true;

    fn knows(trouble: Trouble) -> bool {
        // Nothing is a link; an empty page is the end of a list.
        !matches!(trouble, Trouble::ForeignLink | Trouble::EmptyPage)
    }

    async fn fresh(size: Size) -> Self {
        let options = Options {
            users: size.users,
            groups: size.groups,
            memberships: size.memberships,
            ..Options::default()
        };
        let running = start(options).await.unwrap();
        let tasks = TaskTracker::new();
        let secret = Options::default().client_secret;
        let keycloak = build(&running, &secret, &serde_json::json!({}), tasks.clone());
        Self {
            running,
            keycloak,
            tasks,
            edits: AtomicU32::new(0),
        }
    }

    fn connector(&self) -> &dyn Connector {
        &self.keycloak
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
        crate::connector::requests(self.running.tenant(), &["token", "realm"])
    }

    fn trouble(&self, kind: Trouble, after: u32) {
        trouble(self.running.tenant(), "/admin/realms/", kind, after);
    }

    fn shorten(&self, groups_after: Option<u32>) {
        shorten(self.running.tenant(), ["users", "groups"], groups_after);
    }

    fn heal(&self) -> bool {
        heal(self.running.tenant())
    }
}

#[tokio::test]
async fn the_keycloak_connector_conforms() {
    conformance::run::<KeycloakSubject>().await;
}
