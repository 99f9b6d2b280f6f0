//! `/session`: this version keeps no single sign-on sessions, and says so in words that clients know.

use axum::http::StatusCode;

use super::error::Refusal;

/// `POST /session`: nobody gets one.
///
/// 403 is what clients show as "this application may not do that", with the sentence. 404 would say that the server is
/// none, 401 that the application's password is wrong, 400 that the user's is, and a retry follows 5xx.
pub(super) async fn refused() -> Refusal {
    Refusal::NoSessions
}

/// `GET` and `POST /session/{token}`: no token is one of a session, so clients fall back to a log-in.
pub(super) async fn unknown() -> Refusal {
    Refusal::NoSession
}

/// `DELETE /session/{token}` and `DELETE /session?username=`: none is left afterwards, as asked.
pub(super) async fn none_left() -> StatusCode {
    StatusCode::NO_CONTENT
}
