//! The connector. Keycloak tells no changes: every read is a full one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use super::config::KeycloakConfig;
use super::{check, full};
use crate::client::{ClientError, Limiter, Settings, check_url};
use crate::clock::Clock;
use crate::connector::api::{Connector, ConnectorError, Pull, Report, Result};
use crate::connector::rest::Rest;
use crate::connector::stream;
use crate::model::commit::Cursor;
use crate::secret::Secret;

/// The longest answer that is read.
pub(super) const CAP: usize = 64 << 20;
/// A token answer is small.
pub(super) const TOKEN_CAP: usize = 64 << 10;
/// Lists under way at once.
pub(super) const PARALLEL: usize = 8;

/// A connector of one realm.
#[derive(Clone)]
pub struct Keycloak {
    pub(super) config: Arc<KeycloakConfig>,
    pub(super) secret: Secret,
    pub(super) limiter: Arc<Limiter>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) wanted: Arc<[Arc<str>]>,
    pub(super) settings: Arc<Settings>,
    pub(super) back_off: Duration,
    pub(super) admin: Arc<OnceCell<Rest>>,
    tasks: TaskTracker,
    scope: String,
}

impl Keycloak {
    /// A connector; `attributes` are what the mapping wants; reads run on `tasks`.
    ///
    /// # Errors
    /// `Refused` where the address cannot be used.
    pub fn build(
        config: &KeycloakConfig,
        secret: Secret,
        limiter: Arc<Limiter>,
        attributes: &BTreeSet<String>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Result<Self> {
        let refused = |error: ClientError| ConnectorError::Refused(error.to_string());
        check_url(&config.url).map_err(refused)?;
        let settings = Settings::trusting(config.ca_file.as_deref()).map_err(refused)?;
        let mut hash = Sha256::new();
        let names = format!("{:?}", config.group_names);
        let parts = [config.url.as_str(), &config.realm, &names];
        for part in parts.into_iter().chain(attributes.iter().map(String::as_str)) {
            hash.update(part);
            hash.update([0]);
        }
        let digest = hash.finalize();
        let scope = digest
            .iter()
            .fold("keycloak ".to_owned(), |text, byte| format!("{text}{byte:02x}"));
        Ok(Self {
            config: Arc::new(config.clone()),
            secret,
            limiter,
            clock,
            wanted: attributes.iter().map(|name| Arc::from(name.as_str())).collect(),
            settings: Arc::new(settings),
            back_off: Duration::from_secs(1),
            admin: Arc::default(),
            tasks,
            scope,
        })
    }

    /// The same with another first back-off, for tests that provoke failures.
    #[must_use]
    pub fn with_back_off(mut self, first: Duration) -> Self {
        self.back_off = first;
        self
    }

    pub(super) fn cursor(&self, full_at: i64) -> Cursor {
        Cursor {
            scope: self.scope.clone(),
            token: String::new(),
            full_at,
        }
    }
}

#[async_trait]
impl Connector for Keycloak {
    async fn check(&self) -> Report {
        check::run(self).await
    }

    async fn pull(&self, _: Option<&Cursor>) -> Result<Pull> {
        let keycloak = self.clone();
        Ok(stream::pull(&self.tasks, true, move |out| {
            full::read(keycloak, out)
        }))
    }
}
