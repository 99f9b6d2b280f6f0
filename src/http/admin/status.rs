//! `/status` with `/applications`: the daemon at a glance.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::directories::summary;
use super::state::AdminState;
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
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "started": rfc3339(state.started),
        "directories": directories,
        "held_plans": held,
    }))
}

/// `GET /applications`: what each sees, and whether its listings are answered yet.
pub(super) async fn applications(State(state): State<AdminState>) -> Json<Value> {
    let mut names: Vec<_> = state.applications.names().collect();
    names.sort();
    let shown: Vec<Value> = names
        .into_iter()
        .filter_map(|name| Some((name, state.applications.view(name)?)))
        .map(|(name, view)| {
            let waiting = view.ready().err().unwrap_or_default();
            json!({
                "name": name,
                "directories": view.application().directories,
                "ready": waiting.is_empty(),
                "waiting_for": waiting,
            })
        })
        .collect();
    Json(json!({ "applications": shown }))
}
