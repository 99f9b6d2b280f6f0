//! Okta through its management API.

mod api;
mod changes;
mod config;
mod error;
mod full;
mod members;
mod pages;
mod rows;
mod service;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tokio_util::task::TaskTracker;

pub use api::Sign;
pub use config::{OktaConfig, Staged};

use super::api::{Batch, CheckItem, Connector, ConnectorError, Coverage, Evidence, Pull, Report, Result};
use super::denial::Denial;
use super::stream::{self, Out};
use crate::client::{Api, ClientError, Limiter, Settings};
use crate::clock::Clock;
use crate::model::commit::Cursor;
use api::Okta;
use changes::Place;
use error::OktaError;
use members::segment;
use pages::Pages;
use rows::UserRows;

/// A page of 1,000 members is about 3 MB; this is far more.
const CAP: usize = 64 * 1024 * 1024;
/// Groups read at once; the limiter lets fewer through where it must.
const PARALLEL: usize = 32;
/// What is always read of a user, whatever the mapping wants.
const CORE: [&str; 5] = [
    "profile.displayName",
    "profile.email",
    "profile.firstName",
    "profile.lastName",
    "profile.login",
];

/// A connector of one organisation.
#[derive(Clone)]
pub struct OktaSource {
    okta: Arc<Okta>,
    tasks: TaskTracker,
    rows: UserRows,
    app: Option<String>,
    sign_in_activity: bool,
    scope: String,
}

impl OktaSource {
    /// A connector; `attributes` are what the mapping wants besides the core ones; reads run on `tasks`.
    ///
    /// # Errors
    /// `Refused` where the address cannot be used.
    pub fn build(
        config: &OktaConfig,
        sign: Sign,
        limiter: Arc<Limiter>,
        attributes: &BTreeSet<String>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Result<Self> {
        let refused = |error: ClientError| ConnectorError::Refused(error.to_string());
        let settings = Settings::trusting(config.ca_file.as_deref()).map_err(refused)?;
        let api = Api::new(&config.url, limiter, CAP, &settings).map_err(refused)?;
        let wanted: BTreeSet<&str> = CORE
            .into_iter()
            .chain(attributes.iter().map(String::as_str))
            .collect();
        let mut hash = Sha256::new();
        let app = config.app.clone().unwrap_or_default();
        for part in [api.base(), &app, &format!("{:?}", config.staged)]
            .into_iter()
            .chain(wanted.iter().copied())
        {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        Ok(Self {
            okta: Arc::new(Okta {
                api,
                sign,
                clock,
                back_off: Duration::from_secs(1),
            }),
            tasks,
            rows: UserRows {
                attributes: wanted.into_iter().map(Arc::from).collect(),
                staged: config.staged,
            },
            app: config.app.clone(),
            sign_in_activity: config.sign_in_activity,
            scope: super::jwt::base64url(&hash.finalize()),
        })
    }

    /// The same with another first back-off, for tests that provoke failures.
    #[must_use]
    pub fn with_back_off(mut self, first: Duration) -> Self {
        if let Some(okta) = Arc::get_mut(&mut self.okta) {
            okta.back_off = first;
        }
        self
    }

    fn cursor(&self, place: &Place, full_at: i64) -> Result<Cursor> {
        let token =
            serde_json::to_string(place).map_err(|error| ConnectorError::Malformed(error.to_string()))?;
        Ok(Cursor {
            scope: self.scope.clone(),
            token,
            full_at,
        })
    }

    /// One small request of a check.
    async fn try_one(
        &self,
        what: &str,
        path: &str,
        scope: &str,
        report: &mut Report,
    ) -> Option<Vec<Box<RawValue>>> {
        let page = Pages::new(&self.okta, path, "check").page(&self.okta).await;
        let (page, outcome) = match page {
            Ok(page) => (page, Ok("allowed".to_owned())),
            Err(error) => (None, Err(error.lacking(scope))),
        };
        report.items.push(CheckItem {
            what: what.to_owned(),
            outcome,
        });
        page
    }

    /// Where no token was granted for lack of a scope, says which instead.
    async fn name_scopes(&self, report: &mut Report) {
        let Sign::Service(service) = &self.okta.sign else {
            return;
        };
        let refused = |item: &CheckItem| {
            matches!(
                item.outcome,
                Err(ConnectorError::Denied(Denial::PermissionMissing, _))
            )
        };
        if !report.items.iter().all(refused) {
            return;
        }
        let lacking = service.lacking(&self.okta.api, self.okta.clock.now()).await;
        let named = lacking.into_iter().map(|scope| {
            let what =
                format!("Okta grants no token for `{scope}`; hint: grant the scope to the service app");
            CheckItem {
                what: format!("scope {scope}"),
                outcome: Err(ConnectorError::Denied(Denial::PermissionMissing, what)),
            }
        });
        let named: Vec<CheckItem> = named.collect();
        if !named.is_empty() {
            report.items = named;
        }
    }

    async fn sign_ins(&self) -> Result<Evidence, OktaError> {
        let mut pages = Pages::new(&self.okta, "/api/v1/users?limit=200", "users");
        let mut evidence = Evidence::default();
        while let Some(page) = pages.page(&self.okta).await? {
            for row in &page {
                let [id, seen] = rows::texts(row, ["id", "lastLogin"])?;
                if let Some(seen) = rows::moment(seen.as_deref()) {
                    evidence.seen.push((rows::id_of(id.as_deref())?, seen));
                }
            }
        }
        Ok(evidence)
    }
}

#[async_trait]
impl Connector for OktaSource {
    async fn check(&self) -> Report {
        let mut report = Report::default();
        let users = self
            .try_one(
                "read users",
                "/api/v1/users?limit=1",
                "okta.users.read",
                &mut report,
            )
            .await;
        if users.is_none() {
            self.name_scopes(&mut report).await;
            return report; // what lets nobody in says so once
        }
        if users.is_some_and(|users| users.is_empty()) {
            let what = "Okta shows no users; hint: assign a read-only administrator role to the app or the token's owner";
            report.items.push(CheckItem {
                what: "see users".to_owned(),
                outcome: Err(ConnectorError::Denied(Denial::PermissionMissing, what.to_owned())),
            });
        }
        let groups = self
            .try_one(
                "read groups",
                "/api/v1/groups?limit=1",
                "okta.groups.read",
                &mut report,
            )
            .await;
        if let Some(group) = groups.as_ref().and_then(|page| rows::id(page.first()?).ok()) {
            let path = format!("/api/v1/groups/{}/users?limit=1", segment(group.as_str()));
            self.try_one("read members", &path, "okta.groups.read", &mut report)
                .await;
        }
        if let Some(app) = &self.app {
            let path = format!("/api/v1/apps/{}/users?limit=1", segment(app));
            self.try_one("read the app's users", &path, "okta.apps.read", &mut report)
                .await;
        } else {
            self.try_one(
                "read the log",
                "/api/v1/logs?limit=1",
                "okta.logs.read",
                &mut report,
            )
            .await;
        }
        report.server_time = self.okta.api.server_time();
        report
    }

    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull> {
        let source = self.clone();
        if let Some(app) = self.app.clone() {
            return Ok(stream::pull(&self.tasks, true, move |out| {
                full::read_app(source, out, app)
            }));
        }
        let place = since.filter(|cursor| cursor.scope == self.scope);
        let place = place
            .and_then(|cursor| Some((serde_json::from_str::<Place>(&cursor.token).ok()?, cursor.full_at)));
        let Some((place, full_at)) = place else {
            return Ok(stream::pull(&self.tasks, true, move |out| {
                full::read(source, out)
            }));
        };
        Ok(stream::pull(&self.tasks, false, move |out| async move {
            let next = changes::read(&source, &out, &place).await?;
            Ok(Batch::End {
                coverage: Coverage::ChangesOnly,
                cursor: Some(source.cursor(&next, full_at)?),
            })
        }))
    }

    async fn last_seen(&self) -> Result<Option<Evidence>> {
        if !self.sign_in_activity {
            return Ok(None);
        }
        let read = self.sign_ins().await;
        Ok(Some(read.map_err(|error| error.lacking("okta.users.read"))?))
    }
}
