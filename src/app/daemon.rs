//! The daemon: everything open and wired, until it is drained.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::alerts::{self, Alerts};
use super::error::AppError;
use super::served_on::ServedOn;
use super::{activity, cleanup, linked, make_up, notices, open, session_key, trial, webhooks, wire};
use crate::cleanup::Cleaner;
use crate::client::Limiters;
use crate::clock::Clock;
use crate::config::{Config, DirectoryConfig, SourceConfig};
use crate::directory::session::SessionKey;
use crate::directory::{Activity, Applications, Directory, Marks, Sessions};
use crate::http::crowd::{Asks, CrowdConfig};
use crate::http::hosts::Hosts;
use crate::http::scim::Realm;
use crate::http::server;
use crate::model::DirectoryId;
use crate::schedule;
use crate::store::Store;
use crate::store::api::Durability;
use crate::sync::{Engine, SlowLanes, Synced};

/// How long running work may take to end after the stop.
const DRAIN: Duration = Duration::from_secs(25);

/// How long a start waits for the addresses of hosts in address lists.
const FIRST_LOOK_UP: Duration = Duration::from_secs(2);

/// A running throng.
pub struct Daemon {
    crowd: SocketAddr,
    crowd_url: String,
    admin: SocketAddr,
    scim: Option<SocketAddr>,
    engine: Arc<Engine>,
    directories: Vec<Arc<Directory>>,
    applications: Arc<Applications>,
    activity: Arc<Activity>,
    slow: Arc<SlowLanes>,
    cleaner: Arc<Cleaner>,
    /// Absent until the pushed directories stand.
    alerts: Option<Arc<Alerts>>,
    store: Arc<dyn Store>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Daemon {
    /// Opens the store, wires the faces, starts the schedules.
    ///
    /// # Errors
    /// What could not be opened, built or listened on.
    pub async fn start(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, AppError> {
        // Ports first: a second daemon must fail before it touches anything.
        let crowd = bind(config.crowd.listen).await?;
        let admin = bind(config.admin.listen).await?;
        let scim = bind_scim(config).await?;
        let store = open::store(&config.store, Arc::clone(&clock)).await?;
        let key = session_key::session_key(&config.store)?;
        Self::over(config, clock, (store, key), (crowd, admin, scim)).await
    }

    /// The same over an open store, for tests that restart a daemon on it; single sign-on sessions end with it.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_on(
        config: &Config,
        clock: Arc<dyn Clock>,
        store: Arc<dyn Store>,
    ) -> Result<Self, AppError> {
        let crowd = bind(config.crowd.listen).await?;
        let admin = bind(config.admin.listen).await?;
        let listeners = (crowd, admin, bind_scim(config).await?);
        Self::over(config, clock, (store, session_key::random()?), listeners).await
    }

    async fn over(
        config: &Config,
        clock: Arc<dyn Clock>,
        (store, key): (Arc<dyn Store>, SessionKey),
        (crowd, admin, scim): (TcpListener, TcpListener, Option<TcpListener>),
    ) -> Result<Self, AppError> {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let served_on = ServedOn::find(config, &store, &clock).await?;
        let directories = directories((config, &served_on), &store, &clock, &tasks).await?;
        let limiters = Arc::new(Limiters::default());
        let (synced, asks) = synced(config, &directories, &limiters, &clock, &tasks)?;
        // Before anything can change: a user who left while all stood still is found by looking.
        let sessions = Sessions::open(
            key,
            config.crowd.sso.sessions(),
            Arc::clone(&store),
            Arc::clone(&clock),
            &directories,
            (tasks.clone(), stop.clone()),
        )
        .await?;
        let told = (&directories[..], &synced[..]);
        let (activity, slow) = activity::activity(config, &store, &clock, told, (&tasks, &stop)).await?;
        let (kept, time) = (Arc::clone(&store), Arc::clone(&clock));
        let engine = Engine::open(kept, time, tasks.clone(), stop.clone(), synced).await?;
        let applications = wire::applications(config, store.epoch(), &directories, &clock, &served_on);
        served_on.remember(config, &store, applications.all()).await?;
        let (known, running) = ((&applications, &activity), (&tasks, &stop));
        let outbox = notices::open(config, (&store, &clock), running).await?;
        let cleaner = cleanup::open(config, (&store, &clock), &directories, known, &outbox, running).await?;
        let webhooks =
            webhooks::webhooks(&store, &clock, &applications, &directories, (&tasks, &stop)).await?;
        let section = listening(config, &crowd);
        let mut daemon = Self {
            crowd: section.listen,
            crowd_url: section.url(),
            admin: admin.local_addr().unwrap_or(config.admin.listen),
            scim: scim.as_ref().and_then(|scim| scim.local_addr().ok()),
            engine,
            directories,
            applications,
            activity,
            slow,
            cleaner,
            alerts: None,
            store,
            tasks,
            stop,
        };
        let kept = daemon.client_memory(config, &clock).await;
        let seen = Arc::clone(&daemon.applications);
        let known = (Arc::clone(&sessions), Arc::clone(&daemon.activity));
        let passwords = (asks, cleanup::may_return(&daemon.cleaner));
        let face = wire::crowd(config, &section, seen, known, webhooks, kept, passwords)?;
        daemon.serve(crowd, face);
        let realms = match scim {
            Some(scim) => daemon.serve_scim(config, scim, &clock).await?,
            None => Vec::new(),
        };
        daemon.alerts = Some(daemon.alerting(config, &realms, &clock));
        let unsectioned = served_on.directories;
        daemon.serve_admin(config, admin, sessions, (&clock, &realms, limiters), unsectioned)?;
        daemon.schedule(config, clock);
        daemon.announce();
        Ok(daemon)
    }

    fn alerting(&self, config: &Config, realms: &[Arc<Realm>], clock: &Arc<dyn Clock>) -> Arc<Alerts> {
        let kept = (&self.store, clock);
        Alerts::new(config, &self.engine, realms, self.cleaner.outbox(), kept)
    }

    fn serve_admin(
        &self,
        config: &Config,
        listener: TcpListener,
        sessions: Arc<Sessions>,
        (clock, realms, limiters): (&Arc<dyn Clock>, &[Arc<Realm>], Arc<Limiters>),
        served_on: Vec<DirectoryId>,
    ) -> Result<(), AppError> {
        let (time, tasks) = (Arc::clone(clock), self.tasks.clone());
        let trials = trial::trials(config, &self.directories, limiters, time, tasks);
        let seen = (Arc::clone(&self.activity), Arc::clone(&self.slow));
        let face = wire::admin(
            config,
            Arc::clone(&self.engine),
            self.directories.clone(),
            Arc::clone(&self.applications),
            (sessions, seen, Arc::clone(&self.cleaner)),
            (clock, Arc::clone(&self.store)),
            (realms, trials, served_on),
        )?;
        self.serve(listener, face);
        Ok(())
    }

    async fn serve_scim(
        &self,
        config: &Config,
        listener: TcpListener,
        clock: &Arc<dyn Clock>,
    ) -> Result<Vec<Arc<Realm>>, AppError> {
        let epoch = self.store.epoch();
        let (face, realms) = wire::scim(
            config,
            self.scim,
            epoch,
            &self.directories,
            (&self.activity, clock),
        )
        .await?;
        self.serve(listener, face);
        Ok(realms)
    }

    /// What the Crowd face keeps of its clients: marks of full syncs, addresses of hosts in address lists.
    async fn client_memory(&self, config: &Config, clock: &Arc<dyn Clock>) -> (Marks, Arc<Hosts>) {
        let hosts = wire::hosts(config, Arc::clone(clock));
        // Looked up once before anybody is let in, if the resolver is quick; then beside the requests.
        drop(tokio::time::timeout(FIRST_LOOK_UP, hosts.refresh()).await);
        self.tasks.spawn(Arc::clone(&hosts).run(self.stop.clone()));
        (Marks::new(Arc::clone(&self.store), Arc::clone(clock)), hosts)
    }

    fn serve(&self, listener: TcpListener, face: Router) {
        let serving = server::serve(listener, face, self.stop.clone());
        self.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "a listener failed");
            }
        });
    }

    /// Starts the schedules, and what they missed.
    fn schedule(&self, config: &Config, clock: Arc<dyn Clock>) {
        make_up::make_up(config, &self.engine, &self.directories, clock.now());
        let at = (&self.tasks, &self.stop);
        linked::follow(config, (&self.engine, &self.slow), &self.directories, at);
        self.slow.catch_up();
        cleanup::make_up(config, &self.cleaner, clock.now());
        let mut jobs = wire::jobs(config, &self.engine);
        jobs.extend(wire::expiry(&self.directories));
        jobs.extend(activity::jobs(config, &self.slow));
        jobs.extend(cleanup::jobs(config, &self.cleaner));
        jobs.extend(self.alerts.as_ref().and_then(alerts::job));
        self.tasks.spawn(schedule::run(jobs, clock, self.stop.clone()));
    }

    fn announce(&self) {
        for directory in &self.directories {
            let snapshot = directory.snapshot();
            let (users, groups) = (snapshot.user_count(), snapshot.group_count());
            tracing::info!(directory = %directory.id(), users, groups, seq = %snapshot.seq(), "serving `{}`", directory.id());
        }
        tracing::info!(crowd = %self.crowd_url, admin = %self.admin, "throng is up");
    }

    /// Where the Crowd face listens.
    pub fn crowd(&self) -> SocketAddr {
        self.crowd
    }

    /// The base URL for Crowd clients.
    pub fn crowd_url(&self) -> &str {
        &self.crowd_url
    }

    /// Where the admin face listens.
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// Where the SCIM face listens, if anything is pushed.
    pub fn scim(&self) -> Option<SocketAddr> {
        self.scim
    }

    /// What synchronises.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The applications with their views.
    pub fn applications(&self) -> &Arc<Applications> {
        &self.applications
    }

    /// What runs the policies.
    pub fn cleaner(&self) -> &Arc<Cleaner> {
        &self.cleaner
    }

    /// Looks at what waits for a person, and tells of what was not told of: for tests, whose clock is moved by hand.
    pub async fn alert(&self) {
        if let Some(alerts) = &self.alerts {
            alerts.look().await;
        }
    }

    /// When users were last seen.
    pub fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }

    /// An open directory.
    pub fn directory(&self, id: &DirectoryId) -> Option<&Arc<Directory>> {
        self.directories.iter().find(|directory| directory.id() == id)
    }

    /// Ends the faces, the running work, the writers, then the store.
    ///
    /// # Errors
    /// When the store cannot be closed.
    pub async fn stop(self) -> Result<(), AppError> {
        tracing::info!("stopping");
        self.stop.cancel();
        let Self {
            engine,
            directories,
            applications,
            activity,
            slow,
            cleaner,
            alerts,
            store,
            tasks,
            ..
        } = self;
        drop((engine, slow, cleaner, alerts, directories, applications)); // writers end with the last handle of their directory
        tasks.close();
        if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
            tracing::warn!(
                tasks = tasks.len(),
                "some work did not end in time; the store is closed all the same"
            );
        }
        // Nobody is let in any more: this is all.
        if let Err(error) = activity.write(Durability::Now).await {
            tracing::warn!(code = error.code(), %error, "who was seen last was not written down");
        }
        store.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// The SCIM face listens only where a directory is pushed to.
async fn bind_scim(config: &Config) -> Result<Option<TcpListener>, AppError> {
    let is_pushed = |directory: &DirectoryConfig| matches!(directory.source, SourceConfig::ScimPush(_));
    if !config.directories.iter().any(is_pushed) {
        return Ok(None);
    }
    bind(config.scim.listen).await.map(Some)
}

/// The Crowd face's section with the port that it really has.
fn listening(config: &Config, crowd: &TcpListener) -> CrowdConfig {
    CrowdConfig {
        listen: crowd.local_addr().unwrap_or(config.crowd.listen),
        ..config.crowd.clone()
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, AppError> {
    server::bind(address).await.map_err(AppError::Listen)
}

async fn directories(
    (config, served_on): (&Config, &ServedOn),
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    tasks: &TaskTracker,
) -> Result<Vec<Arc<Directory>>, AppError> {
    let mut open = Vec::with_capacity(config.directories.len());
    for directory in &config.directories {
        let id = directory.directory_id();
        let opened = Directory::open(id, Arc::clone(store), Arc::clone(clock), tasks).await?;
        if !directory.source.is_read() {
            opened.begin(clock.now()).await?;
        }
        let defaults = directory.groups.default.iter().map(|name| name.as_str().into());
        opened.set_default_groups(defaults.collect()).await?;
        opened.set_protected(config.protect.names()).await?;
        open.push(opened);
    }
    for id in &served_on.directories {
        let opened = Directory::open(id.clone(), Arc::clone(store), Arc::clone(clock), tasks).await?;
        // What was never read completely was served to nobody, and would keep others from being served.
        open.extend(opened.snapshot().cursor().is_some().then_some(opened));
    }
    Ok(open)
}

fn synced(
    config: &Config,
    directories: &[Arc<Directory>],
    limiters: &Limiters,
    clock: &Arc<dyn Clock>,
    tasks: &TaskTracker,
) -> Result<(Vec<Synced>, Asks), AppError> {
    let mut synced = Vec::with_capacity(directories.len());
    for (section, directory) in config.directories.iter().zip(directories) {
        let section = &cleanup::telling_guests(section, &config.cleanup);
        let mapping = linked::mapping(section, &config.directories);
        let (time, work) = (Arc::clone(clock), tasks.clone());
        let source = match linked::source(section, &mapping, directories, time, work) {
            None => open::source(section, limiters, Arc::clone(clock), tasks.clone())?,
            linked => linked,
        };
        synced.extend(source.map(|source| Synced {
            directory: Arc::clone(directory),
            source,
            mapping,
            rules: Arc::new(open::rules(section, &config.protect)),
            limits: section.limits.limits(),
            full_every: Some(section.sync.clone().unwrap_or_default().full_every.0),
        }));
    }
    let mut asks = wire::asks(config, &synced);
    asks.extend(linked::asks(config, directories, &asks, tasks));
    Ok((synced, asks))
}
