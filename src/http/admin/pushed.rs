//! What operators see of a pushed directory, and the release of what is held.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::error::Refusal;
use super::routes::Operator;
use super::state::AdminState;
use crate::clock::rfc3339;
use crate::directory::Brake;
use crate::directory::brake::Holding;

/// Something that the SCIM face tells of itself, as it is now.
pub type Tells = dyn Fn() -> Value + Send + Sync;

/// What there is to know of a pushed directory.
#[derive(Clone)]
pub struct Pushed {
    /// Its brake.
    pub brake: Arc<Brake>,
    /// Its tokens, each with its last use.
    pub tokens: Arc<Tells>,
    /// Its last requests, the newest first.
    pub requests: Arc<Tells>,
}

impl Pushed {
    /// What is held, and what was lost within the hour.
    pub(super) fn summary(&self) -> Value {
        let standing = self.brake.standing();
        let [users, groups, memberships] = self.brake.lost();
        let held = |holding: &Holding| json!({ "since": rfc3339(holding.since), "reason": holding.reason });
        json!({
            "held": standing.holdings().map(held).collect::<Vec<_>>(),
            "lost_within_an_hour": { "users": users, "groups": groups, "memberships": memberships },
            "tokens": (self.tokens)(),
        })
    }
}

/// `GET /directories/{id}/requests`: the last requests of its identity providers.
pub(super) async fn requests(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let pushed = state.pushed(&id)?;
    Ok(Json(json!({ "requests": (pushed.requests)() })))
}

/// `POST /directories/{id}/release`: what is held may be lost, for an hour.
pub(super) async fn release(
    State(state): State<AdminState>,
    Extension(Operator(operator)): Extension<Operator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let until = state
        .pushed(&id)?
        .brake
        .release(&format!("operator {operator}"))
        .await?;
    Ok(Json(json!({ "directory": id, "open_until": rfc3339(until) })))
}
