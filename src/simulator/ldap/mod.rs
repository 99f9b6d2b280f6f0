//! A stand-in Active Directory, over real TCP: the company of the simulated Entra ID below `DC=corp,DC=example`.
//!
//! It knows no connector. What it has: simple binds, searches by any filter, pages, ranges of members, `uSNChanged`, deleted objects.
//! Faults are by `search`; what goes wrong with HTTP elsewhere goes wrong with messages here.

mod answer;
mod matching;
mod rows;
mod serve;
mod tree;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

pub use rows::DOMAIN;

use super::entra::{Shape, Size, Tenant, Truth};
use serve::Served;

/// Where it listens, whom it lets in, how it tells.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The account that may read.
    pub bind_dn: String,
    /// Its password.
    pub password: String,
    /// Every user's password.
    pub user_password: String,
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
    /// How many members are told at once.
    pub range: usize,
    /// Deleted objects are not shown.
    pub hides_deleted: bool,
    /// The users of the group of this number have it as their primary one: no list of members has them.
    pub primary: Option<u32>,
    /// The account of the user of this number has ended.
    pub ended: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            bind_dn: "CN=throng,DC=corp,DC=example".to_owned(),
            password: "simulated-secret".to_owned(),
            user_password: "simulated-password".to_owned(),
            users: 2000,
            groups: 200,
            memberships: 10_000,
            seed: 1,
            shape: Shape::Grown,
            range: 1500,
            hides_deleted: false,
            primary: None,
            ended: None,
        }
    }
}

/// The company with its controller.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) tenant: Tenant,
    pub(super) options: Options,
    /// Counts how often the database was restored: each time it is another one.
    pub(super) life: std::sync::atomic::AtomicU8,
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
        format!("ldap://{}", self.served.address)
    }

    /// The company, to be edited.
    pub fn tenant(&self) -> &Tenant {
        &self.inside.tenant
    }

    /// What a complete, correct reader would see now.
    pub fn truth(&self) -> Truth {
        let mut truth = self.inside.tenant.truth();
        let locked = self.inside.tenant.lock();
        let ended = self.inside.options.ended.and_then(|at| locked.world.user(at));
        if let Some(user) = ended.and_then(|user| truth.users.get_mut(&user.id)) {
            user.enabled = false;
        }
        truth
    }

    /// The id of the group that is a primary one.
    pub fn primary_group(&self) -> Option<String> {
        let locked = self.inside.tenant.lock();
        let group = locked.world.group(self.inside.options.primary?)?;
        Some(group.id.to_string())
    }

    /// The database is another one from now on, as after a restore.
    pub fn restore(&self) {
        self.inside
            .life
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    /// How many connections stand.
    pub fn connections(&self) -> usize {
        self.served.connections()
    }

    /// Stops listening, ends all connections.
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
        options,
        life: std::sync::atomic::AtomicU8::new(0),
    });
    let served = serve::serve(listen, Arc::clone(&inside)).await?;
    Ok(Running { served, inside })
}
