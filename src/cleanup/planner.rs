//! The planner: from a policy and the facts to what becomes of each user, with the reason. Pure.
//!
//! Who is stale the longest comes first; a run takes no more than its cap and, where seats are counted, no more than is
//! needed. The plan does not depend on the order of the facts.

use std::sync::Arc;

use super::facts::{Facts, Place};
use super::judge::{Judged, judge};
use super::lanes::Lane;
use super::policy::Policy;
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
    let (mut stale, mut returned, mut erased) = (Vec::new(), Vec::new(), Vec::new());
    for facts in facts {
        let place = places.get(facts.directory).unwrap_or(&nowhere);
        let at = plan.decisions.len();
        let (verdict, why, stages) = match judge(policy, place, facts, now) {
            Judged::Keep(why) => (Verdict::Keep, why, 0),
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
    plan.hold_the_longest(policy, facts, stale, free);
    plan.cap_erasures(erased);
    plan
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

    fn hold_the_longest(
        &mut self,
        policy: &Policy,
        facts: &[Facts<'_>],
        mut stale: Candidates,
        free: Option<u64>,
    ) {
        self.sort(&mut stale);
        let wanted = policy.seats.as_ref().zip(free);
        let mut needed = wanted.map(|(seats, free)| seats.keep_free.saturating_sub(free));
        let mut left = self.cap;
        for (_, at) in stale {
            let why = match needed {
                Some(_) if !facts[at].has_seat => Why::NoSeat,
                Some(0) => Why::SeatsFree,
                _ if left == 0 => Why::OverCap(self.cap),
                _ => {
                    left -= 1;
                    needed = needed.map(|needed| needed - 1);
                    continue;
                }
            };
            let decision = &mut self.decisions[at];
            (decision.verdict, decision.why, decision.stages) = (Verdict::Wait, why, 0);
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
