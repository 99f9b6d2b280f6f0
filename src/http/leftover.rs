//! What a client still sends of its request when the answer is ready.
//!
//! Many clients (Python's and Java's among them) send a body after its head. A server that answers by the head alone and
//! closes because of the rest takes the answer away from them, or breaks their next request.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};

/// How much of it is read, to no purpose but that the client hears the answer.
const MUCH: usize = 1024 * 1024;
/// How long a client may take to send it.
const SENDING: Duration = Duration::from_secs(10);

/// The body of a request, shared with whoever answers it.
pub(super) struct Leftover(Arc<Mutex<Incoming>>);

impl Leftover {
    /// The request as a router takes it, and what will be left of its body. `None` where the client waits for a word before
    /// it sends anything: the answer is that word.
    pub(super) fn of(request: Request<Incoming>) -> (Request<Body>, Option<Self>) {
        if request.headers().contains_key(header::EXPECT) {
            return (request.map(Body::new), None);
        }
        let (head, body) = request.into_parts();
        let body = Arc::new(Mutex::new(body));
        let leftover = Self(Arc::clone(&body));
        (Request::from_parts(head, Body::new(Self(body))), Some(leftover))
    }

    /// Reads what nobody has read, within measure.
    pub(super) async fn read(self) {
        let mut body = pin!(self);
        let reading = async {
            let mut read = 0;
            while read <= MUCH && !body.is_end_stream() {
                match std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
                    Some(Ok(frame)) => read += frame.data_ref().map_or(0, Bytes::len),
                    Some(Err(_)) | None => break,
                }
            }
        };
        // Whoever is slower loses the connection.
        drop(tokio::time::timeout(SENDING, reading).await);
    }
}

impl HttpBody for Leftover {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
