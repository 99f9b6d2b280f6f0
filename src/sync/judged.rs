//! A plan with what is to be known of it; where something of it must wait, in two: what is applied, what is held.

use std::collections::HashSet;

use super::carried::{Carried, shown};
use super::held::KeptSteps;
use super::history::{Repeats, Undone};
use super::losses::Losses;
use super::planner::{Completeness, Planned, planned};
use super::read::Reading;
use super::shield;
use super::terms::Terms;
use super::waiting::Waiting;
use super::withheld::Withheld;
use crate::directory::limits::{Enumerated, Limits};
use crate::directory::rules::Draft;
use crate::directory::{Snapshot, count, difference};
use crate::model::facts::Difference;
use crate::model::plan::{Counts, Plan, Step};
use crate::model::{Change, ExternalId};

/// What a judgement is made by, besides the directory and what was read.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub(super) terms: Terms,
    pub(super) limits: Limits,
    /// Why everything that is taken away must wait, whatever its number.
    pub(super) reserve: Option<String>,
    /// What was undone, and must not be done again unasked.
    pub(super) undone: Undone,
    /// Whether the plan is only shown: then it stays whole.
    pub(super) dry: bool,
    /// Who waited for a username when it was read.
    pub(super) waiting: Waiting,
}

/// A plan with what is to be known of it.
pub(super) struct Judged {
    /// The plan: of what is held, without that.
    pub(super) plan: Plan,
    pub(super) counts: Counts,
    /// What must wait for a person; of a dry run nothing, since the plan is whole.
    pub(super) held: Option<HeldPart>,
    /// Why something would have to wait, and the hash of all that is taken away: what a dry run shows.
    pub(super) reasons: Vec<String>,
    pub(super) hash: String,
    /// Whether the directory has had no complete read before.
    pub(super) first: bool,
    /// Whether what would have had to wait was shown to who approved.
    pub(super) within: bool,
    /// What of it does again what was undone.
    pub(super) repeats: Repeats,
    /// What of it a person has declined for good: it is left out.
    pub(super) declined: Repeats,
    /// Who waits for a username when the plan is applied.
    pub(super) waiting: Waiting,
    /// What the directory will differ in when the plan is applied; not told of a first load.
    pub(super) changes: Difference,
}

/// The part that must wait.
pub(super) struct HeldPart {
    pub(super) steps: Vec<Step>,
    pub(super) counts: Counts,
    pub(super) carried: Carried,
}

impl Judged {
    /// Plans and judges. Pure; for a large directory a matter of a second. `shown`: the held plan that a person approved.
    pub(super) fn of(
        snapshot: &Snapshot,
        reading: &Reading,
        measure: &Measure,
        shown: Option<&KeptSteps>,
    ) -> Self {
        let limits = &measure.limits;
        let (whole, declined) = without_declined(snapshot, reading, measure);
        let enumerated = (reading.read == Completeness::Everything).then(|| Enumerated {
            users: reading.stage.users.there(),
            groups: reading.stage.groups.there(),
            memberships: reading.stage.edges(),
        });
        let mut judgement = limits.judge(snapshot, &whole.plan.steps, enumerated);
        shield::hold(
            snapshot,
            &whole.plan.steps,
            &measure.terms.rules.protected,
            &mut judgement,
        );
        let takes = !Losses::of(&whole.plan.steps, limits).is_empty();
        if let Some(reason) = measure.reserve.clone().filter(|_| takes) {
            judgement.hold_all(reason);
        }
        let repeats = measure.undone.repeats(snapshot, &whole.plan.steps);
        judgement.reasons.extend(repeats.reason());
        let withheld = Withheld::of(
            &whole.plan.steps,
            &judgement.held,
            limits,
            repeats.clone().and(&declined),
        );
        let steps = whole.plan.steps.iter();
        let parts: Vec<Step> = steps.filter_map(|step| withheld.part(step)).collect();
        let losses = Losses::with(&parts, limits, &repeats);
        let within = shown.is_some_and(|shown| {
            let again = measure.undone.repeats(snapshot, &shown.steps);
            losses.within(&Losses::with(&shown.steps, limits, &again))
        });
        let first = snapshot.cursor().is_none() && !takes;
        let hash = losses.hash();
        let reasons = judgement.reasons;
        let applies = reasons.is_empty() || within || measure.dry;
        let within = within && !reasons.is_empty();
        let (plan, held, waiting) = if applies {
            (whole.plan, None, whole.waiting)
        } else {
            let (flowing, held) = split(snapshot, reading, measure, whole, withheld);
            (flowing.plan, Some(held), flowing.waiting)
        };
        Self {
            counts: count(snapshot, &plan.steps),
            waiting: Waiting::of(&reading.stage, &waiting, reading.read, &measure.waiting),
            changes: changes(snapshot, &plan, measure.terms.now, first || measure.dry),
            plan,
            held,
            reasons,
            hash,
            first,
            within,
            repeats,
            declined,
        }
    }
}

/// The plan as if the source did not say what a person has declined for good.
fn without_declined(snapshot: &Snapshot, reading: &Reading, measure: &Measure) -> (Planned, Repeats) {
    let whole = planned(snapshot, &reading.stage, &measure.terms);
    let declined = measure.undone.declined(snapshot, &whole.plan.steps);
    if declined.is_empty() {
        return (whole, declined);
    }
    let mut terms = measure.terms.clone();
    terms.withheld.still = declined.clone();
    (planned(snapshot, &reading.stage, &terms), declined)
}

/// What a plan will change, as the rules see it.
fn changes(snapshot: &Snapshot, plan: &Plan, now: i64, untold: bool) -> Difference {
    if untold || plan.steps.is_empty() {
        return Difference::default();
    }
    let changes: Vec<Change> = plan.steps.iter().map(|step| step.change.clone()).collect();
    let mut draft = Draft::new(snapshot, now);
    draft.apply(&changes);
    difference::between(snapshot, draft.snapshot())
}

/// The plan without what is withheld, and what is held: that, and whoever waits for a name that it would free.
fn split(
    snapshot: &Snapshot,
    reading: &Reading,
    measure: &Measure,
    whole: Planned,
    withheld: Withheld,
) -> (Planned, HeldPart) {
    let mut terms = measure.terms.clone();
    terms.withheld = withheld;
    terms.withheld.suffixed = Some(whole.suffixed);
    let flowing = planned(snapshot, &reading.stage, &terms);
    let waiting: HashSet<&ExternalId> = flowing.waiting.difference(&whole.waiting).collect();
    let nameless: HashSet<&ExternalId> = flowing.nameless.iter().collect();
    let waits = |id: &ExternalId| waiting.contains(id) || nameless.contains(id);
    let steps = shown(&whole.plan.steps, &terms.withheld, waits);
    let parts = steps.iter().filter(|step| terms.withheld.part(step).is_some());
    let mut waiters: Vec<&ExternalId> = waiting.iter().copied().collect();
    waiters.sort();
    let carried = Carried::of(&reading.stage, parts, waiters.into_iter(), &flowing.nameless);
    let held = HeldPart {
        counts: count(snapshot, &steps),
        steps,
        carried,
    };
    (flowing, held)
}
