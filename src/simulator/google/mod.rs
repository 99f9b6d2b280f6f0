//! A stand-in Google Workspace, over real HTTP: the company of the simulated Entra ID, told in Google's way.
//!
//! It knows no connector. What it serves:
//!
//! | request | answer |
//! |---|---|
//! | `POST /token` | an access token for a signed assertion in the administrator's name |
//! | `POST /sts` | a token for the trusted token of another issuer |
//! | `POST /v1/projects/-/serviceAccounts/{email}:signJwt` | an assertion, signed |
//! | `GET /admin/directory/v1/users`, `/users/{id}` | pages of at most 500 users; with `showDeleted` those in the bin |
//! | `GET …/groups`, `/groups/{id}`, `/groups/{id}/members` | pages of at most 200; with `userKey` the groups of somebody |
//! | `GET /admin/reports/v1/activity/users/all/applications/{admin or groups_enterprise}` | changes of memberships |
//!
//! `fields` is followed, also where it leaves `nextPageToken` out. The control endpoints are those of the simulated Entra ID, and
//! `GET /_control/key-file` is the service account's key. A disabled user is suspended or archived. A throttled answer is a 403 of
//! either reason or a 429, in turn. A group's etag does not move with its members.

mod answer;
mod fields;
mod lists;
mod log;
mod rows;
mod token;
mod truth;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::entra::{self, Shape, Size, Tenant, Truth};
use super::serve::{Served, serve};
use token::Doors;

/// The customer's id.
pub const CUSTOMER: &str = "C0simulated";
/// The service account.
pub const ACCOUNT: &str = "sync@simulated.iam.gserviceaccount.com";

/// Where it listens, whom it lets in, how large the company is.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The administrator in whose name the service account reads.
    pub admin: String,
    /// The token of another issuer that is trusted.
    pub trusted: Option<String>,
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
    /// By which clock assertions are judged, milliseconds since 1970; the machine's where none is given.
    pub now: Option<i64>,
    /// The group of this number has everybody as its member.
    pub everybody: Option<u32>,
    /// Every group has two more members, of another organisation.
    pub strangers: bool,
    /// The most rows of a page, whatever is asked for.
    pub most: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            admin: format!("sync-admin@{}", entra::world::DOMAIN),
            trusted: None,
            users: 2000,
            groups: 200,
            memberships: 10_000,
            seed: 1,
            shape: Shape::Grown,
            now: None,
            everybody: None,
            strangers: false,
            most: usize::MAX,
        }
    }
}

/// The company with its doors.
#[derive(Debug)]
struct Inside {
    tenant: Tenant,
    doors: Mutex<Doors>,
    options: Options,
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
    /// The API's address.
    pub fn url(&self) -> String {
        format!("http://{}", self.served.address)
    }

    /// The service account's key file.
    pub fn key_file(&self) -> Value {
        token::key_file(&self.url())
    }

    /// A federation in place of a key: the other issuer's token is in `file`.
    pub fn federation(&self, file: &str) -> Value {
        let url = self.url();
        json!({
            "type": "external_account", "audience": token::AUDIENCE,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": format!("{url}/sts"),
            "service_account_impersonation_url": format!("{url}/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken"),
            "credential_source": { "file": file }, "token_uri": format!("{url}/token"),
        })
    }

    /// The company, to be edited; faults are by `users`, `user`, `groups`, `group`, `members`, `log`, `token`.
    pub fn tenant(&self) -> &Tenant {
        &self.inside.tenant
    }

    /// What a complete, correct reader would see now.
    pub fn truth(&self) -> Truth {
        truth::truth(&self.inside)
    }

    /// Delegates a scope (`admin.directory.group.readonly`) no more.
    pub fn withhold(&self, scope: &str) {
        locked(&self.inside.doors).withheld.insert(scope.to_owned());
    }

    /// Refuses this kind of request under a reason: `forbidden`, `accessNotConfigured`, `domainPolicy`, …
    pub fn refuse(&self, class: &'static str, reason: &'static str) {
        locked(&self.inside.doors).refused.insert(class, reason);
    }

    /// Refuses this kind of request no more.
    pub fn allow(&self, class: &str) {
        locked(&self.inside.doors).refused.remove(class);
    }

    /// Makes all access tokens void.
    pub fn revoke_tokens(&self) {
        locked(&self.inside.doors).given.clear();
    }

    /// Moves the clock that assertions are judged by.
    pub fn set_now(&self, now: i64) {
        locked(&self.inside.doors).now = Some(now);
    }

    /// Deletes the service account's key.
    pub fn delete_key(&self) {
        locked(&self.inside.doors).keyless = true;
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
    let inside = Arc::new(Inside {
        tenant,
        doors: Mutex::new(Doors::at(options.now)),
        options,
    });
    let answering = Arc::clone(&inside);
    let served = serve(listen, &inside.tenant, move |heard| {
        answer::answer(&answering, heard)
    })
    .await?;
    Ok(Running { served, inside })
}
