//! The whole house for the model: simulator, connector, directory, the Crowd face over real HTTP.

use std::sync::Arc;
use std::time::Duration;

use throng::app::sync_once;
use throng::clock::StoppedClock;
use throng::connector::entra::Entra;
use throng::directory::{Applications, Directory, Snapshot};
use throng::http::crowd::{ApplicationConfig, CrowdConfig, CrowdState, Gate, router};
use throng::http::server;
use throng::secret::Secret;
use throng::simulator::entra::{Options, Running, Tenant, start};
use throng::simulator::jira::Jira;
use throng::store::Store;
use throng::store::memory::MemoryStore;
use throng::sync::Mapping;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::connector::connector;

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
    company: Running,
    source: Entra,
    directory: Arc<Directory>,
    http: reqwest::Client,
    url: String,
    _stop: DropGuard,
}

impl House {
    pub(super) async fn open(seed: u64) -> Self {
        let options = Options {
            users: 8,
            groups: 6,
            memberships: 20,
            seed,
            ..Options::default()
        };
        let company = start(options).await.unwrap();
        let source =
            connector(&company, &Options::default().client_secret).with_back_off(Duration::from_micros(50));
        let (store, tasks): (Arc<dyn Store>, _) = (MemoryStore::new(), TaskTracker::new());
        let epoch = store.epoch();
        let clock = StoppedClock::at(1_000);
        let directory = Directory::open("corp".into(), store, clock, &tasks)
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
        let face = router(CrowdState::new(&crowd, gate, Arc::new(applications)));
        tasks.spawn(server::serve(listener, face, stop.clone()));
        let http = throng::client::build().unwrap();
        Self {
            company,
            source,
            directory,
            http,
            url,
            _stop: stop.drop_guard(),
        }
    }

    pub(super) fn tenant(&self) -> &Tenant {
        self.company.tenant()
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.directory.snapshot()
    }

    pub(super) async fn sync(&self) -> Went {
        let before = self.snapshot().cursor().cloned();
        match sync_once(&self.source, &self.directory, &Mapping::entra()).await {
            Err(error) => Went::Failed(format!("{error:#}")),
            // Every complete read ends at a new place.
            Ok(_) if self.snapshot().cursor() == before.as_ref() => Went::Incomplete,
            Ok(_) => Went::Complete,
        }
    }

    /// A client that knows nothing yet.
    pub(super) fn jira(&self) -> Jira {
        Jira::new(self.http.clone(), &self.url, "jira", Secret::new("secret"))
    }
}
