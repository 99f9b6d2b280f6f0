//! The check of a user's password, with its lockout.

use std::sync::Arc;

use axum::http::StatusCode;

use super::ask::{Ask, Asked};
use super::call::Call;
use super::error::Refusal;
use super::hash::verifies;
use super::state::CrowdState;
use crate::directory::UserRef;
use crate::model::{Credential, DirectoryId, UserId};
use crate::protocol::crowd::Reason;
use crate::secret::Secret;

/// A hash that no password has, of the usual cost: whoever asks for a name that does not exist waits as long as others.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$hY4xjK0Y2mC6vkR0b3VyZXJ0aHJvbmdub2JvZHk";

/// What a password came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    Wrong,
    Locked,
    Expired,
    Nobody,
}

/// Lets an active user in by password.
///
/// As the reference server does, a locked account refuses with the reason of a wrong password, whatever is sent.
pub(super) async fn check(
    state: &CrowdState,
    call: &Call,
    user: &UserRef<'_>,
    password: Option<&Secret>,
) -> Result<(), Refusal> {
    let name = user.name().into_owned();
    let wrong = || {
        let told = format!("the password of account `{name}` is wrong");
        Refusal::bad(Reason::InvalidUserAuthentication, told)
    };
    let credential = state.credential(user);
    let expired = credential.as_ref().is_some_and(|credential| credential.expired);
    let ask = state.ask(user).filter(|_| credential.is_none());
    if credential.is_none() && ask.is_none() {
        return Err(Refusal::NoPassword { user: name });
    }
    let password = password.cloned().ok_or_else(wrong)?;
    let verdict = match (credential, ask) {
        (Some(credential), _) => verdict(state, call, user, credential, password).await?,
        (None, Some(ask)) => asked(state, call, user, ask, password).await?,
        (None, None) => Verdict::Wrong,
    };
    match verdict {
        Verdict::Wrong => Err(wrong()),
        Verdict::Locked => {
            let told = format!(
                "account `{name}` takes no password for a quarter of an hour after too many wrong ones; hint: wait, or have \
                 a new one set"
            );
            Err(Refusal::bad(Reason::InvalidUserAuthentication, told))
        }
        Verdict::Nobody => Err(Refusal::NoPassword { user: name }),
        Verdict::Expired | Verdict::Right if expired || verdict == Verdict::Expired => {
            let told = format!("the password of account `{name}` must be changed before it is good again");
            Err(Refusal::bad(Reason::ExpiredCredential, told))
        }
        Verdict::Right | Verdict::Expired => Ok(()),
    }
}

/// Takes as long as a wrong password, where any user of the application could have one here.
pub(super) async fn spend(state: &CrowdState, call: &Call, password: Option<&Secret>) -> Result<(), Refusal> {
    let directories = state.applications.directories(&call.view.application().name);
    let mut directories = directories.unwrap_or_default().iter();
    let (true, Some(password)) = (
        directories.any(|directory| state.takes(directory.id()).passwords),
        password.cloned(),
    ) else {
        return Ok(());
    };
    let spent = state
        .gate
        .hashing()
        .run(move || verifies(NOBODY, &password))
        .await;
    spent.map(|_| ()).ok_or(Refusal::Busy)
}

/// The lockout's name and hour of a user.
fn account(
    state: &CrowdState,
    call: &Call,
    user: &UserRef<'_>,
) -> Result<(DirectoryId, UserId, i64), Refusal> {
    let (directory, id) = (user.snapshot().directory().clone(), user.row().id);
    let directories = state.applications.directories(&call.view.application().name);
    let clock = directories
        .unwrap_or_default()
        .iter()
        .find(|open| *open.id() == directory);
    let now = clock.ok_or(Refusal::Failed)?.now();
    Ok((directory, id, now))
}

/// Asks the source. Its own lockout counts there; ours spares it the guesses.
async fn asked(
    state: &CrowdState,
    call: &Call,
    user: &UserRef<'_>,
    ask: &Ask,
    password: Secret,
) -> Result<Verdict, Refusal> {
    let (directory, id, now) = account(state, call, user)?;
    if state.lockout.locked(&directory, id, now) {
        return Ok(Verdict::Locked);
    }
    Ok(match ask(user.row().external_id.clone(), password).await {
        Asked::Right => {
            state.lockout.forget(&directory, id);
            Verdict::Right
        }
        Asked::Expired => Verdict::Expired,
        Asked::Nobody => Verdict::Nobody,
        Asked::Wrong => {
            if state.lockout.failed(&directory, id, now) {
                tracing::warn!(%directory, user = id.0, "an account is locked after too many wrong passwords");
            }
            Verdict::Wrong
        }
        Asked::Failed => {
            let sentence = "the source of this account cannot be asked for its password; hint: try again, the server's log says more";
            return Err(Refusal::Said {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                reason: Reason::OperationFailed,
                sentence: sentence.to_owned(),
            });
        }
    })
}

async fn verdict(
    state: &CrowdState,
    call: &Call,
    user: &UserRef<'_>,
    credential: Arc<Credential>,
    password: Secret,
) -> Result<Verdict, Refusal> {
    let (directory, id, now) = account(state, call, user)?;
    let lockout = Arc::clone(&state.lockout);
    // Looked at when it is its turn: of many guesses sent at once no more are checked than of as many one by one.
    let work = move || {
        if lockout.locked(&directory, id, now) {
            return Verdict::Locked;
        }
        if verifies(&credential.hash, &password) {
            lockout.forget(&directory, id);
            return Verdict::Right;
        }
        if lockout.failed(&directory, id, now) {
            tracing::warn!(%directory, user = id.0, "an account is locked after too many wrong passwords");
        }
        Verdict::Wrong
    };
    state.gate.hashing().run(work).await.ok_or(Refusal::Busy)
}

#[cfg(test)]
mod tests {
    use super::super::hash::is_acceptable;
    use super::*;

    #[test]
    fn nobodys_hash_costs_what_a_real_one_costs_and_fits_no_password() {
        assert!(is_acceptable(NOBODY), "it is checked like any other");
        let real = super::super::hash::hash_password(&Secret::new("x")).unwrap();
        let costs = |hash: &str| hash.split('$').nth(3).map(str::to_owned);
        assert_eq!(costs(NOBODY), costs(&real));
        assert!(!verifies(NOBODY, &Secret::new("")));
    }
}
