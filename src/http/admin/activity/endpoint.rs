//! `POST /activity` and `POST /directories/{id}/last-seen`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::lines;
use crate::directory::activity::{Counts, Reported};
use crate::http::admin::body;
use crate::http::admin::error::Refusal;
use crate::http::admin::state::AdminState;
use crate::sync::SlowRead;

/// Two hundred thousand lines, in either form.
const LIMIT: usize = 16 * 1024 * 1024;
/// How long an answer waits for a read of the slow lane, which of a large tenant takes minutes.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ForAll {
    /// The application of lines that name none.
    application: Option<String>,
}

/// `POST /activity?application=`: 202 with what became of the lines. One that cannot be read refuses the whole.
pub(in super::super) async fn report(
    State(state): State<AdminState>,
    Query(all): Query<ForAll>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Counts>), Refusal> {
    let read = reader(&headers)?;
    let body = body::bytes(body, LIMIT).await?;
    let activity = Arc::clone(state.activity().ok_or(Refusal::Failed)?);
    let applications = Arc::clone(&state.applications);
    // Megabytes to parse, then a walk over all users where there are addresses.
    let work = tokio::task::spawn_blocking(move || {
        let lines = read(&body, all.application.as_deref()).map_err(Refusal::Malformed)?;
        Ok::<_, Refusal>(activity.report(&applications, lines))
    });
    let counts = work.await.map_err(|_| Refusal::Failed)??;
    let (lines, newer, unknown) = (counts.lines, counts.newer, counts.unknown.count);
    tracing::info!(
        lines,
        newer,
        unknown,
        "took a report of {lines} lines on when users were last seen"
    );
    Ok((StatusCode::ACCEPTED, Json(counts)))
}

type Reader = fn(&[u8], Option<&str>) -> Result<Vec<Reported>, String>;

fn reader(headers: &HeaderMap) -> Result<Reader, Refusal> {
    let kind = headers
        .get(CONTENT_TYPE)
        .map(|kind| kind.to_str().unwrap_or_default());
    let kind = kind.map(|kind| {
        kind.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    });
    match kind.as_deref() {
        None | Some("application/json") => Ok(lines::json),
        Some("text/csv") => Ok(lines::csv),
        Some(other) => Err(Refusal::Malformed(format!(
            "`{other}` is not read here; hint: send `application/json` or `text/csv`"
        ))),
    }
}

/// `POST /directories/{id}/last-seen`: asks the source now. 200 with what it told, or 202 where that takes longer.
pub(in super::super) async fn read_source(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let directory = state.directory(&id)?.id().clone();
    let lanes = state.slow_lanes().ok_or(Refusal::Failed)?;
    let reading = lanes.start(&directory).ok_or(Refusal::NoSource(id))?;
    let told = match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(Some(told))) => told,
        Ok(Ok(None) | Err(_)) => return Err(Refusal::Failed),
        Err(_) => SlowRead::Busy,
    };
    Ok(match told {
        SlowRead::Busy => (StatusCode::ACCEPTED, Json(json!({ "state": "reading" }))),
        SlowRead::NotTold => (StatusCode::OK, Json(json!({ "state": "not-told" }))),
        SlowRead::Read { users, unknown } => {
            let told = json!({ "state": "read", "users": users, "unknown": unknown });
            (StatusCode::OK, Json(told))
        }
        SlowRead::Failed { code, words } => {
            let told = json!({ "state": "failed", "code": code, "words": words });
            (StatusCode::OK, Json(told))
        }
    })
}
