//! What goes on beside the telling: the store learns of what is new, once in a while.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::register::Activity;

/// Writes down what was told, at most once in `every` however much it was. What is told while all ends is written by
/// whoever ends it, after the faces.
pub(super) async fn keep(activity: Arc<Activity>, every: Duration, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = activity.untold.notified() => {}
        }
        // The first waits for the others.
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        if !activity.write_soon().await {
            activity.untold.notify_one();
        }
    }
}
