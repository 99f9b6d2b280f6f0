//! The company in Entra ID: it can express everything.

use std::sync::Arc;
use std::time::Duration;

use throng::simulator::entra::{FaultKind, Options, Running, Tenant, start};
use throng::sync::Mapping;

use super::{Company, Habits, Opened, Passing, SIZE, elsewhere};
use crate::connector::connector;
use crate::model::chance::{self, Chance};

const REQUESTS: [&str; 8] = [
    "users",
    "groups",
    "batch",
    "batch/members",
    "users/delta",
    "groups/delta",
    "memberOf",
    "*",
];

struct Entra(Running);

pub(super) async fn open(seed: u64) -> Opened {
    let (users, groups, memberships) = SIZE;
    let options = Options {
        users,
        groups,
        memberships,
        seed,
        ..Options::default()
    };
    let running = start(options).await.unwrap();
    let connector = connector(&running, &Options::default().client_secret);
    Opened {
        company: Box::new(Entra(running)),
        connector: Arc::new(connector.with_back_off(Duration::from_micros(50))),
        mapping: Mapping::entra(),
    }
}

impl Company for Entra {
    fn tenant(&self) -> &Tenant {
        self.0.tenant()
    }

    fn habits(&self) -> Habits {
        Habits {
            requests: &REQUESTS,
            refusable: &REQUESTS,
            spared: &[],
            once: &[Passing::Unauthorized],
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

    /// A delta token that is not known any more: everything is read.
    fn forgets(&self, chance: &mut Chance) -> bool {
        self.0.tenant().expire_delta_tokens(chance::expired(chance));
        true
    }
}
