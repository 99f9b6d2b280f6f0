//! Reading: one pull of a source into a stage.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::StreamExt;

use super::books::Progress;
use super::carried::Carried;
use super::mapping::Mapping;
use super::planner::Completeness;
use super::returning::{complete_groups, returning};
use super::scope::{Narrowed, narrow};
use super::stage::Stage;
use super::terms::Rules;
use super::waiting::Waiting;
use crate::connector::api::{Batch, Connector, ConnectorError, Coverage};
use crate::connector::tally::Tally;
use crate::directory::Snapshot;
use crate::model::commit::Cursor;

/// What a pull gave.
pub(super) struct Reading {
    pub(super) stage: Stage,
    pub(super) read: Completeness,
    pub(super) cursor: Option<Cursor>,
    pub(super) full: bool,
    pub(super) incomplete: Vec<String>,
    pub(super) notices: Vec<String>,
    /// What the source says of itself.
    pub(super) tally: Tally,
}

/// How a source's words become a stage.
pub(super) struct Manner<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) rules: &'a Arc<Rules>,
    pub(super) carried: &'a Carried,
    pub(super) waiting: &'a Waiting,
}

/// Reads what changed since the cursor, or everything: where there is none, where the source forgets it midway, where
/// changes alone do not tell what belongs to the directory.
pub(super) async fn read(
    source: &dyn Connector,
    snapshot: &Snapshot,
    since: Option<&Cursor>,
    manner: &Manner<'_>,
    progress: &Progress,
) -> Result<Reading, ConnectorError> {
    let meter = Arc::clone(&progress.meter);
    let reading = meter.scope(attempt(source, snapshot, since, manner, progress));
    reading.await
}

async fn attempt(
    source: &dyn Connector,
    snapshot: &Snapshot,
    since: Option<&Cursor>,
    manner: &Manner<'_>,
    progress: &Progress,
) -> Result<Reading, ConnectorError> {
    let why = match pull(source, snapshot, since, manner, progress).await {
        Err(ConnectorError::Expired(why)) if since.is_some() => {
            tracing::info!(%why, "the cursor is no longer good: reading everything");
            Some(format!("everything was read: {why}"))
        }
        Ok(None) => {
            tracing::info!("changes do not tell who belongs to the directory: reading everything");
            None
        }
        Ok(Some(reading)) => return Ok(reading),
        Err(error) => return Err(error),
    };
    let whole = pull(source, snapshot, None, manner, progress).await?;
    let what =
        || ConnectorError::Malformed("the source told changes where everything was asked for".to_owned());
    let mut whole = whole.ok_or_else(what)?;
    whole.notices.extend(why);
    Ok(whole)
}

/// Pulls to the end. A stream that ends without saying so counts as broken. `None`: changes, which do not suffice.
async fn pull(
    source: &dyn Connector,
    snapshot: &Snapshot,
    since: Option<&Cursor>,
    manner: &Manner<'_>,
    progress: &Progress,
) -> Result<Option<Reading>, ConnectorError> {
    let mut pull = source.pull(since).await?;
    let mut stage = Stage::of(manner.mapping.clone(), Arc::clone(manner.rules));
    if !pull.full {
        stage.recall_waiting(manner.waiting);
        stage.recall(manner.carried.clone());
    }
    let (mut incomplete, mut notices, mut tally, mut end) = (Vec::new(), Vec::new(), Tally::default(), None);
    while let Some(batch) = pull.batches.next().await {
        progress.batches.fetch_add(1, Ordering::Relaxed);
        match batch? {
            Batch::Records(records) => records.into_iter().for_each(|record| stage.take(record)),
            Batch::Incomplete(what) => incomplete.push(what),
            Batch::Notice(what) => notices.push(what),
            Batch::Tally(part) => tally.add(part),
            Batch::End { coverage, cursor } => end = Some((coverage, cursor)),
        }
        progress.records.store(stage.records(), Ordering::Relaxed);
    }
    let Some((coverage, cursor)) = end else {
        let what = "the read ended before the source said that it was the end".to_owned();
        return Err(ConnectorError::Malformed(what));
    };
    if !pull.full {
        // No change tells which memberships somebody came back with.
        for record in source.memberships_of(&returning(snapshot, &stage)).await? {
            stage.take(record);
        }
        complete_groups(snapshot, &mut stage);
        progress.records.store(stage.records(), Ordering::Relaxed);
    }
    if narrow(&manner.rules.scope, snapshot, &mut stage, pull.full) == Narrowed::NeedsAll {
        return Ok(None);
    }
    let read = match (coverage, &cursor) {
        _ if !incomplete.is_empty() => Completeness::Incomplete,
        (_, None) => Completeness::Incomplete,
        (Coverage::Everything, _) if pull.full => Completeness::Everything,
        _ => Completeness::ChangesOnly,
    };
    if read == Completeness::Incomplete && incomplete.is_empty() {
        incomplete.push("the source did not say where the next read goes on".to_owned());
    }
    // A part that could not be read would never be read again if the cursor moved.
    let cursor = cursor.filter(|_| read != Completeness::Incomplete);
    Ok(Some(Reading {
        stage,
        read,
        cursor,
        full: pull.full,
        incomplete,
        notices,
        tally,
    }))
}
