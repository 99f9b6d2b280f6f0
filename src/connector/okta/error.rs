//! Why a request to Okta has no answer, and what Okta's refusals mean.

use std::time::Duration;

use reqwest::header::WWW_AUTHENTICATE;
use serde::Deserialize;

use crate::client::{Answer, CallError, retry_after};
use crate::connector::Denial;
use crate::connector::api::ConnectorError;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum OktaError {
    /// Worth another attempt, after a while if it was told.
    Transient(String, Option<Duration>),
    /// No connection: worth another attempt.
    Unreachable(String),
    /// The token was not accepted.
    Unauthorised(String),
    /// 404: what was asked for is not there.
    Absent(String),
    /// A permission, here a scope or a role, is missing.
    Forbidden(String),
    /// Credentials are not accepted; known which mistake it is.
    Denied(Denial, String),
    /// Not what the protocol allows.
    Malformed(String),
}

#[derive(Default, Deserialize)]
struct Told {
    #[serde(default, rename = "errorCode")]
    code: String,
    #[serde(default, rename = "errorSummary")]
    summary: String,
}

impl OktaError {
    /// Whether another attempt may help.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Transient(..) | Self::Unreachable(_))
    }

    /// The wait that was asked for.
    pub(super) fn asked(&self) -> Option<Duration> {
        match self {
            Self::Transient(_, asked) => *asked,
            _ => None,
        }
    }

    /// Whether a person must act.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Unauthorised(_) | Self::Forbidden(_) | Self::Denied(..)
        )
    }

    /// What an answer under a bad status means.
    pub(super) fn of(answer: &Answer) -> Self {
        let told: Told = serde_json::from_slice(&answer.body).unwrap_or_default();
        let what = format!("Okta answered {} {}: {}", answer.status, told.code, told.summary);
        match answer.status.as_u16() {
            401 => Self::Unauthorised(what),
            403 => {
                let demand = answer
                    .headers
                    .get(WWW_AUTHENTICATE)
                    .and_then(|demand| demand.to_str().ok());
                let scope = demand.filter(|demand| demand.contains("insufficient_scope"));
                Self::Forbidden(scope.map_or_else(|| what.clone(), |demand| format!("{what} ({demand})")))
            }
            404 => Self::Absent(what),
            408 | 429 | 500 | 502 | 503 | 504 => Self::Transient(what, retry_after(&answer.headers)),
            _ => Self::Malformed(what),
        }
    }

    /// The error of a request that needs this scope.
    pub(super) fn lacking(self, scope: &str) -> ConnectorError {
        let Self::Forbidden(what) = self else {
            return self.into();
        };
        let hint = format!(
            "hint: grant the scope `{scope}` to the app, and a role that may read to the app or the token's owner"
        );
        ConnectorError::Denied(Denial::PermissionMissing, format!("{what}; {hint}"))
    }
}

impl From<CallError> for OktaError {
    fn from(error: CallError) -> Self {
        let what = error.to_string();
        match error {
            CallError::Unreachable { .. } => Self::Unreachable(what),
            CallError::Untrusted { broken, .. } => Self::Denied(broken.into(), what),
            CallError::TooLong { .. } | CallError::Link { .. } => Self::Malformed(what),
        }
    }
}

impl From<OktaError> for ConnectorError {
    fn from(error: OktaError) -> Self {
        match error {
            OktaError::Transient(what, _) => Self::Unavailable(what),
            OktaError::Unreachable(what) => Self::Unreachable(what),
            OktaError::Unauthorised(what) => {
                let hint = "hint: a token dies after 30 days without use, or with its owner; make a new one";
                Self::Denied(Denial::SecretWrong, format!("{what}; {hint}"))
            }
            OktaError::Forbidden(what) => Self::Denied(Denial::PermissionMissing, what),
            OktaError::Denied(denial, what) => Self::Denied(denial, what),
            OktaError::Absent(what) | OktaError::Malformed(what) => Self::Malformed(what),
        }
    }
}
