//! The mark of a full sync: a cookie that carries the token of the user listing to the closing `GET /event`.
//!
//! Modern clients keep the token that they fetch after reading everything; without the mark, changes made in between
//! would be lost to them. The cookie needs no memory here, so it survives restarts; for clients that forget it
//! [`crate::directory::Marks`] keeps one entry.

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header::{COOKIE, SET_COOKIE};

use super::adapter;
use crate::directory::{EventToken, View};

const NAME: &str = "throng-sync";

/// The mark that the client carries, if it is one of this view.
pub(super) fn carried(headers: &HeaderMap, view: &View) -> Option<EventToken> {
    adapter::from_text(value(headers)?).filter(|token| view.knows(token))
}

/// Gives the client the mark.
pub(super) fn set(headers: &mut HeaderMap, token: &str) {
    put(
        headers,
        &format!("{NAME}={token}; Path=/; Max-Age=86400; HttpOnly"),
    );
}

/// Takes the mark from the client, if it sent one.
pub(super) fn clear(headers: &mut HeaderMap, request: &HeaderMap) {
    if value(request).is_some() {
        put(headers, &format!("{NAME}=; Path=/; Max-Age=0; HttpOnly"));
    }
}

/// The client's mark as it sent it, whether it is one of this view or not.
pub(super) fn value(headers: &HeaderMap) -> Option<&str> {
    let lines = headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == NAME).then(|| value.trim_matches('"'))
    })
}

fn put(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}
