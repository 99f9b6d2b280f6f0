//! The planner: from a policy and the facts to what becomes of each user, with the reason. Pure.
//!
//! Who is stale the longest comes first; a run takes no more than its cap and, where seats are counted, no more than is
//! needed. The plan does not depend on the order of the facts.

use std::sync::Arc;

use super::facts::{Facts, Place};
use super::judge::{Judged, judge};
use super::lanes::Lane;
use super::policy::Policy;
use super::warning::{Next, is_withdrawn, next};
use super::why::{Verdict, Why};
use crate::model::ExternalId;

/// What becomes of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The place of its directory among those of the run.
    pub directory: usize,
    /// Who.
    pub user: ExternalId,
    /// Its username.
    pub name: Arc<str>,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why.
    pub why: Why,
    /// The stages that are due, a bit each.
    pub stages: u64,
    /// When it was last seen.
    pub seen: Option<(i64, Lane)>,
    /// When it was created.
    pub created_at: i64,
}

/// The seats of a policy's licence at the moment of planning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// How many active members there are.
    pub used: u64,
}

/// What becomes of everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanupPlan {
    /// One decision per fact, in the facts' order.
    pub decisions: Vec<Decision>,
    /// How many users one run may hold.
    pub cap: u64,
}

impl CleanupPlan {
    /// The decisions with this verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Decision> {
        self.decisions
            .iter()
            .filter(move |decision| decision.verdict == verdict)
    }

    /// How many there are with this verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.with(verdict).count() as u64
    }

    /// Whether anything is to be done.
    pub fn is_empty(&self) -> bool {
        let acts = |decision: &Decision| !matches!(decision.verdict, Verdict::Keep | Verdict::Wait);
        !self.decisions.iter().any(acts)
    }
}

/// Whom a cap or the seats decide about: since when, and its place among the decisions.
type Candidates = Vec<(i64, usize)>;

/// Plans one run. `places` are the directories that the facts' numbers mean; `seats` is known where the policy asks.
pub fn plan(
    policy: &Policy,
    places: &[Place],
    facts: &[Facts<'_>],
    seats: Option<Seats>,
    now: i64,
) -> CleanupPlan {
    let nowhere = Place {
        listening: Err(String::new()),
    };
    let mut plan = CleanupPlan {
        decisions: Vec::with_capacity(facts.len()),
        cap: policy.cap(facts.iter().filter(|facts| facts.active()).count() as u64),
    };
    let (mut stale, mut soon) = (Vec::new(), Vec::new());
    let (mut returned, mut erased) = (Vec::new(), Vec::new());
    for facts in facts {
        let place = places.get(facts.directory).unwrap_or(&nowhere);
        let at = plan.decisions.len();
        let (verdict, why, stages) = match judge(policy, place, facts, now) {
            Judged::Keep(why) if is_withdrawn(facts, &why) => (Verdict::Withdraw, why, 0),
            Judged::Keep(why) => (Verdict::Keep, why, 0),
            Judged::Soon(since, due, why) => {
                soon.push((due, at, since));
                (Verdict::Keep, why, 0)
            }
            Judged::Stale(since, why) => {
                stale.push((since, at));
                (Verdict::Hold, why, policy.stages_at_once())
            }
            Judged::Due(stages, why) => {
                if policy.erases(stages) {
                    erased.push((facts.hold.map_or(now, |hold| hold.since), at));
                }
                (Verdict::Stage, why, stages)
            }
            Judged::Returned(seen, why) => {
                returned.push((seen, at));
                (Verdict::Release, why, 0)
            }
        };
        plan.decisions.push(Decision {
            directory: facts.directory,
            user: facts.user.clone(),
            name: Arc::clone(facts.name),
            verdict,
            why,
            stages,
            seen: facts.seen,
            created_at: facts.created_at,
        });
    }
    let free = plan.let_return(policy, facts, returned, seats);
    let (stale, soon) = (plan.sorted_stale(stale, now), plan.sorted_soon(soon));
    let mut left = Left::of(&plan, policy, free);
    for candidate in stale.into_iter().chain(soon) {
        plan.take_on((policy, facts), candidate, &mut left, now);
    }
    plan.cap_erasures(erased);
    plan
}

/// How much of a run is left while it is planned.
struct Left {
    cap: u64,
    holds: u64,
    warnings: u64,
    /// How many seats are still wanted, where they are counted.
    seats: Option<u64>,
}

impl Left {
    fn of(plan: &CleanupPlan, policy: &Policy, free: Option<u64>) -> Self {
        let wanted = policy.seats.as_ref().zip(free);
        Self {
            cap: plan.cap,
            holds: plan.cap,
            warnings: plan.cap,
            seats: wanted.map(|(seats, free)| seats.keep_free.saturating_sub(free)),
        }
    }

    /// Takes what somebody needs who has a seat or none; or says why not. A warning that is out has its seat already.
    fn take(&mut self, next: &Next, has_seat: bool) -> Result<(), Why> {
        if matches!(next, Next::Leave(_)) {
            return Ok(());
        }
        match self.seats {
            Some(_) if !has_seat => return Err(Why::NoSeat),
            Some(0) => return Err(Why::SeatsFree),
            _ => {}
        }
        let left = match next {
            Next::Hold | Next::HoldUnwarned => Some(&mut self.holds),
            Next::Warn(_) => Some(&mut self.warnings),
            Next::Wait(_) | Next::Leave(_) | Next::Nothing => None,
        };
        if let Some(left) = left {
            *left = left.checked_sub(1).ok_or(Why::OverCap(self.cap))?;
        }
        self.seats = self.seats.map(|seats| seats - 1);
        Ok(())
    }
}

impl CleanupPlan {
    /// Of those who returned, as many as there are seats. Answers how many seats are free then, where they are counted.
    fn let_return(
        &mut self,
        policy: &Policy,
        facts: &[Facts<'_>],
        mut returned: Candidates,
        seats: Option<Seats>,
    ) -> Option<u64> {
        let limit = policy.seats.as_ref()?.limit;
        let mut free = limit.saturating_sub(seats?.used);
        // Whoever came first.
        self.sort(&mut returned);
        for (seen, at) in returned.into_iter().filter(|(_, at)| facts[*at].has_seat) {
            if free > 0 {
                free -= 1;
                continue;
            }
            let decision = &mut self.decisions[at];
            (decision.verdict, decision.why) = (Verdict::Wait, Why::ReturnWithoutSeat(seen));
        }
        Some(free)
    }

    /// Those who are stale, the longest first; each with since when, and from when on it is to be held.
    fn sorted_stale(&self, mut stale: Candidates, now: i64) -> Vec<(usize, i64, i64)> {
        self.sort(&mut stale);
        stale.into_iter().map(|(since, at)| (at, since, now)).collect()
    }

    /// Those who soon are, the soonest first.
    fn sorted_soon(&self, mut soon: Vec<(i64, usize, i64)>) -> Vec<(usize, i64, i64)> {
        let key = |at: usize| (self.decisions[at].directory, &self.decisions[at].user);
        soon.sort_by(|left, right| (left.0, key(left.1)).cmp(&(right.0, key(right.1))));
        soon.into_iter()
            .map(|(due, at, since)| (at, since, due))
            .collect()
    }

    /// Decides about one who is stale, or soon is, by what those before it have left.
    fn take_on(
        &mut self,
        (policy, facts): (&Policy, &[Facts<'_>]),
        (at, since, due): (usize, i64, i64),
        left: &mut Left,
        now: i64,
    ) {
        let next = next(policy, &facts[at], (since, due), now);
        if next == Next::Nothing {
            return;
        }
        let (verdict, why) = match left.take(&next, facts[at].has_seat) {
            Err(why) => (Verdict::Wait, Some(why)),
            Ok(()) => match next {
                Next::Hold | Next::Nothing => (Verdict::Hold, None),
                Next::HoldUnwarned => (Verdict::Hold, Some(Why::Unwarned(facts[at].seen))),
                Next::Warn(until) => (Verdict::Warn, Some(Why::WarnedBefore(until))),
                Next::Wait(why) | Next::Leave(why) => (Verdict::Wait, Some(why)),
            },
        };
        let decision = &mut self.decisions[at];
        decision.verdict = verdict;
        if let Some(why) = why {
            decision.why = why;
        }
        if verdict != Verdict::Hold {
            decision.stages = 0;
        }
    }

    /// What cannot be taken back is capped like the holds, the oldest hold first.
    fn cap_erasures(&mut self, mut erased: Candidates) {
        self.sort(&mut erased);
        let over = usize::try_from(self.cap).unwrap_or(usize::MAX);
        for (_, at) in erased.into_iter().skip(over) {
            let decision = &mut self.decisions[at];
            (decision.verdict, decision.why, decision.stages) = (Verdict::Wait, Why::OverCap(self.cap), 0);
        }
    }

    /// The earliest first; of the same moment by directory and id, so that the facts' order decides nothing.
    fn sort(&self, candidates: &mut Candidates) {
        candidates.sort_by(|(left, at), (right, other)| {
            let (one, two) = (&self.decisions[*at], &self.decisions[*other]);
            left.cmp(right)
                .then_with(|| one.directory.cmp(&two.directory))
                .then_with(|| one.user.cmp(&two.user))
        });
    }
}
