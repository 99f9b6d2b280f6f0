//! Users as records.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::list::{End, Pages, Row};
use super::realm::WHO;
use super::source::Keycloak;
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

    /// One pass over all users; answers their ids.
    pub(super) async fn list_users(&self, out: &Out) -> Result<HashSet<String>, RestError> {
        let brief = !self.wanted.iter().any(|name| name.starts_with("attributes."));
        let query = format!("briefRepresentation={brief}");
        let mut pages = Pages::new(self, "/users", &query, End::Empty);
        while let Some(rows) = pages.next::<Resource>().await? {
            let records = rows.iter().map(|row| Record::User(self.user(row))).collect();
            drop(out.send(Ok(Batch::Records(records))).await);
        }
        Ok(pages.seen)
    }

    /// How many users Keycloak counts.
    pub(super) async fn count_users(&self) -> Result<u64, RestError> {
        let admin = self.admin().await?;
        let count = admin.get::<Value>("/users/count", &self.clock).await?.body;
        let none = || RestError::Malformed(format!("{WHO} answered no number of users"));
        count.as_u64().ok_or_else(none)
    }
}
