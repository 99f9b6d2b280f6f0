//! Users as records.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::list::{End, Pages, Row};
use super::realm::WHO;
use super::source::Keycloak;
use crate::client::Meter;
use crate::connector::api::Batch;
use crate::connector::resource::{Resource, attribute};
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::record::{Record, SourceUser};

impl Row for Resource {
    fn id(&self) -> Option<&str> {
        self.get("id").and_then(Value::as_str)
    }
}

impl Keycloak {
    /// A user. `displayName` is made of both names, since Keycloak has none.
    pub(super) fn user(&self, row: &Resource) -> SourceUser {
        let mut attributes: BTreeMap<_, _> = self
            .wanted
            .iter()
            .filter_map(|name| Some((Arc::clone(name), attribute(row, name)?)))
            .collect();
        let part = |name: &str| attribute(row, name).unwrap_or_default();
        let both = format!("{} {}", part("firstName"), part("lastName"));
        if !both.trim().is_empty() {
            attributes
                .entry("displayName".into())
                .or_insert_with(|| both.trim().into());
        }
        SourceUser {
            id: row.id().unwrap_or_default().into(),
            active: row.get("enabled").and_then(Value::as_bool).unwrap_or(true),
            created_at: row.get("createdTimestamp").and_then(Value::as_i64),
            attributes,
        }
    }

    /// What of users is asked for.
    pub(super) fn brief(&self) -> String {
        let brief = !self.wanted.iter().any(|name| name.starts_with("attributes."));
        format!("briefRepresentation={brief}")
    }

    /// One pass over all users; answers their ids, and Keycloak's time at the beginning.
    pub(super) async fn list_users(&self, out: &Out) -> Result<(HashSet<String>, Option<i64>), RestError> {
        let mut pages = Pages::new(self, "/users", &self.brief(), End::Empty);
        while let Some(rows) = pages.next::<Resource>().await? {
            let records = rows.iter().map(|row| Record::User(self.user(row))).collect();
            drop(out.send(Ok(Batch::Records(records))).await);
        }
        Ok((pages.seen, pages.begun))
    }

    /// A page of users that begins at a place of their list.
    pub(super) async fn page_of_users(&self, first: u64) -> Result<Vec<Resource>, RestError> {
        let (query, max) = (self.brief(), self.config.page_size);
        let admin = self.admin().await?;
        let path = format!("/users?{query}&first={first}&max={max}");
        let rows = admin.get::<Vec<Resource>>(&path, &self.clock).await?.body;
        Meter::page();
        if rows.iter().any(|row| row.id().is_none_or(str::is_empty)) {
            return Err(RestError::Malformed(format!(
                "{WHO} answered a user without `id`"
            )));
        }
        Ok(rows)
    }

    /// How many users Keycloak counts.
    pub(super) async fn count_users(&self) -> Result<u64, RestError> {
        let admin = self.admin().await?;
        let count = admin.get::<Value>("/users/count", &self.clock).await?.body;
        let none = || RestError::Malformed(format!("{WHO} answered no number of users"));
        count.as_u64().ok_or_else(none)
    }
}
