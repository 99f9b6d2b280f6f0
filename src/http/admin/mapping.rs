//! `/directories/{id}/mapping/test`: one live record of a source through the mapping, with settings saved or not.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::error::Refusal;
use super::state::AdminState;
use crate::sync::{Tested, tester};

/// How long a test may take, waiting for others included.
const LONGEST: Duration = Duration::from_mins(2);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Test {
    user: String,
    settings: Option<Value>,
}

/// `POST /directories/{id}/mapping/test`: the user of this id, username or address, as it is at the source now.
pub(super) async fn test(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<Tested>, Refusal> {
    state.read_directory(&id)?;
    let test: Test = body::json(body).await?;
    if test.user.trim().is_empty() {
        let what = "`user` is missing; hint: send `{\"user\": \"…\"}` with an id, a username or an address";
        return Err(Refusal::Malformed(what.to_owned()));
    }
    let settings = test.settings.unwrap_or_else(|| json!({}));
    let trials = state.trials()?;
    let trial = trials.of_one(&id, &settings).map_err(Refusal::Malformed)?;
    let now = trials.now();
    let testing = async {
        // One at a time: each may read a whole source.
        let _turn = trials.turn().await;
        tester::test(&trial.synced, now, &test.user).await
    };
    let tested = tokio::time::timeout(LONGEST, testing).await;
    let tested = tested.map_err(|_| Refusal::TooSlow)??;
    let missing = Refusal::Missing {
        kind: "user of the source",
        id: test.user,
    };
    tested.map(Json).ok_or(missing)
}
