//! The connector: decides whether what differs can be told, else reads everything.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio_util::task::TaskTracker;

use super::api::{GROUPS, Google, Lane, MEMBERS, REPORTS, USERS, encoded};
use super::changes::{self, Besides, Read};
use super::config::GoogleConfig;
use super::credential::Credential;
use super::lists::{self, PAGE};
use super::members::{self, Who};
use super::memory::{Place, State};
use super::pages::{Pages, Step};
use super::rows::{self, UserRows, What};
use super::token::Grants;
use super::{check, full};
use crate::client::{Api, ClientError, Limiter, Settings};
use crate::clock::Clock;
use crate::connector::api::{
    Batch, Connector, ConnectorError, Coverage, Evidence, Pull, Report, Result, Returning,
};
use crate::connector::jwt::{base64url, fresh_id};
use crate::connector::memory::Memory;
use crate::connector::rest::RestError;
use crate::connector::rounds::{due, turn, turned};
use crate::connector::stream;
use crate::model::commit::Cursor;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// A page of 500 users is about 1 MB; this is far more.
const CAP: usize = 64 << 20;
/// What Google lets one account ask of the directory in a minute, by default: it says nothing of that until it is exceeded.
pub const PER_MINUTE: u32 = 2_400;
/// Groups read at once: enough for forty answers a second that take half a second each. More would only take turns, and those
/// with many pages, which can be read one by one alone, would be the last for long.
pub(super) const PARALLEL: usize = 20;

/// A connector of one customer.
#[derive(Clone)]
pub struct GoogleSource {
    pub(super) google: Arc<Google>,
    pub(super) rows: UserRows,
    pub(super) customer: String,
    pub(super) change_hints: bool,
    memory: Arc<Memory<State>>,
    sign_in_activity: bool,
    tasks: TaskTracker,
    scope: String,
}

impl GoogleSource {
    /// A connector; `attributes` are what the mapping wants besides the core ones; reads run on `tasks`.
    ///
    /// # Errors
    /// `Refused` where an address cannot be used.
    pub fn build(
        config: &GoogleConfig,
        credential: Credential,
        limiter: Arc<Limiter>,
        attributes: &BTreeSet<String>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Result<Self> {
        let refused = |error: ClientError| ConnectorError::Refused(error.to_string());
        let settings = Settings::trusting(config.ca_file.as_deref()).map_err(refused)?;
        let api = Api::new(config.url(), limiter, CAP, &settings).map_err(refused)?;
        let rows = UserRows::new(attributes.iter().map(String::as_str));
        let mut hash = Sha256::new();
        let admin = config.admin.as_deref().unwrap_or_default();
        for part in [api.base(), &config.customer, admin, credential.account()]
            .into_iter()
            .chain(rows.attributes.iter().map(AsRef::as_ref))
        {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        Ok(Self {
            google: Arc::new(Google {
                api,
                grants: Grants::new(credential, config.admin.clone(), &settings).map_err(refused)?,
                directory: Lane::new(&[USERS, GROUPS, MEMBERS]),
                reports: Lane::new(&[REPORTS]),
                clock,
                back_off: Duration::from_secs(1),
            }),
            rows,
            customer: config.customer.clone(),
            change_hints: config.change_hints,
            memory: Arc::default(),
            sign_in_activity: config.sign_in_activity,
            tasks,
            scope: base64url(&hash.finalize()),
        })
    }

    /// The same with another first back-off, for tests that provoke failures.
    #[must_use]
    pub fn with_back_off(mut self, first: Duration) -> Self {
        if let Some(google) = Arc::get_mut(&mut self.google) {
            google.back_off = first;
        }
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
        if cursor.scope != self.scope {
            return None;
        }
        let place = serde_json::from_str::<Place>(&cursor.token).ok()?;
        let state = self.memory.recall(&place.memory)?;
        Some((place, state))
    }

    async fn changes(self, out: stream::Out, place: Place, known: Arc<State>, full_at: i64) -> Result<Batch> {
        let now = self.google.clock.now();
        let after = place.verified.as_deref();
        let due = due(known.groups.len(), now.saturating_sub(place.verified_at));
        let turn = turn(known.groups.keys(), after, due);
        let besides = Besides {
            hints: self.change_hints.then_some(place.since),
            turn: &turn,
        };
        let Read {
            state,
            begun,
            unheard,
        } = changes::read(&self, &out, &known, besides).await?;
        let begun = if unheard {
            place.since
        } else {
            begun.unwrap_or(now)
        };
        let next = Place {
            memory: fresh_id().map_err(ConnectorError::Malformed)?,
            since: begun.max(place.since),
            verified_at: now.max(place.verified_at),
            verified: turned(&turn, after),
        };
        Ok(Batch::End {
            coverage: Coverage::ChangesOnly,
            cursor: Some(self.keep(next, state, full_at)?),
        })
    }

    /// The groups that a user or a group is directly in.
    async fn containers(&self, id: &ExternalId, kind: MemberKind) -> Result<Vec<Record>, RestError> {
        let path = lists::path(&format!(
            "/groups?userKey={}&maxResults={PAGE}&fields=kind,nextPageToken,groups(id)",
            encoded(id.as_str())
        ));
        let mut pages = Pages::new(&self.google, &self.google.directory, path, "directory#groups");
        let mut records = Vec::new();
        loop {
            let page = match pages.step().await {
                Ok(Step::Rows(page)) => page,
                Ok(Step::Again) => {
                    records.clear();
                    continue;
                }
                Ok(Step::End) => return Ok(records),
                // Who is gone again is told by the next read.
                Err(RestError::Absent(_)) => return Ok(Vec::new()),
                Err(error) => return Err(error),
            };
            for row in &page {
                records.push(Record::Member {
                    group: rows::id(row)?,
                    member: id.clone(),
                    kind,
                });
            }
        }
    }

    async fn user_returns(&self, id: &ExternalId, state: &State) -> Result<Vec<Record>, RestError> {
        let mut records = self.containers(id, MemberKind::User).await?;
        let everybody = state.groups.iter().filter(|(_, known)| known.everybody);
        records.extend(everybody.map(|(group, _)| Record::Member {
            group: group.clone(),
            member: id.clone(),
            kind: MemberKind::User,
        }));
        records.push(Record::GroupsComplete(id.clone()));
        Ok(records)
    }

    async fn group_returns(&self, id: &ExternalId, state: &State) -> Result<Vec<Record>, RestError> {
        let mut records = self.containers(id, MemberKind::Group).await?;
        let members = match members::list(self, id).await {
            Err(RestError::Absent(_)) => return Ok(records),
            members => members?,
        };
        let who = Who {
            users: &state.users,
            groups: &state.groups,
        };
        records.extend(members::records(id, &members, who).0);
        if members.iter().any(|member| member.what == What::Everybody) {
            records.extend(state.users.keys().map(|user| Record::Member {
                group: id.clone(),
                member: user.clone(),
                kind: MemberKind::User,
            }));
        }
        records.push(Record::MembersComplete(id.clone()));
        Ok(records)
    }

    async fn sign_ins(&self) -> Result<Evidence, RestError> {
        let path = lists::path(&format!(
            "/users?customer={}&maxResults=500&fields=kind,nextPageToken,users(id,lastLoginTime)",
            encoded(&self.customer)
        ));
        let mut pages = Pages::new(&self.google, &self.google.directory, path, "directory#users");
        let mut evidence = Evidence::default();
        loop {
            let page = match pages.step().await? {
                Step::Rows(page) => page,
                Step::Again => {
                    evidence.seen.clear();
                    continue;
                }
                Step::End => return Ok(evidence),
            };
            for row in &page {
                if let Some(seen) = rows::moment(row, "lastLoginTime") {
                    evidence.seen.push((rows::id(row)?, seen));
                }
            }
        }
    }
}

#[async_trait]
impl Connector for GoogleSource {
    async fn check(&self) -> Report {
        check::run(self).await
    }

    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull> {
        let source = self.clone();
        let Some((full_at, (place, known))) =
            since.and_then(|cursor| Some((cursor.full_at, self.recall(cursor)?)))
        else {
            return Ok(stream::pull(&self.tasks, true, move |out| {
                full::read(source, out)
            }));
        };
        Ok(stream::pull(&self.tasks, false, move |out| {
            source.changes(out, place, known, full_at)
        }))
    }

    async fn memberships_of(&self, returning: &Returning) -> Result<Vec<Record>> {
        let state = self.memory.latest().unwrap_or_default();
        let users = returning.users.iter().cloned().map(|id| (id, MemberKind::User));
        let groups = returning.groups.iter().cloned().map(|id| (id, MemberKind::Group));
        let all: Vec<(ExternalId, MemberKind)> = users.chain(groups).collect();
        let mut asks = futures_util::stream::iter(all)
            .map(|(id, kind)| {
                let (source, state) = (self.clone(), Arc::clone(&state));
                async move {
                    match kind {
                        MemberKind::User => source.user_returns(&id, &state).await,
                        MemberKind::Group => source.group_returns(&id, &state).await,
                    }
                }
            })
            .buffer_unordered(PARALLEL);
        let mut records = Vec::new();
        while let Some(ask) = asks.next().await {
            records.extend(ask?);
        }
        Ok(records)
    }

    async fn last_seen(&self) -> Result<Option<Evidence>> {
        if !self.sign_in_activity {
            return Ok(None);
        }
        Ok(Some(self.sign_ins().await?))
    }
}
