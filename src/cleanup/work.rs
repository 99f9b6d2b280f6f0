//! The work of one run: look, plan, then report, ask a person, or act.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::cleaner::Cleaner;
use super::config::Mode;
use super::error::CleanupError;
use super::gather::{Taken, seated};
use super::memory::{HOLDINGS, Holdings, LANES, Listening, POLICIES, Reported, warning_id};
use super::notice::Concerned;
use super::pack::{Pack, PackBody, PackPlace, PackRow};
use super::planner::{CleanupPlan, Seats, plan};
use super::policy::Policy;
use super::run::{CleanupRun, RunState};
use super::why::Verdict;
use crate::directory::{Directory, Edit, EditError};
use crate::model::DirectoryId;
use crate::model::commit::AuditRecord;
use crate::model::ulid::{PlanId, RunId};
use crate::store::api::Durability;
use crate::store::json::{read, write};
use crate::store::{self, StoreError};

/// What a run is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// What the policy's mode says.
    Run { dry_run: bool },
    /// What a plan shows.
    Approve {
        plan: PlanId,
        /// Folded names of who is left out.
        except: BTreeSet<String>,
    },
    /// Releases only.
    Returns,
}

/// Makes one run from its beginning to its end.
pub(super) async fn run(cleaner: Arc<Cleaner>, policy: Arc<Policy>, id: RunId, task: Task) {
    let _turn = cleaner.turn.lock().await;
    let Some(mut run) = cleaner.books.run(&id) else {
        return;
    };
    run.state = RunState::Running;
    run.started = Some(cleaner.parts.clock.now());
    cleaner.books.publish(&run);
    // Known to a later process, should this one die.
    let begun = cleaner.books.run_entries(&run);
    if let Err(error) = cleaner.parts.store.put_entries(begun, Durability::Soon).await {
        tracing::warn!(run = %id, %error, "a run's beginning could not be written");
    }
    let mut work = Work {
        cleaner: &cleaner,
        policy: &policy,
        run,
        task,
        places: Vec::new(),
    };
    if let Err(error) = work.attempt().await {
        tracing::warn!(run = %id, policy = %policy.name, code = error.code(), %error, "a run failed");
        abandon(&cleaner, &id, &error).await;
    }
}

/// Ends a run that did not end by itself.
pub(super) async fn abandon(cleaner: &Cleaner, id: &RunId, error: &CleanupError) {
    let Some(mut run) = cleaner.books.run(id) else {
        return;
    };
    run.fail(error.code(), error.to_string());
    run.finished = Some(cleaner.parts.clock.now());
    let mut writes = cleaner.books.run_entries(&run);
    let policy = cleaner.policy(&run.policy).ok();
    let told = policy
        .map(|policy| cleaner.notices(policy, &run, Concerned::default()))
        .unwrap_or_default();
    writes.extend(told.iter().map(|(_, entry)| entry.clone()));
    match cleaner.parts.store.put_entries(writes, Durability::Now).await {
        Ok(()) => told
            .into_iter()
            .for_each(|(letter, _)| cleaner.parts.outbox.take(letter)),
        Err(error) => tracing::warn!(run = %id, %error, "a run's end could not be written"),
    }
    cleaner.books.publish(&run);
}

/// Takes note, for each directory, of how its lanes listen.
pub(super) async fn note_lanes(cleaner: &Cleaner) -> store::Result<()> {
    for (directory, _) in &cleaner.parts.directories {
        listening(cleaner, directory).await?;
    }
    Ok(())
}

/// How the lanes of a directory listen, noted where it changed.
async fn listening(cleaner: &Cleaner, directory: &Directory) -> store::Result<Listening> {
    let (parts, key) = (&cleaner.parts, directory.id().as_str());
    let now = parts.clock.now();
    let mut heard: Listening = remembered(cleaner, LANES, key).await?.unwrap_or_default();
    if heard.note(&parts.activity.picture(directory.id()), now) {
        let writes = vec![write(LANES, key, &heard, None)];
        parts.store.put_entries(writes, Durability::Soon).await?;
    }
    Ok(heard)
}

/// Whether a user whom the policy holds was seen since. A look only: the run judges.
pub(super) async fn anybody_returned(cleaner: &Arc<Cleaner>, policy: &Arc<Policy>) -> bool {
    if !policy.reactivate_on_return || policy.mode == Mode::Report {
        return false;
    }
    // While no seat is free, nobody who would take one can be released: a run would only say so again.
    let full = cleaner.limit_reached(policy).await.is_some();
    let (looking, policy) = (Arc::clone(cleaner), Arc::clone(policy));
    let look = move || anybody_is_back(&looking, &policy, full);
    cleaner.parts.tasks.0.spawn_blocking(look).await.unwrap_or(false)
}

fn anybody_is_back(cleaner: &Cleaner, policy: &Policy, full: bool) -> bool {
    cleaner.places(policy).any(|(directory, _)| {
        let (snapshot, picture) = (
            directory.snapshot(),
            cleaner.parts.activity.picture(directory.id()),
        );
        let seated = if full {
            seated(policy, &snapshot)
        } else {
            HashSet::new()
        };
        snapshot.users().any(|row| {
            let hold = snapshot.live_user(row.id).and_then(|live| live.hold.as_ref());
            let mine =
                hold.filter(|hold| hold.release_on_return && hold.policy.as_deref() == Some(&*policy.name));
            let back =
                mine.is_some_and(|hold| picture.last_seen(row.id).is_some_and(|seen| seen.at > hold.since));
            back && !seated.contains(&row.id.0)
        })
    })
}

pub(super) async fn remembered<T: serde::de::DeserializeOwned>(
    cleaner: &Cleaner,
    space: &str,
    key: &str,
) -> Result<Option<T>, StoreError> {
    let entry = cleaner
        .parts
        .store
        .entry(space, key, cleaner.parts.clock.now())
        .await?;
    Ok(entry.and_then(|entry| read(space, &entry.key, &entry.value)))
}

/// The directories of a policy as they are now.
pub(super) async fn taken(
    cleaner: &Cleaner,
    policy: &Arc<Policy>,
    now: i64,
) -> Result<Vec<Taken>, CleanupError> {
    let mut all = Vec::new();
    for directory in cleaner.opened(policy) {
        all.push(take(cleaner, policy, &directory, now).await?);
    }
    Ok(all)
}

/// Takes a picture of a directory, with what the policy remembers of it.
async fn take(
    cleaner: &Cleaner,
    policy: &Arc<Policy>,
    directory: &Directory,
    now: i64,
) -> Result<Taken, CleanupError> {
    let heard = listening(cleaner, directory).await?;
    let key = holdings_key(&policy.name, directory.id());
    let mut holdings: Holdings = remembered(cleaner, HOLDINGS, &key).await?.unwrap_or_default();
    let (outbox, of, id) = (
        Arc::clone(&cleaner.parts.outbox),
        Arc::clone(&policy.name),
        directory.id().clone(),
    );
    let (policy, snapshot) = (Arc::clone(policy), directory.snapshot());
    let picture = cleaner.parts.activity.picture(directory.id());
    let keep = [policy.inactive_for, policy.never_seen_for, policy.gone_for];
    let keep = keep.into_iter().flatten().max().unwrap_or_default();
    let taking = cleaner.parts.tasks.0.spawn_blocking(move || {
        holdings.meet(&snapshot, &policy.name, now, keep);
        holdings.hear(|user, at| outbox.fate(&warning_id(&of, &id, user, at)));
        Taken::of(&policy, snapshot, picture, (&heard, holdings), now)
    });
    taking.await.map_err(|_| CleanupError::Panicked)
}

/// Under which key it is remembered whom a policy holds in a directory.
pub(super) fn holdings_key(policy: &str, directory: &DirectoryId) -> String {
    format!("{policy}/{directory}")
}

/// One directory of a run.
pub(super) struct Placed {
    pub(super) directory: Arc<Directory>,
    pub(super) taken: Arc<Taken>,
    /// Whom the policy holds there, as it will be remembered.
    pub(super) holdings: Holdings,
}

pub(super) struct Work<'a> {
    pub(super) cleaner: &'a Cleaner,
    pub(super) policy: &'a Arc<Policy>,
    pub(super) run: CleanupRun,
    pub(super) task: Task,
    pub(super) places: Vec<Placed>,
}

impl Work<'_> {
    async fn attempt(&mut self) -> Result<(), CleanupError> {
        let now = self.cleaner.parts.clock.now();
        self.look(now).await?;
        let key = self.policy.name.to_string();
        let mut reported: Reported = remembered(self.cleaner, POLICIES, &key)
            .await?
            .unwrap_or_default();
        let used = self.cleaner.seats_used(self.policy).await;
        let plan = self.plan(used.map(|used| Seats { used }), now).await?;
        self.tell(&plan, used);
        let reliable = self
            .places
            .iter()
            .any(|placed| placed.taken.place.listening.is_ok());
        let plan = match self.task.clone() {
            Task::Run { dry_run: true } => {
                self.report(&plan, "a dry run")?;
                plan
            }
            Task::Approve { plan: id, except } => self.carry_out(plan, &id, &except, now).await?,
            Task::Returns => {
                let plan = only(plan, &[Verdict::Release]);
                self.act(&plan, now).await?;
                plan
            }
            Task::Run { dry_run: false }
                if reported.hash.as_deref() != Some(&*self.policy.hash)
                    || self.policy.mode == Mode::Report =>
            {
                let first =
                    reported.hash.as_deref() != Some(&*self.policy.hash) && self.policy.mode != Mode::Report;
                self.report(
                    &plan,
                    if first {
                        "the first run of a new or changed policy"
                    } else {
                        "the mode"
                    },
                )?;
                // A run that could judge nobody has shown nothing.
                if reliable {
                    reported.hash = Some(self.policy.hash.to_string());
                }
                plan
            }
            Task::Run { dry_run: false } => {
                self.decide(&plan, now).await?;
                plan
            }
        };
        self.close(plan, reported, now).await
    }

    /// Takes a picture of each directory.
    async fn look(&mut self, now: i64) -> Result<(), CleanupError> {
        for directory in self.cleaner.opened(self.policy) {
            let taken = Arc::new(take(self.cleaner, self.policy, &directory, now).await?);
            let holdings = taken.holdings.clone();
            self.places.push(Placed {
                directory,
                taken,
                holdings,
            });
        }
        Ok(())
    }

    /// Plans, away from the tasks that answer requests.
    async fn plan(&self, seats: Option<Seats>, now: i64) -> Result<CleanupPlan, CleanupError> {
        let taken: Vec<_> = self
            .places
            .iter()
            .map(|placed| Arc::clone(&placed.taken))
            .collect();
        let policy = Arc::clone(self.policy);
        let planning = self.cleaner.parts.tasks.0.spawn_blocking(move || {
            let places: Vec<_> = taken.iter().map(|taken| taken.place.clone()).collect();
            let facts = taken
                .iter()
                .enumerate()
                .flat_map(|(at, taken)| taken.facts(at, &policy));
            plan(&policy, &places, &facts.collect::<Vec<_>>(), seats, now)
        });
        planning.await.map_err(|_| CleanupError::Panicked)
    }

    /// What a person should know of the plan, for which so many seats were taken.
    fn tell(&mut self, plan: &CleanupPlan, used: Option<u64>) {
        for placed in &self.places {
            if let Err(why) = &placed.taken.place.listening {
                let notice = format!("directory `{}`: nothing is done, {why}", placed.directory.id());
                self.run.notices.push(notice);
            }
        }
        if self.policy.seats.is_some() && used.is_none() {
            self.run
                .notices
                .push("the group of `seats` is not there: nobody is held for a seat".to_owned());
        }
        for verdict in Verdict::ALL {
            self.run
                .verdicts
                .insert(verdict.name().to_owned(), plan.count(verdict));
        }
    }

    /// Shows what would be done.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "reads as the other ways that a run may go"
    )]
    fn report(&mut self, plan: &CleanupPlan, because: &str) -> Result<(), CleanupError> {
        self.run.report = Some(because.to_owned());
        self.run.counts.holds.added = plan.count(Verdict::Hold);
        self.run.counts.holds.released = plan.count(Verdict::Release);
        Ok(())
    }

    /// Ends the run: its pack, what is remembered, the audit trail.
    async fn close(
        &mut self,
        plan: CleanupPlan,
        mut reported: Reported,
        now: i64,
    ) -> Result<(), CleanupError> {
        let parts = &self.cleaner.parts;
        if matches!(self.run.state, RunState::Running) {
            self.run.state = RunState::Succeeded;
        }
        self.run.finished = Some(parts.clock.now());
        let body = self.evidence(plan, reported.pack.clone()).await?;
        let concerned = Concerned::of(&body);
        let sealing = parts.tasks.0.spawn_blocking(move || Pack::seal(&body));
        let pack = sealing.await.map_err(|_| CleanupError::Panicked)?;
        self.run.pack = Some(pack.sha256.clone());
        let mut writes = self.cleaner.books.run_entries(&self.run);
        let told = self.cleaner.notices(self.policy, &self.run, concerned);
        writes.extend(told.iter().map(|(_, entry)| entry.clone()));
        writes.push(pack.entry(&self.run, now));
        if !self.run.dry_run {
            let before = reported.pack.replace(pack.sha256.clone());
            writes.push(write(POLICIES, &self.policy.name, &reported, None));
            writes.extend(self.places.iter().map(|placed| self.holdings_entry(placed)));
            self.record(&pack.sha256, before.as_deref()).await?;
        }
        parts.store.put_entries(writes, Durability::Now).await?;
        for (letter, _) in told {
            parts.outbox.take(letter);
        }
        self.cleaner.books.publish(&self.run);
        tracing::info!(run = %self.run.id, policy = %self.policy.name, held = self.run.counts.holds.added, released = self.run.counts.holds.released, "a run of policy `{}` ended", self.policy.name);
        Ok(())
    }

    pub(super) fn holdings_entry(&self, placed: &Placed) -> crate::model::commit::EntryWrite {
        let key = holdings_key(&self.policy.name, placed.directory.id());
        write(HOLDINGS, &key, &placed.holdings, None)
    }

    async fn evidence(&self, plan: CleanupPlan, previous: Option<String>) -> Result<PackBody, CleanupError> {
        let ids: Vec<DirectoryId> = self
            .places
            .iter()
            .map(|placed| placed.directory.id().clone())
            .collect();
        let places = self.places.iter().map(|placed| PackPlace {
            directory: placed.directory.id().clone(),
            lanes: placed.taken.healths.clone(),
            unreliable: placed.taken.place.listening.clone().err(),
        });
        let (approved_by, except) = match &self.task {
            Task::Approve { except, .. } => (Some(self.run.by.clone()), except.iter().cloned().collect()),
            Task::Run { .. } | Task::Returns => (None, Vec::new()),
        };
        let evidence = places.collect();
        let telling = self.cleaner.parts.tasks.0.spawn_blocking(move || {
            let mut users: Vec<_> = plan
                .decisions
                .iter()
                .map(|decision| PackRow::of(decision, &ids))
                .collect();
            users.sort_by(|left, right| (&left.directory, &left.user).cmp(&(&right.directory, &right.user)));
            users
        });
        Ok(PackBody {
            policy: Pack::policy_text(self.policy),
            run: self.run.clone(),
            evidence,
            approved_by,
            except,
            previous,
            users: telling.await.map_err(|_| CleanupError::Panicked)?,
        })
    }

    /// One record of the run in the audit trail, with the hash of its evidence.
    async fn record(&self, hash: &str, before: Option<&str>) -> Result<(), CleanupError> {
        let Some(placed) = self.places.first() else {
            return Ok(());
        };
        let (added, released) = (self.run.counts.holds.added, self.run.counts.holds.released);
        let did = match (&self.run.report, self.run.state) {
            (Some(because), _) => format!("reported, as {because}: would hold {added}, release {released}"),
            (None, RunState::Held) => format!(
                "asks for approval of plan {}",
                self.run.plan.as_ref().map_or("-", PlanId::as_str)
            ),
            (None, _) => format!("held {added}, released {released}"),
        };
        let before = before.unwrap_or("none");
        let record = self.audit(
            "cleanup run",
            &self.policy.name,
            format!("{did}; evidence {hash} after {before}"),
        );
        let told = placed.directory.edit(move |_| {
            let edit = Edit {
                audit: vec![record],
                ..Edit::default()
            };
            Ok::<_, ()>((edit, ()))
        });
        match told.await {
            Ok(_) | Err(EditError::Declined(()) | EditError::Rules(_)) => Ok(()),
            Err(EditError::Directory(error)) => Err(error.into()),
        }
    }

    /// A record of the audit trail, now, by whoever acts in this run.
    pub(super) fn audit(&self, action: &str, subject: &str, reason: String) -> AuditRecord {
        let actor = match self.task {
            Task::Approve { .. } => self.run.by.clone(),
            Task::Run { .. } | Task::Returns => self.actor(),
        };
        AuditRecord {
            at: self.cleaner.parts.clock.now(),
            actor,
            action: action.to_owned(),
            subject: subject.to_owned(),
            reason,
            run: Some(self.run.id.to_string()),
        }
    }

    /// Who holds, as the hold says.
    pub(super) fn actor(&self) -> String {
        format!("cleanup {}", self.policy.name)
    }
}

/// The plan with nothing done but what has these verdicts.
pub(super) fn only(mut plan: CleanupPlan, verdicts: &[Verdict]) -> CleanupPlan {
    for decision in &mut plan.decisions {
        if verdicts.contains(&decision.verdict) {
            continue;
        }
        decision.verdict = match decision.verdict {
            Verdict::Keep | Verdict::Withdraw => Verdict::Keep,
            _ => Verdict::Wait,
        };
    }
    plan
}

impl Cleaner {
    /// The directories of a policy.
    fn opened(&self, policy: &Policy) -> Vec<Arc<Directory>> {
        self.places(policy)
            .map(|(directory, _)| Arc::clone(directory))
            .collect()
    }

    /// The directories of a policy, with their limits.
    pub(super) fn places<'a>(
        &'a self,
        policy: &'a Policy,
    ) -> impl Iterator<Item = &'a (Arc<Directory>, crate::directory::limits::Limits)> {
        let wanted = |id: &&DirectoryId| self.parts.directories.iter().any(|(open, _)| open.id() == *id);
        let ids = policy.directories.iter().filter(wanted);
        ids.filter_map(|id| self.parts.directories.iter().find(|(open, _)| open.id() == id))
    }
}
