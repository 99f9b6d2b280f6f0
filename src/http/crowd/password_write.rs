//! `/user/password` and what else is done to passwords: set, taken away, expired, asked for by mail.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;

use super::call::Call;
use super::error::Refusal;
use super::hash::{hash_password, is_acceptable};
use super::state::CrowdState;
use super::user::named;
use super::write::writing;
use crate::model::name::fold;
use crate::protocol::crowd::{self, Reason};
use crate::secret::Secret;

/// Bytes of a password.
const LONGEST: usize = 1024;

type Answer = Result<StatusCode, Refusal>;

/// `PUT /user/password?username=`: 204.
pub(super) async fn set(State(state): State<CrowdState>, request: Request) -> Answer {
    let (call, sent, writes) = writing(&state, request).await?;
    let name = call.query.need("username")?;
    let password = crowd::password(&sent.bytes, sent.format)?;
    writes.need_password_place(name)?;
    let hash = hashed(&state, password, None).await?;
    let hash = hash.ok_or_else(|| Refusal::bad(Reason::InvalidCredential, "there is no password"))?;
    writes.set_password(name, hash).await?;
    if let Some(user) = call.view.user(name) {
        state.lockout.forget(user.snapshot().directory(), user.row().id);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /user/password?username=`: 204.
pub(super) async fn remove(State(state): State<CrowdState>, call: Call) -> Answer {
    let writes = state.writes(&call)?;
    writes.remove_password(call.query.need("username")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /user/expire-all-passwords?confirm=true`: 204.
pub(super) async fn expire(State(state): State<CrowdState>, call: Call) -> Answer {
    let writes = state.writes(&call)?;
    if !call.query.need("confirm")?.eq_ignore_ascii_case("true") {
        return Err(Refusal::Illegal("`confirm` is not `true`".to_owned()));
    }
    writes.expire_passwords().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /user/mail/password?username=`: this version sends no mail, and does not say that it did.
pub(super) async fn mail_password(State(state): State<CrowdState>, call: Call) -> Answer {
    state.writes(&call)?;
    let user = named(&call, call.query.need("username")?)?;
    if !user.row().email.contains('@') {
        let told = format!("user `{}` has no e-mail address", user.name());
        return Err(Refusal::bad(Reason::InvalidEmail, told));
    }
    Err(no_mail())
}

/// `POST /user/mail/usernames?email=`: as above.
pub(super) async fn mail_names(State(state): State<CrowdState>, call: Call) -> Answer {
    state.writes(&call)?;
    let email = call.query.need("email")?;
    let wanted = fold(email);
    let known = call.view.users().iter().any(|at| {
        let user = call.view.user_at(*at);
        user.is_some_and(|user| fold(&user.row().email) == wanted)
    });
    if !known {
        let told = format!("no user has the e-mail address `{email}`");
        return Err(Refusal::bad(Reason::InvalidEmail, told));
    }
    Err(no_mail())
}

fn no_mail() -> Refusal {
    let told = "this server sends no mail; hint: an administrator sets a new password";
    Refusal::bad(Reason::UnsupportedOperation, told)
}

/// The hash of what was sent; `None` where nothing was.
pub(super) async fn hashed(
    state: &CrowdState,
    password: Option<Secret>,
    encrypted: Option<Secret>,
) -> Result<Option<Arc<str>>, Refusal> {
    let refuse = |told: &str| Err(Refusal::bad(Reason::InvalidCredential, told));
    if let Some(hash) = encrypted {
        if !is_acceptable(hash.expose()) {
            return refuse(
                "the encrypted password is no argon2id hash of usual strength; hint: `$argon2id$v=19$m=…` with 7 to 64 \
                 MiB, or send the password itself",
            );
        }
        return Ok(Some(hash.expose().into()));
    }
    let Some(password) = password else { return Ok(None) };
    if password.expose().is_empty() {
        return refuse("the password is empty");
    }
    if password.expose().len() > LONGEST {
        return refuse("the password is longer than 1024 bytes");
    }
    let hash = state.gate.hashing().run(move || hash_password(&password)).await;
    match hash.ok_or(Refusal::Busy)? {
        Ok(hash) => Ok(Some(hash.into())),
        Err(error) => {
            tracing::error!(code = error.code(), %error, "a password could not be hashed");
            Err(Refusal::Failed)
        }
    }
}
