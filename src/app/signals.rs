//! What the system says to a process that should end.

use tokio::signal::unix::{SignalKind, signal};

/// Returns when Ctrl-C or SIGTERM comes.
pub async fn stop_asked() {
    let interrupt = async {
        // Without a handler for Ctrl-C the process ends at once, which is what was asked.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        interrupt.await;
        return;
    };
    tokio::select! {
        () = interrupt => {}
        _ = terminate.recv() => {}
    }
}
