//! A share of what the peer lets all its clients ask within a window of time, for each of its counters.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::signals::Rate;

/// The part of a window that is left alone, however little of it was used by us.
const RESERVE: u32 = 10;
/// No window is longer, whatever a peer says.
const LONGEST: Duration = Duration::from_mins(10);

/// One counter of the peer, as far as we know it.
#[derive(Debug, Default)]
struct Window {
    /// What we asked since it began.
    used: u32,
    /// What was told of it.
    told: Option<Told>,
}

#[derive(Debug)]
struct Told {
    limit: u32,
    remaining: u32,
    ends: Instant,
    /// The longest time that was told until then.
    length: Duration,
}

/// What we may ask of each counter.
#[derive(Debug)]
pub(super) struct Budget {
    percent: u32,
    windows: HashMap<&'static str, Window>,
}

impl Budget {
    /// A share in percent; more than 100 is all.
    pub(super) fn new(percent: u32) -> Self {
        Self {
            percent: percent.clamp(1, 100),
            windows: HashMap::new(),
        }
    }

    /// Counts a request; or says when it may begin.
    pub(super) fn enter(&mut self, counter: &'static str, now: Instant) -> Result<(), Instant> {
        let window = self.windows.entry(counter).or_default();
        if let Some(told) = window.told.as_mut().filter(|told| told.ends <= now) {
            // The next window is as the last one was until an answer tells: else all that are let in before it would be too many.
            (told.remaining, told.ends) = (told.limit, now + told.length);
            window.used = 0;
        }
        if let Some(told) = &window.told {
            let share = (told.limit * self.percent / 100).max(1);
            let reserve = if self.percent == 100 {
                0
            } else {
                told.limit / RESERVE
            };
            if window.used >= share || told.remaining <= reserve {
                return Err(told.ends);
            }
        }
        window.used += 1;
        Ok(())
    }

    /// What an answer tells of its counter.
    pub(super) fn learn(&mut self, counter: &'static str, now: Instant, rate: Rate) {
        let window = self.windows.entry(counter).or_default();
        let resets_in = rate.resets_in.min(LONGEST);
        let before = window.told.as_ref().map_or(Duration::ZERO, |told| told.length);
        window.told = Some(Told {
            limit: rate.limit.min(1_000_000),
            remaining: rate.remaining,
            ends: now + resets_in,
            length: resets_in.max(before),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(remaining: u32) -> Rate {
        Rate {
            limit: 100,
            remaining,
            resets_in: Duration::from_mins(1),
        }
    }

    fn asked(budget: &mut Budget, now: Instant) -> u32 {
        let mut asked = 0;
        while asked < 1000 && budget.enter("users", now).is_ok() {
            asked += 1;
        }
        asked
    }

    #[test]
    fn only_the_share_is_used_until_the_window_ends() {
        let (mut budget, now) = (Budget::new(40), Instant::now());
        assert!(budget.enter("users", now).is_ok());
        budget.learn("users", now, told(99));
        assert_eq!(asked(&mut budget, now), 39);
        let ends = now + Duration::from_mins(1);
        assert_eq!(budget.enter("users", now), Err(ends));
        assert!(
            budget.enter("groups", now).is_ok(),
            "another counter is another matter"
        );
        assert!(budget.enter("users", ends).is_ok());
    }

    #[test]
    fn the_next_window_has_no_more_before_an_answer_tells_of_it() {
        let (mut budget, now) = (Budget::new(40), Instant::now());
        budget.learn("users", now, told(100));
        assert_eq!(asked(&mut budget, now), 40);
        let ends = now + Duration::from_mins(1);
        assert_eq!(asked(&mut budget, ends), 40);
        let late = ends + Duration::from_mins(1);
        assert_eq!(budget.enter("users", ends), Err(late));
        assert_eq!(
            asked(&mut budget, late),
            40,
            "nor does it last for ever where none tells"
        );
    }

    #[test]
    fn what_others_need_is_left_to_them() {
        let (mut budget, now) = (Budget::new(40), Instant::now());
        budget.learn("users", now, told(10));
        assert_eq!(asked(&mut budget, now), 0);
        let (mut whole, now) = (Budget::new(100), Instant::now());
        whole.learn("users", now, told(1));
        assert_eq!(asked(&mut whole, now), 100);
    }

    #[test]
    fn a_peer_that_allows_nothing_or_for_ever_stops_us_for_a_while_only() {
        let (mut budget, now) = (Budget::new(40), Instant::now());
        let rate = Rate {
            limit: u32::MAX,
            remaining: 0,
            resets_in: Duration::MAX,
        };
        budget.learn("users", now, rate);
        assert_eq!(budget.enter("users", now), Err(now + LONGEST));
        budget.learn(
            "users",
            now,
            Rate {
                limit: 0,
                remaining: 5,
                ..rate
            },
        );
        assert!(budget.enter("users", now).is_ok(), "one is always let through");
    }
}
