//! Why a request has no answer that can be used.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::client::CallError;
use crate::connector::api::ConnectorError;
use crate::connector::denial::Denial;

/// How much of a peer's own words is shown.
const SHOWN: usize = 200;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connector) enum RestError {
    /// Worth another attempt, after a while if it was told.
    Transient(String, Option<Duration>),
    /// No connection, or none that holds.
    Unreachable(String),
    /// The credentials were not accepted.
    Unauthorised(String),
    /// No permission.
    Refused(String),
    /// Another of the usual mistakes.
    Denied(Denial, String),
    /// 404: what was asked for is not there.
    Absent(String),
    /// 400 and its like: the request itself is at fault; the second text is the peer's word for it.
    Bad(String, String),
    /// More than is ever read.
    TooLong(String),
    /// Not what the protocol allows.
    Malformed(String),
}

impl RestError {
    /// The sentence.
    pub(in crate::connector) fn into_sentence(self) -> String {
        match self {
            Self::Transient(what, _)
            | Self::Unreachable(what)
            | Self::Unauthorised(what)
            | Self::Refused(what)
            | Self::Denied(_, what)
            | Self::Absent(what)
            | Self::Bad(what, _)
            | Self::TooLong(what)
            | Self::Malformed(what) => what,
        }
    }

    /// With a hint after it, unless it has one.
    pub(in crate::connector) fn hinting(self, hint: &str) -> Self {
        let more = |what: String| {
            if what.contains("hint:") {
                what
            } else {
                format!("{what}; hint: {hint}")
            }
        };
        match self {
            Self::Unauthorised(what) => Self::Unauthorised(more(what)),
            Self::Refused(what) => Self::Refused(more(what)),
            Self::Absent(what) => Self::Absent(more(what)),
            error => error,
        }
    }

    /// With more said before it.
    pub(in crate::connector) fn within(self, part: &str) -> Self {
        let more = |what: String| format!("{part}: {what}");
        match self {
            Self::Transient(what, wait) => Self::Transient(more(what), wait),
            Self::Unreachable(what) => Self::Unreachable(more(what)),
            Self::Unauthorised(what) => Self::Unauthorised(more(what)),
            Self::Refused(what) => Self::Refused(more(what)),
            Self::Denied(denial, what) => Self::Denied(denial, more(what)),
            Self::Absent(what) => Self::Absent(more(what)),
            Self::Bad(what, kind) => Self::Bad(more(what), kind),
            Self::TooLong(what) => Self::TooLong(more(what)),
            Self::Malformed(what) => Self::Malformed(more(what)),
        }
    }
}

impl From<RestError> for ConnectorError {
    fn from(error: RestError) -> Self {
        match error {
            RestError::Transient(what, _) => Self::Unavailable(what),
            RestError::Unreachable(what) => Self::Unreachable(what),
            RestError::Unauthorised(what) => Self::Denied(Denial::SecretWrong, what),
            RestError::Refused(what) => Self::Denied(Denial::PermissionMissing, what),
            RestError::Denied(denial, what) => Self::Denied(denial, what),
            RestError::Absent(what)
            | RestError::Bad(what, _)
            | RestError::TooLong(what)
            | RestError::Malformed(what) => Self::Malformed(what),
        }
    }
}

impl From<CallError> for RestError {
    fn from(error: CallError) -> Self {
        let what = error.to_string();
        match error {
            CallError::Unreachable { .. } => Self::Unreachable(what),
            CallError::Untrusted { broken, .. } => Self::Denied(broken.into(), what),
            CallError::TooLong { .. } => Self::TooLong(what),
            CallError::Link { .. } => Self::Malformed(what),
        }
    }
}

/// What a failed answer may say: SCIM's words, OAuth's, Keycloak's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    detail: Option<String>,
    #[serde(rename = "scimType")]
    kind: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    #[serde(rename = "errorMessage")]
    message: Option<String>,
}

/// What a failed answer means.
pub(super) fn judge(who: &str, status: StatusCode, body: &[u8], wait: Option<Duration>) -> RestError {
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let kind = said.kind.or(said.error).unwrap_or_default();
    let words = said.detail.or(said.error_description).or(said.message);
    let words: String = words.unwrap_or_default().chars().take(SHOWN).collect();
    let told = [kind.as_str(), &words];
    let told = told.into_iter().filter(|part| !part.is_empty());
    let told = told.fold(String::new(), |text, part| format!("{text}: {part}"));
    let what = format!("{who} answered {status}{told}");
    match status.as_u16() {
        401 => RestError::Unauthorised(what),
        403 => RestError::Refused(what),
        408 | 425 | 429 | 500 | 502 | 503 | 504 => RestError::Transient(what, wait),
        404 | 410 => RestError::Absent(what),
        413 => RestError::TooLong(what),
        400..500 => RestError::Bad(what, kind),
        _ => RestError::Malformed(what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> RestError {
        judge("it", StatusCode::from_u16(status).unwrap(), body.as_bytes(), None)
    }

    #[test]
    fn what_the_peer_says_is_repeated_in_short() {
        let scim = r#"{"schemas":[],"status":"400","scimType":"expiredCursor","detail":"too late"}"#;
        let expected = "it answered 400 Bad Request: expiredCursor: too late";
        assert_eq!(
            of(400, scim),
            RestError::Bad(expected.to_owned(), "expiredCursor".to_owned())
        );
        let long = format!("{{\"error_description\":\"{}\"}}", "x".repeat(9_000));
        assert!(of(403, &long).into_sentence().len() < 300);
        assert_eq!(
            of(503, "<html>"),
            RestError::Transient("it answered 503 Service Unavailable".to_owned(), None)
        );
        assert!(matches!(of(302, ""), RestError::Malformed(_)));
    }
}
