//! `/cleanup`: the policies, their runs, the evidence of each, the hand-off list.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::body;
use super::error::Refusal;
use super::routes::Operator;
use super::state::AdminState;
use crate::cleanup::{Cleaner, CleanupError, Policy, handoff, pack};
use crate::model::ulid::RunId;

/// The cleaner, where there is one.
pub(super) fn cleaner(state: &AdminState) -> Result<&Arc<Cleaner>, Refusal> {
    let none = || CleanupError::UnknownPolicy(String::new());
    Ok(state.cleaner().ok_or_else(none)?)
}

fn shown(cleaner: &Cleaner, policy: &Policy) -> Value {
    let text: Value = serde_json::from_str(&policy.text).unwrap_or_default();
    let last = cleaner
        .runs(None)
        .into_iter()
        .find(|run| run.policy == *policy.name);
    json!({
        "name": &*policy.name,
        "hash": &*policy.hash,
        "policy": text,
        "directories": policy.directories,
        "last_run": last,
    })
}

/// `GET /cleanup`: the policies with all defaults, each with its last run.
pub(super) async fn list(State(state): State<AdminState>) -> Result<Json<Value>, Refusal> {
    let cleaner = cleaner(&state)?;
    let all: Vec<Value> = cleaner.policies().map(|policy| shown(cleaner, policy)).collect();
    Ok(Json(json!({ "policies": all })))
}

/// `GET /cleanup/{policy}`.
pub(super) async fn show(
    State(state): State<AdminState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let cleaner = cleaner(&state)?;
    Ok(Json(shown(cleaner, cleaner.policy(&name)?)))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Start {
    dry_run: bool,
}

/// `POST /cleanup/{policy}/runs {dry_run}`: 202 with the run's id.
pub(super) async fn start(
    State(state): State<AdminState>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let cleaner = cleaner(&state)?;
    cleaner.policy(&name)?;
    let start: Start = body::json(body).await?;
    let by = format!("operator {}", operator.0);
    let run = cleaner.request(&name, start.dry_run, &by)?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "run": run }))))
}

/// `GET /cleanup/{policy}/runs`: the newest first.
pub(super) async fn runs(
    State(state): State<AdminState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let cleaner = cleaner(&state)?;
    cleaner.policy(&name)?;
    let mut runs = cleaner.runs(None);
    runs.retain(|run| run.policy == name);
    Ok(Json(json!({ "runs": runs })))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    #[default]
    Json,
    Csv,
    Html,
}

#[derive(Deserialize)]
pub(super) struct As {
    #[serde(default)]
    format: Format,
}

/// `GET /cleanup/{policy}/runs/{id}/pack?format=json|csv|html`: the evidence of a run.
pub(super) async fn evidence(
    State(state): State<AdminState>,
    Path((name, id)): Path<(String, String)>,
    Query(wanted): Query<As>,
) -> Result<Response, Refusal> {
    let run = RunId::from(id.as_str());
    let of_policy = state.cleaner().and_then(|cleaner| cleaner.run(&run));
    let missing = || Refusal::Missing {
        kind: "evidence of run",
        id: id.clone(),
    };
    of_policy.filter(|run| run.policy == name).ok_or_else(missing)?;
    let kept = cleaner(&state)?.pack(&run).await?.ok_or_else(missing)?;
    if matches!(wanted.format, Format::Json) {
        // Byte by byte as it was hashed.
        let text = format!(
            "{{\"sha256\":\"{}\",\"body\":{}}}",
            kept.sha256,
            RawValue::get(&kept.body)
        );
        return Ok(([(CONTENT_TYPE, "application/json")], text).into_response());
    }
    let told = kept.open().map_err(|error| {
        tracing::error!(run = %run, %error, "a pack cannot be read");
        Refusal::Failed
    })?;
    Ok(match wanted.format {
        Format::Csv => csv(pack::csv(&told)),
        _ => page(pack::html(&kept, &told)),
    })
}

/// `GET /cleanup/{policy}/handoff?format=csv|json`: whom the policy holds, for the administrators of the identity provider.
pub(super) async fn hand_off(
    State(state): State<AdminState>,
    Path(name): Path<String>,
    Query(wanted): Query<As>,
) -> Result<Response, Refusal> {
    let cleaner = cleaner(&state)?;
    let held = cleaner.handoff(cleaner.policy(&name)?);
    Ok(match wanted.format {
        Format::Csv => csv(handoff::csv(&held)),
        Format::Json => Json(json!({ "users": held })).into_response(),
        Format::Html => {
            let what = "the hand-off list is `csv` or `json`".to_owned();
            return Err(Refusal::Malformed(what));
        }
    })
}

fn csv(text: String) -> Response {
    ([(CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response()
}

fn page(text: String) -> Response {
    // Nothing of it may run, whatever a name contains.
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, text).into_response()
}
