//! The company on a SCIM server: by index or by cursors, with types of members or without.

use std::sync::Arc;

use throng::clock::StoppedClock;
use throng::simulator::entra::Tenant;
use throng::simulator::scim::{Options, Running, start};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

use super::{Company, Habits, Opened, PAGE, Passing, SIZE};
use crate::scim_client;

const REQUESTS: [&str; 4] = ["users", "groups", "config", "*"];

struct Scim(Running);

pub(super) async fn open(seed: u64) -> Opened {
    let (users, groups, memberships) = SIZE;
    let options = Options {
        users,
        groups,
        memberships,
        seed,
        cap: PAGE,
        cursors: seed.is_multiple_of(2),
        typed: !seed.is_multiple_of(3),
        ..Options::default()
    };
    let token = options.token.clone();
    let running = start(options).await.unwrap();
    let config = scim_client::config(&running.url(), &token, &serde_json::json!({}));
    let connector = scim_client::build(&config, StoppedClock::at(1_000), TaskTracker::new());
    Opened {
        company: Box::new(Scim(running)),
        connector: Arc::new(connector),
        mapping: Mapping::scim(),
    }
}

impl Company for Scim {
    fn tenant(&self) -> &Tenant {
        self.0.tenant()
    }

    fn habits(&self) -> Habits {
        Habits {
            requests: &REQUESTS,
            refusable: &REQUESTS,
            // A token that somebody made by hand cannot be renewed.
            spared: &[Passing::Unauthorized],
            // A list without links that is empty three times is a list that is empty.
            once: &[Passing::EmptyPage, Passing::Duplicate],
        }
    }
}
