//! A stand-in provider alone, for whoever tries throng without a real one.

use anyhow::{Context, Result};

pub use crate::simulator::entra::{Options, Running};
pub use crate::simulator::okta;

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
    let running = crate::simulator::entra::start(options).await.with_context(|| {
        format!("the simulator cannot listen at {listen}; hint: choose another address with `--listen`")
    })?;
    let (url, (users, groups, memberships)) = (running.url(), running.tenant().size());
    let line = format!(
        "simulated Entra ID: url={url} tenant={tenant} client_id={client_id} client_secret={client_secret} users={users} groups={groups} memberships={memberships}"
    );
    Ok((running, line))
}
