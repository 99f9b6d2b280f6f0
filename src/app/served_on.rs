//! Directories that vanished from the configuration: served on as they were, until somebody retires them.
//!
//! Jira deletes users that disappear, and a section that was lost in an edit must not delete anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::error::AppError;
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::retire::{RETIRED, retired};
use crate::model::commit::EntryWrite;
use crate::model::{Application, DirectoryId};
use crate::store::api::Durability;
use crate::store::config::Engine;
use crate::store::{self, Store};

/// The entry that says which directories each application saw at the last start.
const SPACE: &str = "served";
const KEY: &str = "applications";
/// A file beside the store that names its directories, for `throng check`: a running throng has the store itself.
const NAMES: &str = "directories";

/// What each application saw, in order.
type Seen = BTreeMap<String, Vec<DirectoryId>>;

/// What a start knows of the past.
pub(super) struct ServedOn {
    /// Directories of the store that have no section and are not retired.
    pub(super) directories: Vec<DirectoryId>,
    seen: Seen,
}

impl ServedOn {
    /// Looks into the store. A directory that was retired and has a section again begins anew.
    ///
    /// # Errors
    /// What the store says; an application's directory that is neither configured nor kept.
    pub(super) async fn find(
        config: &Config,
        store: &Arc<dyn Store>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, AppError> {
        let now = clock.now();
        let configured: BTreeSet<&str> = config.directories.iter().map(|section| &*section.id).collect();
        let over: BTreeSet<String> = store
            .entries(RETIRED, now)
            .await?
            .into_iter()
            .map(|entry| entry.key)
            .collect();
        let again: Vec<EntryWrite> = over
            .iter()
            .filter(|id| configured.contains(id.as_str()))
            .map(|id| retired(&id.as_str().into(), false))
            .collect();
        if !again.is_empty() {
            store.put_entries(again, Durability::Now).await?;
        }
        let mut directories = store.directories().await?;
        directories.retain(|id| !configured.contains(id.as_str()) && !over.contains(id.as_str()));
        config.missing_but(|id| directories.iter().any(|kept| kept.as_str() == id))?;
        let seen = store.entry(SPACE, KEY, now).await?;
        let seen = seen.and_then(|entry| serde_json::from_slice(&entry.value).ok());
        let seen = seen.unwrap_or_default();
        Ok(Self { directories, seen })
    }

    /// What an application sees now: what it names, and what it saw before of that which vanished, at its old place.
    pub(super) fn complete(&self, application: &mut Application) {
        let Some(before) = self.seen.get(&*application.name) else {
            return;
        };
        for (at, id) in before.iter().enumerate() {
            if !self.directories.contains(id) || application.directories.contains(id) {
                continue;
            }
            let now = &application.directories;
            let mut earlier = before[..at].iter().rev();
            let after = earlier.find_map(|earlier| now.iter().position(|id| id == earlier));
            application
                .directories
                .insert(after.map_or(0, |at| at + 1), id.clone());
        }
    }

    /// Remembers for the next start what the applications see, and says aloud what they see without a section.
    pub(super) async fn remember<'a>(
        &self,
        config: &Config,
        store: &Arc<dyn Store>,
        applications: impl Iterator<Item = &'a Application>,
    ) -> store::Result<()> {
        self.tell(config);
        let seen: Seen = applications
            .map(|application| (application.name.to_string(), application.directories.clone()))
            .collect();
        if seen == self.seen {
            return Ok(());
        }
        let write = EntryWrite {
            space: SPACE.to_owned(),
            key: KEY.to_owned(),
            value: serde_json::to_vec(&seen).ok(),
            expires_at: None,
            expect: None,
        };
        store.put_entries(vec![write], Durability::Now).await
    }

    /// Says aloud what is served without a section, and names all directories for `throng check`.
    fn tell(&self, config: &Config) {
        for id in &self.directories {
            tracing::warn!(
                directory = %id,
                "directory `{id}` has no section in the configuration: it is served on as it was; hint: if it is to go, \
                 `throng directory retire {id}`"
            );
        }
        if config.store.engine == Engine::Memory {
            return;
        }
        let configured = config.directories.iter().map(|section| section.id.clone());
        let kept = self.directories.iter().map(ToString::to_string);
        let names: Vec<String> = configured.chain(kept).collect();
        let file = config.store.path.join(NAMES);
        if let Err(error) = std::fs::write(&file, names.join("\n") + "\n") {
            tracing::warn!(file = %file.display(), %error, "`throng check` will not know the directories of this store");
        }
    }
}

/// The directories that the last start on this data folder served, as far as is known.
pub(super) fn last_served(folder: &Path) -> Vec<String> {
    let names = std::fs::read_to_string(folder.join(NAMES)).unwrap_or_default();
    names.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_vanished_keeps_its_place_among_those_that_stay() {
        let served = ServedOn {
            directories: vec!["gone".into(), "other".into()],
            seen: [("jira".to_owned(), vec!["a".into(), "gone".into(), "b".into()])].into(),
        };
        let mut application = Application {
            name: "jira".into(),
            directories: vec!["b".into(), "a".into()],
            nested_groups: false,
            flatten_groups: false,
            lower_case: false,
            access: BTreeSet::new(),
        };
        served.complete(&mut application);
        let ids: Vec<&str> = application.directories.iter().map(DirectoryId::as_str).collect();
        assert_eq!(ids, ["b", "a", "gone"]);
        served.complete(&mut application);
        assert_eq!(application.directories.len(), 3, "once");
    }
}
