//! The register of who was seen when, opened for what the configuration names; when sources are asked.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::AppError;
use super::linked;
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::{Activity, Directory};
use crate::schedule::{Job, Schedule};
use crate::store::Store;
use crate::sync::{SlowLanes, Synced};

/// All evidence of these directories, written down on `tasks` until `stop`, with the slow lanes of what is synchronised.
pub(super) async fn activity(
    config: &Config,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    (directories, synced): (&[Arc<Directory>], &[Synced]),
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> Result<(Arc<Activity>, Arc<SlowLanes>), AppError> {
    let (store, clock) = (Arc::clone(store), Arc::clone(clock));
    let every = config.activity.write_every();
    let activity = Activity::open(store, clock, directories, every, (tasks, stop.clone())).await?;
    let linked = linked::all_parts(config, directories);
    let running = (tasks.clone(), stop.clone());
    let slow = SlowLanes::new(synced, &linked, Arc::clone(&activity), running);
    Ok((activity, slow))
}

/// One job for each directory with a source: to ask it when its users were last seen.
pub(super) fn jobs(config: &Config, slow: &Arc<SlowLanes>) -> Vec<Job> {
    let read = config
        .directories
        .iter()
        .filter(|directory| directory.source.is_read());
    let jobs = read.filter_map(|directory| {
        let sync = directory.sync.clone().unwrap_or_default();
        // The configuration has been checked: what does not parse is not there.
        let schedule = Schedule::parse(&sync.last_seen_schedule, &sync.time_zone).ok()?;
        let (slow, id) = (Arc::clone(slow), directory.directory_id());
        Some(Job::new(schedule, move || {
            let (slow, id) = (Arc::clone(&slow), id.clone());
            async move {
                // What it came to is in the log, and in the lane's health.
                slow.read(&id).await;
            }
        }))
    });
    jobs.collect()
}
