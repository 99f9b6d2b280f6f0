//! Request bodies of the admin face: small JSON, or nothing.

use axum::body::Body;
use serde::de::DeserializeOwned;

use super::error::Refusal;
use crate::http::layers::{Unread, read_body};

/// More than any request here needs.
const LIMIT: usize = 64 * 1024;

/// The body as JSON; an empty one is the default.
pub(super) async fn json<T: DeserializeOwned + Default>(body: Body) -> Result<T, Refusal> {
    let bytes = read_body(body, LIMIT).await.map_err(|unread| match unread {
        Unread::TooLarge => Refusal::TooLarge,
        Unread::Interrupted => Refusal::Malformed("the body broke off".to_owned()),
    })?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    serde_json::from_slice(&bytes).map_err(|error| Refusal::Malformed(error.to_string()))
}
