//! A running read as a stream: a task that sends batches as long as somebody wants them.

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::api::{Batch, Pull, Result};
use crate::client::Meter;

/// How many batches may wait for a slow reader.
const AHEAD: usize = 8;

/// Where a read sends its batches.
pub(super) type Out = mpsc::Sender<Result<Batch>>;

/// Runs `read` on `tasks`; what it answers is the stream's last item.
pub(super) fn pull<F>(tasks: &TaskTracker, full: bool, read: impl FnOnce(Out) -> F) -> Pull
where
    F: Future<Output = Result<Batch>> + Send + 'static,
{
    let (out, batches) = mpsc::channel(AHEAD);
    let reading = read(out.clone());
    let work = async move {
        // A dropped stream means that nobody wants the rest: no request, no wait goes on.
        tokio::select! {
            last = reading => drop(out.send(last).await),
            () = out.closed() => {}
        }
    };
    match Meter::current() {
        Some(meter) => tasks.spawn(async move { meter.scope(work).await }),
        None => tasks.spawn(work),
    };
    let batches = futures_util::stream::unfold(batches, |mut batches| async move {
        batches.recv().await.map(|batch| (batch, batches))
    });
    Pull {
        full,
        batches: batches.boxed(),
    }
}
