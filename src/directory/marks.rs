//! The marks of clients without cookies: their open user listings, as entries of the store.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::open_listings::OpenListings;
use crate::clock::Clock;
use crate::model::commit::EntryWrite;
use crate::store::api::Durability;
use crate::store::memory::MemoryStore;
use crate::store::{self, Store, StoreError};

const SPACE: &str = "mark";
/// How often somebody else may come first.
const TRIES: usize = 32;

/// Whom a server can take for one client.
#[derive(Clone, Copy, Debug)]
pub struct ClientId<'a> {
    /// Its application.
    pub application: &'a str,
    /// Where its requests come from.
    pub address: IpAddr,
    /// Its `User-Agent`, or empty.
    pub agent: &'a str,
}

/// Keeps the marks.
pub struct Marks {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Marks {
    /// Kept in `store`.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Gone with the process.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Self {
        Self::new(MemoryStore::new(), clock)
    }

    /// A whole user listing is given, of the snapshot of this token.
    pub async fn listed(&self, client: ClientId<'_>, token: &str) {
        self.change(client, |open, now| open.listed(token, now)).await;
    }

    /// The token for a `GET /event` without a cookie, if a listing is open.
    pub async fn oldest(&self, client: ClientId<'_>) -> Option<String> {
        let answer = self.change(client, |open, now| {
            let token = open.oldest(now).map(str::to_owned);
            (token, open.tell_shared())
        });
        let (token, shared) = answer.await?;
        if shared {
            let application = client.application;
            tracing::warn!(
                application,
                address = %client.address,
                "two clients share one application `{application}` without cookies, or a synchronisation broke off; \
                 hint: give each client an application of its own, let proxies pass cookies"
            );
        }
        token
    }

    /// A client comes back with the cookie of its listing.
    pub async fn brought_back(&self, client: ClientId<'_>, token: &str) {
        self.change(client, |open, now| open.brought_back(token, now))
            .await;
    }

    /// A client without a cookie goes on from a token that a `GET /event` gave it.
    pub async fn went_on(&self, client: ClientId<'_>) {
        self.change(client, OpenListings::went_on).await;
    }

    /// Changes a client's list; `None` when the store fails, which is logged: answers do not wait for the disk.
    async fn change<T>(
        &self,
        client: ClientId<'_>,
        change: impl Fn(&mut OpenListings, i64) -> T,
    ) -> Option<T> {
        let key = key(client);
        for _ in 0..TRIES {
            match self.try_change(&key, &change).await {
                Err(StoreError::EntryConflict { .. }) => {}
                Ok(answer) => return Some(answer),
                Err(error) => {
                    tracing::warn!(
                        code = error.code(), %error,
                        "the mark of a full synchronisation is not kept; a client without cookies may miss a change"
                    );
                    return None;
                }
            }
        }
        tracing::warn!("a mark changed too often to be kept");
        None
    }

    async fn try_change<T>(
        &self,
        key: &str,
        change: impl Fn(&mut OpenListings, i64) -> T,
    ) -> store::Result<T> {
        let now = self.clock.now();
        let entry = self.store.entry(SPACE, key, now).await?;
        let before: OpenListings = entry
            .as_ref()
            .and_then(|entry| serde_json::from_slice(&entry.value).ok())
            .unwrap_or_default();
        let mut after = before.clone();
        let answer = change(&mut after, now);
        if after != before {
            let ends_at = after.ends_at();
            let write = EntryWrite {
                space: SPACE.to_owned(),
                key: key.to_owned(),
                value: ends_at.and_then(|_| serde_json::to_vec(&after).ok()),
                expires_at: ends_at,
                expect: Some(entry.map_or(0, |entry| entry.version)),
            };
            self.store.put_entries(vec![write], Durability::Soon).await?;
        }
        Ok(answer)
    }
}

/// Of a fixed length, whatever a client calls itself.
fn key(client: ClientId<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(client.application.as_bytes());
    hash.update([0]);
    hash.update(client.address.to_string());
    hash.update([0]);
    hash.update(client.agent.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.finalize())
}
