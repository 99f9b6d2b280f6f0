//! `POST /backup`: the directories as they are now, streamed as lines of JSON.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::state::AdminState;
use crate::directory::backup::Backup;

/// Begins a backup of all that is served at this moment.
pub type Begin = dyn Fn() -> Backup + Send + Sync;

/// A store that fails in the middle breaks the answer off: without its last line no backup is one.
pub(super) async fn start(State(state): State<AdminState>) -> Response {
    // What was gathered meanwhile belongs to it.
    if let Some(activity) = state.activity() {
        activity.write_soon().await;
    }
    let pieces = stream::unfold((state.backup)(), async |mut backup| {
        let piece = backup.next().await.transpose()?;
        let piece = piece.map(Bytes::from);
        let told =
            piece.inspect_err(|error| tracing::error!(code = error.code(), %error, "a backup broke off"));
        Some((told, backup))
    });
    // Compression asks once more after the end.
    let mut response = Response::new(Body::from_stream(pieces.fuse()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
