//! The URL table of the admin face.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};

use super::config::Scope;
use super::error::Refusal;
use super::state::AdminState;
use super::{
    activity, backup, cleanup, directories, explain, history, holds, mapping, notices, plans, pushed, retire,
    runs, sessions, status,
};
use crate::http::health::{self, Readiness};
use crate::http::layers::compression;

/// Who asks, as the gate found.
#[derive(Clone)]
pub(super) struct Operator(pub(super) Arc<str>);

/// The whole face: the API behind its gate, health before it.
pub fn router(state: AdminState, ready: Readiness) -> Router {
    let api = Router::new()
        .route("/status", get(status::show))
        .route("/activity", post(activity::report))
        .route("/applications", get(status::applications))
        .route("/backup", post(backup::start))
        .route("/cleanup", get(cleanup::list))
        .route("/cleanup/{policy}", get(cleanup::show))
        .route("/cleanup/{policy}/handoff", get(cleanup::hand_off))
        .route("/cleanup/{policy}/runs", get(cleanup::runs).post(cleanup::start))
        .route("/cleanup/{policy}/runs/{id}/pack", get(cleanup::evidence))
        .route("/directories", get(directories::list))
        .route("/directories/{id}", get(directories::show))
        .route("/directories/{id}/users", get(directories::users))
        .route("/directories/{id}/groups", get(directories::groups))
        .route("/directories/{id}/sync", post(runs::start))
        .route("/directories/{id}/mapping/test", post(mapping::test))
        .route("/directories/{id}/history", get(history::list))
        .route("/directories/{id}/export", get(history::export))
        .route("/directories/{id}/retire", post(retire::retire))
        .route("/directories/{id}/requests", get(pushed::requests))
        .route("/directories/{id}/last-seen", post(activity::read_source))
        .route("/directories/{id}/release", post(pushed::release))
        .route("/holds", get(holds::list).post(holds::hold))
        .route("/holds/{directory}/{user}", delete(holds::release))
        .route("/notices", get(notices::list))
        .route("/runs", get(runs::list))
        .route("/runs/{id}", get(runs::show))
        .route("/users/{name}/explain", get(explain::user))
        .route("/plans", get(plans::list))
        .route("/plans/{id}", get(plans::show))
        .route("/plans/{id}/approve", post(plans::approve))
        .route("/plans/{id}/reject", post(plans::reject))
        .route("/plans/{id}/undo", post(plans::undo))
        .route("/sessions/explain", post(sessions::explain))
        .method_not_allowed_fallback(wrong_method)
        .fallback(unknown)
        .layer(middleware::from_fn_with_state(state.clone(), admit))
        .with_state(state);
    health::router(ready)
        .nest("/api/v1", api)
        .fallback(unknown)
        .layer(compression())
}

/// Lets a request in: reading needs `read`, approving, rejecting, holding and releasing `approve`, a backup `*`, since it has hashes of
/// passwords, as does the end of a directory; reporting who was seen `activity`; the rest `sync`.
async fn admit(State(state): State<AdminState>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // A question whose token must not stand in a path, where logs would keep it.
    let asks = path.ends_with("/sessions/explain");
    let wanted = if asks || request.method() == Method::GET || request.method() == Method::HEAD {
        Scope::Read
    } else if path.contains("/plans/") || path.ends_with("/release") || path.starts_with("/holds") {
        Scope::Approve
    } else if path == "/backup" || path.ends_with("/retire") {
        Scope::All
    } else if path == "/activity" {
        Scope::Activity
    } else {
        Scope::Sync
    };
    match state.gate.admit(request.headers(), wanted) {
        Ok(operator) => {
            request.extensions_mut().insert(Operator(operator.into()));
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn unknown(request: Request) -> Refusal {
    Refusal::UnknownPath(request.uri().path().to_owned())
}

async fn wrong_method(request: Request) -> Refusal {
    Refusal::WrongMethod(format!("{} {}", request.method(), request.uri().path()))
}
