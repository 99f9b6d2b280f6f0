//! A user's password, checked by signing in with it.

use std::sync::Arc;
use std::time::Duration;

use super::error::LdapError;
use super::returning::by_id;
use super::source::LdapSource;
use super::talk::{Talk, bind};
use crate::connector::api::Verdict;
use crate::model::{ExternalId, MemberKind};
use crate::protocol::ldap::Outcome;
use crate::secret::Secret;

/// How long a person waits for all of it.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn verify(
    source: &LdapSource,
    user: &ExternalId,
    password: &Secret,
) -> Result<Verdict, LdapError> {
    // A name without a password is an anonymous sign-in, which servers let in (RFC 4513 §5.1.2).
    if password.expose().is_empty() {
        return Ok(Verdict::Wrong);
    }
    let late = || LdapError::Transient("the password could not be checked in time".to_owned());
    let checking = async {
        let _turn = source.sign_ins.acquire().await.map_err(|_| late())?;
        let mut talk = Talk::hasty(Arc::clone(&source.server));
        let Some(entry) = by_id(source, &mut talk, user, MemberKind::User).await? else {
            return Ok(Verdict::Wrong);
        };
        if entry.dn.is_empty() {
            return Err(LdapError::Malformed("a user has no name".to_owned()));
        }
        // A connection of its own: whoever signs in wrongly on one is nobody on it.
        let mut wire = source.server.connect().await?;
        judge(&bind(&mut wire, &entry.dn, password).await?)
    };
    tokio::time::timeout(PATIENCE, checking)
        .await
        .map_err(|_| late())?
}

fn judge(outcome: &Outcome) -> Result<Verdict, LdapError> {
    match outcome.code {
        0 => Ok(Verdict::Right),
        // Active Directory says more in words: 532 expired, 773 must be changed.
        49 if ["data 532", "data 773"]
            .iter()
            .any(|word| outcome.text.contains(word)) =>
        {
            Ok(Verdict::Expired)
        }
        32 | 48 | 49 => Ok(Verdict::Wrong),
        _ => LdapError::judge("a user's sign-in", outcome).map(|()| Verdict::Wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: i64, text: &str) -> Result<Verdict, LdapError> {
        judge(&Outcome {
            code,
            text: text.to_owned(),
        })
    }

    #[test]
    fn only_a_servers_own_no_is_a_wrong_password() {
        assert_eq!(of(0, ""), Ok(Verdict::Right));
        assert_eq!(of(49, ""), Ok(Verdict::Wrong));
        let expired =
            "80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data 532, v4563";
        assert_eq!(of(49, expired), Ok(Verdict::Expired));
        for failed in [1, 51, 52, 53, 80] {
            assert!(of(failed, "").is_err(), "{failed}");
        }
    }
}
