//! Seats: how many of a licence are taken, how many holds have freed, how many will come free.

use std::sync::Arc;

use serde::Serialize;

use super::cleaner::Cleaner;
use super::error::CleanupError;
use super::gather::Taken;
use super::judge::{Judged, judge};
use super::policy::Policy;
use super::work;

const DAY: i64 = 86_400_000;

/// The seats that a policy counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatReport {
    /// The policy.
    pub policy: String,
    /// The licence's group.
    pub group: String,
    /// How many seats the licence has.
    pub limit: u64,
    /// How many are taken by active members; absent where the group is not there.
    pub used: Option<u64>,
    /// Members who are held: each would take a seat again.
    pub held: u64,
    /// How many are free.
    pub free: Option<u64>,
    /// Who will be stale if nobody is seen any more.
    pub forecast: Forecast,
}

/// How many members with a seat the policy would call stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Now.
    pub now: u64,
    /// In thirty days.
    pub in_30_days: u64,
    /// In ninety days.
    pub in_90_days: u64,
}

impl Cleaner {
    /// The seats of an application, by each policy that counts them.
    ///
    /// # Errors
    /// `Store`, `Panicked`.
    pub async fn seats(&self, application: &str) -> Result<Vec<SeatReport>, CleanupError> {
        let mut reports = Vec::new();
        for policy in self.policies() {
            let seats = policy
                .seats
                .as_ref()
                .filter(|seats| seats.application == application);
            let Some(seats) = seats else { continue };
            let used = self.seats_used(policy).await;
            let now = self.parts.clock.now();
            let taken = work::taken(self, policy, now).await?;
            let counted = Arc::clone(policy);
            let counting = self
                .parts
                .tasks
                .0
                .spawn_blocking(move || foresee(&counted, &taken, now));
            let (held, forecast) = counting.await.map_err(|_| CleanupError::Panicked)?;
            reports.push(report(policy, seats.limit, used, held, forecast));
        }
        Ok(reports)
    }
}

/// How many members are held, how many will be stale.
fn foresee(policy: &Policy, taken: &[Taken], now: i64) -> (u64, Forecast) {
    let (mut held, mut forecast) = (0, Forecast::default());
    for taken in taken {
        for facts in taken.facts(0, policy).filter(|facts| facts.has_seat) {
            held += u64::from(facts.hold.is_some());
            let stale = |days: i64| {
                let judged = judge(policy, &taken.place, &facts, now.saturating_add(days * DAY));
                u64::from(facts.active() && matches!(judged, Judged::Stale(..)))
            };
            forecast.now += stale(0);
            forecast.in_30_days += stale(30);
            forecast.in_90_days += stale(90);
        }
    }
    (held, forecast)
}

fn report(policy: &Policy, limit: u64, used: Option<u64>, held: u64, forecast: Forecast) -> SeatReport {
    SeatReport {
        policy: policy.name.to_string(),
        group: policy
            .seats
            .as_ref()
            .map(|seats| seats.group.clone())
            .unwrap_or_default(),
        limit,
        used,
        held,
        free: used.map(|used| limit.saturating_sub(used)),
        forecast,
    }
}
