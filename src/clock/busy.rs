//! Work that a paused clock must wait for: requests on real sockets.
//!
//! Tokio's paused clock goes on to the next timer whenever its runtime has nothing to do, and it takes waiting for a socket for that: a
//! request would be overtaken by its own deadline. So who measures a source on such a clock, with its simulator on the same runtime,
//! lets [`Busy::hold`] run beside them. Time then stands still from the begin of each request to the end of its answer, but for
//! what the simulator lets it wait on purpose; and goes on at once where all that is left are limits and waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;

/// Whether there is such work.
#[derive(Debug, Default)]
pub struct Busy {
    works: AtomicI64,
    changed: Notify,
}

/// Counts by so much more until it is dropped.
#[derive(Debug)]
pub struct Work {
    busy: Arc<Busy>,
    more: i64,
}

impl Busy {
    /// Work begins; it ends when what this answers is dropped.
    pub fn begin(self: &Arc<Self>) -> Work {
        Work::of(self, 1)
    }

    /// Lets time go on while one of those who work only waits.
    pub async fn wait<F: Future>(self: &Arc<Self>, waiting: F) -> F::Output {
        let _less = Work::of(self, -1);
        waiting.await
    }

    /// Keeps the time of a paused runtime of one thread still as long as anybody works. Does not end.
    pub async fn hold(&self) {
        loop {
            // A runtime that has something to do does not move its clock, and polls its sockets meanwhile.
            while self.works.load(Ordering::SeqCst) > 0 {
                tokio::task::yield_now().await;
            }
            self.changed.notified().await;
        }
    }
}

impl Work {
    fn of(busy: &Arc<Busy>, more: i64) -> Self {
        busy.works.fetch_add(more, Ordering::SeqCst);
        busy.changed.notify_one();
        Self {
            busy: Arc::clone(busy),
            more,
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.busy.works.fetch_sub(self.more, Ordering::SeqCst);
        self.busy.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::Instant;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    /// Asks a thread of this machine for a byte; how long that takes is not in our hands.
    async fn ask(busy: &Arc<Busy>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            stream.write_all(&byte).unwrap();
        });
        let work = busy.begin();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"x").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
        drop(work);
        answering.join().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_waits_for_sockets_and_for_nothing_else() {
        let (busy, begun) = (Arc::new(Busy::default()), Instant::now());
        let measured = async {
            let overtaken = tokio::time::timeout(HOUR, async {
                for _ in 0..50 {
                    ask(&busy).await;
                }
            });
            assert!(overtaken.await.is_ok());
            assert_eq!(begun.elapsed(), Duration::ZERO);
            let work = busy.begin();
            busy.wait(tokio::time::sleep(HOUR)).await;
            assert_eq!(begun.elapsed(), HOUR);
            ask(&busy).await;
            drop(work);
            tokio::time::sleep(HOUR).await;
            assert_eq!(begun.elapsed(), HOUR * 2);
        };
        tokio::select! {
            () = measured => {}
            () = busy.hold() => {}
        }
    }
}
