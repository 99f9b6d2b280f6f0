//! One admitted request, as its resource sees it.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::error::Refusal;
use super::negotiate;
use super::query::Query;
use super::state::CrowdState;
use crate::directory::{ClientId, View};
use crate::http::layers::read_body;
use crate::protocol::crowd::{Format, Writer};

/// The largest body that is read, in bytes.
pub(super) const MAX_BODY: usize = 1024 * 1024;

/// Who asks, and in what form the answer is wanted. Written by the front, read by the resources.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) application: Arc<str>,
    pub(super) address: IpAddr,
    pub(super) writer: Writer,
    /// The path as asked for.
    pub(super) path: String,
}

/// An admitted request: one view, so that everything in its answer is of one moment.
pub(super) struct Call {
    pub(super) view: View,
    pub(super) query: Query,
    pub(super) writer: Writer,
    pub(super) headers: HeaderMap,
    /// Where it comes from.
    pub(super) address: IpAddr,
}

impl FromRequestParts<CrowdState> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &CrowdState) -> Result<Self, Refusal> {
        let caller = parts.extensions.get::<Caller>().ok_or(Refusal::Failed)?;
        let view = state
            .applications
            .view(&caller.application)
            .ok_or(Refusal::Failed)?;
        Ok(Self {
            view,
            query: Query::parse(parts.uri.query()),
            writer: caller.writer.clone(),
            headers: parts.headers.clone(),
            address: caller.address,
        })
    }
}

impl Call {
    /// Whom the server can take for the client.
    pub(super) fn client(&self) -> ClientId<'_> {
        let agent = self.headers.get(USER_AGENT);
        ClientId {
            application: &self.view.application().name,
            address: self.address,
            agent: agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default(),
        }
    }

    /// Whole listings wait for the first complete read of every directory: clients delete whom they do not see.
    pub(super) fn need_whole(&self) -> Result<(), Refusal> {
        self.view.ready().map_err(Refusal::NotRead)
    }

    /// A small document.
    pub(super) fn document(&self, write: impl FnOnce(&Writer, &mut String)) -> Document {
        let mut body = String::new();
        self.writer.start(&mut body);
        write(&self.writer, &mut body);
        Document(body)
    }
}

/// The token or number at the end of a path. What is not even text names nothing, like the empty text.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let named = Path::from_request_parts(parts, state).await;
        Ok(Self(named.map(|Path(text)| text).unwrap_or_default()))
    }
}

/// Splits a request with a body; the call is made before the body is read.
pub(super) async fn with_body(request: Request, state: &CrowdState) -> Result<(Call, Sent), Refusal> {
    let (mut parts, body) = request.into_parts();
    let call = Call::from_request_parts(&mut parts, state).await?;
    let bytes = read_body(body, MAX_BODY)
        .await
        .map_err(|unread| Refusal::unread(unread, MAX_BODY))?;
    let format = negotiate::sent(&parts.headers, &bytes)?;
    Ok((call, Sent { bytes, format }))
}

/// A body with its form.
pub(super) struct Sent {
    pub(super) bytes: axum::body::Bytes,
    pub(super) format: Format,
}

/// A finished document; the front adds its content type.
pub(super) struct Document(String);

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        Response::new(self.0.into())
    }
}
