//! The whole house for the model: simulator, connector, directory, the Crowd face over real HTTP.

use std::sync::Arc;

use throng::clock::{Clock, StoppedClock};
use throng::directory::limits::{Limit, Limits};
use throng::directory::session::SessionKey;
use throng::directory::{Applications, Directory, Sessions, Snapshot};
use throng::http::crowd::{ApplicationConfig, CrowdConfig, CrowdState, Gate, router};
use throng::http::server;
use throng::secret::Secret;
use throng::simulator::entra::Tenant;
use throng::simulator::jira::Jira;
use throng::store::Store;
use throng::store::memory::MemoryStore;
use throng::sync::{Ask, Engine, RunState, Synced};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::company::{self, Company, Opened, Source};

/// How one run went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Went {
    Complete,
    /// It added and updated, removed nothing.
    Incomplete,
    /// Nothing was applied.
    Failed(String),
}

pub(super) struct House {
    company: Box<dyn Company>,
    engine: Arc<Engine>,
    directory: Arc<Directory>,
    http: reqwest::Client,
    url: String,
    _stop: DropGuard,
}

/// Groups of the kind that can be restored, with members, within others: the generator makes none in so small a company.
fn with_guilds(tenant: &Tenant) {
    let truth = tenant.truth();
    let guilds = ["Guild", "Guild of guilds", "Team"].map(|name| tenant.create_unified_group(name).unwrap());
    for (at, user) in truth.users.keys().enumerate() {
        tenant.join(&guilds[at % guilds.len()], user).unwrap();
    }
    let [first, second, third] = &guilds;
    tenant.nest(second, first).unwrap();
    tenant.nest(first, truth.groups.keys().next().unwrap()).unwrap();
    tenant.nest(second, third).unwrap();
}

/// No plan is held here: what the limits do has tests of its own.
fn no_limits() -> Limits {
    let never = Limit {
        max: u64::MAX,
        percent: 100.0,
        at_least: u64::MAX,
    };
    Limits::new(never, never, never, &[])
}

impl House {
    pub(super) async fn open(source: Source, seed: u64) -> Self {
        let Opened {
            company,
            connector,
            mapping,
        } = company::open(source, seed).await;
        with_guilds(company.tenant());
        let (store, tasks): (Arc<dyn Store>, _) = (MemoryStore::new(), TaskTracker::new());
        let epoch = store.epoch();
        let clock: Arc<dyn Clock> = StoppedClock::at(1_000);
        let directory = Directory::open("corp".into(), Arc::clone(&store), Arc::clone(&clock), &tasks)
            .await
            .unwrap();
        let listener = server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let url = format!("http://{}/crowd", listener.local_addr().unwrap());
        let application: ApplicationConfig = serde_json::from_value(serde_json::json!({
            "name": "jira", "password": { "value": "secret" }, "directories": ["corp"],
        }))
        .unwrap();
        let crowd = CrowdConfig {
            public_url: Some(url.clone()),
            ..CrowdConfig::default()
        };
        let gate = Gate::new(std::slice::from_ref(&application), Vec::new()).unwrap();
        let applications =
            Applications::new(epoch, vec![application.application()], &[Arc::clone(&directory)]);
        let stop = CancellationToken::new();
        let synced = Synced {
            directory: Arc::clone(&directory),
            source: connector,
            mapping,
            rules: Arc::default(),
            limits: no_limits(),
            full_every: None,
        };
        let engine = Engine::open(store, clock, tasks.clone(), stop.clone(), vec![synced])
            .await
            .unwrap();
        let sessions = no_sessions(&crowd, &directory, (tasks.clone(), stop.clone())).await;
        let face = router(CrowdState::new(&crowd, gate, Arc::new(applications), sessions));
        tasks.spawn(server::serve(listener, face, stop.clone()));
        let http = throng::client::build().unwrap();
        Self {
            company,
            engine,
            directory,
            http,
            url,
            _stop: stop.drop_guard(),
        }
    }

    pub(super) fn company(&self) -> &dyn Company {
        &*self.company
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.directory.snapshot()
    }

    /// A run; a full one reads everything.
    pub(super) async fn sync(&self, full: bool) -> Went {
        self.company.publish();
        let ask = Ask {
            full,
            by: "the model".to_owned(),
            ..Ask::default()
        };
        let id = self.engine.request(self.directory.id(), ask).unwrap();
        let mut run = self.engine.finished(&id).await.unwrap();
        if run.state == RunState::Held {
            // Whatever the limits, a source that seems empty waits for a person. This one has become so.
            let truth = self.company.truth();
            let least = truth
                .users
                .len()
                .min(truth.groups.len())
                .min(truth.members.len() + truth.nested.len());
            assert!(least < 4, "a plan was held: {run:?}");
            let id = self.engine.approve(&run.plan.unwrap(), None, "a person").unwrap();
            run = self.engine.finished(&id).await.unwrap();
        }
        match run.state {
            RunState::Succeeded => Went::Complete,
            RunState::Incomplete => Went::Incomplete,
            RunState::Failed => Went::Failed(run.error.unwrap().message),
            state => panic!("a run ended {state:?}: {run:?}"),
        }
    }

    /// A client that knows nothing yet.
    pub(super) fn jira(&self) -> Jira {
        Jira::new(self.http.clone(), &self.url, "jira", Secret::new("secret"))
    }
}

/// Nobody signs in here.
async fn no_sessions(
    crowd: &CrowdConfig,
    directory: &Directory,
    tasks: (TaskTracker, CancellationToken),
) -> Arc<Sessions> {
    let (key, store) = (SessionKey::new([7; 64]), Arc::clone(directory.store()));
    let opened = Sessions::open(key, crowd.sso.sessions(), store, StoppedClock::at(0), &[], tasks);
    opened.await.unwrap()
}
