//! The connector: decides whether changes can be told, else reads everything.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::task::TaskTracker;

use super::abilities::Abilities;
use super::changes::{self, Changes};
use super::config::{Credentials, Paging, ScimSourceConfig};
use super::mark::Mark;
use super::memory::Memory;
use super::pass::List;
use super::{check, full, seen};
use crate::client::{Api, ClientError, Limiter, Settings, Tokens};
use crate::clock::Clock;
use crate::connector::api::{
    Batch, Connector, ConnectorError, Coverage, Evidence, Pull, Report, Result, Returning,
};
use crate::connector::resource::UserRows;
use crate::connector::rest::{Auth, OAuth, Rest};
use crate::connector::stream;
use crate::model::commit::Cursor;
use crate::model::record::Record;

/// The longest answer that is read: a page of groups with everybody in them.
const CAP: usize = 64 << 20;
/// A token answer is small.
const TOKEN_CAP: usize = 64 << 10;
/// For so long increments are believed, in milliseconds: a date that a server forgets to move shows in a full read only.
const BELIEVED: i64 = 86_400_000;

/// A connector of one SCIM server.
#[derive(Clone)]
pub struct Scim {
    pub(super) rest: Arc<Rest>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rows: UserRows,
    pub(super) paging: Paging,
    pub(super) count: u32,
    pub(super) increments: bool,
    last_login: Option<Arc<str>>,
    pub(super) memory: Arc<Memory>,
    tasks: TaskTracker,
    scope: String,
}

/// What a cursor keeps.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    mark: Mark,
    cursors: bool,
}

impl Scim {
    /// A connector; `attributes` are what the mapping wants; reads run on `tasks`.
    ///
    /// # Errors
    /// `Refused` where an address cannot be used.
    pub fn build(
        config: &ScimSourceConfig,
        credentials: Credentials,
        limiter: Arc<Limiter>,
        attributes: &BTreeSet<String>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Result<Self> {
        let refused = |error: ClientError| ConnectorError::Refused(error.to_string());
        let settings = Settings::trusting(config.ca_file.as_deref()).map_err(refused)?;
        let auth = match credentials {
            Credentials::Token(token) => Auth::Bearer(token),
            Credentials::Password(name, password) => Auth::Basic(name, password),
            Credentials::OAuth(oauth, client_secret) => Auth::Granted(Box::new(OAuth {
                api: Api::new(&oauth.token_url, Limiter::adaptive(), TOKEN_CAP, &settings)
                    .map_err(refused)?,
                client_id: oauth.client_id,
                client_secret,
                scope: oauth.scope,
                tokens: Tokens::default(),
            })),
        };
        let rest = Rest {
            who: "the SCIM server",
            api: Api::new(&config.url, limiter, CAP, &settings).map_err(refused)?,
            auth,
            accept: "application/scim+json, application/json",
            back_off: Duration::from_secs(1),
        };
        let mut hash = Sha256::new();
        for part in std::iter::once(config.url.as_str()).chain(attributes.iter().map(String::as_str)) {
            hash.update(part);
            hash.update([0]);
        }
        let digest = hash.finalize();
        let scope = digest
            .iter()
            .fold("scim ".to_owned(), |text, byte| format!("{text}{byte:02x}"));
        Ok(Self {
            rest: Arc::new(rest),
            clock,
            rows: UserRows::new(attributes.iter().map(String::as_str)),
            paging: config.paging,
            count: config.page_size,
            increments: config.increments,
            last_login: config.last_login.as_deref().map(Arc::from),
            memory: Arc::default(),
            tasks,
            scope,
        })
    }

    /// The same with another first back-off, for tests that provoke failures.
    #[must_use]
    pub fn with_back_off(mut self, first: Duration) -> Self {
        if let Some(rest) = Arc::get_mut(&mut self.rest) {
            rest.back_off = first;
        }
        self
    }

    /// A whole list.
    pub(super) fn list(&self, path: &'static str, what: &'static str, abilities: Abilities) -> List {
        List {
            path,
            what,
            filter: String::new(),
            cursor: abilities.cursor,
            count: self.count,
        }
    }

    pub(super) fn cursor(&self, mark: Mark, cursors: bool, full_at: i64) -> Result<Cursor> {
        let token = serde_json::to_string(&Kept { mark, cursors });
        Ok(Cursor {
            scope: self.scope.clone(),
            token: token.map_err(|error| ConnectorError::Malformed(error.to_string()))?,
            full_at,
        })
    }

    /// What changed since a cursor; `None` where everything is to be read.
    async fn changes(&self, since: &Cursor) -> Result<Option<Pull>> {
        let age = self.clock.now().saturating_sub(since.full_at);
        let kept = serde_json::from_str::<Kept>(&since.token).ok();
        let Some((mark, cursors, from)) = kept
            .filter(|_| since.scope == self.scope && self.increments && (0..BELIEVED).contains(&age))
            .and_then(|kept| Some((kept.mark.clone(), kept.cursors, kept.mark.since?)))
        else {
            return Ok(None);
        };
        match changes::read(self, &mark, from, cursors).await? {
            Changes::ReadAll(why) => {
                tracing::info!(
                    why,
                    "changes cannot be told by the SCIM server: reading everything"
                );
                Ok(None)
            }
            Changes::Told(records, mark) => {
                let cursor = Some(self.cursor(mark, cursors, since.full_at)?);
                let coverage = Coverage::ChangesOnly;
                let end = Batch::End { coverage, cursor };
                let batches = [Ok(Batch::Records(records)), Ok(end)];
                Ok(Some(Pull {
                    full: false,
                    batches: futures_util::stream::iter(batches).boxed(),
                }))
            }
        }
    }
}

#[async_trait]
impl Connector for Scim {
    async fn check(&self) -> Report {
        check::run(self).await
    }

    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull> {
        if let Some(since) = since
            && let Some(pull) = self.changes(since).await?
        {
            return Ok(pull);
        }
        let scim = self.clone();
        self.memory.count(HashSet::new());
        Ok(stream::pull(&self.tasks, true, move |out| full::read(scim, out)))
    }

    async fn last_seen(&self) -> Result<Option<Evidence>> {
        match &self.last_login {
            Some(attribute) => Ok(Some(seen::read(self, attribute).await?)),
            None => Ok(None),
        }
    }

    /// Who returns without being new was not counted when the totals were held against each other: somebody else may have gone
    /// in its place.
    async fn memberships_of(&self, returning: &Returning) -> Result<Vec<Record>> {
        let mut all = returning.users.iter().chain(&returning.groups);
        if all.all(|id| self.memory.counted(id)) {
            return Ok(Vec::new());
        }
        let what = "the SCIM server tells somebody as changed who was not there before";
        Err(ConnectorError::Expired(what.to_owned()))
    }
}
