//! A stand-in provider alone, for whoever tries throng without a real one.

use std::net::SocketAddr;

use anyhow::{Context, Result};

use crate::simulator::entra as microsoft;
pub use crate::simulator::entra::{Options, Running};
pub use crate::simulator::{google, keycloak, ldap, okta, scim};

/// Which provider, as what.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Microsoft Entra ID.
    Entra(Options),
    /// Google Workspace.
    Google(google::Options),
    /// Keycloak.
    Keycloak(keycloak::Options),
    /// Active Directory.
    Ldap(ldap::Options),
    /// Okta.
    Okta(okta::Options),
    /// A SCIM server.
    Scim(scim::Options),
}

/// One that runs until it is stopped or dropped.
#[derive(Debug)]
pub enum Provider {
    /// Microsoft Entra ID.
    Entra(Running),
    /// Google Workspace.
    Google(google::Running),
    /// Keycloak.
    Keycloak(keycloak::Running),
    /// Active Directory.
    Ldap(ldap::Running),
    /// Okta.
    Okta(okta::Running),
    /// A SCIM server.
    Scim(scim::Running),
}

impl Provider {
    /// Starts it. Answers it with the line that says where and for whom it is.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(asked: Asked) -> Result<(Self, String)> {
        let (provider, line) = Self::begin(asked).await?;
        provider.tenant().keep_time(0);
        Ok((provider, line))
    }

    async fn begin(asked: Asked) -> Result<(Self, String)> {
        match asked {
            Asked::Entra(options) => {
                let (running, line) = entra(options).await?;
                Ok((Self::Entra(running), line))
            }
            Asked::Google(options) => {
                let (running, line) = workspace(options).await?;
                Ok((Self::Google(running), line))
            }
            Asked::Keycloak(options) => {
                let (listen, realm, secret) = (
                    options.listen,
                    options.realm.clone(),
                    options.client_secret.clone(),
                );
                let client = options.client_id.clone();
                let running = keycloak::start(options).await.with_context(|| refused(listen))?;
                let line = format!(
                    "simulated Keycloak: url={} realm={realm} client_id={client} client_secret={secret} {}",
                    running.url(),
                    size(running.tenant())
                );
                Ok((Self::Keycloak(running), line))
            }
            Asked::Ldap(options) => {
                let (running, line) = controller(options).await?;
                Ok((Self::Ldap(running), line))
            }
            Asked::Okta(options) => {
                let (running, line) = okta(options).await?;
                Ok((Self::Okta(running), line))
            }
            Asked::Scim(options) => {
                let (listen, token) = (options.listen, options.token.clone());
                let running = scim::start(options).await.with_context(|| refused(listen))?;
                let line = format!(
                    "simulated SCIM server: url={} token={token} {}",
                    running.url(),
                    size(running.tenant())
                );
                Ok((Self::Scim(running), line))
            }
        }
    }

    fn tenant(&self) -> &microsoft::Tenant {
        match self {
            Self::Entra(running) => running.tenant(),
            Self::Google(running) => running.tenant(),
            Self::Keycloak(running) => running.tenant(),
            Self::Ldap(running) => running.tenant(),
            Self::Okta(running) => running.tenant(),
            Self::Scim(running) => running.tenant(),
        }
    }

    /// Stops listening, waits a moment for connections.
    pub async fn stop(self) {
        match self {
            Self::Entra(running) => running.stop().await,
            Self::Google(running) => running.stop().await,
            Self::Keycloak(running) => running.stop().await,
            Self::Ldap(running) => running.stop().await,
            Self::Okta(running) => running.stop().await,
            Self::Scim(running) => running.stop().await,
        }
    }
}

/// Starts the stand-in Google Workspace. Answers it with the line that says where it is and whose name is read in.
///
/// # Errors
/// When it cannot listen.
pub async fn workspace(options: google::Options) -> Result<(google::Running, String)> {
    let (listen, admin) = (options.listen, options.admin.clone());
    let running = google::start(options).await.with_context(|| refused(listen))?;
    let url = running.url();
    let line = format!(
        "simulated Google Workspace: directory_url={url} admin={admin} key_file={url}/_control/key-file {}",
        size(running.tenant())
    );
    Ok((running, line))
}

/// Starts the stand-in Active Directory. Answers it with the line that says where it is and who is let in.
async fn controller(options: ldap::Options) -> Result<(ldap::Running, String)> {
    let (listen, account, password) = (options.listen, options.bind_dn.clone(), options.password.clone());
    let running = ldap::start(options).await.with_context(|| refused(listen))?;
    let line = format!(
        "simulated Active Directory: url={} flavour=ad base_dn={} bind_dn={account} bind_password={password} {}",
        running.url(),
        ldap::DOMAIN,
        size(running.tenant())
    );
    Ok((running, line))
}

/// Starts the stand-in Okta. Answers it with the line that says where it is and who is let in.
///
/// # Errors
/// When it cannot listen.
pub async fn okta(options: okta::Options) -> Result<(okta::Running, String)> {
    let (listen, token) = (options.listen, options.token.clone());
    let running = okta::start(options).await.with_context(|| {
        format!("the simulator cannot listen at {listen}; hint: choose another address with `--listen`")
    })?;
    let (url, truth) = (running.url(), running.truth(false));
    let (users, groups, memberships) = (truth.users.len(), truth.groups.len(), truth.members.len());
    let app = okta::APP;
    let line = format!(
        "simulated Okta: url={url} token={token} app={app} users={users} groups={groups} memberships={memberships}"
    );
    Ok((running, line))
}

/// Starts the stand-in Entra ID. Answers it with the line that says where and for whom it is.
///
/// # Errors
/// When it cannot listen.
pub async fn entra(options: Options) -> Result<(Running, String)> {
    let listen = options.listen;
    let (tenant, client_id) = (options.tenant.clone(), options.client_id.clone());
    let client_secret = options.client_secret.clone();
    let running = microsoft::start(options).await.with_context(|| refused(listen))?;
    let line = format!(
        "simulated Entra ID: url={} tenant={tenant} client_id={client_id} client_secret={client_secret} {}",
        running.url(),
        size(running.tenant())
    );
    Ok((running, line))
}

fn refused(listen: SocketAddr) -> String {
    format!("the simulator cannot listen at {listen}; hint: choose another address with `--listen`")
}

fn size(tenant: &microsoft::Tenant) -> String {
    let (users, groups, memberships) = tenant.size();
    format!("users={users} groups={groups} memberships={memberships}")
}
