//! What goes on beside requests: the store learns of uses, users who leave lose their sessions.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::record::delete;
use super::sessions::Sessions;
use crate::model::{DirectoryId, ExternalId};
use crate::store::api::Durability;

/// Uses of so long are one write.
const GATHERED: Duration = Duration::from_secs(1);

/// Writes down who used a session, at most once a second however many did; the last time when all ends.
pub(super) async fn keep(sessions: Arc<Sessions>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => {}
            () = sessions.untold.notified() => {
                // The first use waits for the others; a stop waits for nobody.
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(GATHERED) => {}
                }
            }
        }
        if stop.is_cancelled() {
            return tell(&sessions, Durability::Now).await;
        }
        tell(&sessions, Durability::Soon).await;
    }
}

async fn tell(sessions: &Sessions, durability: Durability) {
    let _alone = sessions.writing.write().await;
    let (used, gone) = sessions.book().untold();
    let used = used.iter().map(|(hash, record)| record.write(hash));
    let writes: Vec<_> = used.chain(gone.iter().map(delete)).collect();
    if writes.is_empty() {
        return;
    }
    if let Err(error) = sessions.store.put_entries(writes, durability).await {
        // After a restart these sessions end earlier; whoever left is found again then.
        tracing::warn!(code = error.code(), %error, "the uses of sessions were not written down");
    }
}

/// Ends the sessions of whoever leaves a directory, in the order of its commits.
pub(super) async fn departures(
    sessions: Arc<Sessions>,
    directory: DirectoryId,
    mut heard: Receiver<Arc<[ExternalId]>>,
    stop: CancellationToken,
) {
    loop {
        let departed = tokio::select! {
            () = stop.cancelled() => return,
            departed = heard.recv() => departed,
        };
        match departed {
            Ok(users) => sessions.left(&directory, &users),
            Err(RecvError::Closed) => return,
            Err(RecvError::Lagged(_)) => look(&sessions, &directory),
        }
    }
}

/// Too many left at once to hear of each: everybody is looked at.
fn look(sessions: &Sessions, directory: &DirectoryId) {
    let users = sessions.book().users_of(directory);
    let inactive = |user: &ExternalId| !sessions.is_active(directory, user);
    let departed: Vec<_> = users.into_iter().filter(inactive).collect();
    sessions.left(directory, &departed);
}
