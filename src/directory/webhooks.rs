//! Webhooks: who wants to hear that a view has changed, when to tell, when to give up.
//!
//! How a ping is sent is the business of whoever runs this.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::applications::Applications;
use super::writer::Directory;
use crate::clock::Clock;
use crate::model::Seq;
use crate::model::commit::EntryWrite;
use crate::store::api::Durability;
use crate::store::{self, Store, StoreError};

const SPACE: &str = "webhook";
/// The most of one application; clients register one.
const PER_APPLICATION: usize = 10;
/// The longest address and the longest token, in bytes.
const LONGEST: (usize, usize) = (2_000, 255);
/// So many pings go out at once.
const AT_ONCE: usize = 8;
/// Changes within so long of a ping are one more ping, in milliseconds.
const GATHERED: i64 = 2_000;
/// The waits after failures: from the first to the longest, in milliseconds.
const WAITS: (i64, i64) = (10_000, 3_600_000);
/// After so long of nothing but failure a webhook is removed, in milliseconds.
const PATIENCE: i64 = 7 * 86_400_000;
/// The longest sleep: a clock that was set is noticed after so long.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// A registered webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its number.
    pub id: u64,
    /// Whose it is.
    pub application: String,
    /// Where to.
    pub endpoint: String,
    /// What the application wants to recognise the sender by.
    pub token: Option<String>,
    /// The heads that it knows of.
    told: Vec<Seq>,
    /// Milliseconds since 1970 of the first failure after the last success.
    failing_since: Option<i64>,
}

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

struct State {
    webhook: Webhook,
    failures: u32,
    next_at: i64,
    on_its_way: bool,
}

/// A ping that is due.
#[derive(Clone, Debug)]
pub struct Ping {
    id: u64,
    heads: Vec<Seq>,
    /// Where to.
    pub endpoint: String,
    /// What the application wants to recognise the sender by.
    pub token: Option<String>,
}

/// All webhooks.
pub struct Webhooks {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    applications: Arc<Applications>,
    admits: Admits,
    all: Mutex<BTreeMap<u64, State>>,
    changed: Notify,
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

    /// How many pings are being sent.
    pub fn on_their_way(&self) -> usize {
        self.all().values().filter(|state| state.on_its_way).count()
    }

    /// Wakes [`Self::run`] whenever the head of a directory moves, until `stop`.
    pub async fn watch(self: Arc<Self>, directory: Arc<Directory>, stop: CancellationToken) {
        let mut heads = directory.heads();
        drop(directory); // its writer ends with the last handle
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                moved = heads.changed() => if moved.is_err() { return },
            }
            self.changed.notify_one();
        }
    }

    /// Sends what is due by `post`, until `stop`.
    pub async fn run<F>(self: Arc<Self>, post: impl Fn(Ping) -> F, stop: CancellationToken)
    where
        F: Future<Output = Result<(), String>>,
    {
        let mut running = FuturesUnordered::new();
        loop {
            for ping in self.due(AT_ONCE - running.len()) {
                let sent = post(ping.clone());
                running.push(async move { (ping, sent.await) });
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some((ping, sent)) = running.next() => self.done(&ping, sent).await,
                () = self.changed.notified() => {}
                () = tokio::time::sleep(self.sleep()) => {}
            }
        }
    }

    /// The pings to send now; they count as on their way.
    fn due(&self, most: usize) -> Vec<Ping> {
        let now = self.clock.now();
        let mut all = self.all();
        let mut due = Vec::new();
        for state in all
            .values_mut()
            .filter(|state| !state.on_its_way && state.next_at <= now)
        {
            let heads = self.heads(&state.webhook.application);
            if due.len() == most || heads.is_empty() || heads == state.webhook.told {
                continue;
            }
            state.on_its_way = true;
            due.push(Ping {
                id: state.webhook.id,
                heads,
                endpoint: state.webhook.endpoint.clone(),
                token: state.webhook.token.clone(),
            });
        }
        due
    }

    async fn done(&self, ping: &Ping, sent: Result<(), String>) {
        let now = self.clock.now();
        let outcome = {
            let mut all = self.all();
            let Some(state) = all.get_mut(&ping.id) else {
                return;
            };
            let outcome = state.settle(ping, sent, now, random());
            if outcome == Outcome::GiveUp {
                all.remove(&ping.id);
            }
            outcome
        };
        let written = match outcome {
            Outcome::Nothing => Ok(()),
            Outcome::Write(webhook) => self.write(&webhook, Durability::Soon).await,
            Outcome::GiveUp => self.delete(ping.id).await,
        };
        if let Err(error) = written {
            tracing::warn!(webhook = ping.id, code = error.code(), %error, "a webhook's state was not written down");
        }
    }

    fn sleep(&self) -> Duration {
        let now = self.clock.now();
        let all = self.all();
        let waiting = all
            .values()
            .filter(|state| !state.on_its_way && state.next_at > now);
        let first = waiting.map(|state| state.next_at - now).min();
        first.map_or(LONGEST_SLEEP, |wait| {
            Duration::from_millis(wait.unsigned_abs()).min(LONGEST_SLEEP)
        })
    }

    /// The heads of what an application sees; none for one that is not configured any more.
    fn heads(&self, application: &str) -> Vec<Seq> {
        let view = self.applications.view(application);
        view.map_or_else(Vec::new, |view| view.token().seqs)
    }

    async fn write(&self, webhook: &Webhook, durability: Durability) -> store::Result<()> {
        let value = serde_json::to_vec(webhook).expect("a webhook has text keys only");
        self.put(webhook.id, Some(value), durability).await
    }

    async fn delete(&self, id: u64) -> store::Result<()> {
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

    fn all(&self) -> MutexGuard<'_, BTreeMap<u64, State>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Nothing,
    Write(Webhook),
    GiveUp,
}

impl State {
    fn of(webhook: Webhook) -> Self {
        Self {
            webhook,
            failures: 0,
            next_at: 0,
            on_its_way: false,
        }
    }

    /// What a ping came to; `random` moves the wait.
    fn settle(&mut self, ping: &Ping, sent: Result<(), String>, now: i64, random: u32) -> Outcome {
        self.on_its_way = false;
        let Err(why) = sent else {
            self.failures = 0;
            self.next_at = now + GATHERED;
            self.webhook.failing_since = None;
            self.webhook.told.clone_from(&ping.heads);
            return Outcome::Write(self.webhook.clone());
        };
        let (id, application) = (self.webhook.id, &self.webhook.application);
        let first = self.webhook.failing_since.is_none();
        let since = *self.webhook.failing_since.get_or_insert(now);
        if now - since >= PATIENCE {
            tracing::warn!(
                webhook = id,
                application,
                why,
                "removed webhook {id} of `{application}`: it has failed for a week"
            );
            return Outcome::GiveUp;
        }
        self.failures = self.failures.saturating_add(1);
        self.next_at = now + wait(self.failures, random);
        if first {
            tracing::warn!(
                webhook = id,
                application,
                why,
                "webhook {id} of `{application}` cannot be told: {why}"
            );
            return Outcome::Write(self.webhook.clone());
        }
        Outcome::Nothing
    }
}

/// 10, 20, 40 … seconds up to an hour, of which a random half is left out.
fn wait(failures: u32, random: u32) -> i64 {
    let whole = WAITS
        .0
        .saturating_mul(1 << failures.saturating_sub(1).min(20))
        .min(WAITS.1);
    whole / 2 + (whole / 2) * i64::from(random % 1_000) / 1_000
}

/// Moves the waits of many; one that is not random moves none.
fn random() -> u32 {
    getrandom::u32().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> (State, Ping) {
        let webhook = Webhook {
            id: 1,
            application: "stash".to_owned(),
            endpoint: "https://stash.example/".to_owned(),
            token: None,
            told: vec![Seq(1)],
            failing_since: None,
        };
        let ping = Ping {
            id: 1,
            heads: vec![Seq(2)],
            endpoint: webhook.endpoint.clone(),
            token: None,
        };
        (State::of(webhook), ping)
    }

    #[test]
    fn waits_double_up_to_an_hour_less_a_random_half() {
        assert_eq!((wait(1, 0), wait(2, 0), wait(3, 0)), (5_000, 10_000, 20_000));
        assert_eq!(wait(1, 999), 9_995);
        assert_eq!((wait(40, 0), wait(u32::MAX, 0)), (1_800_000, 1_800_000));
    }

    #[test]
    fn a_week_of_failure_is_enough_and_a_success_begins_anew() {
        let (mut state, ping) = state();
        let fails = || Err("no".to_owned());
        assert!(
            matches!(state.settle(&ping, fails(), 0, 0), Outcome::Write(webhook) if webhook.failing_since == Some(0))
        );
        assert_eq!(state.next_at, 5_000);
        assert_eq!(state.settle(&ping, fails(), PATIENCE - 1, 0), Outcome::Nothing);
        assert_eq!(state.webhook.told, [Seq(1)], "it has not been told");
        let Outcome::Write(told) = state.settle(&ping, Ok(()), PATIENCE - 1, 0) else {
            panic!("not written")
        };
        assert_eq!((told.told, told.failing_since), (vec![Seq(2)], None));
        assert_eq!(state.next_at, PATIENCE - 1 + GATHERED);
        assert!(matches!(
            state.settle(&ping, fails(), PATIENCE, 0),
            Outcome::Write(_)
        ));
        assert_eq!(state.next_at, PATIENCE + 5_000, "the first wait again");
        assert_eq!(state.settle(&ping, fails(), 2 * PATIENCE, 0), Outcome::GiveUp);
    }
}
