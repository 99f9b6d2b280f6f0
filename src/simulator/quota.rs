//! What a provider lets one client ask in a time, by Tokio's clock, which whoever measures a reader may pause.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_mins(1);
/// The time for which a bucket's units last, in seconds.
const FULL: f64 = 10.0;

/// The limits of a provider, as far as they hold.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    /// Since when they do, and how many percent of the published ones.
    holds: Option<(Instant, u32)>,
    bucket: Option<Bucket>,
    windows: BTreeMap<&'static str, Window>,
    /// When requests of the last minute were let through.
    recent: VecDeque<Instant>,
    /// How many requests were refused.
    pub(crate) refused: u64,
}

/// Units that come back at an even pace.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// A minute that begins with its first request.
#[derive(Clone, Copy, Debug)]
struct Window {
    used: u32,
    ends: Instant,
}

/// What a window's headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// When it ends, from now.
    pub(crate) resets_in: Duration,
    pub(crate) refused: bool,
}

impl Quota {
    /// From now on, so many percent of the published limits.
    pub(crate) fn holding(percent: u32) -> Self {
        Self {
            holds: Some((Instant::now(), percent)),
            ..Self::default()
        }
    }

    /// How long limits have been holding.
    pub(crate) fn elapsed(&self) -> TimeDelta {
        let elapsed = self.holds.map(|(since, _)| since.elapsed()).unwrap_or_default();
        TimeDelta::from_std(elapsed).unwrap_or_default()
    }

    fn scaled(&self, published: u32) -> Option<u32> {
        let (_, percent) = self.holds?;
        Some((published.saturating_mul(percent) / 100).max(1))
    }

    /// A request that costs so many units of which there are so many for ten seconds. Answers which part of them is used, or how long
    /// to wait; nothing where no limits hold.
    pub(crate) fn units(&mut self, published: u32, cost: u32) -> Option<Result<f64, Duration>> {
        let most = f64::from(self.scaled(published)?);
        let (now, cost) = (Instant::now(), f64::from(cost));
        let bucket = self.bucket.get_or_insert(Bucket { left: most, at: now });
        let back = now.duration_since(bucket.at).as_secs_f64() * most / FULL;
        (bucket.left, bucket.at) = ((bucket.left + back).min(most), now);
        if bucket.left < cost {
            self.refused += 1;
            // How Graph reckons it is not published; so long that half of the units are back.
            return Some(Err(Duration::from_secs_f64(FULL / 2.0)));
        }
        bucket.left -= cost;
        Some(Ok(1.0 - bucket.left / most))
    }

    /// A request that falls under a counter of so many a minute.
    pub(crate) fn window(&mut self, name: &'static str, published: u32) -> Option<Told> {
        let limit = self.scaled(published)?;
        let now = Instant::now();
        let fresh = Window {
            used: 0,
            ends: now + MINUTE,
        };
        let window = self.windows.entry(name).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        let refused = window.used >= limit;
        if refused {
            self.refused += 1;
        } else {
            window.used += 1;
        }
        Some(Told {
            limit,
            remaining: limit - window.used,
            resets_in: window.ends - now,
            refused,
        })
    }

    /// Whether a request is let through where no minute may have more than so many.
    pub(crate) fn minute(&mut self, published: u32) -> bool {
        let Some(limit) = self.scaled(published) else {
            return true;
        };
        let now = Instant::now();
        while self.recent.front().is_some_and(|at| *at + MINUTE <= now) {
            self.recent.pop_front();
        }
        let room = self.recent.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        if room {
            self.recent.push_back(now);
        } else {
            self.refused += 1;
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn after(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn units_come_back_at_an_even_pace() {
        let mut quota = Quota::holding(1);
        assert_eq!(quota.units(8000, 40), Some(Ok(0.5)));
        assert_eq!(quota.units(8000, 40), Some(Ok(1.0)));
        assert_eq!(quota.units(8000, 1), Some(Err(Duration::from_secs(5))));
        after(5).await;
        assert_eq!(quota.units(8000, 40), Some(Ok(1.0)));
        after(100).await;
        assert_eq!(quota.units(8000, 80), Some(Ok(1.0)), "no more than fit");
        assert_eq!(quota.refused, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_says_what_is_left_and_begins_anew() {
        let mut quota = Quota::holding(1);
        let mut told = |name| quota.window(name, 200).unwrap();
        assert_eq!((told("a").remaining, told("a").remaining), (1, 0));
        after(20).await;
        let over = Told {
            limit: 2,
            remaining: 0,
            resets_in: Duration::from_secs(40),
            refused: true,
        };
        assert_eq!(told("a"), over);
        assert!(!told("b").refused);
        after(40).await;
        assert_eq!(told("a").remaining, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_has_more_whenever_it_begins() {
        let mut quota = Quota::holding(100);
        assert!(quota.minute(2));
        after(30).await;
        assert!(quota.minute(2) && !quota.minute(2));
        after(30).await;
        assert!(quota.minute(2) && !quota.minute(2));
    }

    #[test]
    fn where_no_limits_hold_nothing_is_refused() {
        let mut quota = Quota::default();
        assert!(quota.minute(0) && quota.units(0, 9).is_none() && quota.window("a", 0).is_none());
        assert_eq!(quota.elapsed(), TimeDelta::zero());
    }
}
