//! The HTTP server around a simulated provider: hears a request, answers a reply.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::StringRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::entra::Tenant;
use super::entra::reply::Reply;

/// The largest body it reads.
const BODY: usize = 4 << 20;
/// How long a stop waits for connections.
const PATIENCE: Duration = Duration::from_secs(2);

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: String,
    /// The header `Authorization`, or empty.
    pub(super) authorization: String,
    /// `http://host:port`, as the client sees us.
    pub(super) origin: String,
    /// The header `DPoP`, or empty.
    pub(super) proof: String,
}

impl Heard {
    /// A request with this query and nothing else.
    #[cfg(test)]
    pub(super) fn of(query: &str) -> Self {
        let nothing = String::new;
        Self {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: query.to_owned(),
            body: nothing(),
            authorization: nothing(),
            origin: nothing(),
            proof: nothing(),
        }
    }

    /// What the query says of a name, decoded.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        field(&self.query, name)
    }

    /// What the form in the body says of a name.
    pub(super) fn field(&self, name: &str) -> String {
        field(&self.body, name).unwrap_or_default()
    }
}

fn field(form: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(form.as_bytes());
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

type Answer = Arc<dyn Fn(&Heard) -> Reply + Send + Sync>;

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) address: SocketAddr,
    tasks: TaskTracker,
    stop: DropGuard,
}

impl Served {
    /// Stops listening, waits a moment for connections.
    pub(super) async fn stop(self) {
        let Self { tasks, stop, .. } = self;
        drop(stop);
        tasks.close();
        tokio::time::timeout(PATIENCE, tasks.wait()).await.ok();
    }
}

/// Listens on behalf of a company.
pub(super) async fn serve(
    listen: SocketAddr,
    tenant: &Tenant,
    answer: impl Fn(&Heard) -> Reply + Send + Sync + 'static,
) -> std::io::Result<Served> {
    let answer: Answer = Arc::new(answer);
    let router = Router::new().fallback(hear).with_state((tenant.clone(), answer));
    host(TcpListener::bind(listen).await?, router)
}

/// Answers by a router.
pub(super) fn host(listener: TcpListener, router: Router) -> std::io::Result<Served> {
    let address = listener.local_addr()?;
    let router = router.layer(DefaultBodyLimit::max(BODY));
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let stopped = stop.clone();
    tasks.spawn(async move {
        let graceful = stopped.clone().cancelled_owned();
        let serving = axum::serve(listener, router).with_graceful_shutdown(graceful);
        let patience = async {
            stopped.cancelled().await;
            tokio::time::sleep(PATIENCE).await;
        };
        tokio::select! {
            ended = serving => ended.ok(),
            () = patience => None,
        }
    });
    Ok(Served {
        address,
        tasks,
        stop: stop.drop_guard(),
    })
}

async fn hear(
    State((tenant, answer)): State<(Tenant, Answer)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<String, StringRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let heard = Heard {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        body,
        authorization: text(header::AUTHORIZATION).unwrap_or_default().to_owned(),
        origin: format!("http://{}", text(header::HOST).unwrap_or("localhost")),
        proof: text(header::HeaderName::from_static("dpop"))
            .unwrap_or_default()
            .to_owned(),
    };
    let reply = answer(&heard);
    tenant.delay(reply.delay).await;
    reply.into_response()
}
