//! The company in Okta: groups are flat and do not return; who is deleted is deprovisioned first, known and inactive, with a login
//! that nobody else gets.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use throng::client::Limiter;
use throng::clock::{Clock, StoppedClock, SystemClock};
use throng::connector::okta::{OktaConfig, OktaSource};
use throng::simulator::entra::{Edit, FaultKind, Tenant, Truth};
use throng::simulator::okta::{Options, Running, start};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

use super::{
    Company, Habits, Opened, PAGE, Passing, SIZE, elsewhere, names_in_the_bin, wanted_names,
    without_group_returns,
};

const REQUESTS: [&str; 5] = ["users", "groups", "members", "logs", "*"];

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys/client.pem");

struct Okta {
    running: Running,
    /// A service app reads, whose tokens are renewed; else a token that somebody made by hand.
    service: bool,
}

pub(super) async fn open(seed: u64) -> Opened {
    let (users, groups, memberships) = SIZE;
    let service = seed.is_multiple_of(2);
    let options = Options {
        users,
        groups,
        memberships,
        seed,
        most: PAGE,
        certificate: service.then(|| std::fs::read_to_string(KEY).unwrap()),
        binding: seed.is_multiple_of(4),
        ..Options::default()
    };
    let token = options.token.clone();
    let running = start(options).await.unwrap();
    let config = if service {
        json!({ "url": running.url(), "client_id": "0oaservice", "private_key": { "file": KEY }, "key_id": "k1" })
    } else {
        json!({ "url": running.url(), "token": { "value": token } })
    };
    let config: OktaConfig = serde_json::from_value(config).unwrap();
    let (limiter, clock, tasks) = (
        Limiter::sharing(config.budget_percent),
        // The simulator judges what a service app signs by the machine's clock.
        StoppedClock::at(SystemClock.now()),
        TaskTracker::new(),
    );
    let attributes = Mapping::okta().attributes();
    let sign = config.sign().unwrap();
    let built = OktaSource::build(&config, sign, limiter, &attributes, clock, tasks);
    Opened {
        company: Box::new(Okta { running, service }),
        connector: Arc::new(built.unwrap().with_back_off(Duration::from_micros(50))),
        mapping: Mapping::okta(),
    }
}

impl Company for Okta {
    fn tenant(&self) -> &Tenant {
        self.running.tenant()
    }

    fn truth(&self) -> Truth {
        let mut truth = self.running.whole_truth();
        for group in truth.groups.values_mut() {
            group.nickname = String::new();
        }
        truth
    }

    fn habits(&self) -> Habits {
        Habits {
            requests: &REQUESTS,
            refusable: &REQUESTS,
            // A token that somebody made by hand cannot be renewed.
            spared: if self.service {
                &[]
            } else {
                &[Passing::Unauthorized]
            },
            // An empty page says by its link where it was: twice it is a circle.
            once: &[Passing::EmptyPage, Passing::Unauthorized],
        }
    }

    fn lasting(&self) -> Vec<(FaultKind, u32)> {
        vec![
            (FaultKind::Error { status: 503 }, 1_000),
            (FaultKind::Error { status: 403 }, 1),
            (FaultKind::MissingValue, 1),
            (FaultKind::Loop, 50),
            elsewhere(),
        ]
    }

    fn expressed(&self, edits: Vec<Edit>) -> Vec<Edit> {
        let taken = names_in_the_bin(&self.running.whole_truth(), &self.tenant().truth());
        let last = edits.len().saturating_sub(1);
        let put = |(at, edit): (usize, Edit)| match edit {
            Edit::Nest { .. } | Edit::Unnest { .. } => None,
            // Whose login is given to another at once is gone for good.
            Edit::DeleteUser { user } if at < last => Some(Edit::PurgeUser { user }),
            edit if wanted_names(&edit).is_some_and(|name| taken.contains(&name)) => None,
            edit => Some(edit),
        };
        let put = without_group_returns(edits)
            .into_iter()
            .enumerate()
            .filter_map(put);
        put.collect()
    }
}
