//! One resource: read, or written by the verb that asks.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::error::Refusal;
use super::held::Held;
use super::write::{self, Asking};
use crate::protocol::scim::etag::Tags;

/// What is done to a resource.
pub(super) enum Verb {
    /// POST.
    Create(Map<String, Value>),
    /// PUT.
    Replace(String, Map<String, Value>),
    /// PATCH.
    Patch(String, Map<String, Value>),
    /// DELETE.
    Remove(String),
}

pub(super) async fn write(asking: Asking, verb: Verb) -> Result<Answer, Refusal> {
    match verb {
        Verb::Create(body) => write::create(asking, body).await,
        Verb::Replace(id, body) => write::replace(asking, id, body).await,
        Verb::Patch(id, body) => write::patch(asking, id, body).await,
        Verb::Remove(id) => write::remove(asking, id).await,
    }
}

/// GET; `unless` is `If-None-Match`.
pub(super) fn read(asking: &Asking, id: &str, unless: Option<&Tags>) -> Result<Answer, Refusal> {
    let snapshot = asking.realm.directory.snapshot();
    let held = Held::of_id(&snapshot, asking.of, id).ok_or_else(|| asking.missing(id))?;
    let version = held.version(&asking.realm);
    let mut answer = if unless.is_some_and(|tags| tags.include(&version)) {
        Answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        Answer::of(
            StatusCode::OK,
            held.shown(&asking.realm, &snapshot, &asking.projection),
        )
    };
    answer.version = Some(version);
    Ok(answer)
}
