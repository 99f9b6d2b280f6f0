//! An answer of the simulator before it becomes HTTP.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use serde_json::json;

/// Status, headers, body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    /// The connection breaks in the middle of the body.
    pub(crate) cut: bool,
    /// It comes so many milliseconds late.
    pub(crate) delay: u64,
}

const JSON: &str = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8";

impl Reply {
    /// A JSON body under a status.
    pub(crate) fn json(status: u16, body: String) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: JSON,
            body,
            cut: false,
            delay: 0,
        }
    }

    /// A plain text.
    pub(crate) fn text(body: String) -> Self {
        Self {
            content_type: "text/plain",
            ..Self::json(200, body)
        }
    }

    /// What a proxy in between shows: a page for people under a good status.
    pub(crate) fn html() -> Self {
        let body = "<!DOCTYPE html><html><body><h1>Please sign in to the network</h1></body></html>";
        Self {
            content_type: "text/html",
            ..Self::json(200, body.to_owned())
        }
    }

    /// Graph's error object.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let inner = json!({
            "date": "2026-01-01T00:00:00",
            "request-id": "00000000-0000-4000-8000-000000000001",
            "client-request-id": "00000000-0000-4000-8000-000000000001",
        });
        let body = json!({"error": {"code": code, "message": message, "innerError": inner}});
        Self::json(status, body.to_string())
    }

    /// A request that Graph calls bad.
    pub(crate) fn bad(message: &str) -> Self {
        Self::error(400, "Request_BadRequest", message)
    }

    /// Nothing there.
    pub(crate) fn missing(id: &str) -> Self {
        let message = format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::error(404, "Request_ResourceNotFound", &message)
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// As HTTP.
    pub(crate) fn into_response(self) -> Response {
        let body = if self.cut {
            cut(&self.body)
        } else {
            Body::from(self.body)
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let id = HeaderValue::from_static("00000000-0000-4000-8000-000000000001");
        headers.insert(HeaderName::from_static("request-id"), id);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// Half of the body, then a broken connection.
fn cut(body: &str) -> Body {
    let half = Bytes::copy_from_slice(body.as_bytes().get(..body.len() / 2).unwrap_or_default());
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut on request");
    Body::from_stream(futures_util::stream::iter([Ok(half), Err(broken)]))
}
