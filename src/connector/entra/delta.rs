//! Delta rounds: what changed since a link.

use serde_json::value::RawValue;

use super::chain::Chain;
use super::graph::GraphError;
use super::page::{ListPage, Page};
use super::{Entra, Out, rows};
use crate::connector::api::{Batch, Result};
use crate::model::ExternalId;
use crate::model::record::Record;

/// How a round ended.
pub(super) struct Round {
    /// Where the next one begins.
    pub(super) link: String,
    /// What it told as being there.
    pub(super) there: Vec<ExternalId>,
}

pub(super) async fn users(entra: &Entra, out: &Out, link: String, first: Option<ListPage>) -> Result<Round> {
    round(entra, out, link, first, |row, records| {
        entra.rows.changed_user(row, records)
    })
    .await
}

pub(super) async fn groups(entra: &Entra, out: &Out, link: String, first: Option<ListPage>) -> Result<Round> {
    round(entra, out, link, first, rows::changed_group).await
}

pub(super) async fn round(
    entra: &Entra,
    out: &Out,
    link: String,
    first: Option<ListPage>,
    mut record: impl FnMut(&RawValue, &mut Vec<Record>) -> Result<(), GraphError>,
) -> Result<Round> {
    let mut chain = Chain::new(link, first);
    let mut there = Vec::new();
    while let Some(page) = chain.page(&entra.graph).await? {
        let mut records = Vec::new();
        for row in page.rows()? {
            record(row, &mut records)?;
        }
        there.extend(records.iter().filter_map(|record| match record {
            Record::User(user) => Some(user.id.clone()),
            Record::Group(group) => Some(group.id.clone()),
            _ => None,
        }));
        if !records.is_empty() {
            drop(out.send(Ok(Batch::Records(records))).await);
        }
        match (page.next(), page.delta.as_deref()) {
            (Some(_), None) => {}
            (None, Some(link)) => {
                // Kept for the next read: a link that this read would not follow is not kept either.
                entra.graph.check_origin(link)?;
                return Ok(Round {
                    link: link.to_owned(),
                    there,
                });
            }
            _ => break,
        }
    }
    let what = "Graph ended a delta round without exactly one of next link and delta link".to_owned();
    Err(GraphError::Malformed(what).into_error())
}
