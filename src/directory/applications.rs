//! The applications, each with its view of the live directories.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::told::Tellings;
use super::view::{View, ViewData};
use super::writer::Directory;
use crate::clock::{Clock, SystemClock};
use crate::model::{Application, DirectoryId, Epoch};

/// Every configured application.
pub struct Applications {
    epoch: Epoch,
    all: HashMap<Arc<str>, Served>,
    told: Tellings,
}

struct Served {
    application: Arc<Application>,
    directories: Vec<Arc<Directory>>,
    hash: u64,
    /// The last view: shared while no head moves, so that listings are merged once per snapshot set.
    last: Mutex<Option<Arc<ViewData>>>,
}

impl Applications {
    /// Binds applications to directories. An application's directory that is not among `directories` is left out;
    /// the configuration has refused it before.
    pub fn new(epoch: Epoch, applications: Vec<Application>, directories: &[Arc<Directory>]) -> Self {
        let find = |id: &DirectoryId| {
            directories
                .iter()
                .find(|directory| directory.id() == id)
                .map(Arc::clone)
        };
        let all = applications
            .into_iter()
            .map(|application| {
                let directories = application.directories.iter().filter_map(find).collect();
                let hash = view_hash(&application);
                let name = Arc::clone(&application.name);
                (
                    name,
                    Served {
                        application: Arc::new(application),
                        directories,
                        hash,
                        last: Mutex::new(None),
                    },
                )
            })
            .collect();
        let told = Tellings::new(Arc::new(SystemClock));
        Self { epoch, all, told }
    }

    /// The same, with another clock for what is told when.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.told = Tellings::new(clock);
        self
    }

    /// What each was last told.
    pub fn told(&self) -> &Tellings {
        &self.told
    }

    /// All applications, as they are served.
    pub fn all(&self) -> impl Iterator<Item = &Application> {
        self.all.values().map(|served| served.application.as_ref())
    }

    /// The names of all applications.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.all.keys()
    }

    /// The directories that an application sees, in its order, as its view's snapshots are.
    pub fn directories(&self, application: &str) -> Option<&[Arc<Directory>]> {
        self.all
            .get(application)
            .map(|served| served.directories.as_slice())
    }

    /// What the application sees now.
    pub fn view(&self, application: &str) -> Option<View> {
        let served = self.all.get(application)?;
        let snapshots: Vec<_> = served
            .directories
            .iter()
            .map(|directory| directory.snapshot())
            .collect();
        let mut last = served.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(data) = last.as_ref()
            && data
                .snapshots
                .iter()
                .zip(&snapshots)
                .all(|(old, new)| Arc::ptr_eq(old, new))
        {
            return Some(View(Arc::clone(data)));
        }
        let data = ViewData::new(
            Arc::clone(&served.application),
            snapshots,
            self.epoch,
            served.hash,
        );
        let data = Arc::new(data);
        *last = Some(Arc::clone(&data));
        Some(View(data))
    }
}

/// What makes two views answer alike: directories in order, options, access groups. Stable across restarts (feed §2).
fn view_hash(application: &Application) -> u64 {
    let mut hash = Sha256::new();
    for directory in &application.directories {
        hash.update(directory.as_str().as_bytes());
        hash.update([0]);
    }
    hash.update([
        u8::from(application.nested_groups),
        u8::from(application.lower_case),
    ]);
    if application.flatten_groups {
        hash.update([2]); // only then, so that tokens of others stay good
    }
    for group in &application.access {
        hash.update(group.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
