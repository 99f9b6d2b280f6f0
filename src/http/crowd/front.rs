//! The front of the Crowd face: form, gate, version and headers around the resources.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tower::ServiceExt;

use super::call::{Caller, MAX_BODY};
use super::error::Refusal;
use super::negotiate;
use super::routes;
use super::state::CrowdState;
use crate::http::layers::{compression, read_body};
use crate::protocol::crowd::Writer;

const API: &str = "/rest/usermanagement";
/// Its absence makes Java clients say that this is no Crowd, before they look at the status.
const SERVER: HeaderValue = HeaderValue::from_static(concat!("throng/", env!("CARGO_PKG_VERSION")));
/// The version with bulk memberships, events and webhooks.
const API_VERSION: HeaderValue = HeaderValue::from_static("1.4");
const UNCACHED: HeaderValue = HeaderValue::from_static("no-cache, no-store");

#[derive(Clone)]
struct Front {
    state: CrowdState,
    resources: Router,
}

/// The whole face, below its context path.
pub fn router(state: CrowdState) -> Router {
    let resources = routes::resources(state.clone());
    Router::new()
        .fallback(answer)
        .with_state(Front { state, resources })
        .layer(compression())
}

async fn answer(State(front): State<Front>, request: Request) -> Response {
    let path = negotiate::plain(request.uri().path()).into_owned();
    let below = path
        .strip_prefix(&*front.state.context)
        .and_then(|path| path.strip_prefix(API));
    let Some(rest) = below.filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
        return elsewhere(&front.state);
    };
    let (rest, wanted) = negotiate::suffix(rest);
    let format = wanted.unwrap_or_else(|| negotiate::accepted(request.headers()));
    let writer = Writer::new(format, front.state.links.clone());
    let served = AssertUnwindSafe(serve(&front, request, rest, &writer))
        .catch_unwind()
        .await;
    let mut response = served.unwrap_or_else(|_| {
        tracing::error!("a request of the Crowd face panicked");
        Refusal::Failed.into_response()
    });
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let rendered = refusal.render(&writer);
        let bare = std::mem::replace(&mut response, rendered);
        keep_headers(&bare, response.headers_mut());
    }
    finish(&mut response, &writer);
    response
}

/// Lets the request in, then hands it to the resource below the version.
async fn serve(front: &Front, mut request: Request, rest: &str, writer: &Writer) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let admitted = front.state.gate.admit(peer, request.headers()).await;
    // A body that nobody reads would end the connection after the answer, under the client's next request.
    let limit = if admitted.is_ok() { MAX_BODY } else { 0 };
    let body = read_body(std::mem::take(request.body_mut()), limit).await;
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.into_response(),
    };
    match body {
        Ok(bytes) => *request.body_mut() = bytes.into(),
        Err(unread) => return Refusal::unread(unread, MAX_BODY).into_response(),
    }
    let resource = ["/1", "/latest"]
        .into_iter()
        .find_map(|version| rest.strip_prefix(version));
    let Some(uri) = resource
        .filter(|rest| rest.starts_with('/'))
        .and_then(|rest| rewritten(request.uri(), rest))
    else {
        return Refusal::UnknownPath {
            path: request.uri().path().to_owned(),
        }
        .into_response();
    };
    let asked = request.uri().path().to_owned();
    *request.uri_mut() = uri;
    request.extensions_mut().insert(Caller {
        application: admitted.application,
        address: admitted.address,
        writer: writer.clone(),
        path: asked,
    });
    front.resources.clone().oneshot(request).await.into_response()
}

fn rewritten(uri: &Uri, path: &str) -> Option<Uri> {
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    Some(Uri::from(text.parse::<PathAndQuery>().ok()?))
}

/// The headers that a resource or its routing gave to a refusal before it was rendered.
fn keep_headers(from: &Response, headers: &mut HeaderMap) {
    for name in [SET_COOKIE, ALLOW] {
        for value in from.headers().get_all(&name) {
            headers.append(&name, value.clone());
        }
    }
}

/// The headers that every answer has. One without a content type gets the one that was asked for, even if it is
/// empty: a client written in JavaScript takes anything else for a failure.
fn finish(response: &mut Response, writer: &Writer) {
    let headers = response.headers_mut();
    identify(headers);
    let media_type = HeaderValue::from_static(writer.format().media_type());
    headers.entry(CONTENT_TYPE).or_insert(media_type);
}

/// Paths that are not the protocol's.
fn elsewhere(state: &CrowdState) -> Response {
    let sentence = format!(
        "nothing is here; hint: the server URL of a Crowd client is {}\n",
        state.url
    );
    let mut response = (StatusCode::NOT_FOUND, sentence).into_response();
    identify(response.headers_mut());
    response
}

/// Says that this is a Crowd, and that none of it may be answered from a cache: clients have one.
fn identify(headers: &mut HeaderMap) {
    headers.insert("x-embedded-crowd-version", SERVER);
    headers.insert("x-crowd-user-management-version", API_VERSION);
    headers.insert(CACHE_CONTROL, UNCACHED);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::Body;
    use axum::routing::get;

    use super::*;
    use crate::directory::Applications;
    use crate::directory::session::no_sessions;
    use crate::http::crowd::config::{ApplicationConfig, CrowdConfig};
    use crate::http::crowd::gate::Gate;
    use crate::model::Epoch;

    #[tokio::test]
    async fn a_panic_is_one_failed_answer_with_all_its_headers() {
        let config: ApplicationConfig =
            toml::from_str("name = \"jira\"\npassword = { value = \"secret\" }").unwrap();
        let applications = Applications::new(Epoch([0; 16]), vec![config.application()], &[]);
        let gate = Gate::new(&[config], Vec::new()).unwrap();
        let sessions = no_sessions().await;
        let state = CrowdState::new(&CrowdConfig::default(), gate, Arc::new(applications), sessions);
        let broken = async || -> StatusCode { panic!("a rule that cannot be") };
        let resources = Router::new().route("/user", get(broken));
        let face = Router::new()
            .fallback(answer)
            .with_state(Front { state, resources });
        let request = Request::get("/crowd/rest/usermanagement/1/user.json")
            .header("authorization", "Basic amlyYTpzZWNyZXQ=")
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))))
            .body(Body::empty())
            .unwrap();
        let response = face.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers().clone();
        assert!(headers.contains_key("x-embedded-crowd-version"));
        assert_eq!(
            (&headers[CACHE_CONTROL], &headers[CONTENT_TYPE]),
            (&UNCACHED, &HeaderValue::from_static("application/json"))
        );
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        let said: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(said["reason"], "OPERATION_FAILED");
        assert!(
            !said["message"].as_str().unwrap().contains("rule"),
            "the cause is for the log"
        );
    }
}
