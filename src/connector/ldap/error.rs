//! Why a request has no answer, and what result codes mean (RFC 4511 appendix A).

use crate::connector::api::ConnectorError;
use crate::connector::denial::Denial;
use crate::protocol::ldap::{BerError, Outcome};

/// How much of a server's own words is shown.
const SHOWN: usize = 200;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LdapError {
    /// No connection: worth another attempt.
    Unreachable(String),
    /// The connection broke, or the server is busy: worth another attempt.
    Transient(String),
    /// A person must act; known which mistake it is.
    Denied(Denial, String),
    /// The server told a part.
    Incomplete(String),
    /// The cursor is no longer good.
    Expired(String),
    /// What was asked for is not there.
    Absent(String),
    /// The server does not have what a critical control asks for.
    Unsupported(String),
    /// A name is none.
    NoName(String),
    /// Not what the protocol allows.
    Malformed(String),
}

impl LdapError {
    /// Whether another attempt may help.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Transient(_))
    }

    /// What a request came to, by its result code.
    pub(super) fn judge(what: &str, outcome: &Outcome) -> Result<(), Self> {
        if outcome.code == 0 {
            return Ok(());
        }
        let words: String = outcome.text.chars().take(SHOWN).collect();
        let words = if words.is_empty() {
            words
        } else {
            format!(": {words}")
        };
        let told = format!("{what}: the server answered {}{words}", name(outcome.code));
        Err(match outcome.code {
            3 | 4 | 11 => Self::Incomplete(format!(
                "{told}; hint: lift the server's limits for the account that reads, or lower `page_size`"
            )),
            10 => Self::Incomplete(format!(
                "{told}; hint: name the server that has all, or a narrower `base_dn`"
            )),
            8 | 13 => Self::Denied(
                Denial::PolicyBlocked,
                format!("{told}; hint: use `ldaps://`, or `start_tls = true`"),
            ),
            49 if let Some((denial, hint)) = account(&outcome.text) => {
                Self::Denied(denial, format!("{told}; hint: {hint}"))
            }
            49 => Self::Denied(
                Denial::SecretWrong,
                format!("{told}; hint: check `bind_dn` and `bind_password`"),
            ),
            50 => Self::Denied(
                Denial::PermissionMissing,
                format!("{told}; hint: let the account of `bind_dn` read there"),
            ),
            51 | 52 | 80 => Self::Transient(told),
            12 => Self::Unsupported(told),
            32 => Self::Absent(told),
            34 => Self::NoName(told),
            4096 => Self::Expired(told),
            _ => Self::Malformed(told),
        })
    }

    /// The same of a list: where even its base is not there, somebody has written it wrongly or may not see it.
    pub(super) fn of_list(self) -> Self {
        match self {
            Self::Absent(what) => Self::Denied(
                Denial::PermissionMissing,
                format!(
                    "{what}; hint: look at `base_dn`, `user_base` and `group_base`, and let the account of `bind_dn` read there"
                ),
            ),
            other => other,
        }
    }

    /// The sentence.
    pub(super) fn into_sentence(self) -> String {
        match self {
            Self::Unreachable(what)
            | Self::Transient(what)
            | Self::Denied(_, what)
            | Self::Incomplete(what)
            | Self::Expired(what)
            | Self::Absent(what)
            | Self::Unsupported(what)
            | Self::NoName(what)
            | Self::Malformed(what) => what,
        }
    }
}

/// What Active Directory says of an account that may not sign in with the right password.
fn account(words: &str) -> Option<(Denial, &'static str)> {
    let number = words.split("data ").nth(1)?.split([',', ' ']).next()?;
    Some(match number {
        "532" => (
            Denial::SecretExpired,
            "the password has expired: set a new one, and `Password never expires`",
        ),
        "773" => (
            Denial::SecretExpired,
            "the password must be changed at the first sign-in: set it without that",
        ),
        "533" => (Denial::AccountDisabled, "the account of `bind_dn` is disabled"),
        "701" => (
            Denial::AccountDisabled,
            "the account of `bind_dn` has come to its end",
        ),
        "775" => (
            Denial::AccountDisabled,
            "the account of `bind_dn` is locked after wrong passwords",
        ),
        _ => return None,
    })
}

fn name(code: i64) -> String {
    let known = match code {
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        32 => "noSuchObject",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        80 => "other",
        4096 => "e-syncRefreshRequired",
        _ => return format!("code {code}"),
    };
    format!("{known} ({code})")
}

impl From<BerError> for LdapError {
    fn from(error: BerError) -> Self {
        Self::Malformed(format!("the server's answer cannot be read: {error}"))
    }
}

impl From<LdapError> for ConnectorError {
    fn from(error: LdapError) -> Self {
        match error {
            LdapError::Unreachable(what) => Self::Unreachable(what),
            LdapError::Transient(what) | LdapError::Incomplete(what) => Self::Unavailable(what),
            LdapError::Denied(denial, what) => Self::Denied(denial, what),
            LdapError::Expired(what) => Self::Expired(what),
            LdapError::Absent(what)
            | LdapError::Unsupported(what)
            | LdapError::NoName(what)
            | LdapError::Malformed(what) => Self::Malformed(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: i64) -> LdapError {
        let text = "x".repeat(5000);
        LdapError::judge("users", &Outcome { code, text }).unwrap_err()
    }

    #[test]
    fn what_ends_an_account_is_told_from_a_wrong_password() {
        let of = |number: &str| {
            let text = format!(
                "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {number}, v2580"
            );
            match LdapError::judge("sign in", &Outcome { code: 49, text }) {
                Err(LdapError::Denied(denial, _)) => denial,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(of("52e"), Denial::SecretWrong);
        assert_eq!(of("532"), Denial::SecretExpired);
        for number in ["533", "701", "775"] {
            assert_eq!(of(number), Denial::AccountDisabled, "{number}");
        }
    }

    #[test]
    fn limits_and_referrals_are_incomplete_and_words_are_cut() {
        for code in [3, 4, 10, 11] {
            assert!(matches!(of(code), LdapError::Incomplete(_)), "{code}");
        }
        assert!(matches!(of(4096), LdapError::Expired(_)));
        assert!(of(52).is_passing() && !of(50).is_passing());
        assert!(of(77).into_sentence().len() < 300);
        assert_eq!(LdapError::judge("users", &Outcome::default()), Ok(()));
    }
}
