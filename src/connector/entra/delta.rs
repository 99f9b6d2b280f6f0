//! Delta rounds: what changed since a link.

use std::collections::HashSet;

use serde_json::Value;

use super::graph::{Graph, GraphError};
use super::{Entra, Out, rows};
use crate::connector::api::{Batch, Result};
use crate::model::record::Record;

/// More pages than any round has.
const PAGES: usize = 100_000;

/// Walks a chain of pages; a link seen before is a loop.
pub(super) struct Chain {
    next: Option<String>,
    first: Option<Value>,
    seen: HashSet<String>,
}

impl Chain {
    pub(super) fn new(link: String, first: Option<Value>) -> Self {
        Self {
            next: Some(link),
            first,
            seen: HashSet::new(),
        }
    }

    /// The next page; `None` after the last. A list ends without a link, a delta round with its delta link.
    pub(super) async fn page(&mut self, graph: &Graph) -> Result<Option<Value>, GraphError> {
        let Some(link) = self.next.take() else {
            return Ok(None);
        };
        if !self.seen.insert(link.clone()) || self.seen.len() > PAGES {
            return Err(GraphError::Malformed(
                "Graph sends the same page again and again".to_owned(),
            ));
        }
        let page = match self.first.take() {
            Some(page) => page,
            None => graph.get(&link).await?,
        };
        rows::list(&page)?;
        self.next = page["@odata.nextLink"].as_str().map(str::to_owned);
        Ok(Some(page))
    }
}

pub(super) async fn users(entra: &Entra, out: &Out, link: String, first: Option<Value>) -> Result<String> {
    let record = |row: &Value, records: &mut Vec<Record>| {
        records.push(if rows::removed(row) {
            Record::UserGone(rows::id(row)?)
        } else {
            rows::user(row, &entra.attributes)?
        });
        Ok(())
    };
    round(entra, out, link, first, record).await
}

pub(super) async fn groups(entra: &Entra, out: &Out, link: String, first: Option<Value>) -> Result<String> {
    let record = |row: &Value, records: &mut Vec<Record>| {
        let group = rows::id(row)?;
        if rows::removed(row) {
            records.push(Record::GroupGone(group));
            return Ok(());
        }
        records.push(rows::group(row)?);
        for edge in row["members@delta"].as_array().into_iter().flatten() {
            let (Some(kind), member) = (rows::kind(edge), rows::id(edge)?) else {
                continue;
            };
            let group = group.clone();
            records.push(if rows::removed(edge) {
                Record::MemberGone { group, member, kind }
            } else {
                Record::Member { group, member, kind }
            });
        }
        Ok(())
    };
    round(entra, out, link, first, record).await
}

/// One round; answers the next round's link.
async fn round(
    entra: &Entra,
    out: &Out,
    link: String,
    first: Option<Value>,
    record: impl Fn(&Value, &mut Vec<Record>) -> Result<(), GraphError>,
) -> Result<String> {
    let mut chain = Chain::new(link, first);
    while let Some(page) = chain.page(&entra.graph).await? {
        let mut records = Vec::new();
        for row in rows::list(&page)? {
            record(row, &mut records)?;
        }
        if !records.is_empty() && out.send(Ok(Batch::Records(records))).await.is_err() {
            break; // nobody reads on
        }
        match (
            page["@odata.nextLink"].is_string(),
            page["@odata.deltaLink"].as_str(),
        ) {
            (true, None) => {}
            (false, Some(link)) => return Ok(link.to_owned()),
            _ => break,
        }
    }
    let what = "Graph ended a delta round without exactly one of next link and delta link".to_owned();
    Err(GraphError::Malformed(what).into_error())
}
