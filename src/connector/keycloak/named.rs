//! Users that events name, each by itself; and the groups of users.

use std::collections::{BTreeSet, HashSet};

use futures_util::{StreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::list::{End, Pages, Row};
use super::realm::WHO;
use super::source::{Keycloak, PARALLEL};
use crate::connector::api::Batch;
use crate::connector::resource::Resource;
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::record::{Record, SourceUser};
use crate::model::{ExternalId, MemberKind};

/// A group that a user is in, of which only the id is wanted.
#[derive(Debug, Deserialize)]
struct Container {
    id: Option<String>,
}

impl Row for Container {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

pub(super) fn encoded(id: &ExternalId) -> String {
    utf8_percent_encode(id.as_str(), NON_ALPHANUMERIC).to_string()
}

impl Keycloak {
    /// Tells each of these users, or that it is gone.
    pub(super) async fn tell_users(
        &self,
        out: &Out,
        users: BTreeSet<ExternalId>,
        known: &mut HashSet<ExternalId>,
    ) -> Result<(), RestError> {
        let one = |id: ExternalId| async move { (self.user_alone(&id).await, id) };
        let mut asks = stream::iter(users).map(one).buffer_unordered(PARALLEL);
        while let Some((user, id)) = asks.next().await {
            let record = match user? {
                Some(user) => {
                    known.insert(id);
                    Record::User(user)
                }
                None if known.remove(&id) => Record::UserGone(id),
                None => continue,
            };
            drop(out.send(Ok(Batch::Records(vec![record]))).await);
        }
        Ok(())
    }

    /// A user by itself; `None` where it is gone, or a service account, which no list tells.
    async fn user_alone(&self, id: &ExternalId) -> Result<Option<SourceUser>, RestError> {
        let admin = self.admin().await?;
        let path = format!("/users/{}", encoded(id));
        let row = match admin.get::<Resource>(&path, &self.clock).await {
            Ok(got) => got.body,
            Err(RestError::Absent(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        if row.id() != Some(id.as_str()) {
            let what = format!("{WHO} answered another user than asked for");
            return Err(RestError::Malformed(what));
        }
        let is_service = row.get("serviceAccountClientId").is_some_and(|of| !of.is_null());
        Ok((!is_service).then(|| self.user(&row)))
    }

    /// The groups that a user is directly in, and that these are all; nothing of who is gone.
    pub(super) async fn groups_of(&self, user: &ExternalId) -> Result<Vec<Record>, RestError> {
        let path = format!("/users/{}/groups", encoded(user));
        let mut pages = Pages::new(self, &path, "briefRepresentation=true", End::Short);
        let mut records = Vec::new();
        loop {
            let rows = match pages.next::<Container>().await {
                Ok(Some(rows)) => rows,
                Ok(None) => break,
                Err(RestError::Absent(_)) => return Ok(Vec::new()),
                Err(error) => return Err(error.within(&format!("the groups of user `{user}`"))),
            };
            records.extend(rows.into_iter().filter_map(|row| {
                Some(Record::Member {
                    group: row.id?.into(),
                    member: user.clone(),
                    kind: MemberKind::User,
                })
            }));
        }
        records.push(Record::GroupsComplete(user.clone()));
        Ok(records)
    }
}
