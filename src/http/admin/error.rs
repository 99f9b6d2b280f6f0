//! Refusals of the admin face, as RFC 9457 tells problems.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::cleanup::CleanupError;
use crate::directory::DirectoryError;
use crate::directory::holds::HoldError;
use crate::sync::EngineError;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("no valid bearer token; hint: send `Authorization: Bearer …` with a token of `[admin]`")]
    Unauthenticated,
    #[error("token `{token}` lacks the scope `{scope}`; hint: add it to the token's `scopes`")]
    Forbidden { token: String, scope: &'static str },
    #[error("`{0}` is not here; hint: the API begins with `/api/v1`")]
    UnknownPath(String),
    #[error("`{0}` cannot be done here; hint: see the methods of this path")]
    WrongMethod(String),
    #[error("{kind} `{id}` does not exist")]
    Missing { kind: &'static str, id: String },
    #[error(
        "directory `{0}` has no source that could be read; hint: change its users and groups through the Crowd protocol"
    )]
    NoSource(String),
    #[error(
        "directory `{0}` is not pushed; hint: only sources of kind `scim-push` have requests and what is held of them"
    )]
    NotPushed(String),
    #[error(
        "directory `{0}` has a section in the configuration; hint: take it out and restart throng: it is served on until \
         it is retired"
    )]
    Configured(String),
    #[error("directory `{0}` is not retired unconfirmed; hint: send its id once more, as `confirm`")]
    Unconfirmed(String),
    #[error("the request cannot be read: {0}")]
    Malformed(String),
    #[error("the request's body is larger than {} KiB; hint: send less, or in several requests", .0 / 1024)]
    TooLarge(usize),
    #[error(
        "the test took too long; hint: `throng sync DIRECTORY --dry-run` with the same settings shows what a run would do"
    )]
    TooSlow,
    #[error("{0}")]
    Engine(#[from] EngineError),
    #[error("{0}")]
    Directory(#[from] DirectoryError),
    #[error("{0}")]
    Hold(#[from] HoldError),
    #[error("{0}")]
    Cleanup(#[from] CleanupError),
    #[error("the request failed; hint: the log has the cause")]
    Failed,
}

impl Refusal {
    /// Its code in the catalogue.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "ADMIN_UNAUTHENTICATED",
            Self::Forbidden { .. } => "ADMIN_FORBIDDEN",
            Self::UnknownPath(_) => "ADMIN_UNKNOWN_PATH",
            Self::WrongMethod(_) => "ADMIN_WRONG_METHOD",
            Self::Missing { .. } => "ADMIN_NOT_FOUND",
            Self::NoSource(_) => "DIRECTORY_HAS_NO_SOURCE",
            Self::NotPushed(_) => "DIRECTORY_NOT_PUSHED",
            Self::Configured(_) => "DIRECTORY_CONFIGURED",
            Self::Unconfirmed(_) => "RETIRE_NOT_CONFIRMED",
            Self::Malformed(_) => "ADMIN_REQUEST_MALFORMED",
            Self::TooLarge(_) => "ADMIN_REQUEST_TOO_LARGE",
            Self::TooSlow => "MAPPING_TEST_SLOW",
            Self::Engine(error) => error.code(),
            Self::Directory(error) => error.code(),
            Self::Hold(error) => error.code(),
            Self::Cleanup(error) => error.code(),
            Self::Failed => "OPERATION_FAILED",
        }
    }

    fn status(&self) -> StatusCode {
        match self.code() {
            "ADMIN_UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
            "ADMIN_FORBIDDEN" => StatusCode::FORBIDDEN,
            "ADMIN_UNKNOWN_PATH" | "ADMIN_NOT_FOUND" | "UNKNOWN_DIRECTORY" | "UNKNOWN_RUN"
            | "UNKNOWN_PLAN" | "UNKNOWN_POLICY" | "HOLD_UNKNOWN_USER" | "HOLD_NOT_HELD" => {
                StatusCode::NOT_FOUND
            }
            "ADMIN_WRONG_METHOD" => StatusCode::METHOD_NOT_ALLOWED,
            "HOLD_PROTECTED"
            | "HOLD_REFUSED"
            | "DIRECTORY_HAS_NO_SOURCE"
            | "DIRECTORY_NOT_PUSHED"
            | "DIRECTORY_CONFIGURED" => StatusCode::CONFLICT,
            "HOLD_UNKNOWN_GROUP" | "ADMIN_REQUEST_MALFORMED" | "RETIRE_NOT_CONFIRMED" => {
                StatusCode::BAD_REQUEST
            }
            "ADMIN_REQUEST_TOO_LARGE" => StatusCode::PAYLOAD_TOO_LARGE,
            "SYNC_TRIALS_WAITING" => StatusCode::TOO_MANY_REQUESTS,
            "MAPPING_TEST_SLOW" => StatusCode::GATEWAY_TIMEOUT,
            code if code.starts_with("SOURCE_") => StatusCode::BAD_GATEWAY,
            "BEYOND_HISTORY" => StatusCode::GONE,
            code if code.starts_with("PLAN_") => StatusCode::CONFLICT,
            "SHUTTING_DOWN" | "DIRECTORY_CLOSED" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// RFC 9457 §3.1, with the catalogue's code.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, sentence) = (self.status(), self.to_string());
        if status.is_server_error() {
            tracing::error!(code = self.code(), error = %sentence, "a request of the admin face failed");
        }
        let (detail, hint) = match sentence.split_once("; hint: ") {
            Some((detail, hint)) => (detail, Some(hint)),
            None => (sentence.as_str(), None),
        };
        let problem = Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("error"),
            status: status.as_u16(),
            detail,
            code: self.code(),
            hint,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"throng\""),
            );
        }
        response
    }
}
