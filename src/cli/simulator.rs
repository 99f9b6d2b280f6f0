//! `throng simulator`: a stand-in provider until Ctrl-C or SIGTERM.

use std::net::SocketAddr;

use super::Exit;
use super::output::say;
use crate::app::signals::StopSignal;
use crate::app::simulator::{Asked, Options, Provider, google, keycloak, okta, scim};

/// Runs a stand-in provider alone.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Which provider.
    kind: Kind,
    /// Where to listen; port 0 takes a free one. Everybody who can reach it may edit it.
    #[arg(long, default_value = "127.0.0.1:8099")]
    listen: SocketAddr,
    /// How many users it has.
    #[arg(long, default_value_t = 2000)]
    users: usize,
    /// How many groups it has.
    #[arg(long, default_value_t = 200)]
    groups: usize,
    /// How many direct memberships it has.
    #[arg(long, default_value_t = 10_000)]
    memberships: usize,
    /// The same seed gives the same company.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The application's secret.
    #[arg(long, default_value = "simulated-secret")]
    client_secret: String,
    /// The tenant's id.
    #[arg(long, default_value = "11111111-1111-1111-1111-111111111111")]
    tenant: String,
    /// The application's id.
    #[arg(long, default_value = "22222222-2222-2222-2222-222222222222")]
    client_id: String,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// Microsoft Entra ID with Microsoft Graph.
    Entra,
    /// Google Workspace; its service account's key is at `/_control/key-file`.
    Google,
    /// Okta; `--client-secret` is its API token.
    Okta,
    /// Keycloak with its admin REST API: realm `corp`, client `throng`.
    Keycloak,
    /// A SCIM server to be read from; the secret is its bearer token.
    Scim,
}

/// Starts the simulator, says where it is in one line, ends on Ctrl-C or SIGTERM.
///
/// # Errors
/// When it cannot listen.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let asked = asked(arguments);
    let mut stop = StopSignal::listen()?;
    let (running, line) = Provider::start(asked).await?;
    say(&line);
    stop.asked().await;
    running.stop().await;
    Ok(Exit::Done)
}

fn asked(arguments: Arguments) -> Asked {
    let Arguments {
        kind,
        listen,
        users,
        groups,
        memberships,
        seed,
        client_secret,
        tenant,
        client_id,
    } = arguments;
    match kind {
        Kind::Entra => Asked::Entra(Options {
            listen,
            tenant,
            client_id,
            client_secret,
            users,
            groups,
            memberships,
            seed,
        }),
        Kind::Google => Asked::Google(google::Options {
            listen,
            users,
            groups,
            memberships,
            seed,
            ..google::Options::default()
        }),
        Kind::Okta => Asked::Okta(okta::Options {
            listen,
            token: client_secret,
            users,
            groups,
            memberships,
            seed,
            ..okta::Options::default()
        }),
        Kind::Keycloak => Asked::Keycloak(keycloak::Options {
            listen,
            client_secret,
            users,
            groups,
            memberships,
            seed,
            ..keycloak::Options::default()
        }),
        Kind::Scim => Asked::Scim(scim::Options {
            listen,
            token: client_secret,
            users,
            groups,
            memberships,
            seed,
            ..scim::Options::default()
        }),
    }
}
