//! `/plans`: what is held, for a person to approve or reject.

use std::sync::Arc;

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
use crate::cleanup::{self, Cleaner};
use crate::sync::{PlanId, PlanState};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Decision {
    /// The hash of the plan that was read; another one is answered 409.
    hash: Option<String>,
    except: Option<Vec<String>>,
    /// Of a rejection: what does again what was undone is not asked about any more.
    for_good: bool,
}

impl Decision {
    /// Only plans of policies may be approved in part.
    fn whole(self) -> Result<Option<String>, Refusal> {
        if self.except.is_some() {
            let what = "a synchronisation's plan is approved whole; hint: leave `except` out";
            return Err(Refusal::Malformed(what.to_owned()));
        }
        Ok(self.hash)
    }
}

#[derive(Deserialize)]
pub(super) struct Which {
    /// Also those that no longer wait.
    #[serde(default)]
    all: bool,
}

/// `GET /plans?all=`: those that wait for a person, without their steps.
pub(super) async fn list(State(state): State<AdminState>, Query(which): Query<Which>) -> Json<Value> {
    let mut of_syncs = state.engine.plans();
    of_syncs.retain(|plan| which.all || plan.state == PlanState::Held);
    let mut plans: Vec<Value> = of_syncs.iter().map(|plan| json!(plan)).collect();
    let mut of_policies = state.cleaner().map(|cleaner| cleaner.plans()).unwrap_or_default();
    of_policies.retain(|plan| which.all || plan.state == cleanup::PlanState::Held);
    plans.extend(of_policies.iter().map(|plan| json!(plan)));
    plans.sort_by(|left, right| right["id"].as_str().cmp(&left["id"].as_str()));
    Json(json!({ "plans": plans }))
}

/// `GET /plans/{id}`: with steps and reasons.
pub(super) async fn show(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    if let Some(cleaner) = of_policy(&state, &id) {
        let found = cleaner.plan(&id.as_str().into()).await?;
        return found
            .map(|plan| Json(json!(plan)))
            .ok_or(Refusal::Missing { kind: "plan", id });
    }
    let plan = PlanId::from(id.as_str());
    if let Some(held) = state.engine.plan(&plan).await? {
        return Ok(Json(json!(held)));
    }
    // One that was applied without having been held shows what it changed.
    let past = state.engine.past(&plan).await?;
    past.map(|past| Json(json!(past)))
        .ok_or(Refusal::Missing { kind: "plan", id })
}

/// What decides of a plan of a policy; none for one of a synchronisation.
fn of_policy<'a>(state: &'a AdminState, id: &str) -> Option<&'a Arc<Cleaner>> {
    state.cleaner().filter(|cleaner| cleaner.knows(&id.into()))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Undoing {
    dry_run: bool,
}

/// `POST /plans/{id}/undo`: 202 with the id of the run that gives back what the plan changed.
pub(super) async fn undo(
    State(state): State<AdminState>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let Undoing { dry_run } = body::json(body).await?;
    let by = format!("operator {}", operator.0);
    let run = state.engine.undo(&id.into(), dry_run, &by)?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "run": run }))))
}

/// `POST /plans/{id}/approve`: 202 with the id of the run that re-reads and applies.
pub(super) async fn approve(
    State(state): State<AdminState>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let decision: Decision = body::json(body).await?;
    let by = format!("operator {}", operator.0);
    if let Some(cleaner) = of_policy(&state, &id) {
        let (hash, except) = (decision.hash, decision.except.unwrap_or_default());
        let run = cleaner.approve(&id.into(), hash.as_deref(), except, &by).await?;
        return Ok((StatusCode::ACCEPTED, Json(json!({ "run": run }))));
    }
    let hash = decision.whole()?;
    let run = state.engine.approve(&id.into(), hash.as_deref(), &by)?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "run": run }))))
}

/// `POST /plans/{id}/reject`: forgets it; the next run plans again.
pub(super) async fn reject(
    State(state): State<AdminState>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let decision = body::json::<Decision>(body).await?;
    let for_good = decision.for_good;
    let hash = decision.whole()?;
    let by = format!("operator {}", operator.0);
    if let Some(cleaner) = of_policy(&state, &id) {
        // A policy looks anew at each run: there is nothing that could come back by itself.
        cleaner.reject(&id.into(), hash.as_deref(), &by).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let id = PlanId::from(id);
    if for_good {
        state.engine.reject_for_good(&id, hash.as_deref(), &by).await?;
    } else {
        state.engine.reject(&id, hash.as_deref(), &by).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
