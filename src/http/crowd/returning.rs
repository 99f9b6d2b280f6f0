//! Returns: a held user whose hold a login ends.

use std::sync::Arc;

use super::call::Call;
use super::error::Refusal;
use super::login;
use super::state::CrowdState;
use crate::model::{DirectoryId, ExternalId};
use crate::secret::Secret;

/// Whether somebody may come back by itself now: the place where seats are counted.
pub type MayReturn = dyn Fn(&DirectoryId, &ExternalId) -> bool + Send + Sync;

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
) -> Result<(), Refusal> {
    let Some(user) = call.view.user(name) else {
        return Ok(());
    };
    let returns = user.hold().is_some_and(|hold| hold.release_on_return) && user.row().active();
    if !returns {
        return Ok(());
    }
    if let Proof::Password(password) = proof
        && login::check(state, call, &user, password).await.is_err()
    {
        return Ok(());
    }
    let application = Arc::clone(&call.view.application().name);
    let (directory, id) = (user.directory().clone(), user.row().external_id.clone());
    let directories = state.applications.directories(&application).unwrap_or_default();
    let Some(open) = directories.iter().find(|open| *open.id() == directory) else {
        return Err(Refusal::Failed);
    };
    let (may_return, asked) = (state.may_return.clone(), id.clone());
    let allow = move |_: &_, _: &_| may_return.is_none_or(|may| may(&directory, &asked));
    let reason = format!("came back through `{application}`");
    match open.release_on_return(&id, &reason, allow).await {
        Ok(true) => {
            call.view = state.applications.view(&application).ok_or(Refusal::Failed)?;
            Ok(())
        }
        Ok(false) => Ok(()),
        Err(error) => {
            tracing::error!(code = error.code(), %error, "a held user who came back could not be released");
            Err(Refusal::Failed)
        }
    }
}
