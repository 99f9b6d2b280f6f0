//! The demo: a simulated company, the daemon on a temporary store, a stand-in Jira.

mod begin;
mod story;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::Daemon;
use crate::model::DirectoryId;
use crate::simulator::entra::Running;
use crate::simulator::jira::{Jira, Synced};
use crate::sync::Ask;

/// How often long work says how far it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes each line of the story.
pub type Say<'a> = &'a mut (dyn FnMut(String) + Send);

/// A running demo.
pub struct Demo {
    company: Running,
    daemon: Daemon,
    jira: Jira,
    admin_token: String,
    /// Gone when the demo is dropped.
    _folder: TempDir,
}

/// Starts everything, then walks through the story; `say` gets each line.
///
/// # Errors
/// When a step does not end as it should.
pub async fn run(users: usize, say: Say<'_>) -> Result<Demo> {
    let mut demo = begin::begin(users, say).await?;
    demo.first_load(say).await?;
    demo.changes(say).await?;
    demo.rename(say).await?;
    begin::farewell(&demo, say);
    Ok(demo)
}

impl Demo {
    /// One synchronisation of the daemon, told when it is long.
    async fn pull(&self, say: Say<'_>) -> Result<()> {
        let began = Instant::now();
        let engine = self.daemon.engine();
        let ask = Ask {
            dry_run: false,
            full: false,
            by: "demo".to_owned(),
        };
        let id = engine.request(&corp(), ask)?;
        let run = loop {
            if let Ok(ended) = tokio::time::timeout(PATIENCE, engine.finished(&id)).await {
                break ended.context("the run is lost")?;
            }
            if let Some(run) = engine.run(&id) {
                say(format!("  … {} records read", run.records));
            }
        };
        if let Some(error) = &run.error {
            bail!("{}", error.message);
        }
        let (users, groups, memberships) = (run.counts.users, run.counts.groups, run.counts.memberships);
        say(format!(
            "throng read Entra ID in {} ms: {} users added, {} updated, {} deactivated; {} groups added; {} memberships added, {} removed",
            began.elapsed().as_millis(),
            users.added,
            users.updated,
            users.deactivated,
            groups.added,
            memberships.added,
            memberships.removed
        ));
        Ok(())
    }

    /// One synchronisation of the stand-in Jira.
    async fn sync(&mut self, say: Say<'_>) -> Result<Synced> {
        let began = Instant::now();
        let synced = self.jira.sync().await?;
        let how = match synced {
            Synced::Full => "in full".to_owned(),
            Synced::Incremental { events } => format!("by {events} events"),
        };
        let cache = &self.jira.cache;
        say(format!(
            "Jira synchronised {how} in {} ms: {} users, {} groups, {} memberships",
            began.elapsed().as_millis(),
            cache.users.len(),
            cache.groups.len(),
            cache.memberships.len()
        ));
        Ok(synced)
    }

    /// Ends the daemon and the simulated company.
    pub async fn end(self) {
        if let Err(error) = self.daemon.stop().await {
            tracing::warn!(%error, "the daemon did not end well");
        }
        self.company.stop().await;
    }
}

fn corp() -> DirectoryId {
    "corp".into()
}
