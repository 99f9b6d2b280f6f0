//! Microsoft Entra ID through Microsoft Graph.

mod assigned;
mod batch;
mod chain;
mod config;
mod credential;
mod delta;
mod full;
mod graph;
mod hidden;
mod lane;
mod members;
mod page;
#[doc(hidden)]
pub mod pages;
mod property;
mod rows;
mod token;
mod totals;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio_util::task::TaskTracker;

pub use config::{Cloud, EntraConfig};
pub use credential::{Certificate, Proof};

use super::api::{
    Batch, CheckItem, Connector, ConnectorError, Coverage, Evidence, Pull, Report, Result, Returning,
};
use super::stream::{self, Out};
use crate::client::Limiter;
use crate::clock::Clock;
use crate::model::commit::Cursor;
use crate::model::record::Record;
use graph::{Graph, GraphError};
use hidden::Hidden;
use page::ListPage;
use rows::UserRows;

/// What is always read of a user, whatever the mapping wants.
const CORE: [&str; 9] = [
    "accountEnabled",
    "createdDateTime",
    "displayName",
    "givenName",
    "mail",
    "mailNickname",
    "surname",
    "userPrincipalName",
    "userType",
];
/// In the scope of a cursor: members that groups hide are told.
const HIDDEN: &str = " hidden";
const GROUP_SELECT: &str = "id,displayName,description,mailNickname,visibility,createdDateTime";

/// A connector of one tenant.
#[derive(Clone)]
pub struct Entra {
    graph: Arc<Graph>,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    user_select: Arc<str>,
    rows: UserRows,
    settle: Duration,
    sign_in_activity: bool,
    hidden: Arc<Hidden>,
    assigned: bool,
    /// What a cursor is good for.
    scope: String,
}

/// Both delta links, as kept in a cursor.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Links {
    users: String,
    groups: String,
}

impl Entra {
    /// A connector; `attributes` are what the mapping wants besides the core ones; reads run on `tasks`.
    ///
    /// # Errors
    /// `Refused` where an address cannot be used.
    pub fn build(
        config: &EntraConfig,
        proof: impl Into<Proof>,
        attributes: &BTreeSet<String>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Result<Self> {
        Self::limited(
            config,
            proof.into(),
            Limiter::adaptive(),
            attributes,
            clock,
            tasks,
        )
    }

    /// The same with a limiter that others share.
    ///
    /// # Errors
    /// As [`Entra::build`].
    pub fn limited(
        config: &EntraConfig,
        proof: Proof,
        limiter: Arc<Limiter>,
        attributes: &BTreeSet<String>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Result<Self> {
        let graph = Graph::new(config, proof, limiter, Arc::clone(&clock))?;
        let wanted: BTreeSet<&str> = CORE
            .into_iter()
            .chain(attributes.iter().map(String::as_str))
            .collect();
        let user_select = format!("id,{}", wanted.iter().copied().collect::<Vec<_>>().join(","));
        let mut hash = Sha256::new();
        for part in [config.tenant.as_str(), graph.base(), &user_select, GROUP_SELECT] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let scope = hash
            .finalize()
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        let attributes = wanted.iter().map(|name| Arc::from(*name)).collect();
        Ok(Self {
            graph: Arc::new(graph),
            clock,
            tasks,
            user_select: user_select.into(),
            rows: UserRows(attributes),
            settle: config.settle.0,
            sign_in_activity: config.sign_in_activity,
            hidden: Arc::default(),
            assigned: false,
            scope,
        })
    }

    /// The same for those only who are assigned to the application, directly or as direct members of an assigned group. A cursor of
    /// the whole tenant is none for this part.
    #[must_use]
    pub fn assigned_only(mut self, assigned: bool) -> Self {
        self.assigned = assigned;
        if assigned {
            self.scope.push_str(" assigned");
        }
        self
    }

    /// The same with another first back-off, for tests that provoke failures.
    #[must_use]
    pub fn with_back_off(mut self, first: Duration) -> Self {
        if let Some(graph) = Arc::get_mut(&mut self.graph) {
            graph.back_off = first;
        }
        self
    }

    async fn cursor(&self, links: &Links, full_at: i64) -> Result<Cursor> {
        let token =
            serde_json::to_string(links).map_err(|error| ConnectorError::Malformed(error.to_string()))?;
        Ok(Cursor {
            scope: self.scope_now().await?,
            token,
            full_at,
        })
    }

    /// What a cursor is good for, by what the application may see: no delta tells what it may see of late.
    async fn scope_now(&self) -> Result<String, GraphError> {
        let mut scope = self.scope.clone();
        if self.graph.sees_hidden().await? {
            scope.push_str(HIDDEN);
        }
        Ok(scope)
    }

    fn run<F>(&self, full: bool, read: impl FnOnce(Self, Out) -> F) -> Pull
    where
        F: Future<Output = Result<Batch>> + Send + 'static,
    {
        stream::pull(&self.tasks, full, |out| read(self.clone(), out))
    }
}

#[async_trait]
impl Connector for Entra {
    async fn check(&self) -> Report {
        let mut report = Report::default();
        let token = self.graph.authorise().await;
        let broken = token.is_err();
        let token = token.map_err(GraphError::into_error);
        report.items.push(CheckItem {
            what: "token".to_owned(),
            outcome: token.map(|_| "granted".to_owned()),
        });
        if broken {
            return report;
        }
        let users = self
            .try_one(
                "read users",
                "/users?$select=id&$top=1",
                "User.Read.All",
                &mut report,
            )
            .await;
        let group = self
            .try_one(
                "read groups",
                "/groups?$select=id&$top=1",
                "GroupMember.Read.All",
                &mut report,
            )
            .await;
        if let Some(group) = group.as_ref().and_then(|page| page["value"][0]["id"].as_str()) {
            let path = format!("/groups/{group}/members?$select=id&$top=1");
            self.try_one("read members", &path, "GroupMember.Read.All", &mut report)
                .await;
        }
        report.items.push(hidden::check(self).await);
        if self.assigned {
            report.items.push(assigned::check(self).await);
        }
        // Who may read no users reads no sign-ins either: that says nothing of the permission for those.
        if self.sign_in_activity && users.is_some() {
            let path = "/users?$select=id,signInActivity&$top=1";
            self.try_one("read sign-ins", path, "AuditLog.Read.All", &mut report)
                .await;
        }
        report.server_time = self.graph.server_time();
        report
    }

    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull> {
        if self.assigned {
            return Ok(self.run(true, assigned::read));
        }
        let scopes = [self.scope.clone(), format!("{}{HIDDEN}", self.scope)];
        let since = since.filter(|cursor| scopes.contains(&cursor.scope));
        let links =
            since.and_then(|cursor| Some((serde_json::from_str::<Links>(&cursor.token).ok()?, cursor)));
        let Some((links, cursor)) = links else {
            return Ok(self.run(true, full::read));
        };
        let full_at = cursor.full_at;
        // The first pages decide whether the cursor is still good.
        let first = self.graph.get::<ListPage>(&links.users).await;
        let second = self.graph.get::<ListPage>(&links.groups).await;
        match (first, second) {
            (Ok(_), Ok(_)) if self.scope_now().await? != cursor.scope => Ok(self.run(true, full::read)),
            (Ok(users), Ok(groups)) => Ok(self.run(false, move |entra, out| async move {
                let users = delta::users(&entra, &out, links.users, Some(users)).await?;
                let groups = delta::groups(&entra, &out, links.groups, Some(groups)).await?;
                let links = Links {
                    users: users.link,
                    groups: groups.link,
                };
                let cursor = Some(entra.cursor(&links, full_at).await?);
                Ok(Batch::End {
                    coverage: Coverage::ChangesOnly,
                    cursor,
                })
            })),
            (Err(error), _) | (_, Err(error)) if error.is_lost_state() => {
                tracing::info!(?error, "the delta cursor is no longer good: reading everything");
                Ok(self.run(true, full::read))
            }
            (Err(error), _) | (_, Err(error)) => Err(error.into_error()),
        }
    }

    async fn last_seen(&self) -> Result<Option<Evidence>> {
        if !self.sign_in_activity {
            return Ok(None);
        }
        Ok(Some(lane::read(self).await?))
    }

    async fn memberships_of(&self, returning: &Returning) -> Result<Vec<Record>> {
        members::reread(self, returning).await
    }
}

impl Entra {
    /// One small request of a check; names the permission where Graph refuses.
    async fn try_one(&self, what: &str, path: &str, permission: &str, report: &mut Report) -> Option<Value> {
        let answer = self.graph.get::<Value>(&self.graph.url(path)).await;
        let (page, outcome) = match answer {
            Ok(page) => (Some(page), Ok("allowed".to_owned())),
            Err(error) => (None, Err(error.lacking(permission))),
        };
        report.items.push(CheckItem {
            what: what.to_owned(),
            outcome,
        });
        page
    }
}
