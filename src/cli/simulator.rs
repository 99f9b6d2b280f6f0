//! `throng simulator`: a stand-in provider until Ctrl-C or SIGTERM.

use std::net::SocketAddr;

use super::Exit;
use super::output::say;
use crate::app::signals::StopSignal;
use crate::app::simulator::{Asked, Options, Provider, google, keycloak, ldap, okta, scim};

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
    /// Active Directory by LDAP, below `DC=corp,DC=example`; `--client-secret` is the reader's password.
    Ldap,
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
        ..
    } = arguments;
    let secret = arguments.client_secret;
    match kind {
        Kind::Entra => Asked::Entra(Options {
            listen,
            tenant: arguments.tenant,
            client_id: arguments.client_id,
            client_secret: secret,
            users,
            groups,
            memberships,
            seed,
            ..Options::default()
        }),
        Kind::Google => Asked::Google(google::Options {
            listen,
            users,
            groups,
            memberships,
            seed,
            ..google::Options::default()
        }),
        Kind::Okta | Kind::Keycloak | Kind::Ldap | Kind::Scim => {
            by_secret(kind, listen, secret, (users, groups, memberships, seed))
        }
    }
}

/// Those that are let in by one secret, whose other names are always the same.
fn by_secret(
    kind: Kind,
    listen: SocketAddr,
    secret: String,
    (users, groups, memberships, seed): (usize, usize, usize, u64),
) -> Asked {
    match kind {
        Kind::Okta => Asked::Okta(okta::Options {
            listen,
            token: secret,
            users,
            groups,
            memberships,
            seed,
            ..okta::Options::default()
        }),
        Kind::Keycloak => Asked::Keycloak(keycloak::Options {
            listen,
            client_secret: secret,
            users,
            groups,
            memberships,
            seed,
            ..keycloak::Options::default()
        }),
        Kind::Ldap => Asked::Ldap(ldap::Options {
            listen,
            password: secret,
            users,
            groups,
            memberships,
            seed,
            ..ldap::Options::default()
        }),
        // The other two have been told apart before.
        Kind::Scim | Kind::Entra | Kind::Google => Asked::Scim(scim::Options {
            listen,
            token: secret,
            users,
            groups,
            memberships,
            seed,
            ..scim::Options::default()
        }),
    }
}
