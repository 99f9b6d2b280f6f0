//! How a lane fares: its newest evidence, its last success, its last failure.

use serde::{Deserialize, Serialize};

/// By how many milliseconds another clock may be ahead of ours. What is told of later than that is refused.
pub const SKEW: i64 = 5 * 60 * 1000;

/// How a lane of one directory fares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LaneHealth {
    /// The newest time that anybody was *seen*, in milliseconds since 1970: an import of old dates makes no lane fresh.
    pub newest: Option<i64>,
    /// When the lane last told something, or was read without a failure.
    pub last_success: Option<i64>,
    /// Its last failure, which may be over.
    pub last_failure: Option<LaneFailure>,
    /// Whether the last thing known of it is a failure.
    pub failing: bool,
    /// How many pieces of evidence it has told so far.
    pub told: u64,
}

/// What went wrong with a lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneFailure {
    /// Milliseconds since 1970.
    pub at: i64,
    /// In words.
    pub words: String,
}

/// The longest words of a failure that are kept, in characters.
const LONGEST: usize = 500;

impl LaneHealth {
    /// Whether it can be relied on at `now`: it does not fail, and somebody was seen in it within so many milliseconds.
    ///
    /// A newest time that lies ahead means that the clock was wrong then or is wrong now: nothing relies on it.
    pub fn is_fresh(&self, now: i64, within: i64) -> bool {
        let seen = self
            .newest
            .is_some_and(|newest| newest <= now.saturating_add(SKEW) && now.saturating_sub(newest) <= within);
        seen && !self.failing
    }

    pub(super) fn saw(&mut self, at: i64, now: i64) {
        // What was told while the clock was ahead must not stay the newest for ever.
        if self
            .newest
            .is_none_or(|newest| newest < at || newest > now + SKEW)
        {
            self.newest = Some(at);
        }
        self.succeeded(now);
        self.told += 1;
    }

    pub(super) fn succeeded(&mut self, now: i64) {
        self.last_success = Some(now);
        self.failing = false;
    }

    pub(super) fn failed(&mut self, now: i64, words: &str) {
        let words = words.chars().take(LONGEST).collect();
        self.last_failure = Some(LaneFailure { at: now, words });
        self.failing = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;
    const NOW: i64 = 1_800_000_000_000;

    #[test]
    fn a_lane_is_fresh_by_the_newest_time_seen_in_it() {
        let mut health = LaneHealth::default();
        assert!(!health.is_fresh(NOW, 7 * DAY), "nothing was ever seen");
        health.saw(NOW - 400 * DAY, NOW);
        assert!(!health.is_fresh(NOW, 7 * DAY), "an import of old dates");
        health.saw(NOW - DAY, NOW);
        health.saw(NOW - 300 * DAY, NOW);
        assert!(health.is_fresh(NOW, 7 * DAY));
        assert!(!health.is_fresh(NOW + 7 * DAY, 7 * DAY), "nobody was seen since");
        assert!(
            !health.is_fresh(NOW - 30 * DAY, 7 * DAY),
            "the clock was set back"
        );
    }

    #[test]
    fn a_lane_that_fails_is_not_fresh_until_it_succeeds() {
        let mut health = LaneHealth::default();
        health.saw(NOW, NOW);
        health.failed(NOW + 1, "no licence");
        assert!(health.failing && !health.is_fresh(NOW + 1, DAY));
        health.succeeded(NOW + 2);
        assert!(health.is_fresh(NOW + 2, DAY));
    }

    #[test]
    fn what_was_told_while_the_clock_was_ahead_does_not_stay_the_newest() {
        let mut health = LaneHealth::default();
        health.saw(NOW + 365 * DAY, NOW + 365 * DAY);
        assert!(!health.is_fresh(NOW, 7 * DAY));
        health.saw(NOW, NOW);
        assert!(health.is_fresh(NOW, 7 * DAY));
    }

    #[test]
    fn the_words_of_a_failure_are_kept_to_a_bound() {
        let mut health = LaneHealth::default();
        health.failed(NOW, &"x".repeat(100_000));
        assert_eq!(health.last_failure.unwrap().words.len(), LONGEST);
    }
}
