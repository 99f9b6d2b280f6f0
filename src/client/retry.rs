//! When to ask again, how long to wait before.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The longest wait that a peer may ask for.
const LONGEST: Duration = Duration::from_mins(5);
/// The same where a person waits for the answer.
const SOON: Duration = Duration::from_secs(5);

tokio::task_local! {
    static HASTE: ();
}

/// Does work for which a person waits: each of its requests is tried again once at most, and soon. A task that it spawns is patient.
pub async fn hasty<F: Future>(work: F) -> F::Output {
    HASTE.scope((), work).await
}

/// The waits of one request: what the peer asks for, else 1, 2, 4 … 60 s with full jitter.
#[derive(Clone, Debug)]
pub struct Retry {
    left: u32,
    next: Duration,
    longest: Duration,
    state: u64,
}

impl Retry {
    /// At most `attempts` waits. `seed` moves the jitter.
    pub fn new(attempts: u32, first: Duration, seed: u64) -> Self {
        let (attempts, longest) = match HASTE.try_with(|()| ()) {
            Ok(()) => (attempts.min(1), SOON),
            Err(_) => (attempts, LONGEST),
        };
        Self {
            left: attempts,
            next: first,
            longest,
            state: seed | 1,
        }
    }

    /// How long to wait before the next attempt; `None`: give up.
    pub fn wait(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let base = self.next;
        self.next = (base * 2).min(Duration::from_mins(1));
        // xorshift: jitter needs no better randomness
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let jitter =
            base.mul_f64(f64::from(u32::try_from(self.state >> 32).unwrap_or(0)) / f64::from(u32::MAX));
        Some(asked.map_or(jitter, |asked| asked.min(self.longest)))
    }
}

/// What `Retry-After` asks for, in seconds, whole or fractional (RFC 9110 §10.2.3; Graph's samples have fractions).
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    parse_seconds(headers.get(RETRY_AFTER)?.to_str().ok()?)
}

/// Seconds as text. An HTTP date is not worth a clock here: the usual back-off serves.
pub fn parse_seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_then_end() {
        let mut retry = Retry::new(3, Duration::from_secs(1), 7);
        assert!(
            retry
                .wait(None)
                .is_some_and(|wait| wait <= Duration::from_secs(1))
        );
        assert_eq!(
            retry.wait(Some(Duration::from_millis(20))),
            Some(Duration::from_millis(20))
        );
        assert_eq!(retry.wait(Some(Duration::from_hours(1))), Some(LONGEST));
        assert_eq!(retry.wait(None), None);
    }

    #[tokio::test]
    async fn who_has_a_person_waiting_asks_once_more_and_soon() {
        let waits = hasty(async {
            let mut retry = Retry::new(6, Duration::from_secs(1), 7);
            [retry.wait(Some(Duration::from_mins(2))), retry.wait(None)]
        });
        assert_eq!(waits.await, [Some(SOON), None]);
        assert!(Retry::new(6, Duration::ZERO, 7).wait(None).is_some());
    }

    #[test]
    fn fractions_of_seconds_are_read() {
        assert_eq!(parse_seconds("0.25"), Some(Duration::from_millis(250)));
        assert_eq!(parse_seconds("-1"), None);
        assert_eq!(parse_seconds("soon"), None);
    }
}
