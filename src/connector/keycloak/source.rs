//! The connector: decides whether what admin events name will do, else reads everything.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use super::config::KeycloakConfig;
use super::memory::{Place, State};
use super::{changes, check, full};
use crate::client::{ClientError, Limiter, Settings, check_url};
use crate::clock::Clock;
use crate::connector::api::{Connector, ConnectorError, Pull, Report, Result, Returning};
use crate::connector::memory::Memory;
use crate::connector::rest::Rest;
use crate::connector::stream;
use crate::model::commit::Cursor;
use crate::model::record::Record;
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
    pub(super) memory: Arc<Memory<State>>,
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
            memory: Arc::default(),
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

    /// Keeps what a read found; answers the cursor that leads to it.
    pub(super) fn keep(&self, place: Place, state: State, full_at: i64) -> Result<Cursor> {
        let token =
            serde_json::to_string(&place).map_err(|error| ConnectorError::Malformed(error.to_string()))?;
        self.memory.keep(place.memory, state);
        Ok(Cursor {
            scope: self.scope.clone(),
            token,
            full_at,
        })
    }

    /// What is remembered of the read that gave this cursor; nothing after a restart.
    fn recall(&self, cursor: &Cursor) -> Option<(Place, Arc<State>)> {
        if cursor.scope != self.scope || !self.config.change_hints {
            return None;
        }
        let place = serde_json::from_str::<Place>(&cursor.token).ok()?;
        let state = self.memory.recall(&place.memory)?;
        Some((place, state))
    }
}

#[async_trait]
impl Connector for Keycloak {
    async fn check(&self) -> Report {
        check::run(self).await
    }

    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull> {
        let keycloak = self.clone();
        let Some((full_at, (place, known))) =
            since.and_then(|cursor| Some((cursor.full_at, self.recall(cursor)?)))
        else {
            return Ok(stream::pull(&self.tasks, true, move |out| {
                full::read(keycloak, out)
            }));
        };
        Ok(stream::pull(&self.tasks, false, move |out| {
            changes::read(keycloak, out, place, known, full_at)
        }))
    }

    async fn memberships_of(&self, returning: &Returning) -> Result<Vec<Record>> {
        Ok(self.returns(returning).await?)
    }
}
