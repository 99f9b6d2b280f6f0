//! The cleaner: who asks for a run of a policy, in what order runs are made, what waits for a person.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::books::Books;
use super::error::CleanupError;
use super::pack::Pack;
use super::policy::Policy;
use super::returns::Refusals;
use super::run::{CleanupHeld, CleanupPlanDetail, CleanupRun, PlanState, RunState};
use super::work::{self, Task};
use crate::clock::Clock;
use crate::directory::limits::Limits;
use crate::directory::{Activity, Applications, Directory};
use crate::model::DirectoryId;
use crate::model::name::fold;
use crate::model::plan::Counts;
use crate::model::ulid::{PlanId, RunId};
use crate::notify::Outbox;
use crate::store::api::Durability;
use crate::store::{self, Store};

/// What a cleaner works with.
pub struct Parts {
    /// Where runs, plans and memories are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What runs are made on, and until when.
    pub tasks: (TaskTracker, CancellationToken),
    /// The directories with their limits.
    pub directories: Vec<(Arc<Directory>, Limits)>,
    /// The applications, whose seats are counted.
    pub applications: Arc<Applications>,
    /// When users were last seen.
    pub activity: Arc<Activity>,
    /// What tells others of runs; a policy's name is its receiver's.
    pub outbox: Arc<Outbox>,
}

/// Runs policies, keeps what became of them.
pub struct Cleaner {
    pub(super) parts: Parts,
    pub(super) books: Books,
    policies: BTreeMap<Arc<str>, Arc<Policy>>,
    /// One run at a time, in the order of asking.
    pub(super) turn: tokio::sync::Mutex<()>,
    /// Held by who lets users back who take seats, until they are served.
    pub(super) returning: Arc<tokio::sync::Mutex<()>>,
    pub(super) refusals: Refusals,
}

impl Cleaner {
    /// Reads what former processes left.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(parts: Parts, policies: Vec<Policy>) -> store::Result<Arc<Self>> {
        let books = Books::open(Arc::clone(&parts.store), Arc::clone(&parts.clock)).await?;
        let named = policies
            .into_iter()
            .map(|policy| (Arc::clone(&policy.name), Arc::new(policy)));
        Ok(Arc::new(Self {
            parts,
            books,
            policies: named.collect(),
            turn: tokio::sync::Mutex::default(),
            returning: Arc::default(),
            refusals: Refusals::default(),
        }))
    }

    /// The policies, by name.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.policies.values()
    }

    /// What tells others of runs.
    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.parts.outbox
    }

    /// A policy.
    ///
    /// # Errors
    /// `UnknownPolicy`.
    pub fn policy(&self, name: &str) -> Result<&Arc<Policy>, CleanupError> {
        let unknown = || CleanupError::UnknownPolicy(name.to_owned());
        self.policies.get(name).ok_or_else(unknown)
    }

    /// Asks for a run; answers at once. Who asks while one of the same kind waits shares it.
    ///
    /// # Errors
    /// `UnknownPolicy`, `ShuttingDown`.
    pub fn request(self: &Arc<Self>, policy: &str, dry_run: bool, by: &str) -> Result<RunId, CleanupError> {
        let policy = Arc::clone(self.policy(policy)?);
        let waits = |run: &CleanupRun| {
            let same = run.policy == *policy.name && run.dry_run == dry_run && run.kind == "cleanup";
            same && run.state == RunState::Queued
        };
        if let Some(run) = self.books.runs().into_iter().find(waits) {
            return Ok(run.id);
        }
        self.enqueue(policy, Task::Run { dry_run }, by)
    }

    /// A run that no person asks for: where none can be started, the log says so.
    pub fn request_unasked(self: &Arc<Self>, policy: &str, by: &str) -> Option<RunId> {
        let refused = |error: &CleanupError| {
            tracing::warn!(policy, by, code = error.code(), %error, "a run of a policy did not start");
        };
        self.request(policy, false, by).inspect_err(refused).ok()
    }

    /// Releases who has been seen again since it was held, by a run for each policy that finds anybody; takes note of how the
    /// lanes of evidence listen. To be called every few minutes.
    pub async fn look_around(self: &Arc<Self>) {
        if let Err(error) = work::note_lanes(self).await {
            tracing::warn!(code = error.code(), %error, "how evidence listens could not be noted");
        }
        for policy in self.policies.values().map(Arc::clone) {
            if work::anybody_returned(self, &policy).await
                && let Ok(run) = self.enqueue(policy, Task::Returns, "return")
            {
                self.finished(&run).await;
            }
        }
    }

    /// A run.
    pub fn run(&self, id: &RunId) -> Option<CleanupRun> {
        self.books.run(id)
    }

    /// The last runs that looked at one directory, or all, newest first.
    pub fn runs(&self, directory: Option<&DirectoryId>) -> Vec<CleanupRun> {
        let mut runs = self.books.runs();
        runs.retain(|run| directory.is_none_or(|wanted| run.directories.contains(wanted)));
        runs
    }

    /// Waits for a run's end.
    pub async fn finished(&self, id: &RunId) -> Option<CleanupRun> {
        self.books.finished(id).await
    }

    /// Plans that wait for a person and the last that did, newest first.
    pub fn plans(&self) -> Vec<CleanupHeld> {
        self.books.plans()
    }

    /// A plan with its steps.
    ///
    /// # Errors
    /// `Store`.
    pub async fn plan(&self, id: &PlanId) -> Result<Option<CleanupPlanDetail>, CleanupError> {
        let Some((plan, _)) = self.books.plan(id) else {
            return Ok(None);
        };
        let steps = self.books.steps(id).await?;
        Ok(Some(CleanupPlanDetail { plan, steps }))
    }

    /// Whether a plan is one of a policy.
    pub fn knows(&self, id: &PlanId) -> bool {
        self.books.plan(id).is_some()
    }

    /// Allows what a plan shows, without some users: a run looks again and does of it what is still right.
    ///
    /// # Errors
    /// `UnknownPlan`, `UnknownPolicy`, `NotHeld`, `HashDiffers`, `NotInPlan`, `ShuttingDown`, `Store`.
    pub async fn approve(
        self: &Arc<Self>,
        id: &PlanId,
        hash: Option<&str>,
        except: Vec<String>,
        by: &str,
    ) -> Result<RunId, CleanupError> {
        let plan = match self.waiting(id, hash) {
            Err(CleanupError::BeingApproved { run, .. }) => return Ok(run),
            other => other?,
        };
        let policy = Arc::clone(self.policy(&plan.policy)?);
        let steps = self.books.steps(id).await?;
        let mut left_out = BTreeSet::new();
        for user in except {
            let folded = fold(user.trim());
            if !steps.iter().any(|step| fold(&step.subject) == folded) {
                let plan = id.clone();
                return Err(CleanupError::NotInPlan { plan, user });
            }
            left_out.insert(folded);
        }
        // Others may have been quicker while the steps were read.
        self.waiting(id, hash)?;
        let task = Task::Approve {
            plan: id.clone(),
            except: left_out,
        };
        self.enqueue(policy, task, by)
    }

    /// Takes a plan off the list. The next run plans anew.
    ///
    /// # Errors
    /// `UnknownPlan`, `NotHeld`, `HashDiffers`, `BeingApproved`, `Store`.
    pub async fn reject(&self, id: &PlanId, hash: Option<&str>, by: &str) -> Result<(), CleanupError> {
        let held = self.waiting(id, hash)?;
        let mut plan = held.clone();
        plan.state = PlanState::Rejected;
        plan.ended = Some(self.parts.clock.now());
        plan.by = Some(by.to_owned());
        self.books.publish_plan(plan.clone());
        let writes = self.books.plan_entries(&plan, None);
        let written = self.parts.store.put_entries(writes, Durability::Now).await;
        if written.is_err() {
            self.books.publish_plan(held);
        }
        Ok(written?)
    }

    /// What a run found of each user, as evidence.
    ///
    /// # Errors
    /// `Store`.
    pub async fn pack(&self, run: &RunId) -> Result<Option<Pack>, CleanupError> {
        Ok(Pack::read(&self.parts, run).await?)
    }

    fn waiting(&self, id: &PlanId, hash: Option<&str>) -> Result<CleanupHeld, CleanupError> {
        let unknown = || CleanupError::UnknownPlan(id.clone());
        let (plan, approving) = self.books.plan(id).ok_or_else(unknown)?;
        if plan.state != PlanState::Held {
            let (plan, state) = (id.clone(), plan.state);
            return Err(CleanupError::NotHeld { plan, state });
        }
        if let Some(asked) = hash.filter(|hash| *hash != plan.hash) {
            let (hash, asked) = (plan.hash, asked.to_owned());
            let plan = id.clone();
            return Err(CleanupError::HashDiffers { plan, hash, asked });
        }
        match approving {
            Some(run) => Err(CleanupError::BeingApproved {
                plan: id.clone(),
                run,
            }),
            None => Ok(plan),
        }
    }

    fn enqueue(self: &Arc<Self>, policy: Arc<Policy>, task: Task, by: &str) -> Result<RunId, CleanupError> {
        let (tasks, stop) = &self.parts.tasks;
        if stop.is_cancelled() {
            return Err(CleanupError::ShuttingDown);
        }
        let run = self.queued(&policy, &task, by);
        let id = run.id.clone();
        self.books.publish(&run);
        if let Task::Approve { plan, .. } = &task {
            self.books.approving(plan, &id);
        }
        // A run is a task of its own, so that its panic ends it alone.
        let (cleaner, working) = (Arc::clone(self), Arc::clone(self));
        let (watched, inner) = (id.clone(), tasks.clone());
        tasks.spawn(async move {
            let work = inner.spawn(work::run(working, policy, watched.clone(), task));
            if let Err(error) = work.await {
                tracing::error!(run = %watched, %error, "a run panicked");
                work::abandon(&cleaner, &watched, &CleanupError::Panicked).await;
            }
        });
        Ok(id)
    }

    fn queued(&self, policy: &Policy, task: &Task, by: &str) -> CleanupRun {
        let only = match policy.directories.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        let plan = match task {
            Task::Approve { plan, .. } => Some(plan.clone()),
            Task::Run { .. } | Task::Returns => None,
        };
        CleanupRun {
            id: self.books.run_id(),
            policy: policy.name.to_string(),
            policy_hash: policy.hash.to_string(),
            directory: only,
            directories: policy.directories.clone(),
            kind: if plan.is_some() { "approve" } else { "cleanup" }.to_owned(),
            mode: policy.mode,
            report: None,
            state: RunState::Queued,
            dry_run: matches!(task, Task::Run { dry_run: true }),
            by: by.to_owned(),
            started: None,
            finished: None,
            counts: Counts::default(),
            warned: 0,
            withdrawn: 0,
            verdicts: BTreeMap::new(),
            refused: Vec::new(),
            notices: Vec::new(),
            plan,
            pack: None,
            error: None,
        }
    }
}
