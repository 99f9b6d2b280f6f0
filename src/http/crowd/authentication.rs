//! `/authentication`: the password check of a user.

use axum::extract::{Request, State};
use axum::http::StatusCode;

use super::adapter;
use super::call::{Call, Document, with_body};
use super::error::Refusal;
use super::state::CrowdState;
use super::user::named;
use crate::protocol::crowd;

/// `POST /authentication?username=`. No account has a password in this version.
pub(super) async fn authenticate(
    State(state): State<CrowdState>,
    request: Request,
) -> Result<Document, Refusal> {
    let (call, sent) = with_body(request, &state).await?;
    let name = call.query.need("username")?;
    crowd::password(&sent.bytes, sent.format)?;
    let user = call.view.user(name).ok_or_else(|| unknown(&call, name))?;
    let user_name = user.name().into_owned();
    // Told before any password is looked at, so that the log-in page names the reason that an administrator can act on.
    if !user.active() {
        return Err(Refusal::Inactive { user: user_name });
    }
    Err(Refusal::NoPassword { user: user_name })
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
