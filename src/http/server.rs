//! A listener that serves one face until it is told to stop.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

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

/// Serves until `stop`, then lets the running answers end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
}
