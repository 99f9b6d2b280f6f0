//! Liveness with readiness, for supervisors and load balancers.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

/// Answers whether the daemon can serve; otherwise a sentence saying what is missing.
pub type Readiness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// `/livez` (the process answers) and `/readyz` (`ready` says yes).
pub fn router(ready: Readiness) -> Router {
    let readyz = move || {
        let answer = match ready() {
            Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
            Err(sentence) => (StatusCode::SERVICE_UNAVAILABLE, format!("{sentence}\n")),
        };
        async move { answer }
    };
    Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(readyz))
}
