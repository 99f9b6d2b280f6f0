//! `/notices`: whom throng told of what, and what has become of it.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::error::Refusal;
use super::state::AdminState;
use crate::notify::{NoticeState, Page};

/// How many notices a page holds when nobody says.
const PAGE: usize = 100;
/// How many notices a page holds at the most.
const LARGEST_PAGE: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Only of this state.
    state: Option<String>,
    /// Go on after this mark (a former answer's `next`).
    after: Option<String>,
    /// At most so many.
    limit: Option<usize>,
}

/// `GET /notices?state=&after=&limit=`: the newest first.
pub(super) async fn list(
    State(state): State<AdminState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page>, Refusal> {
    let wanted = asked.state.as_deref().map(str::parse::<NoticeState>).transpose();
    let wanted = wanted.map_err(Refusal::Malformed)?;
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let page = state
        .cleaner()
        .map(|cleaner| cleaner.outbox().notices(wanted, asked.after.as_deref(), limit));
    let none = || Page {
        notices: Vec::new(),
        next: None,
    };
    Ok(Json(page.unwrap_or_else(none)))
}
