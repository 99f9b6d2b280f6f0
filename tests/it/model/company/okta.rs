//! The company in Okta: groups are flat and do not return; who is deleted is deprovisioned first, known and inactive, with a login
//! that nobody else gets.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use throng::client::Limiter;
use throng::clock::StoppedClock;
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

struct Okta(Running);

pub(super) async fn open(seed: u64) -> Opened {
    let (users, groups, memberships) = SIZE;
    let options = Options {
        users,
        groups,
        memberships,
        seed,
        most: PAGE,
        ..Options::default()
    };
    let token = options.token.clone();
    let running = start(options).await.unwrap();
    let config = json!({ "url": running.url(), "token": { "value": token } });
    let config: OktaConfig = serde_json::from_value(config).unwrap();
    let (limiter, clock, tasks) = (
        Limiter::sharing(config.budget_percent),
        StoppedClock::at(1_000),
        TaskTracker::new(),
    );
    let attributes = Mapping::okta().attributes();
    let sign = config.sign().unwrap();
    let built = OktaSource::build(&config, sign, limiter, &attributes, clock, tasks);
    Opened {
        company: Box::new(Okta(running)),
        connector: Arc::new(built.unwrap().with_back_off(Duration::from_micros(50))),
        mapping: Mapping::okta(),
    }
}

impl Company for Okta {
    fn tenant(&self) -> &Tenant {
        self.0.tenant()
    }

    fn truth(&self) -> Truth {
        let mut truth = self.0.whole_truth();
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
            spared: &[Passing::Unauthorized],
            // An empty page says by its link where it was: twice it is a circle.
            once: &[Passing::EmptyPage],
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
        let taken = names_in_the_bin(&self.0.whole_truth(), &self.tenant().truth());
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
