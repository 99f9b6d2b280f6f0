//! Held plans against the simulated Entra ID.

use std::sync::Arc;
use std::time::Duration;

use throng::clock::{Clock, StoppedClock};
use throng::connector::api::Connector;
use throng::directory::Directory;
use throng::directory::limits::Limits;
use throng::simulator::entra::{Edit, Fault, FaultKind, Running};
use throng::store::Store;
use throng::store::memory::MemoryStore;
use throng::sync::{Ask, Engine, Mapping, PlanState, Run, RunState, Synced};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::corp;
use crate::connector::{connector, simulator};

pub(super) struct Company {
    pub(super) running: Running,
    pub(super) directory: Arc<Directory>,
    pub(super) engine: Arc<Engine>,
}

pub(super) async fn company() -> Company {
    let running = simulator().await;
    let clock: Arc<dyn Clock> = StoppedClock::at(1_000);
    let store: Arc<dyn Store> = MemoryStore::with_clock(Arc::clone(&clock));
    let tasks = TaskTracker::new();
    let directory = Directory::open(corp(), Arc::clone(&store), Arc::clone(&clock), &tasks)
        .await
        .unwrap();
    let source: Arc<dyn Connector> = Arc::new(connector(&running, "simulated-secret"));
    let synced = Synced {
        directory: Arc::clone(&directory),
        source,
        mapping: Mapping::entra(),
        rules: Arc::default(),
        limits: Limits::default(),
        full_every: Some(Duration::from_hours(24)),
    };
    let engine = Engine::open(store, clock, tasks, CancellationToken::new(), vec![synced])
        .await
        .unwrap();
    Company {
        running,
        directory,
        engine,
    }
}

impl Company {
    pub(super) async fn sync(&self, full: bool) -> Run {
        let id = self
            .engine
            .request(
                &corp(),
                Ask {
                    full,
                    ..Ask::default()
                },
            )
            .unwrap();
        self.engine.finished(&id).await.unwrap()
    }

    /// Disables or deletes some of the enabled users.
    fn lose(&self, skip: usize, count: usize, edit: impl Fn(String) -> Edit) {
        let truth = self.running.tenant().truth();
        let enabled = truth
            .users
            .iter()
            .filter(|(_, user)| user.enabled)
            .skip(skip)
            .take(count);
        for (id, _) in enabled {
            self.running.tenant().edit(&edit(id.to_string())).unwrap();
        }
    }

    /// How many users the newest plan deactivates.
    fn held(&self) -> u64 {
        self.engine.plans()[0].counts.users.deactivated
    }

    pub(super) fn active(&self) -> usize {
        self.directory
            .snapshot()
            .users()
            .filter(|row| row.active())
            .count()
    }

    pub(super) fn truly_active(&self) -> usize {
        self.running
            .tenant()
            .truth()
            .users
            .values()
            .filter(|user| user.enabled)
            .count()
    }
}

#[tokio::test]
async fn mass_disabling_at_the_source_waits_for_a_person() {
    let company = company().await;
    company.sync(false).await;
    let before = company.active();
    company.lose(0, 40, |user| Edit::DisableUser { user });
    let held = company.sync(false).await;
    assert_eq!(
        (held.state, company.held(), company.active()),
        (RunState::Held, 40, before)
    );
    company.lose(0, 1, |user| Edit::DeleteUser { user });
    let run = company
        .engine
        .approve(held.plan.as_ref().unwrap(), None, "ops")
        .unwrap();
    let grown = company.engine.finished(&run).await.unwrap();
    assert_eq!(
        (grown.state, company.held(), company.active()),
        (RunState::Held, 41, before)
    );
    let run = company
        .engine
        .approve(grown.plan.as_ref().unwrap(), None, "ops")
        .unwrap();
    let done = company.engine.finished(&run).await.unwrap();
    assert_eq!(
        (done.state, done.counts.users.deactivated),
        (RunState::Succeeded, 41)
    );
    assert_eq!(company.active(), company.truly_active());
    let states: Vec<_> = company.engine.plans().iter().map(|plan| plan.state).collect();
    assert_eq!(states, [PlanState::Approved, PlanState::Replaced]);
}

#[tokio::test]
async fn a_full_read_with_a_broken_page_removes_nobody() {
    let company = company().await;
    company.sync(false).await;
    let before = company.active();
    company.lose(0, 3, |user| Edit::DeleteUser { user });
    company
        .running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::MissingValue, "users"));
    let run = company.sync(true).await;
    assert_eq!(
        (run.state, run.incomplete.len(), company.active()),
        (RunState::Incomplete, 1, before)
    );
    let run = company.sync(true).await;
    assert_eq!(
        (run.state, run.counts.users.deactivated),
        (RunState::Succeeded, 3)
    );
    assert_eq!(company.active(), company.truly_active());
}
