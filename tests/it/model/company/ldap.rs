//! The company in Active Directory, whose deleted objects the reader may see or not.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use throng::clock::StoppedClock;
use throng::connector::ldap::{LdapConfig, LdapSource};
use throng::simulator::entra::{Tenant, Truth};
use throng::simulator::ldap::{Options, Running, start};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

use super::{Company, Habits, Opened, PAGE, Passing, SIZE, ageless};

struct Ldap(Running);

pub(super) async fn open(seed: u64) -> Opened {
    let (users, groups, memberships) = SIZE;
    let options = Options {
        users,
        groups,
        memberships,
        seed,
        range: 2,
        hides_deleted: seed.is_multiple_of(2),
        primary: seed.is_multiple_of(3).then_some(1),
        ..Options::default()
    };
    let (bind_dn, password) = (options.bind_dn.clone(), options.password.clone());
    let running = start(options).await.unwrap();
    let config: LdapConfig = serde_json::from_value(json!({
        "url": running.url(), "bind_dn": bind_dn, "bind_password": { "value": password },
        "base_dn": "DC=corp,DC=example", "flavour": "ad", "page_size": PAGE,
    }))
    .unwrap();
    let (secret, attributes) = (
        config.bind_password.read().unwrap(),
        Mapping::active_directory().attributes(),
    );
    let (clock, tasks) = (StoppedClock::at(1_000), TaskTracker::new());
    let built = LdapSource::build(&config, secret, None, &attributes, clock, tasks);
    Opened {
        company: Box::new(Ldap(running)),
        connector: Arc::new(built.unwrap().with_back_off(Duration::from_micros(50))),
        mapping: Mapping::active_directory(),
    }
}

impl Company for Ldap {
    fn tenant(&self) -> &Tenant {
        self.0.tenant()
    }

    /// The controller says of all groups that they were made at the same moment.
    fn truth(&self) -> Truth {
        ageless(self.0.truth())
    }

    fn habits(&self) -> Habits {
        Habits {
            requests: &["search"],
            refusable: &["search"],
            // Who reads signs in with each connection.
            spared: &[Passing::Unauthorized],
            // An empty page says by its cookie where it was: twice it is a circle.
            once: &[Passing::EmptyPage],
        }
    }
}
