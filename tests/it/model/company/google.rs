//! The company in Google Workspace: groups do not return from a deletion, a user's address is its sign-in name.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use throng::client::Limiter;
use throng::clock::StoppedClock;
use throng::connector::google::{Credential, GoogleConfig, GoogleSource};
use throng::simulator::entra::{Edit, Tenant, Truth};
use throng::simulator::google::{Options, Running, start};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

use super::{Company, Habits, Opened, PAGE, Passing, SIZE, ageless, without_group_returns};

/// When it is, for connector and simulator.
const NOW: i64 = 1_790_000_000_000;

struct Google(Running);

pub(super) async fn open(seed: u64) -> Opened {
    let (users, groups, memberships) = SIZE;
    let options = Options {
        users,
        groups,
        memberships,
        seed,
        now: Some(NOW),
        everybody: seed.is_multiple_of(2).then_some(1),
        strangers: seed.is_multiple_of(3),
        most: PAGE,
        ..Options::default()
    };
    let admin = options.admin.clone();
    let running = start(options).await.unwrap();
    let config = json!({ "admin": admin, "key_file": "sa.json", "directory_url": running.url() });
    let config: GoogleConfig = serde_json::from_value(config).unwrap();
    let credential = Credential::parse(&running.key_file().to_string()).unwrap();
    let (limiter, clock, tasks) = (Limiter::adaptive(), StoppedClock::at(NOW), TaskTracker::new());
    let attributes: BTreeSet<String> = Mapping::google().attributes();
    let built = GoogleSource::build(&config, credential, limiter, &attributes, clock, tasks);
    Opened {
        company: Box::new(Google(running)),
        connector: Arc::new(built.unwrap().with_back_off(Duration::from_micros(50))),
        mapping: Mapping::google(),
    }
}

impl Company for Google {
    fn tenant(&self) -> &Tenant {
        self.0.tenant()
    }

    fn truth(&self) -> Truth {
        let mut truth = ageless(self.0.truth());
        for user in truth.users.values_mut() {
            user.mail = Some(user.upn.clone());
        }
        truth
    }

    fn habits(&self) -> Habits {
        Habits {
            requests: &["users", "groups", "members", "log", "*"],
            // Without its audit log Google is read too: changes may come a day late then, which is said.
            refusable: &["users", "groups", "members"],
            spared: &[],
            once: &[Passing::Unauthorized],
        }
    }

    fn expressed(&self, edits: Vec<Edit>) -> Vec<Edit> {
        without_group_returns(edits)
    }
}
