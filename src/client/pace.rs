//! How many requests may be under way: more while all goes well, half when the peer throttles.

use std::time::Duration;

use tokio::time::Instant;

/// Requests under way at the start.
const START: f64 = 8.0;
/// And at most.
const MOST: f64 = 32.0;
/// The part of the peer's own limit from which on we slow down before it throttles.
const PRESSED: f64 = 0.8;
/// The longest rest, whatever a peer asks for.
const LONGEST: Duration = Duration::from_mins(5);

/// Whether a request may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It may, in this epoch.
    Go(u64),
    /// As soon as another one has ended.
    Full,
    /// Not before this moment.
    Rest(Instant),
}

/// Additive increase, multiplicative decrease. Several failures of one moment are one decrease: what began before it says nothing
/// about the new window.
#[derive(Debug)]
pub(super) struct Pace {
    window: f64,
    under_way: u32,
    epoch: u64,
    resting: Option<Instant>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            window: START,
            under_way: 0,
            epoch: 0,
            resting: None,
        }
    }

    pub(super) fn enter(&mut self, now: Instant) -> Entry {
        if let Some(until) = self.resting {
            if until > now {
                return Entry::Rest(until);
            }
            self.resting = None;
        }
        if self.under_way > 0 && f64::from(self.under_way + 1) > self.window {
            return Entry::Full;
        }
        self.under_way += 1;
        Entry::Go(self.epoch)
    }

    pub(super) fn leave(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// A request of this epoch went well; `pressure` is the part of its limit that the peer says we use.
    pub(super) fn good(&mut self, epoch: u64, pressure: Option<f64>) {
        if !pressure.is_some_and(|pressure| self.pressed(epoch, pressure)) {
            self.window = (self.window + self.window.recip()).min(MOST);
        }
    }

    /// The peer says which part of its limit we use; answers whether that is much.
    pub(super) fn pressed(&mut self, epoch: u64, pressure: f64) -> bool {
        let much = pressure >= PRESSED;
        if much {
            self.shrink(epoch, 0.75);
        }
        much
    }

    /// A request of this epoch was throttled; nothing begins before the end of what the peer asks for.
    pub(super) fn throttled(&mut self, epoch: u64, now: Instant, asked: Option<Duration>) {
        self.shrink(epoch, 0.5);
        let until = asked.map(|asked| now + asked.min(LONGEST));
        self.resting = self.resting.max(until);
    }

    fn shrink(&mut self, epoch: u64, factor: f64) {
        if epoch == self.epoch {
            self.window = (self.window * factor).max(1.0);
            self.epoch += 1;
        }
    }

    /// How many may be under way.
    pub(super) fn window(&self) -> f64 {
        self.window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(pace: &mut Pace, now: Instant) -> u64 {
        let mut epoch = 0;
        while let Entry::Go(of) = pace.enter(now) {
            epoch = of;
        }
        epoch
    }

    fn window(pace: &mut Pace, now: Instant) -> u32 {
        begun(pace, now);
        let under_way = pace.under_way;
        (0..under_way).for_each(|_| pace.leave());
        under_way
    }

    #[test]
    fn it_starts_with_eight_grows_by_one_a_round_and_ends_at_thirty_two() {
        let (mut pace, now) = (Pace::new(), Instant::now());
        assert_eq!(window(&mut pace, now), 8);
        (0..9).for_each(|_| pace.good(0, None));
        assert_eq!(window(&mut pace, now), 9);
        (0..2000).for_each(|_| pace.good(0, None));
        assert_eq!(window(&mut pace, now), 32);
    }

    #[test]
    fn many_failures_of_one_moment_halve_it_once() {
        let (mut pace, now) = (Pace::new(), Instant::now());
        let epoch = begun(&mut pace, now);
        (0..8).for_each(|_| pace.throttled(epoch, now, None));
        (0..8).for_each(|_| pace.leave());
        assert_eq!(window(&mut pace, now), 4);
        (0..10).for_each(|round| pace.throttled(round, now, None));
        assert_eq!(window(&mut pace, now), 1, "one is always let through");
    }

    #[test]
    fn nothing_begins_while_it_rests() {
        let (mut pace, now) = (Pace::new(), Instant::now());
        pace.throttled(0, now, Some(Duration::from_secs(3)));
        pace.throttled(0, now, Some(Duration::from_secs(1)));
        let until = now + Duration::from_secs(3);
        assert_eq!(pace.enter(now), Entry::Rest(until));
        assert!(matches!(pace.enter(until), Entry::Go(_)));
        pace.throttled(1, now, Some(Duration::from_hours(9)));
        assert_eq!(
            pace.enter(until),
            Entry::Rest(now + LONGEST),
            "a peer cannot stop us for ever"
        );
    }

    #[test]
    fn a_peer_under_pressure_is_asked_less_before_it_throttles() {
        let (mut pace, now) = (Pace::new(), Instant::now());
        pace.good(0, Some(0.79));
        assert_eq!(window(&mut pace, now), 8);
        pace.good(0, Some(0.8));
        pace.good(0, Some(1.3));
        assert_eq!(window(&mut pace, now), 6);
    }
}
