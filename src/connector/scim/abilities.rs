//! What the server says it can (RFC 7643 §5, RFC 9865 §4).

use serde::Deserialize;
use serde_json::Value;

use super::Scim;
use super::config::Paging;
use crate::connector::rest::RestError;

/// What matters to a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Abilities {
    /// Lists can be filtered.
    pub(super) filter: bool,
    /// Lists are paged by cursors.
    pub(super) cursor: bool,
}

#[derive(Debug, Deserialize)]
struct Told {
    filter: Option<Value>,
    pagination: Option<Pagination>,
    patch: Option<Value>,
    schemas: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Pagination {
    cursor: bool,
    index: Option<bool>,
    default_pagination_method: Option<String>,
}

impl Scim {
    /// Asks the server. One that does not tell is taken for one that can the least.
    pub(super) async fn abilities(&self) -> Result<Abilities, RestError> {
        let told = match self.rest.get::<Told>("/ServiceProviderConfig", &self.clock).await {
            Ok(got) => got.body,
            Err(RestError::Absent(_) | RestError::Refused(_) | RestError::Bad(..)) => {
                return Ok(Abilities {
                    filter: false,
                    cursor: self.paging == Paging::Cursor,
                });
            }
            Err(error) => return Err(error),
        };
        if told.filter.is_none() && told.patch.is_none() && told.schemas.is_none() {
            let what = "the SCIM server answered something else for `/ServiceProviderConfig`";
            return Err(RestError::Malformed(what.to_owned()));
        }
        let pagination = told.pagination.unwrap_or_default();
        let by_default = pagination.default_pagination_method.as_deref() == Some("cursor");
        let only = pagination.cursor && pagination.index == Some(false);
        Ok(Abilities {
            filter: told
                .filter
                .is_some_and(|filter| filter["supported"] == Value::Bool(true)),
            cursor: match self.paging {
                Paging::Auto => (pagination.cursor && by_default) || only,
                Paging::Index => false,
                Paging::Cursor => true,
            },
        })
    }
}
