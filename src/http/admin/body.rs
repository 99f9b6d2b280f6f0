//! Request bodies of the admin face: small JSON, or nothing, or a large one where that is said.

use axum::body::{Body, Bytes};
use serde::de::DeserializeOwned;

use super::error::Refusal;
use crate::http::layers::{Unread, read_body};

/// More than most requests here need.
const LIMIT: usize = 64 * 1024;

/// The body as JSON; an empty one is the default.
pub(super) async fn json<T: DeserializeOwned + Default>(body: Body) -> Result<T, Refusal> {
    let bytes = bytes(body, LIMIT).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    serde_json::from_slice(&bytes).map_err(|error| Refusal::Malformed(error.to_string()))
}

/// A body of at most `limit` bytes.
pub(super) async fn bytes(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    read_body(body, limit).await.map_err(|unread| match unread {
        Unread::TooLarge => Refusal::TooLarge(limit),
        Unread::Interrupted => Refusal::Malformed("the body broke off".to_owned()),
    })
}
