//! `/sessions/explain`: one single sign-on session, why it did not fit, why it ended.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::error::Refusal;
use super::state::AdminState;
use crate::clock::rfc3339;
use crate::directory::session::{Address, Difference, Explained, Living};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Question {
    /// Its token, or its id as the log shows it.
    session: String,
}

/// `POST /sessions/explain`: a question; a body, because paths are logged and a token opens doors.
pub(super) async fn explain(State(state): State<AdminState>, body: Body) -> Result<Json<Value>, Refusal> {
    let question: Question = body::json(body).await?;
    if question.session.is_empty() {
        let what = "`session` is missing; hint: send the token or the id of a session";
        return Err(Refusal::Malformed(what.to_owned()));
    }
    match state.sessions.explain(&question.session) {
        Some(Explained::Living(session)) => Ok(Json(living(&session))),
        Some(Explained::Ended(session)) => Ok(Json(json!({
            "id": session.id,
            "state": "ended",
            "directory": session.directory,
            "ended": rfc3339(session.at),
            "because": session.why.sentence(),
        }))),
        // What was asked may be a token: it is not said back.
        None => Err(Refusal::Missing {
            kind: "session",
            id: "…".to_owned(),
        }),
    }
}

fn living(session: &Living) -> Value {
    json!({
        "id": session.id,
        "state": "living",
        "directory": session.directory,
        "user": session.user,
        "application": session.application,
        "created": rfc3339(session.created_at),
        "used": rfc3339(session.used_at),
        "expires": rfc3339(session.expires_at),
        "client": client(session.factors.address.as_ref()),
        "last_mismatch": session.difference.as_ref().map(difference),
    })
}

fn difference(difference: &Difference) -> Value {
    json!({
        "at": rfc3339(difference.at),
        "times": difference.times,
        "application": difference.application,
        "client": client(difference.address.as_ref()),
        "other_factors_differ": difference.others,
    })
}

fn client(address: Option<&Address>) -> Value {
    address.map_or(
        Value::Null,
        |address| json!({ "address": address.text, "from": address.origin }),
    )
}
