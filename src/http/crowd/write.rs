//! What all writes have in common: the permission, the body, the refusals in the protocol's words.

use axum::extract::Request;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::call::{Call, Caller, Sent, with_body};
use super::error::Refusal;
use super::state::CrowdState;
use crate::directory::View;
use crate::directory::writes::{Unwritten, Writes};
use crate::protocol::crowd::Reason;

/// A request with a body, of an application that may write; the others are refused before their body is read.
pub(super) async fn writing(state: &CrowdState, request: Request) -> Result<(Call, Sent, Writes), Refusal> {
    let caller = request.extensions().get::<Caller>().ok_or(Refusal::Failed)?;
    state.need_write(&caller.application)?;
    let (call, sent) = with_body(request, state).await?;
    let writes = state.writes(&call)?;
    Ok((call, sent, writes))
}

impl CrowdState {
    /// The writes of a request without a body.
    pub(super) fn writes(&self, call: &Call) -> Result<Writes, Refusal> {
        let name = &call.view.application().name;
        self.need_write(name)?;
        let takes = |directory: &crate::directory::Directory| self.takes(directory.id());
        Writes::of_application(&self.applications, name, takes).ok_or(Refusal::Failed)
    }

    /// What the application sees after a write.
    pub(super) fn afterwards(&self, call: &Call) -> Result<View, Refusal> {
        let name = &call.view.application().name;
        self.applications.view(name).ok_or(Refusal::Failed)
    }

    fn need_write(&self, application: &str) -> Result<(), Refusal> {
        if self.gate.may_write(application) {
            Ok(())
        } else {
            Err(Refusal::ReadOnly)
        }
    }
}

/// 201 with the place of what was made.
pub(super) fn created(location: &str, body: impl IntoResponse) -> Response {
    let mut response = (StatusCode::CREATED, body).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

impl From<Unwritten> for Refusal {
    fn from(error: Unwritten) -> Self {
        let (status, reason) = match &error {
            Unwritten::NoPlace | Unwritten::Owned(_) => {
                (StatusCode::FORBIDDEN, Reason::ApplicationPermissionDenied)
            }
            Unwritten::NoUser(_) => (StatusCode::NOT_FOUND, Reason::UserNotFound),
            Unwritten::NoGroup(_) => (StatusCode::NOT_FOUND, Reason::GroupNotFound),
            Unwritten::NoMembership { .. } => (StatusCode::NOT_FOUND, Reason::MembershipNotFound),
            Unwritten::MembershipExists { .. } => (StatusCode::CONFLICT, Reason::MembershipAlreadyExists),
            Unwritten::NotNested => (StatusCode::BAD_REQUEST, Reason::NestedGroupsNotSupported),
            Unwritten::InvalidUser(_) => (StatusCode::BAD_REQUEST, Reason::InvalidUser),
            Unwritten::InvalidGroup(_) => (StatusCode::BAD_REQUEST, Reason::InvalidGroup),
            Unwritten::InvalidMembership(_) => (StatusCode::BAD_REQUEST, Reason::InvalidMembership),
            Unwritten::InvalidAttributes(_) => (StatusCode::BAD_REQUEST, Reason::IllegalArgument),
            Unwritten::Random | Unwritten::Directory(_) => {
                tracing::error!(code = error.code(), %error, "a write of the Crowd face failed");
                return Self::Failed;
            }
        };
        let sentence = error.to_string();
        Self::Said {
            status,
            reason,
            sentence,
        }
    }
}

/// The refusal of a write whose body names what does not exist: the resource is there, so it is no 404.
pub(super) fn of_body(error: Unwritten) -> Refusal {
    match Refusal::from(error) {
        Refusal::Said {
            reason,
            sentence,
            status: StatusCode::NOT_FOUND,
        } => Refusal::bad(reason, sentence),
        other => other,
    }
}

impl Refusal {
    /// 400 with a reason.
    pub(super) fn bad(reason: Reason, sentence: impl Into<String>) -> Self {
        Self::Said {
            status: StatusCode::BAD_REQUEST,
            reason,
            sentence: sentence.into(),
        }
    }
}
