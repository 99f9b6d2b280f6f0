//! The registry of webhooks: who wants to hear that a view has changed, in memory and in the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::state::{State, Webhook};
use crate::clock::Clock;
use crate::directory::applications::Applications;
use crate::model::Seq;
use crate::model::commit::EntryWrite;
use crate::store::api::Durability;
use crate::store::{self, Store, StoreError};

/// The space of the entries.
const SPACE: &str = "webhook";
/// The most of one application; clients register one.
const PER_APPLICATION: usize = 10;
/// The longest address and the longest token, in bytes.
const LONGEST: (usize, usize) = (2_000, 255);

/// Why a webhook is not registered, shown or removed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Its address cannot be used.
    #[error("{0}")]
    Endpoint(String),
    /// The application has enough of them.
    #[error("the application has {PER_APPLICATION} webhooks, no more are kept; hint: delete one")]
    TooMany,
    /// There is none of this number.
    #[error("the webhook does not exist")]
    Missing,
    /// It is another application's.
    #[error("the webhook belongs to another application")]
    Foreign,
    /// The store does not take it.
    #[error("the webhook cannot be kept: {0}")]
    Store(#[from] StoreError),
}

/// Whether an address may be told; the sentence says why not.
pub type Admits = fn(&str) -> Result<(), String>;

/// All webhooks.
pub struct Webhooks {
    store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    applications: Arc<Applications>,
    admits: Admits,
    all: Mutex<BTreeMap<u64, State>>,
    pub(super) changed: Notify,
}

impl Webhooks {
    /// Reads what the store has.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        applications: Arc<Applications>,
        admits: Admits,
    ) -> store::Result<Arc<Self>> {
        let mut all = BTreeMap::new();
        for entry in store.entries(SPACE, clock.now()).await? {
            match serde_json::from_slice::<Webhook>(&entry.value) {
                Ok(webhook) => drop(all.insert(webhook.id, State::of(webhook))),
                Err(error) => {
                    tracing::warn!(key = entry.key, %error, "a kept webhook cannot be read: it is ignored");
                }
            }
        }
        Ok(Arc::new(Self {
            store,
            clock,
            applications,
            admits,
            all: Mutex::new(all),
            changed: Notify::new(),
        }))
    }

    /// Registers an address; one that the application has already keeps its number and gets the new token.
    ///
    /// # Errors
    /// Why not.
    pub async fn register(
        &self,
        application: &str,
        endpoint: &str,
        token: Option<&str>,
    ) -> Result<Webhook, WebhookError> {
        (self.admits)(endpoint).map_err(WebhookError::Endpoint)?;
        if endpoint.len() > LONGEST.0 || token.is_some_and(|token| token.len() > LONGEST.1) {
            let what = format!(
                "the endpoint has more than {} bytes, or the token more than {}",
                LONGEST.0, LONGEST.1
            );
            return Err(WebhookError::Endpoint(what));
        }
        let webhook = {
            let mut all = self.all();
            let own = || {
                all.values()
                    .filter(|state| state.webhook.application == application)
            };
            let id = match own().find(|state| state.webhook.endpoint == endpoint) {
                Some(known) => known.webhook.id,
                None if own().count() >= PER_APPLICATION => return Err(WebhookError::TooMany),
                None => all.last_key_value().map_or(1, |(last, _)| last + 1),
            };
            let webhook = Webhook {
                id,
                application: application.to_owned(),
                endpoint: endpoint.to_owned(),
                token: token.map(str::to_owned),
                told: self.heads(application),
                failing_since: None,
            };
            all.insert(id, State::of(webhook.clone()));
            webhook
        };
        self.write(&webhook, Durability::Now).await?;
        Ok(webhook)
    }

    /// An application's webhook.
    ///
    /// # Errors
    /// `Missing`, `Foreign`.
    pub fn show(&self, application: &str, id: u64) -> Result<Webhook, WebhookError> {
        let all = self.all();
        let found = all.get(&id).ok_or(WebhookError::Missing)?;
        if found.webhook.application == application {
            Ok(found.webhook.clone())
        } else {
            Err(WebhookError::Foreign)
        }
    }

    /// Removes an application's webhook.
    ///
    /// # Errors
    /// `Missing`, `Foreign`, `Store`.
    pub async fn remove(&self, application: &str, id: u64) -> Result<(), WebhookError> {
        self.show(application, id)?;
        self.all().remove(&id);
        Ok(self.delete(id).await?)
    }

    /// The heads of what an application sees; none for one that is not configured any more.
    pub(super) fn heads(&self, application: &str) -> Vec<Seq> {
        let view = self.applications.view(application);
        view.map_or_else(Vec::new, |view| view.token().seqs)
    }

    pub(super) async fn write(&self, webhook: &Webhook, durability: Durability) -> store::Result<()> {
        let value = serde_json::to_vec(webhook).expect("a webhook has text keys only");
        self.put(webhook.id, Some(value), durability).await
    }

    pub(super) async fn delete(&self, id: u64) -> store::Result<()> {
        self.put(id, None, Durability::Now).await
    }

    async fn put(&self, id: u64, value: Option<Vec<u8>>, durability: Durability) -> store::Result<()> {
        let write = EntryWrite {
            space: SPACE.to_owned(),
            key: id.to_string(),
            value,
            expires_at: None,
            expect: None,
        };
        self.store.put_entries(vec![write], durability).await
    }

    pub(super) fn all(&self) -> MutexGuard<'_, BTreeMap<u64, State>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
