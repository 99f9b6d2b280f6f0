//! `/authentication`: the password check of a user.

use axum::extract::{Request, State};
use axum::http::StatusCode;

use super::adapter;
use super::call::{Call, Document, with_body};
use super::error::Refusal;
use super::login;
use super::returning::{Came, Proof, come_back};
use super::state::CrowdState;
use super::user::named;
use crate::directory::UserRef;
use crate::directory::activity::How;
use crate::protocol::crowd::{self, Entity};
use crate::secret::Secret;

/// `POST /authentication?username=`.
pub(super) async fn authenticate(
    State(state): State<CrowdState>,
    request: Request,
) -> Result<Document, Refusal> {
    let (mut call, sent) = with_body(request, &state).await?;
    let name = call.query.need("username")?.to_owned();
    let password = crowd::password(&sent.bytes, sent.format)?;
    let came = come_back(&state, &mut call, &name, Proof::Password(password.as_ref())).await?;
    let user = authenticated(&state, &call, &name, password.as_ref(), came).await?;
    let expand = call.query.expand(Entity::User);
    Ok(call.document(|writer, out| writer.user(out, &adapter::asked_user(&user, expand))))
}

/// The active user of a name and a password; `came` is what its password showed before.
pub(super) async fn authenticated<'a>(
    state: &CrowdState,
    call: &'a Call,
    name: &str,
    password: Option<&Secret>,
    came: Came,
) -> Result<UserRef<'a>, Refusal> {
    // Told whatever the password, so that the log-in page names the reason that an administrator can act on.
    let user = match active(call, name) {
        Err(unknown @ (Refusal::NoUser { .. } | Refusal::NotAllowed { .. })) => {
            login::spend(state, call, password).await?;
            return Err(unknown);
        }
        Err(inactive @ Refusal::Inactive { .. }) => {
            if proved(state, call, name, password, came).await {
                state.attempted(call, name, How::Password);
            }
            return Err(inactive);
        }
        other => other?,
    };
    login::check(state, call, &user, password).await?;
    state.saw(call, &user, How::Password);
    let (application, key) = (&call.view.application().name, user.key());
    tracing::debug!(%application, user = %key, "let in by password");
    Ok(user)
}

/// Whether it was the user itself: a guess is no attempt of the user, as it is no return.
async fn proved(state: &CrowdState, call: &Call, name: &str, password: Option<&Secret>, came: Came) -> bool {
    match (came, call.view.user(name)) {
        (Came::Unproved, _) | (_, None) => false,
        (Came::Refused | Came::Back, _) => true,
        (Came::Unasked, Some(user)) => login::check(state, call, &user, password).await.is_ok(),
    }
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
pub(super) async fn notify(State(state): State<CrowdState>, mut call: Call) -> Result<Document, Refusal> {
    let name = call.query.need("username")?.to_owned();
    come_back(&state, &mut call, &name, Proof::Word).await?;
    let user = named(&call, &name)?;
    if !user.active() {
        state.attempted(&call, &name, How::Notification);
        return Err(Refusal::Inactive {
            user: user.name().into_owned(),
        });
    }
    state.saw(&call, &user, How::Notification);
    let expand = call.query.expand(Entity::User);
    Ok(call.document(|writer, out| writer.user(out, &adapter::asked_user(&user, expand))))
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
