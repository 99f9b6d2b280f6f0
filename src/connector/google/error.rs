//! What Google's refusals mean: by their reason, never by the status alone.

use reqwest::StatusCode;
use serde::Deserialize;

use crate::client::{Answer, retry_after};
use crate::connector::denial::Denial;
use crate::connector::rest::RestError;

/// How much of Google's own words is shown.
const SHOWN: usize = 200;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Told,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    message: String,
    errors: Vec<Reason>,
    /// The newer spelling, `RESOURCE_EXHAUSTED`.
    status: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
}

/// What a failed answer says.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: RestError,
    /// We asked too much: the pace is to fall, whatever the status.
    pub(super) throttled: bool,
}

/// Whether this is said of a page token that has died.
pub(super) fn is_page_token(error: &RestError) -> bool {
    matches!(error, RestError::Bad(what, reason) if reason == "invalid" && what.to_lowercase().contains("page"))
}

/// What an answer under a bad status means.
pub(super) fn judge(answer: &Answer) -> Failure {
    let told = serde_json::from_slice::<Body>(&answer.body)
        .unwrap_or_default()
        .error;
    let reason = told.errors.into_iter().next().unwrap_or_default().reason;
    let reason = if reason.is_empty() { told.status } else { reason };
    let words: String = told.message.chars().take(SHOWN).collect();
    let what = format!("Google answered {}: {reason}: {words}", answer.status);
    of(answer.status, &reason, what, retry_after(&answer.headers))
}

fn of(status: StatusCode, reason: &str, what: String, asked: Option<std::time::Duration>) -> Failure {
    let throttled = matches!(
        reason,
        "userRateLimitExceeded"
            | "rateLimitExceeded"
            | "quotaExceeded"
            | "dailyLimitExceeded"
            | "limitExceeded"
            | "concurrentLimitExceeded"
            | "RESOURCE_EXHAUSTED"
    ) && matches!(status.as_u16(), 403 | 429);
    let error = match status.as_u16() {
        _ if throttled => RestError::Transient(what, asked),
        401 => RestError::Unauthorised(what),
        403 => refusal(reason, what),
        404 | 410 => RestError::Absent(what),
        408 | 425 | 429 | 500 | 502 | 503 | 504 => RestError::Transient(what, asked),
        413 => RestError::TooLong(what),
        400..500 => RestError::Bad(what, reason.to_owned()),
        _ => RestError::Malformed(what),
    };
    Failure { error, throttled }
}

/// A refusal that another attempt does not mend, with what does.
fn refusal(reason: &str, what: String) -> RestError {
    let (denial, hint) = match reason {
        "accessNotConfigured" | "SERVICE_DISABLED" => (
            Denial::PolicyBlocked,
            "enable the Admin SDK API in the service account's Cloud project",
        ),
        "domainPolicy" | "domainCannotUseApis" => (
            Denial::PolicyBlocked,
            "allow API access in the Admin console: Security, API controls",
        ),
        // `forbidden`, `insufficientPermissions`, `authError`: which scope or privilege it is, the caller knows.
        _ => return RestError::Refused(what),
    };
    RestError::Denied(denial, format!("{what}; hint: {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, reason: &str) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        of(status, reason, "what".to_owned(), None)
    }

    #[test]
    fn a_403_is_judged_by_its_reason() {
        for reason in ["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded"] {
            let told = failure(403, reason);
            assert!(told.throttled, "{reason}");
            assert!(matches!(told.error, RestError::Transient(..)), "{reason}");
        }
        for reason in ["forbidden", "insufficientPermissions", "", "something else"] {
            let told = failure(403, reason);
            assert!(!told.throttled, "{reason}");
            assert!(matches!(told.error, RestError::Refused(_)), "{reason}");
        }
        for (reason, hint) in [
            ("accessNotConfigured", "Admin SDK"),
            ("domainPolicy", "API access"),
        ] {
            let RestError::Denied(Denial::PolicyBlocked, what) = failure(403, reason).error else {
                panic!("{reason} has no name");
            };
            assert!(what.contains(hint), "{what}");
        }
    }

    #[test]
    fn a_dead_page_token_is_told_from_other_bad_requests() {
        let bad = |what: &str, reason: &str| RestError::Bad(what.to_owned(), reason.to_owned());
        assert!(is_page_token(&bad("Invalid Value: pageToken", "invalid")));
        assert!(!is_page_token(&bad("Invalid Input: customer", "invalid")));
        assert!(!is_page_token(&bad("pageToken", "required")));
        assert!(matches!(
            failure(503, "backendError").error,
            RestError::Transient(..)
        ));
        assert!(!failure(503, "backendError").throttled);
    }
}
