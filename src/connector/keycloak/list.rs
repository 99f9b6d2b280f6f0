//! A list by offsets, which shift where somebody comes or goes meanwhile.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::realm::WHO;
use super::source::Keycloak;
use crate::client::Meter;
use crate::connector::rest::RestError;

/// After so many pages of nothing new Keycloak is not believed to get anywhere.
const STALE: u32 = 3;

/// What lists are made of.
pub(super) trait Row: DeserializeOwned + Send {
    /// Its id, if it has one.
    fn id(&self) -> Option<&str>;
}

/// When a list is at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At a page shorter than asked for.
    Short,
    /// At an empty page: what may not be seen is left out of pages that are cut before.
    Empty,
}

/// A page after the other, each object once.
pub(super) struct Pages<'a> {
    keycloak: &'a Keycloak,
    path: String,
    end: End,
    first: u64,
    stale: u32,
    ended: bool,
    /// Keycloak's time at the first page, milliseconds since 1970.
    pub(super) begun: Option<i64>,
    /// The ids so far.
    pub(super) seen: HashSet<String>,
}

impl<'a> Pages<'a> {
    /// Of a path below the realm, with a query that may be empty.
    pub(super) fn new(keycloak: &'a Keycloak, path: &str, query: &str, end: End) -> Self {
        let more = if query.is_empty() {
            String::new()
        } else {
            format!("{query}&")
        };
        Self {
            keycloak,
            path: format!("{path}?{more}"),
            end,
            first: 0,
            stale: 0,
            ended: false,
            begun: None,
            seen: HashSet::new(),
        }
    }

    /// The new objects of the next page; `None` after the last.
    pub(super) async fn next<R: Row>(&mut self) -> Result<Option<Vec<R>>, RestError> {
        if self.ended {
            return Ok(None);
        }
        let max = self.keycloak.config.page_size;
        let path = format!("{}first={}&max={max}", self.path, self.first);
        let admin = self.keycloak.admin().await?;
        let got = admin.get::<Vec<R>>(&path, &self.keycloak.clock).await?;
        self.begun = self.begun.or(got.date);
        let rows = got.body;
        Meter::page();
        let came = rows.len() as u64;
        self.ended = came == 0 || (self.end == End::Short && came < u64::from(max));
        let mut new = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id().filter(|id| !id.is_empty());
            let id =
                id.ok_or_else(|| RestError::Malformed(format!("{WHO} answered an object without `id`")))?;
            if self.seen.insert(id.to_owned()) {
                new.push(row);
            }
        }
        self.stale = if new.is_empty() { self.stale + 1 } else { 0 };
        if self.stale >= STALE {
            return Err(RestError::Malformed(format!(
                "{WHO} sends the same page again and again"
            )));
        }
        // Repetitions do not count: whoever came in before pushed them here.
        self.first += if new.is_empty() { came } else { new.len() as u64 };
        Ok(Some(new))
    }
}
