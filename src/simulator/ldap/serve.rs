//! The TCP server: one message in, its answer out.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::Inside;
use super::answer::{Reply, answer};
use crate::protocol::ldap::{Message, Request, ber};

/// The largest request it reads.
const CAP: usize = 1 << 20;

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) address: SocketAddr,
    connections: TaskTracker,
    stop: DropGuard,
}

impl Served {
    pub(super) fn connections(&self) -> usize {
        self.connections.len().saturating_sub(1) // one of them listens
    }

    pub(super) async fn stop(self) {
        let Self {
            connections, stop, ..
        } = self;
        drop(stop);
        connections.close();
        connections.wait().await;
    }
}

pub(super) async fn serve(listen: SocketAddr, inside: Arc<Inside>) -> std::io::Result<Served> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let (stop, connections) = (CancellationToken::new(), TaskTracker::new());
    let (stopped, tasks) = (stop.clone(), connections.clone());
    connections.spawn(async move {
        while let Some(Ok((stream, _))) = stopped.run_until_cancelled(listener.accept()).await {
            let (inside, stopped) = (Arc::clone(&inside), stopped.clone());
            tasks.spawn(async move {
                // However it ends, it is closed.
                drop(stopped.run_until_cancelled(talk(stream, &inside)).await);
            });
        }
    });
    Ok(Served {
        address,
        connections,
        stop: stop.drop_guard(),
    })
}

async fn talk(mut stream: TcpStream, inside: &Inside) -> std::io::Result<()> {
    let mut input = BytesMut::new();
    let mut signed = false;
    loop {
        let length = ber::length(&input, CAP).map_err(std::io::Error::other)?;
        let Some(length) = length.filter(|length| *length <= input.len()) else {
            if stream.read_buf(&mut input).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let bytes = input.split_to(length);
        let request = Message::<Request>::read(&bytes).map_err(std::io::Error::other)?;
        if matches!(request.op, Request::Unbind) {
            return Ok(());
        }
        let Reply { bytes, cut } = answer(inside, &request, &mut signed);
        inside.tenant.delay(0).await;
        stream.write_all(&bytes).await?;
        if cut {
            return Ok(());
        }
    }
}
