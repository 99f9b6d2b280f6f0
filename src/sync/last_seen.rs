//! The slow lane: when users last signed in at the source, read beside the synchronisation. Its failure is its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::engine::Synced;
use super::links;
use crate::connector::api::{Connector, ConnectorError, Evidence};
use crate::directory::activity::{How, Lane, Picture, Sighting, Took};
use crate::directory::{Activity, Directory};
use crate::model::DirectoryId;

/// A day: a start reads the lane that has not been read for so long.
const DAY: i64 = 86_400_000;

/// What a read of the lane came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlowRead {
    /// The source tells nothing of sign-ins, or is told not to.
    NotTold,
    /// It was read.
    Read {
        /// How many users it told of.
        users: usize,
        /// How many of them the directory does not have; the next read tells of them again.
        unknown: usize,
    },
    /// It failed, which the lane's health tells.
    Failed {
        /// The error's code.
        code: &'static str,
        /// In words.
        words: String,
    },
    /// Another read of it is under way.
    Busy,
}

/// One directory's lane.
struct SlowLane {
    directory: Arc<Directory>,
    source: Arc<dyn Connector>,
    /// Of a linked directory the directories whose evidence it has.
    parts: Vec<Arc<Directory>>,
    reading: tokio::sync::Mutex<()>,
}

/// The slow lanes of all directories with a source.
pub struct SlowLanes {
    activity: Arc<Activity>,
    lanes: BTreeMap<DirectoryId, Arc<SlowLane>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl SlowLanes {
    /// The lanes of what is synchronised; those of `linked` directories are what is known of their parts. Reads that somebody asks for are made on `tasks` until `stop`.
    pub fn new(
        synced: &[Synced],
        linked: &BTreeMap<DirectoryId, Vec<Arc<Directory>>>,
        activity: Arc<Activity>,
        (tasks, stop): (TaskTracker, CancellationToken),
    ) -> Arc<Self> {
        let lanes = synced.iter().map(|synced| {
            let lane = SlowLane {
                directory: Arc::clone(&synced.directory),
                source: Arc::clone(&synced.source),
                parts: linked.get(synced.directory.id()).cloned().unwrap_or_default(),
                reading: tokio::sync::Mutex::default(),
            };
            (synced.directory.id().clone(), Arc::new(lane))
        });
        Arc::new(Self {
            activity,
            lanes: lanes.collect(),
            tasks,
            stop,
        })
    }

    /// Reads a directory's lane to its end; `None` where it has no source, or all ends.
    pub async fn read(&self, directory: &DirectoryId) -> Option<SlowRead> {
        let read = self.read_alone(directory).await?;
        let has = |lane: &SlowLane| lane.parts.iter().any(|part| part.id() == directory);
        // Whoever was seen there was seen as a linked user as well.
        for (whole, _) in self.lanes.iter().filter(|(_, lane)| has(lane)) {
            self.read_alone(whole).await?;
        }
        Some(read)
    }

    async fn read_alone(&self, directory: &DirectoryId) -> Option<SlowRead> {
        let lane = self.lanes.get(directory)?;
        let reading = async {
            if lane.parts.is_empty() {
                lane.read(&self.activity).await
            } else {
                lane.gather(&self.activity, &self.tasks).await
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => None,
            read = reading => Some(read),
        }
    }

    /// Starts to read a lane, whoever waits for it; `None` where the directory has no source.
    pub fn start(self: &Arc<Self>, directory: &DirectoryId) -> Option<JoinHandle<Option<SlowRead>>> {
        self.lanes.get(directory)?;
        let (lanes, directory) = (Arc::clone(self), directory.clone());
        Some(self.tasks.spawn(async move { lanes.read(&directory).await }))
    }

    /// Reads each lane that was not read for a day, once its directory has been read: evidence of users who are not there
    /// yet would be lost. What a schedule missed while nothing ran is made up for so.
    pub fn catch_up(self: &Arc<Self>) {
        for id in self.lanes.keys().filter(|id| self.is_due(id)) {
            let (lanes, id) = (Arc::clone(self), id.clone());
            self.tasks.spawn(async move {
                let Some(lane) = lanes.lanes.get(&id) else { return };
                tokio::select! {
                    () = lanes.stop.cancelled() => return,
                    () = lane.filled() => {}
                }
                lanes.read(&id).await;
            });
        }
    }

    fn is_due(&self, directory: &DirectoryId) -> bool {
        let now = self.activity.now();
        let last = self.activity.lane_health(directory, Lane::Source).last_success;
        // A success that lies ahead is one of a wrong clock.
        last.is_none_or(|last| last > now || now - last >= DAY)
    }
}

impl SlowLane {
    /// Waits for the directory's first complete read.
    async fn filled(&self) {
        let mut heads = self.directory.heads();
        while self.directory.snapshot().cursor().is_none() {
            if heads.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    async fn read(&self, activity: &Activity) -> SlowRead {
        let Ok(_alone) = self.reading.try_lock() else {
            return SlowRead::Busy;
        };
        let directory = self.directory.id();
        match self.source.last_seen().await {
            Ok(None) => SlowRead::NotTold,
            Ok(Some(evidence)) => {
                let (users, unknown) = self.tell(activity, &evidence);
                activity.succeeded(directory, Lane::Source);
                tracing::info!(%directory, users, unknown, "the source of `{directory}` told when {users} users were last seen");
                SlowRead::Read { users, unknown }
            }
            Err(error) => {
                let (code, words) = (error.code(), error.to_string());
                activity.failed(directory, Lane::Source, &words);
                tracing::warn!(%directory, code, error = %words, "the source of `{directory}` did not tell when users were last seen");
                SlowRead::Failed { code, words }
            }
        }
    }

    /// What is known of the users that the persons of a linked directory are.
    async fn gather(&self, activity: &Activity, tasks: &TaskTracker) -> SlowRead {
        let _alone = self.reading.lock().await;
        let directory = self.directory.id();
        let parts: Vec<_> = self
            .parts
            .iter()
            .map(|part| (part.snapshot(), activity.picture(part.id())))
            .collect();
        let told = |picture: &Picture| {
            Lane::ALL
                .iter()
                .any(|lane| picture.health(*lane).last_success.is_some())
        };
        let any = parts.iter().any(|(_, picture)| told(picture));
        let failing = parts.iter().find_map(|(part, picture)| {
            let health = picture.health(Lane::Source);
            let failure = health.last_failure.as_ref().filter(|_| health.failing)?;
            Some(format!("directory `{}`: {}", part.directory(), failure.words))
        });
        let (own, known) = (self.directory.snapshot(), activity.picture(directory));
        // Every person is looked at: away from the tasks that answer requests.
        let gathering = tasks.spawn_blocking(move || links::carried((&own, &known), &parts));
        let carried = gathering.await.unwrap_or_default();
        for (user, seen) in &carried {
            let sighting = Sighting {
                lane: Lane::Source,
                at: seen.at,
                how: seen.origin.how,
                application: seen.origin.application.as_deref(),
            };
            activity.saw(directory, *user, sighting);
        }
        if let Some(words) = failing {
            activity.failed(directory, Lane::Source, &words);
            let code = ConnectorError::Unavailable(String::new()).code();
            return SlowRead::Failed { code, words };
        }
        if !any && carried.is_empty() {
            return SlowRead::NotTold;
        }
        activity.succeeded(directory, Lane::Source);
        let (users, unknown) = (carried.len(), 0);
        SlowRead::Read { users, unknown }
    }

    fn tell(&self, activity: &Activity, evidence: &Evidence) -> (usize, usize) {
        let (snapshot, mut unknown, mut ahead) = (self.directory.snapshot(), 0, 0);
        for (external, at) in &evidence.seen {
            let user = snapshot
                .user_id(external)
                .filter(|user| snapshot.live_user(*user).is_some());
            let Some(user) = user else {
                unknown += 1;
                continue;
            };
            let sighting = Sighting {
                lane: Lane::Source,
                at: *at,
                how: How::SignIn,
                application: None,
            };
            if activity.saw(self.directory.id(), user, sighting) == Took::Ahead {
                ahead += 1;
            }
        }
        if ahead > 0 {
            let directory = self.directory.id();
            tracing::warn!(%directory, ahead, "{ahead} sign-ins lie ahead of this machine's clock; hint: set it");
        }
        (evidence.seen.len(), unknown)
    }
}
