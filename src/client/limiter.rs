//! One limiter for all that asks one API: how fast requests may begin, whoever makes them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::budget::Budget;
use super::pace::{Entry, Pace};
use super::signals::Signals;
use super::spacing::Spacing;

/// Limits requests to one API on behalf of one tenant with one application.
#[derive(Debug)]
pub struct Limiter {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    budget: Option<Budget>,
    spacing: Option<Spacing>,
}

/// A request under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    limiter: Arc<Limiter>,
    counter: &'static str,
    epoch: u64,
}

/// When a request began, for [`Limiter::throttled`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Ticket(u64);

impl Limiter {
    /// One that adapts to what the peer says.
    pub fn adaptive() -> Arc<Self> {
        Self::new(None, None)
    }

    /// The same for a peer that says nothing of its limit until it is exceeded: never asks more often than this.
    pub fn spaced(per_minute: u32) -> Arc<Self> {
        Self::new(None, Some(Spacing::new(per_minute)))
    }

    /// The same, that uses no more than `percent` of the peer's counters, which its other clients share.
    pub fn sharing(percent: u32) -> Arc<Self> {
        Self::new(Some(Budget::new(percent)), None)
    }

    fn new(budget: Option<Budget>, spacing: Option<Spacing>) -> Arc<Self> {
        let pace = Pace::new();
        Arc::new(Self {
            state: Mutex::new(State {
                pace,
                budget,
                spacing,
            }),
            changed: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request to this counter may begin.
    pub(super) async fn enter(self: &Arc<Self>, counter: &'static str) -> Permit {
        loop {
            // Registered before looking, so that what ends in between is not missed.
            let freed = self.changed.notified();
            let mut freed = std::pin::pin!(freed);
            freed.as_mut().enable();
            let entry = self.lock().enter(counter, Instant::now());
            match entry {
                Entry::Go(epoch) => {
                    return Permit {
                        limiter: Arc::clone(self),
                        counter,
                        epoch,
                    };
                }
                Entry::Full => freed.await,
                Entry::Rest(until) => tokio::time::sleep_until(until).await,
            }
        }
    }

    /// An answer said within itself that a part of it was throttled (a batch).
    pub fn throttled(&self, begun: Ticket, asked: Option<Duration>) {
        self.lock().pace.throttled(begun.0, Instant::now(), asked);
    }

    /// An answer said within itself how much of its limit the peer says we use.
    pub fn pressed(&self, begun: Ticket, pressure: f64) {
        self.lock().pace.pressed(begun.0, pressure);
    }

    /// How many requests may be under way at present.
    pub fn window(&self) -> f64 {
        self.lock().pace.window()
    }
}

impl State {
    fn enter(&mut self, counter: &'static str, now: Instant) -> Entry {
        let entry = self.pace.enter(now);
        if !matches!(entry, Entry::Go(_)) {
            return entry;
        }
        let budget = self
            .budget
            .as_mut()
            .map_or(Ok(()), |budget| budget.enter(counter, now));
        let spacing = |spacing: &mut Spacing| spacing.enter(now);
        let may = budget.and_then(|()| self.spacing.as_mut().map_or(Ok(()), spacing));
        match may {
            Ok(()) => entry,
            Err(until) => {
                self.pace.leave();
                Entry::Rest(until)
            }
        }
    }
}

impl Permit {
    /// Notes what the answer says about the pace.
    pub(super) fn learn(&self, signals: Signals) {
        let now = Instant::now();
        let mut state = self.limiter.lock();
        if let (Some(budget), Some(rate)) = (&mut state.budget, signals.rate) {
            budget.learn(self.counter, now, rate);
        }
        if signals.throttled {
            state.pace.throttled(self.epoch, now, signals.asked);
        } else {
            state.pace.good(self.epoch, signals.pressure);
        }
    }

    pub(super) fn ticket(&self) -> Ticket {
        Ticket(self.epoch)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.limiter.lock().pace.leave();
        // Two, since the window may have grown by one; who finds no room waits on.
        self.limiter.changed.notify_one();
        self.limiter.changed.notify_one();
    }
}

/// The limiters by what they are for: two directories that ask the same tenant as the same application share one.
#[derive(Debug, Default)]
pub struct Limiters(Mutex<HashMap<String, Arc<Limiter>>>);

impl Limiters {
    /// The limiter of this API, tenant and application; made by `make` where there is none.
    pub fn of(&self, whom: &[&str], make: impl FnOnce() -> Arc<Limiter>) -> Arc<Limiter> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let limiter = known.entry(whom.join("\n")).or_insert_with(make);
        Arc::clone(limiter)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;

    use super::super::signals::Rate;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// So many requests of a second each; answers how long they took and how many were under way at most.
    async fn ask(limiter: &Arc<Limiter>, requests: u32, signals: Signals) -> (Duration, u32) {
        let (begun, under_way, most) = (Instant::now(), AtomicU32::new(0), AtomicU32::new(0));
        let one = |_| async {
            let permit = limiter.enter("users").await;
            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(SECOND).await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            permit.learn(signals);
        };
        join_all((0..requests).map(one)).await;
        (begun.elapsed(), most.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_under_way_than_the_window_allows() {
        let limiter = Limiter::adaptive();
        assert_eq!(ask(&limiter, 8, Signals::default()).await, (SECOND, 8));
        let (took, most) = ask(&limiter, 3000, Signals::default()).await;
        assert_eq!(most, 32);
        assert!(took < SECOND * 120, "it grew too slowly: {took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn all_rest_when_one_is_told_to() {
        let limiter = Limiter::adaptive();
        let asked = Some(SECOND * 7);
        limiter.enter("users").await.learn(Signals {
            throttled: true,
            asked,
            ..Signals::default()
        });
        let (took, most) = ask(&limiter, 4, Signals::default()).await;
        assert_eq!((took, most), (SECOND * 8, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_of_the_budget_is_kept_over_many_windows() {
        let limiter = Limiter::sharing(40);
        let begun = Instant::now();
        let mut seen = Vec::new();
        for _ in 0..120 {
            let permit = limiter.enter("users").await;
            let window = begun.elapsed().as_secs() / 60;
            seen.push(window);
            let ends = begun + SECOND * 60 * u32::try_from(window + 1).unwrap();
            let resets_in = ends.duration_since(Instant::now());
            let rate = Some(Rate {
                limit: 100,
                remaining: 60,
                resets_in,
            });
            permit.learn(Signals {
                rate,
                ..Signals::default()
            });
        }
        let of = |window| seen.iter().filter(|of| **of == window).count();
        assert_eq!((of(0), of(1), of(2)), (40, 40, 40));
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_nobody_tells_is_kept_and_nearly_used() {
        let (limiter, begun) = (Limiter::spaced(2400), Instant::now());
        let mut minutes = [0_u32; 3];
        while begun.elapsed() < SECOND * 180 {
            let permit = limiter.enter("users").await;
            if let Some(minute) = minutes.get_mut(usize::try_from(begun.elapsed().as_secs() / 60).unwrap()) {
                *minute += 1;
            }
            permit.learn(Signals::default());
        }
        assert!(
            minutes.iter().all(|count| (2300..=2400).contains(count)),
            "{minutes:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_waiting_takes_nothing_with_it() {
        let limiter = Limiter::adaptive();
        let held: Vec<Permit> = join_all((0..8).map(|_| limiter.enter("users"))).await;
        assert!(
            tokio::time::timeout(SECOND, limiter.enter("users"))
                .await
                .is_err()
        );
        drop(held);
        assert_eq!(ask(&limiter, 8, Signals::default()).await, (SECOND, 8));
    }

    #[test]
    fn the_same_tenant_and_application_share_a_limiter() {
        let limiters = Limiters::default();
        let of = |app| limiters.of(&["graph", "tenant", app], Limiter::adaptive);
        assert!(Arc::ptr_eq(&of("a"), &of("a")));
        assert!(!Arc::ptr_eq(&of("a"), &of("b")));
    }
}
