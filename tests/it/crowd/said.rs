//! An answer, as tests look at it.

use axum::http::{HeaderMap, StatusCode};
use throng::protocol::crowd::Token;

use super::face::BASE;

/// An answer.
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Said {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body with `~` for the URL before links, and `[seqs]` (with `+` after a full sync) for event tokens.
    pub(super) fn short(&self) -> String {
        let body = self.body.replace(BASE, "~");
        let Some(token) = self.token() else { return body };
        let read = Token::decode(&token).unwrap();
        let flag = if read.after_full { "+" } else { "" };
        body.replace(&token, &format!("{:?}{flag}", read.seqs))
    }

    /// The event token of a feed.
    pub(super) fn token(&self) -> Option<String> {
        let rest = self.body.split("newEventToken=\"").nth(1)?;
        Some(rest.split('"').next()?.to_owned())
    }

    /// The event token of a feed in JSON.
    pub(super) fn json_token(&self) -> Option<String> {
        let value: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        Some(value["newEventToken"].as_str()?.to_owned())
    }

    /// The cookie that it gives, as a client sends it back.
    pub(super) fn cookie(&self) -> &str {
        self.header("set-cookie").split(';').next().unwrap_or_default()
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
