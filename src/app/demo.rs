//! The demo: a simulated company, the Crowd face over a store in memory, a stand-in Jira.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::sync_once;
use crate::client;
use crate::clock::{Clock, SystemClock};
use crate::connector::entra::{Entra, EntraConfig};
use crate::directory::limits::Limits;
use crate::directory::{Applications, Directory};
use crate::http::crowd::{ApplicationConfig, CrowdConfig, CrowdState, Gate, router};
use crate::http::server;
use crate::model::DirectoryId;
use crate::secret::Secret;
use crate::simulator::entra::{Edit, Options, Running, start};
use crate::simulator::jira::{Jira, Synced};
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::sync::{Engine, Mapping, Synced as Followed};

/// The password of the demo's application; the listener is on loopback.
const PASSWORD: &str = "demo-password";

/// A running demo.
pub struct Demo {
    company: Running,
    engine: Arc<Engine>,
    directory: DirectoryId,
    jira: Jira,
    url: String,
    stop: CancellationToken,
}

/// Starts everything, then walks through the story; `say` gets each line.
///
/// # Errors
/// When a step does not end as it should.
pub async fn run(users: usize, say: &mut (dyn FnMut(String) + Send)) -> Result<Demo> {
    let mut demo = begin(users).await?;
    demo.first_load(say).await?;
    demo.changes(say).await?;
    demo.rename(say).await?;
    say(format!(
        "the Crowd service stays at {}, application `jira`, password `{PASSWORD}`",
        demo.url
    ));
    say(format!("the simulated Entra ID stays at {}", demo.company.url()));
    Ok(demo)
}

async fn begin(users: usize) -> Result<Demo> {
    let options = Options {
        users,
        groups: users.div_ceil(10),
        memberships: users * 5,
        ..Options::default()
    };
    let secret = Secret::new(options.client_secret.clone());
    let (tenant, client_id) = (options.tenant.clone(), options.client_id.clone());
    let company = start(options)
        .await
        .context("the simulated Entra ID does not start")?;
    let tasks = TaskTracker::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let config: EntraConfig = serde_json::from_value(serde_json::json!({
        "tenant": tenant, "client_id": client_id, "client_secret": { "value": "" },
        "login_url": company.url(), "graph_url": company.url(),
    }))?;
    let source = Entra::build(
        &config,
        secret,
        &BTreeSet::new(),
        Arc::clone(&clock),
        tasks.clone(),
    )?;
    let store: Arc<dyn Store> = MemoryStore::new();
    let epoch = store.epoch();
    let directory = Directory::open("corp".into(), store, Arc::clone(&clock), &tasks).await?;
    let stop = CancellationToken::new();
    let engine = follow(source, &directory, clock, tasks.clone(), stop.clone()).await?;
    let listener = server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .map_err(|error| anyhow!(error))?;
    let url = format!("http://{}/crowd", listener.local_addr()?);
    let application: ApplicationConfig = serde_json::from_value(serde_json::json!({
        "name": "jira", "password": { "value": PASSWORD }, "directories": ["corp"],
    }))?;
    let public_url = Some(url.clone());
    let crowd = CrowdConfig {
        public_url,
        ..CrowdConfig::default()
    };
    let gate = Gate::new(std::slice::from_ref(&application), Vec::new())?;
    let applications = Applications::new(
        epoch,
        vec![application.application()],
        std::slice::from_ref(&directory),
    );
    let face = router(CrowdState::new(&crowd, gate, Arc::new(applications)));
    tasks.spawn(server::serve(listener, face, stop.clone()));
    let jira = Jira::new(client::build()?, &url, "jira", Secret::new(PASSWORD));
    Ok(Demo {
        company,
        engine,
        directory: directory.id().clone(),
        jira,
        url,
        stop,
    })
}

async fn follow(
    source: Entra,
    directory: &Arc<Directory>,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    stop: CancellationToken,
) -> Result<Arc<Engine>> {
    let followed = Followed {
        directory: Arc::clone(directory),
        source: Arc::new(source),
        mapping: Mapping::entra(),
        limits: Limits::default(),
        full_every: None,
    };
    let store = Arc::clone(directory.store());
    Ok(Engine::open(store, clock, tasks, stop, vec![followed]).await?)
}

impl Demo {
    async fn pull(&self) -> Result<String> {
        let began = Instant::now();
        let run = sync_once(&self.engine, &self.directory, "demo").await?;
        let (users, groups, edges) = (run.counts.users, run.counts.groups, run.counts.memberships);
        Ok(format!(
            "throng read Entra ID: {} users, {} groups, {} memberships changed, in {} ms",
            users.added + users.updated + users.deactivated + users.removed,
            groups.added + groups.updated + groups.removed,
            edges.added + edges.removed,
            began.elapsed().as_millis()
        ))
    }

    async fn sync(&mut self) -> Result<(Synced, String)> {
        let began = Instant::now();
        let synced = self.jira.sync().await?;
        let how = match synced {
            Synced::Full => "in full".to_owned(),
            Synced::Incremental { events } => format!("by {events} events"),
        };
        let cache = &self.jira.cache;
        let counts = (cache.users.len(), cache.groups.len(), cache.memberships.len());
        let line = format!(
            "Jira synchronised {how} in {} ms: {} users, {} groups, {} memberships",
            began.elapsed().as_millis(),
            counts.0,
            counts.1,
            counts.2
        );
        Ok((synced, line))
    }

    async fn first_load(&mut self, say: &mut (dyn FnMut(String) + Send)) -> Result<()> {
        self.jira.test_settings().await.context("Test settings")?;
        say("Jira tested its settings: ok".to_owned());
        let early = self.jira.sync().await;
        ensure!(
            early.is_err(),
            "a listing before the first read must be refused, or Jira deletes whom it does not see"
        );
        say("Jira asked too early and was told to wait".to_owned());
        say(self.pull().await?);
        let (synced, line) = self.sync().await?;
        say(line);
        let truth = self.company.tenant().truth();
        ensure!(
            synced == Synced::Full && self.jira.cache.users.len() == truth.users.len(),
            "users are missing"
        );
        ensure!(
            self.jira.cache.memberships.len() == truth.members.len(),
            "memberships are missing"
        );
        let name = truth
            .users
            .values()
            .next()
            .map(|user| user.upn.clone())
            .unwrap_or_default();
        let refused = self.jira.log_in(&name, "whatever").await;
        ensure!(refused.is_err(), "nobody has a password here");
        say(format!(
            "Jira tried a log-in of `{name}`: refused, its password is kept by Entra ID"
        ));
        Ok(())
    }

    async fn changes(&mut self, say: &mut (dyn FnMut(String) + Send)) -> Result<()> {
        let truth = self.company.tenant().truth();
        let (group, leaver) = truth
            .members
            .first()
            .cloned()
            .context("the company has no memberships")?;
        let mut others = truth
            .users
            .iter()
            .filter(|(id, user)| user.enabled && **id != leaver);
        let (disabled, user) = others.next().context("the company has too few users")?;
        let outside = others.find(|(id, _)| !truth.members.contains(&(Arc::clone(&group), Arc::clone(id))));
        let (joiner, _) = outside.context("everybody is in that group")?;
        let edits = [
            Edit::DisableUser {
                user: disabled.to_string(),
            },
            Edit::Join {
                group: group.to_string(),
                member: joiner.to_string(),
            },
            Edit::Leave {
                group: group.to_string(),
                member: leaver.to_string(),
            },
        ];
        for edit in &edits {
            self.company.tenant().edit(edit)?;
        }
        say(format!(
            "at the source `{}` was disabled, one user joined a group, one left it",
            user.upn
        ));
        say(self.pull().await?);
        let (synced, line) = self.sync().await?;
        say(line);
        ensure!(
            matches!(synced, Synced::Incremental { events } if events > 0),
            "the change must come by events"
        );
        let cached = self
            .jira
            .cache
            .users
            .get(&user.upn.to_lowercase())
            .context("the disabled user is lost")?;
        ensure!(!cached.active, "the disabled user is still active in Jira");
        Ok(())
    }

    async fn rename(&mut self, say: &mut (dyn FnMut(String) + Send)) -> Result<()> {
        let truth = self.company.tenant().truth();
        let (id, user) = truth
            .users
            .iter()
            .find(|(_, user)| user.enabled)
            .context("nobody is enabled")?;
        let key = self
            .jira
            .cache
            .users
            .get(&user.upn.to_lowercase())
            .map(|user| user.key.clone());
        let upn = "renamed.person@corp.example".to_owned();
        self.company.tenant().edit(&Edit::RenameUser {
            user: id.to_string(),
            upn: upn.clone(),
        })?;
        say(format!("at the source `{}` was renamed to `{upn}`", user.upn));
        say(self.pull().await?);
        let (synced, line) = self.sync().await?;
        say(line);
        ensure!(
            synced == Synced::Full,
            "a rename must lead to a full synchronisation"
        );
        ensure!(
            self.jira.cache.users.get(&upn).map(|user| user.key.clone()) == key,
            "the key must survive a rename"
        );
        Ok(())
    }

    /// Ends the listener and the simulated company.
    pub async fn end(self) {
        self.stop.cancel();
        self.company.stop().await;
    }
}
