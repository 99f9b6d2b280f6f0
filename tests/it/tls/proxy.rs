//! A proxy that knows `CONNECT` and leads every name to one address; notes what it was asked for.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// Ends when it is dropped.
pub(super) struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _stop: DropGuard,
}

impl Proxy {
    pub(super) async fn to(peer: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let asked = Arc::<Mutex<Vec<_>>>::default();
        let (noted, serving, tasks) = (Arc::clone(&asked), stop.clone(), TaskTracker::new());
        let connections = tasks.clone();
        tasks.spawn(async move {
            while let Some(Ok((stream, _))) = serving.run_until_cancelled(listener.accept()).await {
                let (one, stop) = (tunnel(stream, peer, Arc::clone(&noted)), serving.clone());
                connections.spawn(async move { stop.run_until_cancelled(one).await });
            }
        });
        Self {
            address,
            asked,
            _stop: stop.drop_guard(),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Which hosts it was asked for.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn tunnel(stream: TcpStream, peer: SocketAddr, noted: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.unwrap() == 0 {
            return;
        }
    }
    let target = head
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next());
    noted
        .lock()
        .unwrap()
        .push(target.unwrap_or("no CONNECT").to_owned());
    stream
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await
        .unwrap();
    let mut onward = TcpStream::connect(peer).await.unwrap();
    // Either end may go away first.
    copy_bidirectional(&mut stream, &mut onward).await.ok();
}
