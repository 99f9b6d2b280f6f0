//! `/directories`: how much is in each, with its users and groups by name.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Refusal;
use super::state::AdminState;
use crate::clock::rfc3339;
use crate::directory::activity::{Lane, LaneHealth};
use crate::directory::{Directory, Snapshot};
use crate::model::group::GroupRow;
use crate::model::name::fold;
use crate::model::user::UserRow;
use crate::model::{GroupId, MemberKind};

/// How many entities a page holds when nobody says.
const PAGE: usize = 100;
/// How many entities a page holds at the most.
const LARGEST_PAGE: usize = 1000;

/// One directory in numbers.
pub(super) fn summary(state: &AdminState, directory: &Directory) -> Value {
    let snapshot = directory.snapshot();
    let mut told = json!({
        "id": directory.id(),
        "seq": snapshot.seq(),
        "users": snapshot.user_count(),
        "groups": snapshot.group_count(),
        "memberships": snapshot.membership_count(),
        "read_completely": snapshot.cursor().is_some(),
        "last_full_read": snapshot.cursor().map(|cursor| rfc3339(cursor.full_at)),
    });
    if let Some(activity) = state.activity() {
        for lane in Lane::ALL {
            told["last_seen"][lane.name()] = fares(&activity.lane_health(directory.id(), lane));
        }
    }
    if state.is_served_on(directory) {
        told["served_on"] = json!(true);
    }
    if let Some(pushed) = state.pushed_to(directory.id().as_str()) {
        told["pushed"] = pushed.summary();
    }
    told
}

/// How a lane of evidence fares: `newest` is the newest time that anybody was seen, not when that was told.
fn fares(health: &LaneHealth) -> Value {
    let failure = health.last_failure.as_ref();
    json!({
        "newest": health.newest.map(rfc3339),
        "last_success": health.last_success.map(rfc3339),
        "last_failure": failure.map(|failure| json!({ "at": rfc3339(failure.at), "words": failure.words })),
        "failing": health.failing,
        "told": health.told,
    })
}

/// `GET /directories`.
pub(super) async fn list(State(state): State<AdminState>) -> Json<Value> {
    let all: Vec<Value> = state
        .directories
        .iter()
        .map(|directory| summary(&state, directory))
        .collect();
    Json(json!({ "directories": all }))
}

/// `GET /directories/{id}`.
pub(super) async fn show(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(summary(&state, state.directory(&id)?)))
}

#[derive(Deserialize)]
pub(super) struct PageQuery {
    /// Go on after this name (a former answer's `next`).
    after: Option<String>,
    /// At most so many.
    limit: Option<usize>,
}

impl PageQuery {
    /// The page's rows, and the name to go on after where there are more.
    fn of<'a>(
        &self,
        mut rows: impl Iterator<Item = (&'a Arc<str>, Value)>,
    ) -> (Vec<Value>, Option<&'a Arc<str>>) {
        let limit = self.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let (names, shown): (Vec<_>, Vec<_>) = rows.by_ref().take(limit).unzip();
        let next = rows.next().and(names.last().copied());
        (shown, next)
    }

    fn after(&self) -> Option<String> {
        self.after.as_deref().map(fold)
    }
}

/// `GET /directories/{id}/users?after=&limit=`: by name.
pub(super) async fn users(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Value>, Refusal> {
    let snapshot = state.directory(&id)?.snapshot();
    let rows = snapshot.users_by_name(page.after().as_deref());
    let (users, next) = page.of(rows.map(|row| (&row.name, user(&snapshot, row))));
    Ok(Json(json!({ "users": users, "next": next })))
}

/// `GET /directories/{id}/groups?after=&limit=`: by name.
pub(super) async fn groups(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Value>, Refusal> {
    let snapshot = state.directory(&id)?.snapshot();
    let rows = snapshot.groups_by_name(page.after().as_deref());
    let (groups, next) = page.of(rows.map(|row| (&row.name, group(&snapshot, row))));
    Ok(Json(json!({ "groups": groups, "next": next })))
}

fn user(snapshot: &Snapshot, row: &UserRow) -> Value {
    let groups = snapshot.groups_of(row.id).iter();
    let groups: Vec<_> = groups
        .filter_map(|id| snapshot.group(GroupId(*id)).map(|group| &group.name))
        .collect();
    let held = snapshot.details().hold(row.id);
    json!({
        "name": row.name,
        "external_id": row.external_id,
        "display_name": row.display_name,
        "email": row.email,
        "active": held.is_none() && row.active(),
        "held": held.is_some(),
        "gone_at_source": row.vanished,
        "groups": groups,
    })
}

fn group(snapshot: &Snapshot, row: &GroupRow) -> Value {
    json!({
        "name": row.name,
        "external_id": row.external_id,
        "description": row.description,
        "users": snapshot.all_members(row.id, MemberKind::User).len(),
        "groups": snapshot.all_members(row.id, MemberKind::Group).len(),
    })
}
