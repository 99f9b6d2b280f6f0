//! `/directories/{id}/history` with `/directories/{id}/export`: what was applied, and how the directory was after a past run.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Refusal;
use super::state::AdminState;
use crate::sync;

/// `GET /directories/{id}/history`: the newest first, without what each changed (`GET /plans/{id}` tells that).
pub(super) async fn list(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let directory = state.directory(&id)?.id().clone();
    Ok(Json(json!({ "plans": state.engine.history(&directory) })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    /// As it was after this run; absent: as it is.
    as_of: Option<String>,
}

/// `GET /directories/{id}/export?as_of=RUN`: lines of JSON, the first of which says what follows.
pub(super) async fn export(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    Query(when): Query<When>,
) -> Result<Response, Refusal> {
    let directory = state.directory(&id)?;
    let (snapshot, plans, inexact) = match &when.as_of {
        None => (directory.snapshot(), 0, 0),
        Some(run) => {
            let past = state.engine.as_of(directory.id(), &run.as_str().into()).await?;
            (past.snapshot, past.plans, past.inexact)
        }
    };
    let opening = json!({
        "directory": id,
        "as_of": when.as_of,
        "plans_since": plans,
        "inexact": inexact,
        "users": snapshot.user_count(),
        "groups": snapshot.group_count(),
    });
    let pieces = sync::export(Arc::clone(&snapshot), &opening);
    let pieces = pieces.map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
    let mut response = Response::new(Body::from_stream(stream::iter(pieces)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
