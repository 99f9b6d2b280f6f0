//! Directories under settings that nobody has saved: built as at a start, for one plan or one test.

use std::sync::Arc;

use serde_json::Value;
use tokio_util::task::TaskTracker;

use super::{linked, open};
use crate::client::Limiters;
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::Directory;
use crate::http::admin::Try;
use crate::sync::config::UsersScope;
use crate::sync::{Synced, Trial};

/// Makes trials of the configured directories. Their sources share the limiters of those that are read by schedule.
pub(super) fn trials(
    config: &Config,
    directories: &[Arc<Directory>],
    limiters: Arc<Limiters>,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
) -> Box<Try> {
    let known: Vec<_> = config
        .directories
        .iter()
        .cloned()
        .zip(directories.iter().cloned())
        .collect();
    let (protect, sections_of, open) = (
        config.protect.clone(),
        config.directories.clone(),
        directories.to_vec(),
    );
    Box::new(move |id, settings, one| {
        let found = known.iter().find(|(saved, _)| saved.id == id);
        let (saved, directory) = found.ok_or_else(|| format!("directory `{id}` is not configured"))?;
        let tried = saved.under(settings)?;
        let mut read = tried.clone();
        if one && read.scope.users == UsersScope::Assigned {
            // Whoever is not assigned would not be told at all.
            read.scope.users = UsersScope::All;
        }
        let mapping = linked::mapping(&tried, &sections_of);
        let source = linked::source(&read, &mapping, &open, Arc::clone(&clock), tasks.clone());
        let source = match source {
            None => open::source(&read, &limiters, Arc::clone(&clock), tasks.clone()),
            linked => Ok(linked),
        };
        let source = source.map_err(|error| error.to_string())?;
        let source = source.ok_or_else(|| format!("directory `{id}` has no source that could be read"))?;
        Ok(Trial {
            synced: Synced {
                directory: Arc::clone(directory),
                source,
                mapping,
                rules: Arc::new(open::rules(&tried, &protect)),
                limits: tried.limits.limits(),
                full_every: None,
            },
            text: settings.to_string(),
            sections: sections(settings),
        })
    })
}

fn sections(settings: &Value) -> Vec<String> {
    let named = settings.as_object().into_iter().flatten();
    named.map(|(name, _)| name.clone()).collect()
}
