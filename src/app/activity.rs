//! The register of who was seen when, opened for what the configuration names.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::AppError;
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::{Activity, Directory};
use crate::store::Store;

/// All evidence of these directories, written down on `tasks` until `stop`.
pub(super) async fn activity(
    config: &Config,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    directories: &[Arc<Directory>],
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> Result<Arc<Activity>, AppError> {
    let (store, clock) = (Arc::clone(store), Arc::clone(clock));
    let every = config.activity.write_every();
    Ok(Activity::open(store, clock, directories, every, (tasks, stop.clone())).await?)
}
