//! The job loop: starts what is due, nothing twice at once.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::cron::Schedule;
use super::jitter::Jitter;
use crate::clock::Clock;

/// The longest sleep: a clock that was set, or a machine that slept, is noticed after so long.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Something to be done by a schedule.
pub struct Job {
    schedule: Schedule,
    jitter: Jitter,
    work: Box<dyn Fn() -> Work + Send + Sync>,
}

impl Job {
    /// Does `work` whenever it is time.
    pub fn new<F>(schedule: Schedule, work: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            schedule,
            jitter: Jitter::default(),
            work: Box::new(move || Box::pin(work())),
        }
    }

    /// Later than its time by up to so much, another while each time.
    #[must_use]
    pub fn jittered(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// When it is due next.
    fn next_after(&self, now: i64) -> Option<i64> {
        // A time that has passed may still be to come.
        let since = now.saturating_sub(self.jitter.most());
        let mut time = self.schedule.next_after(since)?;
        loop {
            let due = self.jitter.of(time);
            if due > now {
                return Some(due);
            }
            time = self.schedule.next_after(time)?;
        }
    }
}

/// Starts each job when it is due, until `stop`; what is still running then is dropped.
///
/// A job that is still running is not started again: that time passes. So do all but one of the times missed while
/// the machine slept.
pub async fn run(jobs: Vec<Job>, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let mut times = Times::new(&jobs, clock.now());
    let mut running = FuturesUnordered::new();
    loop {
        let now = clock.now();
        for at in times.due(&jobs, now) {
            let work = (jobs[at].work)();
            running.push(async move {
                work.await;
                at
            });
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            Some(at) = running.next() => times.ended(at),
            () = tokio::time::sleep(times.wait(now)) => {}
        }
    }
}

/// When each job is due next. Pure.
struct Times {
    next: Vec<Option<i64>>,
    running: Vec<bool>,
}

impl Times {
    fn new(jobs: &[Job], now: i64) -> Self {
        Self {
            next: jobs.iter().map(|job| job.next_after(now)).collect(),
            running: vec![false; jobs.len()],
        }
    }

    /// The jobs to start now, by their place; they count as running.
    fn due(&mut self, jobs: &[Job], now: i64) -> Vec<usize> {
        let mut due = Vec::new();
        for (at, job) in jobs.iter().enumerate() {
            if self.next[at].is_none_or(|next| next > now) {
                // Earlier than it was: the clock was set back.
                let anew = job.next_after(now);
                self.next[at] = self.next[at].min(anew).or(anew);
                continue;
            }
            self.next[at] = job.next_after(now);
            if !std::mem::replace(&mut self.running[at], true) {
                due.push(at);
            }
        }
        due
    }

    fn ended(&mut self, at: usize) {
        self.running[at] = false;
    }

    /// How long to sleep.
    fn wait(&self, now: i64) -> Duration {
        let next = self
            .next
            .iter()
            .flatten()
            .min()
            .map_or(i64::MAX, |next| next.saturating_sub(now));
        let millis = u64::try_from(next).unwrap_or(0).max(1);
        Duration::from_millis(millis).min(LONGEST_SLEEP)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::clock::StoppedClock;

    fn job(text: &str, work: impl Fn() + Send + Sync + 'static) -> Job {
        Job::new(Schedule::parse(text, "UTC").unwrap(), move || {
            work();
            std::future::ready(())
        })
    }

    #[test]
    fn a_job_is_due_once_per_time_and_never_twice_at_once() {
        let jobs = [job("0 * * * * *", || {}), job("0 0 * * * *", || {})];
        let mut times = Times::new(&jobs, 0);
        assert_eq!(times.wait(0), LONGEST_SLEEP);
        assert_eq!(times.wait(59_000), Duration::from_secs(1));
        assert!(times.due(&jobs, 59_999).is_empty());
        assert_eq!(times.due(&jobs, 60_000), [0]);
        assert!(times.due(&jobs, 60_000).is_empty(), "once");
        assert!(times.due(&jobs, 120_000).is_empty(), "still running");
        times.ended(0);
        assert_eq!(
            times.due(&jobs, 3_700_000),
            [0, 1],
            "of the missed times one is made up for"
        );
    }

    /// The local dates and times at which a job of Oslo is started, the machine awake but in the hours that `sleeps` names
    /// (of UTC, from the first to before the last), over the year 2028: a leap year.
    fn started_in_2028(text: &str, sleeps: std::ops::Range<&str>) -> Vec<String> {
        let oslo = chrono_tz::Europe::Oslo;
        let millis = |text: &str| crate::clock::millis(text).unwrap();
        let sleeps = millis(sleeps.start)..millis(sleeps.end);
        let jobs = [Job::new(Schedule::parse(text, oslo.name()).unwrap(), || {
            std::future::ready(())
        })];
        let mut times = Times::new(&jobs, millis("2027-12-31T23:00:00Z"));
        let mut started = Vec::new();
        for half_hour in 0..366 * 48 {
            let now = millis("2027-12-31T23:00:00Z") + half_hour * 1_800_000;
            if sleeps.contains(&now) {
                continue;
            }
            for at in times.due(&jobs, now) {
                let moment = chrono::DateTime::from_timestamp_millis(now).unwrap();
                started.push(moment.with_timezone(&oslo).format("%m-%d %H:%M%z").to_string());
                times.ended(at);
            }
        }
        started
    }

    #[test]
    fn a_nightly_job_runs_once_on_each_day_of_a_leap_year_also_when_clocks_change() {
        let awake = "2028-06-01T00:00:00Z".."2028-06-01T00:00:00Z";
        let started = started_in_2028("0 30 2 * * *", awake.clone());
        let dates: std::collections::BTreeSet<&str> = started.iter().map(|at| &at[..5]).collect();
        assert_eq!((started.len(), dates.len()), (366, 366));
        let odd: Vec<_> = started.iter().filter(|at| !at.contains(" 02:30")).collect();
        assert_eq!(
            odd,
            ["03-26 03:00+0200"],
            "the end of the gap, where there is no 02:30"
        );
        assert!(
            started.contains(&"10-29 02:30+0200".to_owned()),
            "the first of the two"
        );
        assert_eq!(started_in_2028("0 0 3 29 2 *", awake), ["02-29 03:00+0100"]);
    }

    #[test]
    fn a_night_that_was_slept_through_is_made_up_for_once_also_when_clocks_change() {
        for (sleeps, made_up) in [
            ("2028-03-26T00:00:00Z".."2028-03-26T06:00:00Z", "03-26 08:00+0200"),
            ("2028-10-28T22:00:00Z".."2028-10-29T06:00:00Z", "10-29 07:00+0100"),
            // From the second 02:30 of that night on: the first one was kept.
            ("2028-10-29T01:30:00Z".."2028-10-29T06:00:00Z", "10-29 02:30+0200"),
            ("2028-02-28T12:00:00Z".."2028-03-02T12:00:00Z", "03-02 13:00+0100"),
        ] {
            let date = &made_up[..5];
            let started = started_in_2028("0 30 2 * * *", sleeps);
            let of_day: Vec<_> = started.iter().filter(|at| at.starts_with(date)).collect();
            assert_eq!(of_day, [made_up]);
        }
    }

    #[test]
    fn a_jittered_job_comes_once_per_time_and_never_early() {
        let (hour, most) = (3_600_000, 600_000);
        let jobs = [job("0 0 * * * *", || {}).jittered(Jitter::new(Duration::from_mins(10), 7))];
        let mut times = Times::new(&jobs, 0);
        let (mut due, mut now) = (Vec::new(), 0);
        while now < 100 * hour {
            now += 1_000;
            if !times.due(&jobs, now).is_empty() {
                times.ended(0);
                due.push(now);
            }
        }
        assert_eq!(
            due.len(),
            100,
            "the time at the start is still to come, since it may be late"
        );
        for (time, due) in (0..).zip(&due) {
            assert!((0..=most + 1_000).contains(&(due - time * hour)), "{time}: {due}");
        }
        let late: std::collections::BTreeSet<i64> = due.iter().map(|due| due % hour).collect();
        assert!(late.len() > 80, "another while each time");
    }

    #[tokio::test(start_paused = true)]
    async fn the_loop_starts_jobs_by_the_clock_and_ends_when_told() {
        let clock = StoppedClock::at(0);
        let (stop, count) = (CancellationToken::new(), Arc::new(AtomicU32::new(0)));
        let counted = (Arc::clone(&count), Arc::clone(&clock), stop.clone());
        let tick = job("0 * * * * *", move || {
            let (count, clock, stop) = &counted;
            clock.advance(60_000);
            if count.fetch_add(1, Ordering::SeqCst) == 2 {
                stop.cancel();
            }
        });
        let jobs = vec![tick];
        clock.advance(60_000 - 1);
        let begun = Arc::clone(&clock);
        tokio::join!(run(jobs, clock, stop), async move { begun.advance(1) });
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }
}
