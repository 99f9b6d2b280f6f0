//! A stand-in SCIM 2.0 server to be read from, over real HTTP: the company of the simulated Entra ID, told in SCIM.
//!
//! It knows no connector. What it serves under `/scim/v2`, for a bearer token, a name with a password, or a token of its own
//! `POST /oauth/token`:
//!
//! | request | answer |
//! |---|---|
//! | `GET /ServiceProviderConfig` | what it can |
//! | `GET /Users`, `GET /Groups` | lists by index or cursor, `count` capped in silence, `filter` by `meta.lastModified ge` (and users by `groups.value eq`), `attributes=id` |
//! | `GET /Users/{id}`, `GET /Groups/{id}` | one object |
//!
//! The control endpoints are those of the simulated Entra ID. Its clock stands still but for edits: each takes a minute.

mod answer;
mod lists;
mod rows;
mod time;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::entra::{Shape, Size, Tenant};
use super::serve::{Served, serve};

/// Where it listens, whom it lets in, what kind of server it is.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a habit that servers have or not"
)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The bearer token; also the password of the account `reader`, and the secret of the client `reader`.
    pub token: String,
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
    /// The most objects of a page, whatever is asked for.
    pub cap: usize,
    /// Lists are paged by cursors unless asked otherwise.
    pub cursors: bool,
    /// Lists can be filtered.
    pub filter: bool,
    /// Members say whether they are users or groups.
    pub typed: bool,
    /// `meta.lastModified` of a group moves with its members.
    pub dates_move: bool,
    /// Lists of groups have their members.
    pub inline: bool,
    /// How many members of a group are shown.
    pub shown: usize,
    /// It has a `/ServiceProviderConfig`.
    pub told: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: "simulated-token".to_owned(),
            users: 2000,
            groups: 200,
            memberships: 10_000,
            seed: 1,
            shape: Shape::Grown,
            cap: 100,
            cursors: false,
            filter: true,
            typed: true,
            dates_move: true,
            inline: true,
            shown: usize::MAX,
            told: true,
        }
    }
}

/// The company with the habits of its server.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) tenant: Tenant,
    pub(super) options: Options,
    /// How many users and groups there were at first: later ones have their date of creation in the journal.
    pub(super) first: (usize, usize),
}

/// A simulator that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    served: Served,
    inside: Arc<Inside>,
}

impl Running {
    /// The base address, to be configured.
    pub fn url(&self) -> String {
        format!("{}/scim/v2", self.origin())
    }

    /// Scheme, host, port.
    pub fn origin(&self) -> String {
        format!("http://{}", self.served.address)
    }

    /// The company, to be edited; faults are by `users`, `groups`, `user`, `group`, `config`, `token`.
    pub fn tenant(&self) -> &Tenant {
        &self.inside.tenant
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
    let first = {
        let world = &tenant.lock().world;
        (world.users.len(), world.groups.len())
    };
    let inside = Arc::new(Inside {
        tenant,
        options,
        first,
    });
    let answering = Arc::clone(&inside);
    let served = serve(listen, &inside.tenant, move |heard| {
        answer::answer(&answering, heard)
    })
    .await?;
    Ok(Running { served, inside })
}
