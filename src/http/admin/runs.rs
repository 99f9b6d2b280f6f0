//! `/directories/{id}/sync` with `/runs`: what was done, what is being done.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::error::Refusal;
use super::routes::Operator;
use super::state::AdminState;
use crate::sync::{Ask, RunId};

/// The longest that a request may wait for the end of a run, in seconds.
const LONGEST_WAIT: u64 = 30;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Start {
    dry_run: bool,
    full: bool,
    settings: Option<Value>,
}

/// `POST /directories/{id}/sync`: 202 with the run's id.
pub(super) async fn start(
    State(state): State<AdminState>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let directory = state.read_directory(&id)?;
    let start: Start = body::json(body).await?;
    if let Some(settings) = start.settings {
        if !start.dry_run {
            let what = "unsaved `settings` can only be tried; hint: add `\"dry_run\": true`, or write them into the configuration";
            return Err(Refusal::Malformed(what.to_owned()));
        }
        let trial = state
            .trials()?
            .of_all(&id, &settings)
            .map_err(Refusal::Malformed)?;
        let run = state
            .engine
            .request_trial(trial, format!("operator {}", operator.0))?;
        return Ok((StatusCode::ACCEPTED, Json(json!({ "run": run }))));
    }
    let ask = Ask {
        dry_run: start.dry_run,
        full: start.full,
        by: format!("operator {}", operator.0),
    };
    let run = state.engine.request(directory.id(), ask)?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "run": run }))))
}

#[derive(Deserialize)]
pub(super) struct Which {
    directory: Option<String>,
}

/// `GET /runs?directory=`: the newest first.
pub(super) async fn list(
    State(state): State<AdminState>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Refusal> {
    let directory = match &which.directory {
        Some(id) => Some(state.directory(id)?.id()),
        None => None,
    };
    let mut runs: Vec<Value> = state
        .engine
        .runs(directory)
        .iter()
        .map(|run| json!(run))
        .collect();
    let cleanup = state.cleaner().map(|cleaner| cleaner.runs(directory));
    runs.extend(cleanup.iter().flatten().map(|run| json!(run)));
    // Ids begin with the time.
    runs.sort_by(|left, right| right["id"].as_str().cmp(&left["id"].as_str()));
    Ok(Json(json!({ "runs": runs })))
}

#[derive(Deserialize)]
pub(super) struct Wait {
    /// Seconds to wait for the end of the run.
    wait: Option<u64>,
}

/// `GET /runs/{id}?wait=SECONDS`: at once, or when the run has ended, whichever comes first within the wait.
pub(super) async fn show(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    Query(query): Query<Wait>,
) -> Result<Json<Value>, Refusal> {
    let run = RunId::from(id.as_str());
    if let Some(cleaner) = state.cleaner().filter(|cleaner| cleaner.run(&run).is_some()) {
        let wait = Duration::from_secs(query.wait.unwrap_or_default().min(LONGEST_WAIT));
        drop(tokio::time::timeout(wait, cleaner.finished(&run)).await);
        let found = cleaner.run(&run).map(|run| Json(json!(run)));
        return found.ok_or(Refusal::Missing { kind: "run", id });
    }
    if let Some(seconds) = query.wait {
        let wait = Duration::from_secs(seconds.min(LONGEST_WAIT));
        // Out of time is no error: the run is shown as it is.
        if let Ok(Some(ended)) = tokio::time::timeout(wait, state.engine.finished(&run)).await {
            return Ok(Json(json!(ended)));
        }
    }
    let found = state.engine.run(&run);
    found
        .map(|run| Json(json!(run)))
        .ok_or(Refusal::Missing { kind: "run", id })
}
