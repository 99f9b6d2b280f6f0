//! A stand-in for Microsoft Entra ID with Microsoft Graph, over real HTTP.
//!
//! It knows no connector: it answers what the real service is documented to answer, over a generated company that
//! can be edited in process by [`Tenant`] or from outside by the control endpoints. What it serves:
//!
//! | request | answer |
//! |---|---|
//! | `POST /{tenant}/oauth2/v2.0/token` | an access token for a client secret, a certificate's assertion or a token of another issuer |
//! | `GET /v1.0/users`, `GET /v1.0/groups` | pages with `$select`, `$top` (at most 999), `$count` |
//! | `GET /v1.0/users/$count`, `GET /v1.0/groups/$count` | a number as text (`ConsistencyLevel: eventual`) |
//! | `GET /v1.0/users/{id}`, `GET /v1.0/groups/{id}` | one object |
//! | `GET /v1.0/groups/{id}/members`, `GET /v1.0/users/{id}/memberOf` | pages of typed objects |
//! | `GET /v1.0/users/delta`, `GET /v1.0/groups/delta` | rounds of changes |
//! | `GET /v1.0/servicePrincipals`, `GET /v1.0/servicePrincipals/{id}/appRoleAssignedTo` | the application, who is assigned to it |
//! | `POST /v1.0/$batch` | up to 20 of the `GET`s above, in any order |
//!
//! The control endpoints read and write JSON, without authentication (the simulator is for loopback):
//!
//! | request | what it does |
//! |---|---|
//! | `POST /_control/edit` | one [`Edit`] or a list, `{"do":"disable-user","user":"ID or sign-in name"}`; answers a list of `{"id":…}` or `{"error":…}` (409) |
//! | `POST /_control/faults` | one [`Fault`] or a list, `{"kind":"throttle","retry_after":"0.01","on":"users","after":1,"times":2}` |
//! | `GET /_control/faults`, `DELETE /_control/faults` | those still waiting; forget all |
//! | `GET /_control/truth` | [`Truth`]: `users` and `groups` by id, `members` and `nested` as pairs of ids |
//! | `GET /_control/stats`, `DELETE /_control/stats` | [`Stats`]; from zero again |
//! | `POST /_control/expire-delta-tokens` | all delta tokens so far expire, `{"answer":"gone"}` (or `sync-state-not-found`, `resync-required`) |
//! | `POST /_control/revoke-access-tokens` | all access tokens so far are void |
//!
//! What it does as the real one does, though a reader may not expect it: deleting a user says nothing of its
//! memberships; a restored user has them again, but no delta tells them again; a first delta round tells a large
//! group several times, each time with other members; security groups cannot be restored.

mod assigned;
mod batch;
pub(super) mod control;
mod cost;
mod delta;
mod edits;
mod faults;
mod generate;
mod graph;
pub(super) mod journal;
mod lists;
mod names;
pub(super) mod page;
mod permissions;
mod prng;
mod query;
pub(super) mod reply;
mod rows;
mod server;
pub(super) mod signin;
pub(super) mod tenant;
mod token;
mod truth;
mod verbs;
pub(super) mod world;

use std::net::{Ipv4Addr, SocketAddr};

pub use delta::Expired;
pub use edits::{Edit, EditError};
pub use faults::{Fault, FaultKind};
pub use generate::Shape;
pub(crate) use generate::Size;
pub use server::{Running, start};
pub use tenant::{FaultControl, Stats, Tenant};
pub use truth::{TrueGroup, TrueUser, Truth};

/// Where it listens, whom it lets in, how large the company is.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The tenant's id.
    pub tenant: String,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
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
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tenant: "11111111-1111-1111-1111-111111111111".to_owned(),
            client_id: "22222222-2222-2222-2222-222222222222".to_owned(),
            client_secret: "simulated-secret".to_owned(),
            users: 2000,
            groups: 200,
            memberships: 10_000,
            seed: 1,
            shape: Shape::Grown,
        }
    }
}
