//! Jitter: by how much later than its time something is done, so that not everybody asks a source at the full hour.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// Up to so much later; how much is told by the time itself with a number of one's own, so that asking twice gives the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter {
    most: i64,
    seed: u64,
}

impl Jitter {
    /// Up to `most`; whoever has another seed is later by something else.
    pub fn new(most: Duration, seed: u64) -> Self {
        let most = i64::try_from(most.as_millis()).unwrap_or(i64::MAX);
        Self { most, seed }
    }

    /// The most milliseconds.
    pub(super) fn most(self) -> i64 {
        self.most
    }

    /// A time in milliseconds since 1970, made later.
    pub(super) fn of(self, time: i64) -> i64 {
        let Some(span) = u64::try_from(self.most).ok().filter(|most| *most > 0) else {
            return time;
        };
        let mut hasher = DefaultHasher::new();
        (self.seed, time).hash(&mut hasher);
        let late = hasher.finish() % span.saturating_add(1);
        time.saturating_add(i64::try_from(late).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_made_later_by_no_more_than_allowed_and_always_by_the_same() {
        let jitter = Jitter::new(Duration::from_secs(1), 1);
        let late: Vec<i64> = (0..100)
            .map(|time| jitter.of(time * 60_000) - time * 60_000)
            .collect();
        assert!(late.iter().all(|late| (0..=1_000).contains(late)), "{late:?}");
        assert!(late.iter().any(|late| *late > 500) && late.iter().any(|late| *late < 500));
        assert_eq!(jitter.of(60_000), jitter.of(60_000));
        assert_ne!(
            jitter.of(60_000),
            Jitter::new(Duration::from_secs(1), 2).of(60_000)
        );
        assert_eq!(Jitter::default().of(5), 5);
        assert_eq!(Jitter::new(Duration::MAX, 3).of(i64::MAX), i64::MAX);
    }
}
