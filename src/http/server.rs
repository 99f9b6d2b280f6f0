//! A listener that serves one face until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::leftover::Leftover;
use super::stall::Patient;

/// How patient a server is, and with how many at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long the head of a request may take, and how long a connection may rest between two requests.
    pub head: Duration,
    /// How long a client may take nothing of its answer.
    pub stall: Duration,
    /// How long running answers may go on after the stop.
    pub drain: Duration,
    /// Connections at once; further ones wait in the system's queue.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Longer than the 60 s after which common proxies close a resting connection themselves: otherwise they
            // would now and then send a request into one that is just being closed.
            head: Duration::from_secs(75),
            // As long as Jira waits for an answer.
            stall: Duration::from_mins(10),
            drain: Duration::from_secs(20),
            connections: 1024,
        }
    }
}

/// Binds an address.
///
/// # Errors
/// A sentence naming the address.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "; hint: another process listens there, choose another port",
            io::ErrorKind::PermissionDenied => "; hint: ports below 1024 need a privilege",
            _ => "",
        };
        format!("cannot listen on `{address}`: {error}{hint}")
    })
}

/// Serves until `stop`, then lets the running answers end, within the usual [`Limits`].
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    serve_within(Limits::default(), listener, router, stop).await
}

/// Serves until `stop`, then lets the running answers end.
///
/// # Errors
/// When the listener fails.
pub async fn serve_within(
    limits: Limits,
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> io::Result<()> {
    let open = TaskTracker::new();
    let ended = CancellationToken::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let (place, (stream, peer)) = tokio::select! {
            () = stop.cancelled() => break,
            next = next(&listener, &places) => next?,
        };
        let connection = connection(limits, stream, peer, router.clone(), stop.clone());
        let ended = ended.clone();
        open.spawn(async move {
            ended.run_until_cancelled(connection).await;
            drop(place);
        });
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(limits.drain, open.wait()).await.is_err() {
        tracing::warn!(
            connections = open.len(),
            "ended connections whose answers took too long"
        );
        ended.cancel();
        open.wait().await;
    }
    Ok(())
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(OwnedSemaphorePermit, (TcpStream, SocketAddr))> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    loop {
        match listener.accept().await {
            Ok(accepted) => return Ok((place, accepted)),
            // The client left before it was let in.
            Err(error) if is_of_one_connection(&error) => {}
            // Out of file descriptors, most likely: some will be free again.
            Err(error) => {
                tracing::error!(%error, "cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

/// One connection: its requests one after the other, until either side has enough or `stop`.
async fn connection(
    limits: Limits,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
) {
    // Small answers go out at once; a failure costs milliseconds only.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a socket does not take TCP_NODELAY");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let (mut request, leftover) = Leftover::of(request);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answering = router.clone().oneshot(request);
        async move {
            let answer = answering.await;
            if let Some(leftover) = leftover {
                leftover.read().await;
            }
            answer
        }
    });
    let io = TokioIo::new(Patient::new(stream, limits.stall));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(io, service);
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke: {error}");
    }
}
