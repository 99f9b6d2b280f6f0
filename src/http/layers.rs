//! What every face puts around its routes: compression, capped bodies.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

/// How much of an oversized body is read, to no purpose but that the client hears the answer.
const DRAINED: usize = 32 * 1024 * 1024;
/// How long a client may take to send its body.
const SENDING: Duration = Duration::from_secs(30);

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than the limit.
    TooLarge,
    /// The client broke off or was too slow.
    Interrupted,
}

/// Gzip for those who ask for it; small answers stay as they are.
pub fn compression() -> CompressionLayer<SizeAbove> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(1024))
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// [`Unread`]. Of a larger body a little more is read, since clients that are still writing do not read answers.
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes, Unread> {
    tokio::time::timeout(SENDING, read(body, limit))
        .await
        .unwrap_or(Err(Unread::Interrupted))
}

async fn read(body: Body, limit: usize) -> Result<Bytes, Unread> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut total = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Unread::Interrupted)?;
        total += chunk.len();
        if total > DRAINED {
            return Err(Unread::TooLarge);
        }
        if total > limit {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&chunk);
        }
    }
    if total > limit {
        Err(Unread::TooLarge)
    } else {
        Ok(bytes.into())
    }
}
