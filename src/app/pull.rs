//! One synchronisation: pull, plan, apply.

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;

use crate::connector::api::{Batch, Connector, Coverage};
use crate::directory::{Directory, Request};
use crate::sync::{Completeness, Mapping, Stage, complete_groups, plan, returning};

/// Reads the source, plans, applies in one commit. Answers how many steps the plan had.
///
/// No guard yet: a plan of any size is applied. An incomplete read removes nothing, its cursor stays.
///
/// # Errors
/// When the source cannot be read or the store cannot write.
pub async fn sync_once(source: &dyn Connector, directory: &Directory, mapping: &Mapping) -> Result<usize> {
    let snapshot = directory.snapshot();
    let mut pull = source
        .pull(snapshot.cursor())
        .await
        .context("the source cannot be read")?;
    let mut stage = Stage::default();
    let mut end = None;
    while let Some(batch) = pull.batches.next().await {
        match batch.context("the source cannot be read")? {
            Batch::Records(records) => records.into_iter().for_each(|record| stage.take(record)),
            Batch::Incomplete(what) => tracing::warn!(what, "the read is incomplete: nothing is removed"),
            Batch::Notice(what) => tracing::info!(what, "the source says"),
            Batch::End { coverage, cursor } => end = Some((coverage, cursor)),
        }
    }
    let Some((coverage, cursor)) = end else {
        bail!("the read ended without saying so: nothing is applied")
    };
    let read = match (coverage, &cursor) {
        (_, None) => Completeness::Incomplete,
        (Coverage::Everything, _) => Completeness::Everything,
        (Coverage::ChangesOnly, _) => Completeness::ChangesOnly,
    };
    if !pull.full {
        let returning = returning(&snapshot, &stage);
        let records = source
            .memberships_of(&returning)
            .await
            .context("who returns cannot be read")?;
        for record in records {
            stage.take(record);
        }
        complete_groups(&snapshot, &mut stage);
    }
    let plan = plan(&snapshot, &stage, read, mapping);
    let changes: Vec<_> = plan.steps.into_iter().map(|step| step.change).collect();
    let steps = changes.len();
    let request = Request {
        changes,
        base: Some(plan.base),
        cursor,
        ..Request::default()
    };
    directory.apply(request).await?;
    Ok(steps)
}
