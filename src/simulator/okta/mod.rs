//! A stand-in Okta organisation, over real HTTP: the company of the simulated Entra ID, told in Okta's way.
//!
//! It knows no connector. What it serves for an API token (`SSWS`) or for tokens of a service app, bound to a key if so wanted:
//!
//! | request | answer |
//! |---|---|
//! | `POST /oauth2/v1/token` | an access token for a signed assertion, with `DPoP` where proofs come |
//! | `GET /api/v1/users`, `GET /api/v1/groups` | lists by `limit` and `Link`, with `filter`; users without one leave out the deprovisioned |
//! | `GET /api/v1/groups/{id}`, `GET /api/v1/groups/{id}/users` | a group, its members |
//! | `GET /api/v1/apps/{app}/users`, `…/groups` | who is assigned to the app |
//! | `GET /api/v1/logs` | deletions |
//!
//! The control endpoints are those of the simulated Entra ID: a disabled user is suspended, a user in the bin deprovisioned. Groups are
//! flat. Its clock stands still but for edits: each takes a minute.

mod answer;
mod filter;
mod lists;
mod rows;
pub(super) mod time;
mod token;
mod truth;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::entra::{Shape, Size, Tenant};
use super::serve::{Served, serve};
use token::Doors;
pub use truth::Truth;

/// The id of the app that assignments are to.
pub const APP: &str = "0oasimulated";

/// Where it listens, whom it lets in, how large the company is.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The API token.
    pub token: String,
    /// The service app's id.
    pub client_id: String,
    /// The service app's certificate (PEM), whose key signs assertions.
    pub certificate: Option<String>,
    /// Access tokens must be bound to a key.
    pub binding: bool,
    /// How many users.
    pub users: usize,
    /// How many groups.
    pub groups: usize,
    /// How many direct memberships, of users and of groups (which Okta does not have).
    pub memberships: usize,
    /// The same seed gives the same company.
    pub seed: u64,
    /// Who is in which group.
    pub shape: Shape,
    /// What it says of its rate limit.
    pub limit: u32,
    /// The most rows of a page, whatever is asked for.
    pub most: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: "simulated-token".to_owned(),
            client_id: "0oaservice".to_owned(),
            certificate: None,
            binding: false,
            users: 2000,
            groups: 200,
            memberships: 10_000,
            seed: 1,
            shape: Shape::Grown,
            limit: 100_000,
            most: usize::MAX,
        }
    }
}

/// The company with its doors.
#[derive(Debug)]
struct Inside {
    tenant: Tenant,
    doors: Mutex<Doors>,
    limit: u32,
    most: usize,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A simulator that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    served: Served,
    inside: Arc<Inside>,
}

impl Running {
    /// The organisation's address.
    pub fn url(&self) -> String {
        format!("http://{}", self.served.address)
    }

    /// The company, to be edited; faults are by `users`, `groups`, `members`, `group`, `app/users`, `app/groups`, `logs`, `token`.
    pub fn tenant(&self) -> &Tenant {
        &self.inside.tenant
    }

    /// What a complete, correct reader would see now: of the whole organisation, or of the app.
    pub fn truth(&self, app: bool) -> Truth {
        truth::truth(&self.inside.tenant.lock().world, app)
    }

    /// The same of the whole organisation in the words of the simulated Entra ID: the deprovisioned are disabled, groups are flat.
    pub fn whole_truth(&self) -> super::entra::Truth {
        truth::whole(&self.inside.tenant.lock().world)
    }

    /// Withholds a scope (`okta.logs.read`) from whoever asks.
    pub fn withhold(&self, scope: &str) {
        locked(&self.inside.doors).withheld.insert(scope.to_owned());
    }

    /// Makes all access tokens void.
    pub fn revoke_tokens(&self) {
        locked(&self.inside.doors).revoke();
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
    let certificate = options.certificate.as_deref();
    let doors = Doors {
        token: options.token,
        client_id: options.client_id,
        certificate: certificate.and_then(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).ok()),
        binding: options.binding,
        ..Doors::default()
    };
    let inside = Arc::new(Inside {
        tenant,
        doors: Mutex::new(doors),
        limit: options.limit,
        most: options.most,
    });
    let answering = Arc::clone(&inside);
    let served = serve(listen, &inside.tenant, move |heard| {
        answer::answer(&answering, heard)
    })
    .await?;
    Ok(Running { served, inside })
}
