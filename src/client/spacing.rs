//! Requests at regular distances, for a peer whose limit is known but not told.

use std::time::Duration;

use tokio::time::Instant;

/// Who comes late catches up: a machine wakes nobody to the millisecond. So much may come at once.
const SLACK: Duration = Duration::from_secs(1);

/// When the next request may begin.
#[derive(Debug)]
pub(super) struct Spacing {
    every: Duration,
    next: Option<Instant>,
}

impl Spacing {
    /// So many a minute at most, those that come at once after a pause included.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            every: (Duration::from_mins(1) + SLACK) / per_minute.max(1),
            next: None,
        }
    }

    /// Counts a request; or says when it may begin.
    pub(super) fn enter(&mut self, now: Instant) -> Result<(), Instant> {
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        let next = self.next.map_or(earliest, |next| next.max(earliest));
        if next > now {
            return Err(next);
        }
        self.next = Some(next + self.every);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_than_it_may_even_after_a_pause() {
        let (mut spacing, begun) = (Spacing::new(600), Instant::now() + SLACK * 100);
        let mut count = 0_u32;
        for millis in 0..60_000 {
            while spacing.enter(begun + Duration::from_millis(millis)).is_ok() {
                count += 1;
            }
        }
        assert!((590..=600).contains(&count), "{count}");
    }

    #[test]
    fn a_limit_of_nothing_lets_one_through_at_a_time() {
        let (mut spacing, now) = (Spacing::new(0), Instant::now());
        assert!(spacing.enter(now).is_ok());
        let until = spacing.enter(now).unwrap_err();
        assert!(until > now && spacing.enter(until).is_ok());
    }
}
