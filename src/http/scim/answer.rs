//! An answer, before it is one of HTTP or a part of a bulk answer.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

/// Compared to the letter by test suites: no charset.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// What is answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Option<Value>,
    /// Where the resource is.
    pub(super) location: Option<String>,
    /// Whether `location` is also a header: of what was just made.
    pub(super) made: bool,
    /// Its entity tag.
    pub(super) version: Option<String>,
    /// One more header.
    pub(super) more: Option<(HeaderName, HeaderValue)>,
}

impl Answer {
    pub(super) fn of(status: StatusCode, body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::empty(status)
        }
    }

    pub(super) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            body: None,
            location: None,
            made: false,
            version: None,
            more: None,
        }
    }

    pub(super) fn response(self) -> Response {
        let body = self
            .body
            .map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let has_body = self.status != StatusCode::NO_CONTENT && self.status != StatusCode::NOT_MODIFIED;
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if has_body {
            headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let text = |text: Option<String>| text.and_then(|text| HeaderValue::try_from(text).ok());
        if let Some(version) = text(self.version) {
            headers.insert(header::ETAG, version);
        }
        if let Some(location) = text(self.location.filter(|_| self.made)) {
            headers.insert(header::LOCATION, location);
        }
        if let Some((name, value)) = self.more {
            headers.insert(name, value);
        }
        response
    }
}
