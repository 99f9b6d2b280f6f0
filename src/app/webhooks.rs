//! Webhooks, opened and sent: the directory decides when, the notifications know how.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::AppError;
use crate::clock::Clock;
use crate::directory::webhooks::Webhooks;
use crate::directory::{Applications, Directory};
use crate::notify::{Pinger, admits};
use crate::store::Store;

/// All webhooks, told on `tasks` until `stop`.
pub(super) async fn webhooks(
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    applications: &Arc<Applications>,
    directories: &[Arc<Directory>],
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> Result<Arc<Webhooks>, AppError> {
    let opened = Webhooks::open(
        Arc::clone(store),
        Arc::clone(clock),
        Arc::clone(applications),
        admits,
    );
    let webhooks = opened.await?;
    for directory in directories {
        tasks.spawn(Arc::clone(&webhooks).watch(Arc::clone(directory), stop.clone()));
    }
    let pinger = Pinger::new()?;
    let sent = Arc::clone(&webhooks).run(
        move |ping| {
            let pinger = pinger.clone();
            async move { pinger.ping(&ping.endpoint, ping.token.as_deref()).await }
        },
        stop.clone(),
    );
    tasks.spawn(sent);
    Ok(webhooks)
}
