//! Acting: a plan held for a person, or carried out as holds and releases.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::config::Mode;
use super::error::CleanupError;
use super::planner::{CleanupPlan, Decision};
use super::policy::hex;
use super::run::{CleanupHeld, CleanupStep, PlanState, RunState};
use super::why::Verdict;
use super::work::{Placed, Work, only};
use crate::directory::{Edit, EditError, Snapshot};
use crate::model::name::fold;
use crate::model::plan::{Effect, Refused, Step};
use crate::model::ulid::PlanId;
use crate::model::{Change, Hold, UserId};
use crate::store::api::Durability;

/// How long a plan waits for a person.
const PATIENCE: i64 = 14 * 86_400_000;

/// One decision as it goes to a directory's writer.
struct Wish {
    change: Change,
    decision: Decision,
}

impl Work<'_> {
    /// Does what the mode says.
    pub(super) async fn decide(&mut self, plan: &CleanupPlan, now: i64) -> Result<(), CleanupError> {
        // Who comes back does not wait for a person.
        self.act(&only(plan.clone(), &[Verdict::Release]), now).await?;
        // A warning takes nothing away, and a user can answer it by signing in: no person is asked first.
        self.warn(plan, now).await?;
        let losses = only(plan.clone(), &[Verdict::Hold, Verdict::Stage]);
        let reasons = match self.policy.mode {
            Mode::Report => return Ok(()),
            Mode::Review => vec!["the policy's mode is `review`".to_owned()],
            Mode::Apply => self.judge(&losses, now),
        };
        let steps = self.steps(&losses);
        if steps.is_empty() {
            return self.replace().await;
        }
        if reasons.is_empty() {
            self.replace().await?;
            return self.act(&losses, now).await;
        }
        self.hold(steps, reasons, now).await
    }

    /// What the limits of the directories say of the holds.
    fn judge(&self, losses: &CleanupPlan, now: i64) -> Vec<String> {
        let mut reasons = Vec::new();
        for (at, placed) in self.places.iter().enumerate() {
            let held = losses
                .with(Verdict::Hold)
                .filter(|decision| decision.directory == at);
            let snapshot = &placed.taken.snapshot;
            let steps = held.filter_map(|decision| {
                let id = snapshot.user_id(&decision.user)?;
                // Who is gone at the source was lost before.
                snapshot.live_user(id).filter(|live| live.active)?;
                let change = self.change(placed, decision, now)?;
                Some(Step {
                    change,
                    effect: Effect::Hold,
                    subject: Arc::clone(&decision.name),
                    reason: decision.why.to_string().into(),
                })
            });
            let steps: Vec<_> = steps.collect();
            let limits = self
                .cleaner
                .places(self.policy)
                .find(|(open, _)| open.id() == placed.directory.id());
            if let Some((_, limits)) = limits.filter(|_| !steps.is_empty()) {
                reasons.extend(limits.judge(snapshot, &steps, None).reasons);
            }
        }
        reasons
    }

    /// Puts the plan before a person. The same plan as before keeps its id and its age.
    async fn hold(
        &mut self,
        steps: Vec<CleanupStep>,
        reasons: Vec<String>,
        now: i64,
    ) -> Result<(), CleanupError> {
        let (books, policy) = (&self.cleaner.books, &self.policy.name);
        let hash = hash(&steps);
        let before = books.held(policy);
        let mut held = CleanupHeld {
            id: books.plan_id(),
            policy: policy.to_string(),
            directory: self.run.directory.clone(),
            run: self.run.id.clone(),
            state: PlanState::Held,
            hash,
            reasons,
            counts: crate::model::plan::Counts::default(),
            created: Some(now),
            ended: None,
            expires: Some(now.saturating_add(PATIENCE)),
            by: None,
            except: Vec::new(),
        };
        held.counts.holds.added = steps.iter().filter(|step| step.effect == Verdict::Hold).count() as u64;
        match before {
            Some(before) if before.hash == held.hash => {
                (held.id, held.created, held.expires) = (before.id, before.created, before.expires);
            }
            Some(_) => self.replace().await?,
            None => {}
        }
        let writes = self.cleaner.books.plan_entries(&held, Some(&steps));
        self.cleaner
            .parts
            .store
            .put_entries(writes, Durability::Now)
            .await?;
        self.run.plan = Some(held.id.clone());
        self.run.state = RunState::Held;
        self.cleaner.books.publish_plan(held);
        Ok(())
    }

    /// The plan that waited is no longer the one to decide about.
    async fn replace(&self) -> Result<(), CleanupError> {
        let Some(mut plan) = self.cleaner.books.held(&self.policy.name) else {
            return Ok(());
        };
        plan.state = PlanState::Replaced;
        plan.ended = Some(self.cleaner.parts.clock.now());
        let writes = self.cleaner.books.plan_entries(&plan, None);
        self.cleaner
            .parts
            .store
            .put_entries(writes, Durability::Now)
            .await?;
        self.cleaner.books.publish_plan(plan);
        Ok(())
    }

    /// Does of an approved plan what is still right. Answers what it did.
    pub(super) async fn carry_out(
        &mut self,
        plan: CleanupPlan,
        id: &PlanId,
        except: &BTreeSet<String>,
        now: i64,
    ) -> Result<CleanupPlan, CleanupError> {
        let unknown = || CleanupError::UnknownPlan(id.clone());
        let (mut held, _) = self.cleaner.books.plan(id).ok_or_else(unknown)?;
        if held.state != PlanState::Held {
            let (plan, state) = (id.clone(), held.state);
            return Err(CleanupError::NotHeld { plan, state });
        }
        let steps = self.cleaner.books.steps(id).await?;
        let mut plan = only(plan, &[Verdict::Hold, Verdict::Stage]);
        self.narrow(&mut plan, &steps, except);
        held.state = PlanState::Approved;
        held.ended = Some(now);
        held.by = Some(self.run.by.clone());
        held.except = except.iter().cloned().collect();
        self.act(&plan, now).await?;
        let writes = self.cleaner.books.plan_entries(&held, None);
        self.cleaner
            .parts
            .store
            .put_entries(writes, Durability::Now)
            .await?;
        self.cleaner.books.publish_plan(held);
        Ok(plan)
    }

    /// Leaves of the plan what was shown, but for whom the approval leaves out; says of the rest why it is not done.
    fn narrow(&mut self, plan: &mut CleanupPlan, steps: &[CleanupStep], except: &BTreeSet<String>) {
        let mut shown: HashMap<(&str, &str), &CleanupStep> = HashMap::with_capacity(steps.len());
        for step in steps {
            shown.insert((step.directory.as_str(), &step.user), step);
        }
        for decision in &mut plan.decisions {
            let directory = self.places[decision.directory].directory.id().as_str();
            let step = shown.remove(&(directory, decision.user.as_str()));
            let acts = matches!(decision.verdict, Verdict::Hold | Verdict::Stage);
            let approved = step.filter(|step| acts && step.effect == decision.verdict);
            let Some(step) = approved else {
                if acts {
                    decision.verdict = Verdict::Wait;
                }
                if step.is_some() {
                    let why = format!("no longer as shown: {}", decision.why);
                    self.run.refused.push(refused(&decision.name, why));
                }
                continue;
            };
            // A stage that has become due since was not shown.
            decision.stages &= step.stages;
            if except.contains(&fold(&decision.name)) {
                decision.verdict = Verdict::Wait;
                self.run
                    .refused
                    .push(refused(&decision.name, "left out by the approval".to_owned()));
            }
        }
        let gone = shown
            .into_values()
            .map(|step| refused(&step.subject, "no longer there".to_owned()));
        self.run.refused.extend(gone);
    }

    /// Carries the plan out, directory by directory.
    pub(super) async fn act(&mut self, plan: &CleanupPlan, now: i64) -> Result<(), CleanupError> {
        // Whoever comes back by log-in meanwhile takes a seat that the plan has counted as free.
        let counts = self.policy.seats.is_some() && plan.count(Verdict::Release) > 0;
        let (mut seated, mut _permit) = (None, None);
        if counts {
            _permit = Some(Arc::clone(&self.cleaner.returning).lock_owned().await);
            seated = Some(self.seat_again(plan.clone()).await);
        }
        let plan = seated.as_ref().unwrap_or(plan);
        for at in 0..self.places.len() {
            let placed = &self.places[at];
            let acts = |decision: &&Decision| {
                decision.directory == at
                    && matches!(
                        decision.verdict,
                        Verdict::Hold | Verdict::Stage | Verdict::Release
                    )
            };
            let wishes: Vec<_> = plan
                .decisions
                .iter()
                .filter(acts)
                .filter_map(|decision| {
                    let change = self.change(placed, decision, now)?;
                    Some(Wish {
                        change,
                        decision: decision.clone(),
                    })
                })
                .collect();
            if !wishes.is_empty() {
                self.write(at, wishes, now).await?;
            }
        }
        Ok(())
    }

    /// Lets back no more users than there are seats now.
    async fn seat_again(&mut self, mut plan: CleanupPlan) -> CleanupPlan {
        let (policy, cleaner) = (self.policy, self.cleaner);
        let used = cleaner.seats_used(policy).await;
        let Some((seats, used)) = policy.seats.as_ref().zip(used) else {
            return plan;
        };
        let mut free = seats.limit.saturating_sub(used);
        for decision in &mut plan.decisions {
            let takes = decision.verdict == Verdict::Release
                && self.places[decision.directory].taken.has_seat(&decision.user);
            if !takes {
                continue;
            }
            if free > 0 {
                free -= 1;
                continue;
            }
            decision.verdict = Verdict::Wait;
            let why = "came back, but no seat is free any more".to_owned();
            self.run.refused.push(refused(&decision.name, why));
        }
        plan
    }

    /// Hands the wishes to the directory's writer, which looks once more: nobody is held who was seen meanwhile.
    async fn write(&mut self, at: usize, wishes: Vec<Wish>, now: i64) -> Result<(), CleanupError> {
        let records: Vec<_> = wishes.iter().map(|wish| self.trace(&wish.decision)).collect();
        let placed = &self.places[at];
        let (id, activity) = (
            placed.directory.id().clone(),
            Arc::clone(&self.cleaner.parts.activity),
        );
        let policy = Arc::clone(&self.policy.name);
        let decided = placed.directory.edit(move |snapshot| {
            let mut edit = Edit::default();
            let (mut done, mut late) = (Vec::new(), Vec::new());
            for (wish, record) in wishes.into_iter().zip(records) {
                let user = snapshot.user_id(&wish.decision.user);
                let seen = user
                    .and_then(|user| activity.last_seen(&id, user))
                    .map(|seen| seen.at);
                let as_planned = seen == wish.decision.seen.map(|(at, _)| at);
                if user.is_some_and(|user| still(snapshot, user, &wish.decision, &policy)) && as_planned {
                    edit.changes.push(wish.change);
                    edit.audit.push(record);
                    done.push(wish.decision);
                } else {
                    late.push(wish.decision.name);
                }
            }
            Ok::<_, ()>((edit, (done, late)))
        });
        let (done, late) = match decided.await {
            Ok((_, answer)) => answer,
            Err(EditError::Directory(error)) => return Err(error.into()),
            Err(EditError::Declined(())) => return Ok(()),
            Err(EditError::Rules(left_out)) => {
                // All or nothing: the next run tries again.
                self.run.refused.extend(left_out);
                return Ok(());
            }
        };
        let late = late
            .iter()
            .map(|name| refused(name, "changed while the run was planned".to_owned()));
        self.run.refused.extend(late);
        self.count(at, &done, now);
        Ok(())
    }

    /// Counts what was done, and remembers it.
    fn count(&mut self, at: usize, done: &[Decision], now: i64) {
        let with = |verdict| done.iter().filter(move |decision| decision.verdict == verdict);
        let ids = |verdict| with(verdict).map(|decision| decision.user.clone());
        self.run.counts.holds.added += with(Verdict::Hold).count() as u64;
        self.run.counts.holds.released += with(Verdict::Release).count() as u64;
        let erased = with(Verdict::Stage).filter(|decision| self.policy.erases(decision.stages));
        let (activity, snapshot) = (&self.cleaner.parts.activity, self.places[at].directory.snapshot());
        for user in erased.filter_map(|decision| snapshot.user_id(&decision.user)) {
            activity.forget(self.places[at].directory.id(), user);
        }
        let holdings = &mut self.places[at].holdings;
        holdings.hold(ids(Verdict::Hold), now);
        holdings.release(ids(Verdict::Release), now);
    }

    /// The change that a decision wishes.
    fn change(&self, placed: &Placed, decision: &Decision, now: i64) -> Option<Change> {
        let user = decision.user.clone();
        let hold = match decision.verdict {
            Verdict::Keep | Verdict::Wait | Verdict::Warn | Verdict::Withdraw => return None,
            Verdict::Release => return Some(Change::Release { user }),
            Verdict::Hold => {
                let mut hold = Hold::new(&decision.why.to_string(), &self.actor(), now);
                hold.policy = Some(Arc::clone(&self.policy.name));
                hold.release_on_return = self.policy.reactivate_on_return;
                hold
            }
            Verdict::Stage => {
                let id = placed.taken.snapshot.user_id(&user)?;
                let live = placed.taken.snapshot.live_user(id)?;
                Hold::clone(live.hold.as_ref()?)
            }
        };
        let hold = Arc::new(placed.taken.staged(self.policy, hold, decision.stages));
        Some(Change::Hold { user, hold })
    }

    fn trace(&self, decision: &Decision) -> crate::model::commit::AuditRecord {
        let (action, forgotten) = match decision.verdict {
            Verdict::Release => ("user released", false),
            Verdict::Stage => ("hold advanced", self.policy.erases(decision.stages)),
            _ => ("user held", false),
        };
        // Whose name is taken away is not named again.
        let subject = if forgotten {
            decision.user.as_str()
        } else {
            &*decision.name
        };
        self.audit(action, subject, decision.why.to_string())
    }

    fn steps(&self, plan: &CleanupPlan) -> Vec<CleanupStep> {
        let acts = plan
            .decisions
            .iter()
            .filter(|decision| matches!(decision.verdict, Verdict::Hold | Verdict::Stage));
        let mut steps: Vec<_> = acts
            .map(|decision| CleanupStep {
                directory: self.places[decision.directory].directory.id().clone(),
                user: decision.user.to_string(),
                subject: decision.name.to_string(),
                effect: decision.verdict,
                stages: decision.stages,
                reason: decision.why.to_string(),
            })
            .collect();
        steps
            .sort_by(|left, right| (&left.directory, &left.subject).cmp(&(&right.directory, &right.subject)));
        steps
    }
}

/// Whether what was decided still fits the very picture that it changes.
fn still(snapshot: &Snapshot, user: UserId, decision: &Decision, policy: &str) -> bool {
    let Some(live) = snapshot.live_user(user) else {
        return false;
    };
    let mine = live
        .hold
        .as_ref()
        .is_some_and(|hold| hold.policy.as_deref() == Some(policy));
    match decision.verdict {
        Verdict::Hold => live.hold.is_none() && (live.row.source_active || live.row.vanished),
        Verdict::Stage | Verdict::Release => mine,
        Verdict::Keep | Verdict::Wait | Verdict::Warn | Verdict::Withdraw => false,
    }
}

fn refused(what: &str, reason: String) -> Refused {
    Refused {
        what: what.to_owned(),
        reason,
    }
}

/// SHA-256 of who is concerned by what; not of the reasons, whose times may move.
fn hash(steps: &[CleanupStep]) -> String {
    let mut hash = Sha256::new();
    for step in steps {
        for part in [step.directory.as_str(), &step.user, step.effect.name()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.update(step.stages.to_be_bytes());
    }
    hex(&hash.finalize())
}
