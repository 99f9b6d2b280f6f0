//! The Google connector with the simulator as a subject of the connectors' suite.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use throng::connector::Connector;
use throng::connector::conformance::{self, Picture, Size, Subject, Trouble};
use throng::connector::google::GoogleSource;
use throng::simulator::google::{Options, Running, start};
use tokio_util::task::TaskTracker;

use super::{build, config, small};
use crate::connector::picture;

struct GoogleSubject {
    running: Running,
    connector: GoogleSource,
    tasks: TaskTracker,
    edits: AtomicU32,
}

#[async_trait]
impl Subject for GoogleSubject {
    /// Where pages of users (500) end, and those of groups and members (200).
    const PAGE: usize = 1000;
    const METERED: bool = true;
    const ATTRIBUTE: &'static str = "primaryEmail";

    /// Where a page goes on is told by a token, never by a link.
    fn knows(trouble: Trouble) -> bool {
        trouble != Trouble::ForeignLink
    }

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
            ..small()
        };
        let running = start(options).await.unwrap();
        let tasks = TaskTracker::new();
        let connector = build(&running, &config(), &tasks).with_back_off(Duration::from_micros(100));
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
        picture(&self.running.truth())
    }

    fn edit(&self) {
        let number = self.edits.fetch_add(1, Ordering::Relaxed);
        crate::connector::edit(self.running.tenant(), number);
    }

    fn requests(&self) -> u32 {
        crate::connector::requests(self.running.tenant(), &["token"])
    }

    fn trouble(&self, trouble: Trouble, after: u32) {
        crate::connector::trouble(self.running.tenant(), "/admin/", trouble, after);
    }

    fn heal(&self) -> bool {
        crate::connector::heal(self.running.tenant())
    }
}

#[tokio::test]
async fn the_google_connector_conforms() {
    conformance::run::<GoogleSubject>().await;
}
