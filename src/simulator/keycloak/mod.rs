//! A stand-in Keycloak, over real HTTP: the company of the simulated Entra ID in one realm.
//!
//! It knows no connector. Keycloak's groups are a tree: of several groups that contain one, only the oldest one that is older than
//! it is its parent here ([`Running::truth`] tells it so). User names are in lower case. What it serves:
//!
//! | request | answer |
//! |---|---|
//! | `GET /realms/{realm}` | that it is there |
//! | `POST /realms/{realm}/protocol/openid-connect/token` | a token for the client's secret |
//! | `GET /admin/realms/{realm}/users`, `/users/count`, `/users/{id}` | lists by `first` and `max` (100 unless asked) |
//! | `GET …/users/{id}/groups` | the groups that a user is directly in |
//! | `GET …/admin-events`, `GET …/events/config` | what changed since a day, the newest first (100 unless asked); whether that is kept |
//! | `GET …/groups`, `/groups/count`, `/groups/{id}`, `/groups/{id}/children` (10 unless asked), `/groups/{id}/members` (100) | the tree |
//!
//! The control endpoints are those of the simulated Entra ID.

mod answer;
mod events;
mod rows;
mod tree;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::entra::{Shape, Size, Tenant, Truth};
use super::serve::{Served, serve};
use tree::Tree;

/// Where it listens, whom it lets in, which version it is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The realm.
    pub realm: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// How many users.
    pub users: usize,
    /// How many groups.
    pub groups: usize,
    /// How many direct memberships, of users and of groups.
    pub memberships: usize,
    /// The same seed gives the same company.
    pub seed: u64,
    /// Who is in which group.
    pub shape: Shape,
    /// As before version 23: below `/auth`, groups told within groups.
    pub old: bool,
    /// Admin events are kept.
    pub admin_events: bool,
    /// So many users are counted but not listed, as federated ones that were never imported.
    pub unlisted: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            realm: "corp".to_owned(),
            client_id: "throng".to_owned(),
            client_secret: "simulated-secret".to_owned(),
            users: 2000,
            groups: 200,
            memberships: 10_000,
            seed: 1,
            shape: Shape::Grown,
            old: false,
            admin_events: true,
            unlisted: 0,
        }
    }
}

/// The company with its realm.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) tenant: Tenant,
    pub(super) options: Options,
}

/// A simulator that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    served: Served,
    inside: Arc<Inside>,
}

impl Running {
    /// The address to be configured.
    pub fn url(&self) -> String {
        format!("http://{}", self.served.address)
    }

    /// The company, to be edited; faults are by `realm`, `token`, `users`, `user`, `groups`, `group`, `children`, `members`, `memberOf`,
    /// `events`, `count`.
    pub fn tenant(&self) -> &Tenant {
        &self.inside.tenant
    }

    /// What a complete, correct reader would see now.
    pub fn truth(&self) -> Truth {
        let mut truth = self.inside.tenant.truth();
        for user in truth.users.values_mut() {
            user.upn = user.upn.to_lowercase();
        }
        let locked = self.inside.tenant.lock();
        truth.nested = Tree(&locked.world).edges();
        truth
    }

    /// Stops listening, waits a moment for connections.
    pub async fn stop(self) {
        self.served.stop().await;
    }
}

/// Generates the company, listens.
///
/// # Errors
/// Where it cannot listen.
pub async fn start(options: Options) -> std::io::Result<Running> {
    let tenant = Tenant::generated(Size {
        users: options.users,
        groups: options.groups,
        memberships: options.memberships,
        seed: options.seed,
        shape: options.shape,
    })
    .await?;
    let listen = options.listen;
    let inside = Arc::new(Inside { tenant, options });
    let answering = Arc::clone(&inside);
    let served = serve(listen, &inside.tenant, move |heard| {
        answer::answer(&answering, heard)
    })
    .await?;
    Ok(Running { served, inside })
}
