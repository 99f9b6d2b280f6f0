//! Opening: stores and sources, by what the configuration names.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::error::AppError;
use crate::client::{Limiter, Limiters};
use crate::clock::Clock;
use crate::config::{DirectoryConfig, SourceConfig};
use crate::connector::Connector;
use crate::connector::entra::Entra;
use crate::connector::file::FileSource;
use crate::connector::google::{GoogleSource, PER_MINUTE};
use crate::connector::keycloak::Keycloak;
use crate::connector::ldap::{Flavour, LdapConfig, LdapSource};
use crate::connector::okta::OktaSource;
use crate::connector::scim::Scim;
use crate::store::config::Engine;
use crate::store::embedded::EmbeddedStore;
use crate::store::memory::MemoryStore;
use crate::store::{Store, StoreConfig, StoreError};
use crate::sync::config::{ProtectConfig, UsersScope};
use crate::sync::links::{LINKED, LINKED_BY, NOT_LINKED};
use crate::sync::{Mapping, Rules, Scope};

/// The store of a configuration. An engine without code was refused with the configuration.
pub(super) async fn store(config: &StoreConfig, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, AppError> {
    if config.engine == Engine::Memory {
        return Ok(MemoryStore::with_clock(clock));
    }
    let path = config.path.clone();
    // Opening recovers: it reads and writes files for a while.
    let opened = tokio::task::spawn_blocking(move || EmbeddedStore::open(&path, clock)).await;
    let opened = opened.map_err(|_| StoreError::Stopped("opening it panicked".to_owned()))?;
    Ok(opened?)
}

/// How a directory's fields are mapped: what the configuration says, else what is usual for the kind of source.
pub(super) fn mapping(config: &DirectoryConfig) -> Mapping {
    match &config.source {
        SourceConfig::Entra(_) => Mapping::from_config(&config.mapping, Mapping::entra()),
        SourceConfig::Google(_) => Mapping::from_config(&config.mapping, Mapping::google()),
        SourceConfig::Okta(_) => Mapping::from_config(&config.mapping, Mapping::okta()),
        SourceConfig::Keycloak(_) => Mapping::from_config(&config.mapping, Mapping::keycloak()),
        SourceConfig::Ldap(ldap) => {
            let usual = match ldap.flavour {
                Flavour::Ad => Mapping::active_directory(),
                Flavour::OpenLdap => Mapping::ldap(),
            };
            Mapping::from_config(&config.mapping, usual)
        }
        // What its parts map is added by whoever knows them.
        SourceConfig::Linked(_) => {
            Mapping::linked([LINKED, LINKED_BY, NOT_LINKED].into_iter()).with_config(&config.mapping)
        }
        // A local directory maps nothing.
        SourceConfig::File(_)
        | SourceConfig::Scim(_)
        | SourceConfig::Local(_)
        | SourceConfig::ScimPush(_) => Mapping::from_config(&config.mapping, Mapping::scim()),
    }
}

/// What else the configuration says of a directory's plans.
pub(super) fn rules(config: &DirectoryConfig, protect: &ProtectConfig) -> Rules {
    Rules {
        scope: Scope::from_config(&config.scope),
        nested: config.groups.nested,
        missing: config.missing,
        links: match &config.source {
            SourceConfig::Linked(linked) => linked.text(),
            _ => String::new(),
        },
        protected: protect.names(),
    }
}

/// The connector of a directory; none where nothing is read.
pub(super) fn source(
    config: &DirectoryConfig,
    limiters: &Limiters,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
) -> Result<Option<Arc<dyn Connector>>, AppError> {
    let directory = config.id.clone();
    let mut attributes = mapping(config).attributes();
    attributes.extend(Scope::from_config(&config.scope).attributes());
    let unreadable = |message| AppError::SourceSecret {
        directory: config.id.clone(),
        message,
    };
    match &config.source {
        SourceConfig::Entra(entra) => {
            let proof = entra.proof().map_err(unreadable)?;
            let limiter = limiters.of(&["entra", &entra.tenant, &entra.client_id], Limiter::adaptive);
            let built = Entra::limited(entra, proof, limiter, &attributes, clock, tasks);
            let built = built.map_err(|source| AppError::Source { directory, source })?;
            let assigned = config.scope.users == UsersScope::Assigned;
            Ok(Some(Arc::new(built.assigned_only(assigned))))
        }
        SourceConfig::Google(google) => {
            let credential = google.credential().map_err(unreadable)?;
            let limiter = limiters.of(&["google", credential.account()], || Limiter::spaced(PER_MINUTE));
            let built = GoogleSource::build(google, credential, limiter, &attributes, clock, tasks);
            let built = built.map_err(|source| AppError::Source { directory, source })?;
            Ok(Some(Arc::new(built)))
        }
        SourceConfig::Okta(okta) => {
            let sign = okta.sign().map_err(unreadable)?;
            let limiter = limiters.of(&["okta", &okta.url], || Limiter::sharing(okta.budget_percent));
            let built = OktaSource::build(okta, sign, limiter, &attributes, clock, tasks);
            Ok(Some(Arc::new(
                built.map_err(|source| AppError::Source { directory, source })?,
            )))
        }
        SourceConfig::Keycloak(keycloak) => {
            let secret = keycloak.client_secret.read().map_err(unreadable)?;
            let whom = ["keycloak", &keycloak.url, &keycloak.realm];
            let limiter = limiters.of(&whom, Limiter::adaptive);
            let built = Keycloak::build(keycloak, secret, limiter, &attributes, clock, tasks);
            let built = built.map_err(|source| AppError::Source { directory, source })?;
            Ok(Some(Arc::new(built)))
        }
        SourceConfig::Scim(scim) => {
            let credentials = scim.credentials().map_err(unreadable)?;
            let limiter = limiters.of(&["scim", &scim.url], Limiter::adaptive);
            let built = Scim::build(scim, credentials, limiter, &attributes, clock, tasks);
            let built = built.map_err(|source| AppError::Source { directory, source })?;
            Ok(Some(Arc::new(built)))
        }
        SourceConfig::Ldap(ldap) => {
            let built = ldap_source(ldap, &directory, &attributes, clock, tasks)?;
            Ok(Some(Arc::new(built)))
        }
        SourceConfig::File(file) => Ok(Some(Arc::new(FileSource::build(file, &attributes, clock, tasks)))),
        // Linked directories are built once the others are open.
        SourceConfig::Linked(_) | SourceConfig::Local(_) | SourceConfig::ScimPush(_) => Ok(None),
    }
}

fn ldap_source(
    config: &LdapConfig,
    directory: &str,
    attributes: &BTreeSet<String>,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
) -> Result<LdapSource, AppError> {
    let unreadable = |message| AppError::SourceSecret {
        directory: directory.to_owned(),
        message,
    };
    let secret = config.bind_password.read().map_err(unreadable)?;
    let authority = config.authority().map_err(unreadable)?;
    let built = LdapSource::build(config, secret, authority.as_deref(), attributes, clock, tasks);
    built.map_err(|source| AppError::Source {
        directory: directory.to_owned(),
        source,
    })
}
