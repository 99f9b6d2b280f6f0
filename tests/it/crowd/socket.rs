//! A face on a real socket, for clients that speak HTTP.

use std::net::{Ipv4Addr, SocketAddr};

use throng::client;
use throng::http::server;
use throng::secret::Secret;
use throng::simulator::jira::Jira;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::face::Face;
use crate::ports::own_port;

impl Face {
    /// On a socket of its own, until it is stopped; it may come back to the same address.
    pub(super) async fn serve(&self) -> Socket {
        self.serve_at(SocketAddr::from((Ipv4Addr::LOCALHOST, own_port())))
            .await
    }

    pub(super) async fn serve_at(&self, address: SocketAddr) -> Socket {
        let listener = server::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(server::serve(listener, self.router.clone(), stop.clone()));
        Socket {
            address,
            tasks,
            stop: stop.drop_guard(),
            http: client::build().unwrap(),
        }
    }
}

/// A face on a socket; dropped, it ends.
pub(super) struct Socket {
    pub(super) address: SocketAddr,
    tasks: TaskTracker,
    stop: DropGuard,
    http: reqwest::Client,
}

impl Socket {
    /// The server URL that a client is configured with.
    pub(super) fn url(&self) -> String {
        format!("http://{}/crowd", self.address)
    }

    /// A new Jira (with cookies of its own) that uses this face.
    pub(super) fn jira(&self) -> Jira {
        Jira::new(self.http.clone(), &self.url(), "jira", Secret::new("pa:ss"))
    }

    /// Ends it; the address is free afterwards.
    pub(super) async fn end(self) -> SocketAddr {
        drop(self.stop);
        self.tasks.close();
        self.tasks.wait().await;
        self.address
    }
}
