//! A page of a list, as SCIM answers it (RFC 7644 §3.4.2).

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::connector::resource::{GroupRow, Resource, moment};
use crate::connector::rest::RestError;

/// A page.
#[derive(Debug, Deserialize)]
pub(super) struct Page<R> {
    #[serde(rename = "totalResults", alias = "totalresults")]
    pub(super) total: Option<u64>,
    #[serde(rename = "Resources", alias = "resources")]
    resources: Option<Vec<R>>,
    #[serde(rename = "nextCursor")]
    pub(super) next: Option<String>,
}

impl<R> Page<R> {
    /// What it has. A list without its resources is empty only where it says so itself.
    pub(super) fn rows(&mut self, what: &str) -> Result<Vec<R>, RestError> {
        match (self.resources.take(), self.total) {
            (Some(rows), _) => Ok(rows),
            (None, Some(0)) => Ok(Vec::new()),
            _ => Err(RestError::Malformed(format!(
                "the SCIM server answered a list of {what} without `Resources`"
            ))),
        }
    }
}

/// What lists are made of.
pub(super) trait Row: DeserializeOwned + Send {
    /// Its attributes, of a group without the members.
    fn attributes(&self) -> &Resource;

    /// A hash of all it says.
    fn content(&self) -> u64;

    /// When it was changed last, milliseconds since 1970.
    fn modified(&self) -> Option<i64> {
        moment(self.attributes(), "meta.lastModified")
    }
}

impl Row for Resource {
    fn attributes(&self) -> &Resource {
        self
    }

    fn content(&self) -> u64 {
        of_all(self, 0)
    }
}

impl Row for GroupRow {
    fn attributes(&self) -> &Resource {
        &self.rest
    }

    fn content(&self) -> u64 {
        {
            let members = self.members.iter().flatten();
            let members = members.fold(0_u64, |sum, member| {
                let mut hash = DefaultHasher::new();
                member.id.hash(&mut hash);
                sum.wrapping_add(hash.finish())
            });
            of_all(&self.rest, members)
        }
    }
}

fn of_all(resource: &Resource, more: u64) -> u64 {
    let mut hash = DefaultHasher::new();
    for (name, value) in resource {
        (name, value.to_string()).hash(&mut hash);
    }
    more.hash(&mut hash);
    hash.finish()
}
