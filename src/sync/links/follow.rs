//! Following: whenever one of the linked directories has a new head, a run is asked for; during one, one more.

use std::sync::Arc;

use futures_util::future::select_all;
use tokio_util::sync::CancellationToken;

use crate::directory::Directory;
use crate::model::{DirectoryId, Seq};
use crate::sync::Engine;

/// Asks for runs of `linked` as its parts move, until `stop`; says when one has ended.
pub async fn follow(
    engine: Arc<Engine>,
    linked: DirectoryId,
    parts: Vec<Arc<Directory>>,
    ended: impl Fn() + Send,
    stop: CancellationToken,
) {
    let mut heads: Vec<_> = parts.iter().map(|part| part.heads()).collect();
    let mut seen: Option<Vec<Seq>> = None;
    loop {
        for head in &mut heads {
            head.mark_unchanged();
        }
        let pictures: Vec<_> = parts.iter().map(|part| part.snapshot()).collect();
        let now: Vec<Seq> = pictures.iter().map(|picture| picture.seq()).collect();
        let all_read = pictures.iter().all(|picture| picture.cursor().is_some());
        if all_read && seen.as_ref() != Some(&now) {
            seen = Some(now);
            if let Some(run) = engine.request_unasked(&linked, false, "linked directories") {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = engine.finished(&run) => {}
                }
                ended();
            }
            continue; // what came meanwhile
        }
        let moved = select_all(heads.iter_mut().map(|head| Box::pin(head.changed())));
        tokio::select! {
            () = stop.cancelled() => return,
            (moved, ..) = moved => if moved.is_err() { return },
        }
    }
}
