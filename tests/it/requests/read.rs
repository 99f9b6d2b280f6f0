//! One read on a paused clock: what it told, what it asked, how long it took by that clock.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use throng::client::Meter;
use throng::connector::Connector;
use throng::connector::api::{Batch, Coverage};
use throng::model::commit::Cursor;
use throng::model::record::Record;
use tokio::time::Instant;

use super::companies::Company;

/// How a read went.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// It was a full read.
    pub(crate) full: bool,
    /// It covered everything.
    pub(crate) everything: bool,
    /// How many users, groups and memberships it told.
    pub(crate) told: (usize, usize, usize),
    /// What the source was asked, but for being let in; a batch counts once.
    pub(crate) requests: u64,
    /// How many requests were refused because there were too many.
    pub(crate) throttled: u64,
    /// By the paused clock.
    pub(crate) took: Duration,
    /// What it could not read.
    pub(crate) incomplete: Vec<String>,
    /// Where the next one goes on.
    pub(crate) cursor: Option<Cursor>,
}

/// Reads, on a runtime of one thread whose clock is paused.
pub(crate) async fn read(company: &Company, since: Option<&Cursor>) -> Read {
    let (tenant, begun) = (&company.tenant, Instant::now());
    tenant.reset_stats();
    let busy = tenant.busy();
    let meter = Meter::telling(Arc::clone(&busy));
    let mut read = tokio::select! {
        read = meter.scope(drain(company.connector.as_ref(), since)) => read,
        () = busy.hold() => unreachable!("it does not end"),
    };
    read.took = begun.elapsed();
    let stats = tenant.stats();
    let asked = stats.requests.iter().filter(|(kind, _)| *kind != "token");
    // What is asked within a batch is counted there under its own kind.
    read.requests = asked.map(|(_, count)| count).sum::<u64>() - meter.asked_within();
    assert!(meter.requests() >= read.requests, "{meter:?} {stats:?}");
    read.throttled = stats.throttled;
    read
}

async fn drain(connector: &dyn Connector, since: Option<&Cursor>) -> Read {
    let mut pull = connector.pull(since).await.unwrap();
    let mut read = Read {
        full: pull.full,
        ..Read::default()
    };
    while let Some(batch) = pull.batches.next().await {
        match batch.unwrap() {
            Batch::Records(records) => {
                for record in records {
                    let (users, groups, memberships) = &mut read.told;
                    match record {
                        Record::User(_) => *users += 1,
                        Record::Group(_) => *groups += 1,
                        Record::Member { .. } => *memberships += 1,
                        _ => {}
                    }
                }
            }
            Batch::Incomplete(what) => read.incomplete.push(what),
            Batch::Notice(_) | Batch::Tally(_) => {}
            Batch::End { coverage, cursor } => {
                (read.everything, read.cursor) = (coverage == Coverage::Everything, cursor);
            }
        }
    }
    read
}
