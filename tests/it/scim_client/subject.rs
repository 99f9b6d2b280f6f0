//! The SCIM connector with the simulator as a subject of the connectors' suite: by index, by cursors, without types.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::conformance::{self, Picture, Size, Subject, Trouble};
use throng::connector::scim::Scim;
use throng::simulator::scim::{Options, Running, start};
use tokio_util::task::TaskTracker;

use super::{build, config};
use crate::connector::{edit, picture, shorten, trouble};

struct ScimSubject<const CURSORS: bool, const TYPED: bool> {
    running: Running,
    scim: Scim,
    tasks: TaskTracker,
    edits: AtomicU32,
}

#[async_trait]
impl<const CURSORS: bool, const TYPED: bool> Subject for ScimSubject<CURSORS, TYPED> {
    const PAGE: usize = 50;
    const TOTALS: bool = true;
    const METERED: bool = true;

    fn knows(trouble: Trouble) -> bool {
        // Nothing in SCIM is a link that is followed.
        trouble != Trouble::ForeignLink
    }

    async fn fresh(size: Size) -> Self {
        let options = Options {
            users: size.users,
            groups: size.groups,
            memberships: size.memberships,
            cursors: CURSORS,
            typed: TYPED,
            ..Options::default()
        };
        let running = start(options).await.unwrap();
        let tasks = TaskTracker::new();
        let config = config(&running.url(), &Options::default().token, &serde_json::json!({}));
        let scim = build(&config, StoppedClock::at(1_000), tasks.clone());
        Self {
            running,
            scim,
            tasks,
            edits: AtomicU32::new(0),
        }
    }

    fn connector(&self) -> &dyn Connector {
        &self.scim
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
        crate::connector::requests(self.running.tenant(), &[])
    }

    fn trouble(&self, kind: Trouble, after: u32) {
        trouble(self.running.tenant(), "/scim/v2/", kind, after);
    }

    fn shorten(&self, groups_after: Option<u32>) {
        shorten(self.running.tenant(), ["/Users", "/Groups"], groups_after);
    }

    fn heal(&self) -> bool {
        crate::connector::heal(self.running.tenant())
    }
}

#[tokio::test]
async fn the_scim_connector_conforms_by_index() {
    conformance::run::<ScimSubject<false, true>>().await;
}

#[tokio::test]
async fn the_scim_connector_conforms_by_cursors() {
    conformance::run::<ScimSubject<true, true>>().await;
}

#[tokio::test]
async fn the_scim_connector_conforms_where_members_have_no_types() {
    conformance::run::<ScimSubject<false, false>>().await;
}
