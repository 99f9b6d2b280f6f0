//! `/status` with `/applications`: the daemon at a glance.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::directories::summary;
use super::error::Refusal;
use super::state::AdminState;
use crate::cleanup;
use crate::clock::rfc3339;
use crate::sync::PlanState;

/// `GET /status`.
pub(super) async fn show(State(state): State<AdminState>) -> Json<Value> {
    let directories: Vec<Value> = state
        .directories
        .iter()
        .map(|directory| summary(&state, directory))
        .collect();
    let plans = state.engine.plans();
    let held = plans.iter().filter(|plan| plan.state == PlanState::Held).count();
    let of_policies = state.cleaner().map(|cleaner| cleaner.plans()).unwrap_or_default();
    let waits = of_policies
        .iter()
        .filter(|plan| plan.state == cleanup::PlanState::Held);
    let held = held + waits.count();
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "started": rfc3339(state.started),
        "directories": directories,
        "held_plans": held,
    }))
}

/// `GET /applications`: what each sees, whether its listings are answered yet, the seats that policies count.
pub(super) async fn applications(State(state): State<AdminState>) -> Result<Json<Value>, Refusal> {
    let mut names: Vec<_> = state.applications.names().collect();
    names.sort();
    let mut shown = Vec::with_capacity(names.len());
    for name in names {
        let Some(view) = state.applications.view(name) else {
            continue;
        };
        let seats = match state.cleaner() {
            Some(cleaner) => cleaner.seats(name).await?,
            None => Vec::new(),
        };
        let waiting = view.ready().err().unwrap_or_default();
        shown.push(json!({
            "name": name,
            "directories": view.application().directories,
            "ready": waiting.is_empty(),
            "waiting_for": waiting,
            "seats": seats,
        }));
    }
    Ok(Json(json!({ "applications": shown })))
}
