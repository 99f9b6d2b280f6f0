//! `/authentication`: the password check of a user.

use axum::extract::{Request, State};
use axum::http::StatusCode;

use super::adapter;
use super::call::{Call, Document, with_body};
use super::error::Refusal;
use super::state::CrowdState;
use super::user::named;
use crate::directory::UserRef;
use crate::protocol::crowd;
use crate::secret::Secret;

/// `POST /authentication?username=`.
pub(super) async fn authenticate(
    State(state): State<CrowdState>,
    request: Request,
) -> Result<Document, Refusal> {
    let (call, sent) = with_body(request, &state).await?;
    let name = call.query.need("username")?;
    let password = crowd::password(&sent.bytes, sent.format)?;
    let user = authenticated(&state, &call, name, password.as_ref()).await?;
    Ok(call.document(|writer, out| writer.user(out, &adapter::user(&user))))
}

/// The active user of a name and a password. No account has a password in this version.
pub(super) async fn authenticated<'a>(
    _state: &CrowdState,
    call: &'a Call,
    name: &str,
    _password: Option<&Secret>,
) -> Result<UserRef<'a>, Refusal> {
    // Told before any password is looked at, so that the log-in page names the reason that an administrator can act on.
    let user = active(call, name)?;
    Err(Refusal::NoPassword {
        user: user.name().into_owned(),
    })
}

/// The active user of a name.
pub(super) fn active<'a>(call: &'a Call, name: &str) -> Result<UserRef<'a>, Refusal> {
    let user = call.view.user(name).ok_or_else(|| unknown(call, name))?;
    if user.active() {
        return Ok(user);
    }
    Err(Refusal::Inactive {
        user: user.name().into_owned(),
    })
}

/// `POST /authentication/notify?username=`: the application has let the user in by other means.
pub(super) async fn notify(call: Call) -> Result<Document, Refusal> {
    let user = named(&call, call.query.need("username")?)?;
    if !user.active() {
        return Err(Refusal::Inactive {
            user: user.name().into_owned(),
        });
    }
    Ok(call.document(|writer, out| writer.user(out, &adapter::user(&user))))
}

/// Nobody, or somebody whom the application does not see: clients look for the former in their next directory.
fn unknown(call: &Call, name: &str) -> Refusal {
    if call.view.is_outside(name) {
        let user = name.to_owned();
        return Refusal::NotAllowed { user };
    }
    let status = StatusCode::BAD_REQUEST;
    Refusal::NoUser {
        name: name.to_owned(),
        status,
    }
}
