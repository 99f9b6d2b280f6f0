//! `/plans`: what is held, for a person to approve or reject.

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
use crate::sync::{PlanId, PlanState};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Decision {
    /// The hash of the plan that was read; another one is answered 409.
    hash: Option<String>,
    except: Option<Vec<String>>,
}

impl Decision {
    /// Only cleanup plans may be approved in part, which this version does not have.
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
    let mut plans = state.engine.plans();
    plans.retain(|plan| which.all || plan.state == PlanState::Held);
    Json(json!({ "plans": plans }))
}

/// `GET /plans/{id}`: with steps and reasons.
pub(super) async fn show(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let found = state.engine.plan(&PlanId::from(id.as_str())).await?;
    found
        .map(|plan| Json(json!(plan)))
        .ok_or(Refusal::Missing { kind: "plan", id })
}

/// `POST /plans/{id}/approve`: 202 with the id of the run that re-reads and applies.
pub(super) async fn approve(
    State(state): State<AdminState>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let hash = body::json::<Decision>(body).await?.whole()?;
    let by = format!("operator {}", operator.0);
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
    let hash = body::json::<Decision>(body).await?.whole()?;
    let by = format!("operator {}", operator.0);
    state.engine.reject(&id.into(), hash.as_deref(), &by).await?;
    Ok(StatusCode::NO_CONTENT)
}
