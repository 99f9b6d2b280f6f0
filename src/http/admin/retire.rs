//! `POST /directories/{id}/retire`: the end of a directory that nobody configures any more.

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::error::Refusal;
use super::routes::Operator;
use super::state::AdminState;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Confirmation {
    /// The directory's id once more.
    confirm: String,
}

/// Removes all its users and groups, for good; whoever sees it is told.
pub(super) async fn retire(
    State(state): State<AdminState>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let Confirmation { confirm } = body::json(body).await?;
    let directory = state.directory(&id)?;
    if !state.is_served_on(directory) {
        return Err(Refusal::Configured(id));
    }
    if confirm != id {
        return Err(Refusal::Unconfirmed(id));
    }
    let before = directory.snapshot();
    directory.retire(&format!("operator {}", operator.0)).await?;
    tracing::warn!(directory = %directory.id(), "directory `{id}` was retired");
    Ok(Json(json!({
        "directory": id,
        "users": before.user_count(),
        "groups": before.group_count(),
        "memberships": before.membership_count(),
    })))
}
