//! One simulated company for every source, with the connector that reads it as the daemon would.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use throng::client::Limiter;
use throng::clock::Clock;
use throng::connector::Connector;
use throng::connector::entra::{Entra, EntraConfig};
use throng::connector::google::{Credential, GoogleConfig, GoogleSource, PER_MINUTE};
use throng::connector::keycloak::{Keycloak, KeycloakConfig};
use throng::connector::ldap::{LdapConfig, LdapSource};
use throng::connector::okta::{OktaConfig, OktaSource};
use throng::connector::scim::{Scim, ScimSourceConfig};
use throng::simulator::entra::{Shape, Tenant};
use throng::simulator::{entra, google, keycloak, ldap, okta, scim};
use throng::sync::Mapping;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::figures::{Kind, Size};

/// When it is at first, in milliseconds since 1970.
const NOW: i64 = 1_790_000_000_000;

/// A company with its reader.
pub(crate) struct Company {
    pub(crate) tenant: Tenant,
    pub(crate) connector: Arc<dyn Connector>,
    /// The simulator runs as long as this is kept.
    _running: Box<dyn Any>,
}

impl Company {
    fn of(tenant: Tenant, connector: impl Connector, running: impl Any) -> Self {
        Self {
            tenant,
            connector: Arc::new(connector),
            _running: Box::new(running),
        }
    }
}

/// A clock that goes as the runtime's does, which may be paused.
struct Runtime {
    begun: Instant,
}

impl Clock for Runtime {
    fn now(&self) -> i64 {
        NOW + i64::try_from(self.begun.elapsed().as_millis()).unwrap()
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(Runtime {
        begun: Instant::now(),
    })
}

/// Founds the company, of which everybody is in one group. Limits hold from now on, so many percent of the published ones; answers are
/// late by so much.
pub(crate) async fn found(kind: Kind, size: Size, percent: u32, late: Duration) -> Company {
    let company = match kind {
        Kind::Entra => of_entra(size).await,
        Kind::Google => of_google(size, percent).await,
        Kind::Okta => of_okta(size).await,
        Kind::Keycloak => of_keycloak(size).await,
        Kind::Ldap => of_ldap(size).await,
        Kind::Scim => of_scim(size).await,
    };
    company.tenant.keep_quota(percent);
    company
        .tenant
        .answer_late(u64::try_from(late.as_millis()).unwrap());
    company
}

/// The options of a simulator for a company of this size.
macro_rules! options {
    ($provider:ident, $size:expr $(, $name:ident : $value:expr)*) => {
        $provider::Options {
            users: $size.users,
            groups: $size.groups,
            memberships: $size.memberships,
            shape: Shape::Even,
            $($name: $value,)*
            ..$provider::Options::default()
        }
    };
}

async fn of_entra(size: Size) -> Company {
    let options = options!(entra, size);
    let (tenant, client, secret) = (
        options.tenant.clone(),
        options.client_id.clone(),
        options.client_secret.clone(),
    );
    let running = entra::start(options).await.unwrap();
    let config: EntraConfig = serde_json::from_value(json!({
        "tenant": tenant, "client_id": client, "client_secret": { "value": secret },
        "login_url": running.url(), "graph_url": running.url(),
    }))
    .unwrap();
    let attributes = Mapping::entra().attributes();
    let built = Entra::limited(
        &config,
        config.proof().unwrap(),
        Limiter::adaptive(),
        &attributes,
        clock(),
        TaskTracker::new(),
    );
    Company::of(running.tenant().clone(), built.unwrap(), running)
}

async fn of_google(size: Size, percent: u32) -> Company {
    let options = options!(google, size, now: Some(NOW));
    let admin = options.admin.clone();
    let running = google::start(options).await.unwrap();
    let config = json!({ "admin": admin, "key_file": "sa.json", "directory_url": running.url() });
    let config: GoogleConfig = serde_json::from_value(config).unwrap();
    let credential = Credential::parse(&running.key_file().to_string()).unwrap();
    let limiter = Limiter::spaced(PER_MINUTE * percent / 100);
    let attributes = Mapping::google().attributes();
    let built = GoogleSource::build(
        &config,
        credential,
        limiter,
        &attributes,
        clock(),
        TaskTracker::new(),
    );
    Company::of(running.tenant().clone(), built.unwrap(), running)
}

async fn of_okta(size: Size) -> Company {
    let options = options!(okta, size);
    let token = options.token.clone();
    let running = okta::start(options).await.unwrap();
    let config = json!({ "url": running.url(), "token": { "value": token } });
    let config: OktaConfig = serde_json::from_value(config).unwrap();
    let limiter = Limiter::sharing(config.budget_percent);
    let attributes = Mapping::okta().attributes();
    let built = OktaSource::build(
        &config,
        config.sign().unwrap(),
        limiter,
        &attributes,
        clock(),
        TaskTracker::new(),
    );
    Company::of(running.tenant().clone(), built.unwrap(), running)
}

async fn of_keycloak(size: Size) -> Company {
    let options = options!(keycloak, size);
    let secret = options.client_secret.clone();
    let running = keycloak::start(options).await.unwrap();
    let config: KeycloakConfig = serde_json::from_value(json!({
        "url": running.url(), "realm": "corp", "client_id": "throng", "client_secret": { "value": secret },
    }))
    .unwrap();
    let secret = config.client_secret.read().unwrap();
    let attributes = Mapping::keycloak().attributes();
    let built = Keycloak::build(
        &config,
        secret,
        Limiter::adaptive(),
        &attributes,
        clock(),
        TaskTracker::new(),
    );
    Company::of(running.tenant().clone(), built.unwrap(), running)
}

async fn of_ldap(size: Size) -> Company {
    let options = options!(ldap, size);
    let (bind_dn, password) = (options.bind_dn.clone(), options.password.clone());
    let running = ldap::start(options).await.unwrap();
    let config: LdapConfig = serde_json::from_value(json!({
        "url": running.url(), "bind_dn": bind_dn, "bind_password": { "value": password },
        "base_dn": ldap::DOMAIN, "flavour": "ad",
    }))
    .unwrap();
    let secret = config.bind_password.read().unwrap();
    let attributes = Mapping::active_directory().attributes();
    let built = LdapSource::build(&config, secret, None, &attributes, clock(), TaskTracker::new());
    Company::of(running.tenant().clone(), built.unwrap(), running)
}

async fn of_scim(size: Size) -> Company {
    // Servers cap pages at what the reader asks for by itself.
    let options = options!(scim, size, cap: 200);
    let token = options.token.clone();
    let running = scim::start(options).await.unwrap();
    let config = json!({ "url": running.url(), "token": { "value": token } });
    let config: ScimSourceConfig = serde_json::from_value(config).unwrap();
    let attributes = Mapping::scim().attributes();
    let built = Scim::build(
        &config,
        config.credentials().unwrap(),
        Limiter::adaptive(),
        &attributes,
        clock(),
        TaskTracker::new(),
    );
    Company::of(running.tenant().clone(), built.unwrap(), running)
}
