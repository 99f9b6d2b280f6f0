//! `/session`: single sign-on, one session for all applications that see the user.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::adapter;
use super::authentication::{active, authenticated};
use super::call::{Call, Document, Named, with_body};
use super::error::Refusal;
use super::factors::factors;
use super::query::Query;
use super::returning::{Proof, come_back};
use super::state::CrowdState;
use crate::directory::UserRef;
use crate::directory::activity::How;
use crate::directory::session::{Begin, Invalid, Session};
use crate::protocol::crowd::{self, Entity, SessionUser};

/// `POST /session?validate-password=&duration=&expand=user`: 201.
pub(super) async fn begin(State(state): State<CrowdState>, request: Request) -> Result<Response, Refusal> {
    let (mut call, sent) = with_body(request, &state).await?;
    let context = crowd::authentication_context(&sent.bytes, sent.format)?;
    let duration = duration(&call.query)?;
    let name = &context.username;
    // Python spells it `False`.
    let unchecked = call.query.get("validate-password");
    let unchecked = unchecked.is_some_and(|value| value.eq_ignore_ascii_case("false"));
    let proof = if unchecked {
        Proof::Word
    } else {
        Proof::Password(context.password.as_ref())
    };
    let came = come_back(&state, &mut call, name, proof).await?;
    let user = if unchecked {
        active(&call, name).inspect_err(|refusal| {
            if matches!(refusal, Refusal::Inactive { .. }) {
                state.attempted(&call, name, How::Session);
            }
        })
    } else {
        authenticated(&state, &call, name, context.password.as_ref(), came).await
    };
    let user = user.map_err(|refusal| no_login(refusal, &call))?;
    let wanted = Begin {
        directory: user.directory(),
        user: &user.row().external_id,
        factors: factors(&context.factors, state.gate.trusted()),
        duration,
        application: &call.view.application().name,
    };
    let begun = state.sessions.begin(wanted).await;
    let session = begun.map_err(|error| failed(error.code(), &error))?;
    state.saw(&call, &user, How::Session);
    let mut response = document(&call, &session, &user).into_response();
    *response.status_mut() = StatusCode::CREATED;
    let link = state.links.session(&session.token);
    if let Ok(link) = HeaderValue::try_from(link) {
        response.headers_mut().insert(LOCATION, link);
    }
    Ok(response)
}

/// `POST /session/{token}?expand=user`: whether the session is this client's; it lives on if so.
pub(super) async fn validate(
    State(state): State<CrowdState>,
    Named(token): Named,
    request: Request,
) -> Result<Document, Refusal> {
    let (call, sent) = with_body(request, &state).await?;
    // Whoever must not see the user neither learns of the session's client nor keeps it alive.
    let found = state.sessions.find(&token).ok_or(Refusal::NoSession)?;
    let user = visible(&call, &found)?;
    let sent = crowd::validation_factors(&sent.bytes, sent.format)?;
    let sent = factors(&sent, state.gate.trusted());
    let application = &call.view.application().name;
    match state.sessions.validate(&token, &sent, application) {
        Ok(session) => {
            state.saw(&call, &user, How::Validation);
            Ok(document(&call, &session, &user))
        }
        Err(Invalid::Unknown) => Err(Refusal::NoSession),
        Err(Invalid::Differs) => Err(Refusal::OtherFactors),
    }
}

/// `GET /session/{token}?expand=user`: no factor is looked at, no life prolonged.
pub(super) async fn show(
    State(state): State<CrowdState>,
    Named(token): Named,
    call: Call,
) -> Result<Document, Refusal> {
    let session = state.sessions.find(&token).ok_or(Refusal::NoSession)?;
    let user = visible(&call, &session)?;
    Ok(document(&call, &session, &user))
}

/// `DELETE /session/{token}`: it is gone afterwards, whether it was there or not.
pub(super) async fn end(State(state): State<CrowdState>, Named(token): Named) -> Result<StatusCode, Refusal> {
    let ended = state.sessions.end(&token).await;
    ended.map_err(|error| failed(error.code(), &error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /session?username=&exclude=`: all of a user's, but for one.
pub(super) async fn end_all(State(state): State<CrowdState>, call: Call) -> Result<StatusCode, Refusal> {
    let name = call.query.need("username")?;
    // A user who does not exist has no session, as asked.
    let Some(user) = call.view.user(name) else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let (directory, user) = (user.directory(), &user.row().external_id);
    let ended = state
        .sessions
        .end_all(directory, user, call.query.get("exclude"))
        .await;
    ended.map_err(|error| failed(error.code(), &error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// The session's user, if this application sees it.
fn visible<'a>(call: &'a Call, session: &Session) -> Result<UserRef<'a>, Refusal> {
    let key = format!("{}:{}", session.directory, session.user);
    let user = call.view.user_by_key(&key).ok_or_else(|| no_access(call))?;
    // Its sessions end with the commit that keeps it out; this one is perhaps about to.
    if user.active() {
        Ok(user)
    } else {
        Err(Refusal::NoSession)
    }
}

fn document(call: &Call, session: &Session, user: &UserRef<'_>) -> Document {
    let name = user.name();
    let expand = call.query.expand(Entity::User);
    let user = if expand.entity {
        SessionUser::Whole(adapter::asked_user(user, expand))
    } else {
        SessionUser::Name(&name)
    };
    let shown = crowd::Session {
        token: &session.token,
        user,
        created_at: session.created_at,
        expires_at: session.expires_at,
    };
    call.document(|writer, out| writer.session(out, &shown))
}

/// The seconds of `duration`.
fn duration(query: &Query) -> Result<Option<Duration>, Refusal> {
    let Some(seconds) = query.number("duration")? else {
        return Ok(None);
    };
    match u64::try_from(seconds) {
        Ok(seconds) if seconds > 0 => Ok(Some(Duration::from_secs(seconds))),
        _ => Err(Refusal::Illegal(format!("`duration` is {seconds}, less than 1"))),
    }
}

/// Here a user who does not exist is a wrong log-in, clients know no other reason; one whom the application does not see
/// is told from that.
fn no_login(refusal: Refusal, call: &Call) -> Refusal {
    match refusal {
        Refusal::NoUser { name, .. } => Refusal::NoLogin { name },
        Refusal::NotAllowed { .. } => no_access(call),
        other => other,
    }
}

fn no_access(call: &Call) -> Refusal {
    Refusal::NoAccess {
        application: Arc::clone(&call.view.application().name),
    }
}

fn failed(code: &str, error: &dyn std::error::Error) -> Refusal {
    tracing::error!(code, %error, "a session could not be written down");
    Refusal::Failed
}
