//! What every request of the admin face needs.

use std::sync::Arc;

use super::backup::Begin;
use super::error::Refusal;
use super::gate::AdminGate;
use super::pushed::Pushed;
use super::trials::{Trials, Try};
use crate::cleanup::Cleaner;
use crate::clock::Clock;
use crate::directory::{Activity, Applications, Directory, Sessions};
use crate::model::DirectoryId;
use crate::sync::{Engine, SlowLanes};

/// Shared by all requests. Cheap to clone.
#[derive(Clone)]
pub struct AdminState {
    pub(super) gate: Arc<AdminGate>,
    pub(super) engine: Arc<Engine>,
    pub(super) directories: Arc<[Arc<Directory>]>,
    pub(super) applications: Arc<Applications>,
    pub(super) sessions: Arc<Sessions>,
    /// Milliseconds since 1970 of the start.
    pub(super) started: i64,
    pub(super) backup: Arc<Begin>,
    pushed: Arc<[Pushed]>,
    activity: Option<(Arc<Activity>, Arc<SlowLanes>)>,
    trials: Option<Arc<Trials>>,
    cleaner: Option<Arc<Cleaner>>,
    served_on: Arc<[DirectoryId]>,
}

impl AdminState {
    /// A face for these parts of a daemon that started at `started`.
    pub fn new(
        gate: AdminGate,
        engine: Arc<Engine>,
        directories: Vec<Arc<Directory>>,
        applications: Arc<Applications>,
        sessions: Arc<Sessions>,
        started: i64,
        backup: Arc<Begin>,
    ) -> Self {
        Self {
            gate: Arc::new(gate),
            engine,
            directories: directories.into(),
            applications,
            sessions,
            started,
            backup,
            pushed: Arc::default(),
            activity: None,
            trials: None,
            cleaner: None,
            served_on: Arc::default(),
        }
    }

    /// With the directories that are pushed.
    #[must_use]
    pub fn with_pushed(self, pushed: Vec<Pushed>) -> Self {
        let pushed = pushed.into();
        Self { pushed, ..self }
    }

    /// With what is known of when users were last seen.
    #[must_use]
    pub fn with_activity(self, activity: Arc<Activity>, slow: Arc<SlowLanes>) -> Self {
        let activity = Some((activity, slow));
        Self { activity, ..self }
    }

    /// With what runs the policies.
    #[must_use]
    pub fn with_cleaner(self, cleaner: Arc<Cleaner>) -> Self {
        let cleaner = Some(cleaner);
        Self { cleaner, ..self }
    }

    pub(super) fn cleaner(&self) -> Option<&Arc<Cleaner>> {
        self.cleaner.as_ref()
    }

    pub(super) fn activity(&self) -> Option<&Arc<Activity>> {
        self.activity.as_ref().map(|(activity, _)| activity)
    }

    pub(super) fn slow_lanes(&self) -> Option<&Arc<SlowLanes>> {
        self.activity.as_ref().map(|(_, slow)| slow)
    }

    /// With a maker of directories under settings that are not saved.
    #[must_use]
    pub fn with_trials(self, clock: Arc<dyn Clock>, make: Box<Try>) -> Self {
        let trials = Some(Arc::new(Trials::new(make, clock)));
        Self { trials, ..self }
    }

    /// The maker of directories under settings that are not saved.
    pub(super) fn trials(&self) -> Result<&Trials, Refusal> {
        self.trials.as_deref().ok_or(Refusal::Failed)
    }

    /// A directory with a source that is read.
    pub(super) fn read_directory(&self, id: &str) -> Result<&Arc<Directory>, Refusal> {
        let directory = self.directory(id)?;
        let read = self.engine.directories().any(|read| read == directory.id());
        read.then_some(directory)
            .ok_or_else(|| Refusal::NoSource(id.to_owned()))
    }

    /// With the directories that are served without a section of the configuration.
    #[must_use]
    pub fn with_served_on(self, served_on: Vec<DirectoryId>) -> Self {
        let served_on = served_on.into();
        Self { served_on, ..self }
    }

    /// Whether a directory is served without a section of the configuration.
    pub(super) fn is_served_on(&self, directory: &Directory) -> bool {
        self.served_on.contains(directory.id())
    }

    pub(super) fn directory(&self, id: &str) -> Result<&Arc<Directory>, Refusal> {
        let found = self
            .directories
            .iter()
            .find(|directory| directory.id().as_str() == id);
        found.ok_or_else(|| Refusal::Missing {
            kind: "directory",
            id: id.to_owned(),
        })
    }

    /// A directory that is pushed.
    pub(super) fn pushed(&self, id: &str) -> Result<&Pushed, Refusal> {
        self.directory(id)?;
        self.pushed_to(id)
            .ok_or_else(|| Refusal::NotPushed(id.to_owned()))
    }

    /// The same, if it is one.
    pub(super) fn pushed_to(&self, id: &str) -> Option<&Pushed> {
        let mut pushed = self.pushed.iter();
        pushed.find(|pushed| pushed.brake.directory().id().as_str() == id)
    }
}
