//! `GET /users/{name}/explain?application=`: why a user is as an application sees it.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use super::error::Refusal;
use super::state::AdminState;
use crate::clock::rfc3339;
use crate::directory::View;
use crate::explain::{Explained, Reads, ReturnRefused, Use, explain};

/// How many records of the audit trail are shown.
const RECORDS: usize = 20;

#[derive(Deserialize)]
pub(super) struct Which {
    /// The application; needed where there are several.
    application: Option<String>,
}

pub(super) async fn user(
    State(state): State<AdminState>,
    Path(name): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Explained>, Refusal> {
    let application = match which.application {
        Some(application) => application,
        None => only(&state)?,
    };
    let missing = || Refusal::Missing {
        kind: "application",
        id: application.clone(),
    };
    let view = state.applications.view(&application).ok_or_else(missing)?;
    let spelled = view
        .user(&name)
        .map_or_else(|| name.clone(), |user| user.row().name.to_string());
    // The trail is one for the whole store, whichever directory is asked.
    let audit = match state.directories.first() {
        Some(directory) => directory.audit_of(&spelled, RECORDS).await?,
        None => Vec::new(),
    };
    let told = state.applications.told().of(&application);
    let of_use = of_use(&state, &view, &name);
    let reads = reads(&state, &view, &name).await?;
    // A name's past may need a walk over a whole directory.
    let explained = tokio::task::spawn_blocking(move || explain(&view, &name, &told, audit, of_use, reads));
    let explained = explained.await;
    explained.map(Json).map_err(|_| Refusal::Failed)
}

/// What is known of the sources: how the user was mapped, who waits for the name.
async fn reads(state: &AdminState, view: &View, name: &str) -> Result<Reads, Refusal> {
    let directory = view.user(name).map(|user| user.directory().clone());
    let mapping = directory.and_then(|directory| {
        let words = state.engine.mapping(&directory)?.in_words();
        Some((directory, words))
    });
    Ok(Reads {
        mappings: mapping.into_iter().collect(),
        waiting: state.engine.waiting_for(name).await?,
    })
}

/// What is known of the use of the user whom a view shows under a name.
fn of_use(state: &AdminState, view: &View, name: &str) -> Use {
    let (Some(activity), Some(user)) = (state.activity(), view.user(name)) else {
        return Use::default();
    };
    let (directory, id) = (user.directory(), user.row().id);
    let refused = state
        .cleaner()
        .and_then(|cleaner| cleaner.refused_return(directory, &user.row().external_id));
    Use {
        seen: activity.lanes_of(directory, id),
        attempt: activity.picture(directory).last_attempt(id),
        refused: refused.map(|refused| ReturnRefused {
            at: rfc3339(refused.at),
            reason: refused.reason,
        }),
    }
}

/// The application, where there is only one.
fn only(state: &AdminState) -> Result<String, Refusal> {
    let mut names = state.applications.names();
    match (names.next(), names.next()) {
        (Some(only), None) => Ok(only.to_string()),
        _ => Err(Refusal::Malformed(
            "there are several applications, or none; hint: add `?application=`".to_owned(),
        )),
    }
}
