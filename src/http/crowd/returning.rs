//! Returns: a held user whose hold a login ends.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::call::Call;
use super::error::Refusal;
use super::login;
use super::state::CrowdState;
use crate::model::{DirectoryId, ExternalId};
use crate::secret::Secret;

/// What is kept until a return is served, so that nobody else counts the same seat.
pub type Permit = Box<dyn Send>;
/// Whether somebody may come back by itself now: the place where seats are counted. `None`: no.
pub type MayReturn = dyn Fn(DirectoryId, ExternalId) -> BoxFuture<'static, Option<Permit>> + Send + Sync;

/// What coming back came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// Nothing was asked: nobody is held here whom a return would release.
    Unasked,
    /// The password is not the user's.
    Unproved,
    /// It is the user, who stays out: no seat is free.
    Refused,
    /// It is the user, released.
    Back,
}

/// What shows that it is the user: a right password, or the application's word.
pub(super) enum Proof<'a> {
    /// A password, still to be checked.
    Password(Option<&'a Secret>),
    /// The application has let the user in by other means.
    Word,
}

/// Ends the hold of a user who comes back, where the hold says so; the call then sees the picture after it. Whoever does not
/// come back is answered as anybody who is inactive.
pub(super) async fn come_back(
    state: &CrowdState,
    call: &mut Call,
    name: &str,
    proof: Proof<'_>,
) -> Result<Came, Refusal> {
    let Some(user) = call.view.user(name) else {
        return Ok(Came::Unasked);
    };
    let returns = user.hold().is_some_and(|hold| hold.release_on_return) && user.row().active();
    if !returns {
        return Ok(Came::Unasked);
    }
    if let Proof::Password(password) = proof
        && login::check(state, call, &user, password).await.is_err()
    {
        return Ok(Came::Unproved);
    }
    let application = Arc::clone(&call.view.application().name);
    let (directory, id) = (user.directory().clone(), user.row().external_id.clone());
    let directories = state.applications.directories(&application).unwrap_or_default();
    let Some(open) = directories.iter().find(|open| *open.id() == directory) else {
        return Err(Refusal::Failed);
    };
    // Kept to the end of this function: until then the view has not counted the seat.
    let _permit = match &state.may_return {
        None => None,
        Some(may) => match may(directory, id.clone()).await {
            None => return Ok(Came::Refused),
            permit => permit,
        },
    };
    let reason = format!("came back through `{application}`");
    match open.release_on_return(&id, &reason).await {
        Ok(true) => {
            call.view = state.applications.view(&application).ok_or(Refusal::Failed)?;
            Ok(Came::Back)
        }
        Ok(false) => Ok(Came::Unasked),
        Err(error) => {
            tracing::error!(code = error.code(), %error, "a held user who came back could not be released");
            Err(Refusal::Failed)
        }
    }
}
