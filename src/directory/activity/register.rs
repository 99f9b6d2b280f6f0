//! The register of evidence: told of sightings, asked for the newest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::book::Book;
use super::health::{LaneHealth, SKEW};
use super::keeper;
use super::lane::{How, Lane, Seen, Sighting};
use super::picture::{ATTEMPTS, Picture};
use crate::clock::Clock;
use crate::directory::Directory;
use crate::model::{DirectoryId, UserId};
use crate::store::{self, Store};

/// Sources that never saw a user say 1970, Active Directory 1601. Whatever is no later than this says nothing.
const NEVER: i64 = 86_400_000;

/// What became of a sighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// It is the newest of its lane.
    Newer,
    /// The lane has a newer one, or the same.
    Older,
    /// It lies ahead of our clock: some clock is wrong. Nothing is kept of it.
    Ahead,
    /// It says that the user was never seen, or names no directory of ours. Nothing is kept of it.
    Nothing,
}

/// All evidence of an installation.
pub struct Activity {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) books: HashMap<DirectoryId, Mutex<Book>>,
    /// One write at a time, so that an older block never follows a newer one.
    pub(super) writing: tokio::sync::Mutex<()>,
    /// Told when the store has something to learn.
    pub(super) untold: Notify,
}

impl Activity {
    /// Reads what the store has of these directories; writes down what is new on `tasks`, every so often, until `stop`.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        directories: &[Arc<Directory>],
        write_every: Duration,
        (tasks, stop): (&TaskTracker, CancellationToken),
    ) -> store::Result<Arc<Self>> {
        let ids = directories.iter().map(|directory| directory.id().clone());
        let activity = Arc::new(Self {
            store,
            clock,
            books: ids.map(|id| (id, Mutex::default())).collect(),
            writing: tokio::sync::Mutex::default(),
            untold: Notify::new(),
        });
        activity.load(directories).await?;
        tasks.spawn(keeper::keep(Arc::clone(&activity), write_every, stop));
        Ok(activity)
    }

    /// Milliseconds since 1970, now.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// A user was seen.
    pub fn saw(&self, directory: &DirectoryId, user: UserId, sighting: Sighting<'_>) -> Took {
        let now = self.clock.now();
        if sighting.at <= NEVER {
            return Took::Nothing;
        }
        if sighting.at > now.saturating_add(SKEW) {
            return Took::Ahead;
        }
        let Some(mut book) = self.book(directory) else {
            return Took::Nothing;
        };
        let Sighting {
            lane,
            at,
            how,
            application,
        } = sighting;
        let newer = book.keep(lane.at(), user, (at, how), application, now);
        book.health_mut(lane).saw(at / 1000 * 1000, now);
        drop(book);
        self.untold.notify_one();
        if newer { Took::Newer } else { Took::Older }
    }

    /// Somebody tried to let a user in who is inactive.
    pub fn attempted(&self, directory: &DirectoryId, user: UserId, how: How, application: &str) {
        let now = self.clock.now();
        if let Some(mut book) = self.book(directory) {
            book.keep(ATTEMPTS, user, (now, how), Some(application), now);
            drop(book);
            self.untold.notify_one();
        }
    }

    /// A lane was read without a failure, whatever it told.
    pub fn succeeded(&self, directory: &DirectoryId, lane: Lane) {
        self.change_health(directory, lane, LaneHealth::succeeded);
    }

    /// A lane failed, in words for an operator.
    pub fn failed(&self, directory: &DirectoryId, lane: Lane, words: &str) {
        self.change_health(directory, lane, |health, now| health.failed(now, words));
    }

    fn change_health(&self, directory: &DirectoryId, lane: Lane, change: impl FnOnce(&mut LaneHealth, i64)) {
        let now = self.clock.now();
        if let Some(mut book) = self.book(directory) {
            change(book.health_mut(lane), now);
            drop(book);
            self.untold.notify_one();
        }
    }

    /// Forgets all evidence of a user: it is anonymised.
    pub fn forget(&self, directory: &DirectoryId, user: UserId) {
        if let Some(mut book) = self.book(directory) {
            book.forget(user);
            drop(book);
            self.untold.notify_one();
        }
    }

    /// When and where a user was last seen.
    pub fn last_seen(&self, directory: &DirectoryId, user: UserId) -> Option<Seen> {
        self.book(directory)?.now.last_seen(user)
    }

    /// What each lane says of a user, the newest first.
    pub fn lanes_of(&self, directory: &DirectoryId, user: UserId) -> Vec<Seen> {
        let book = self.book(directory);
        book.map_or_else(Vec::new, |book| book.now.lanes_of(user))
    }

    /// All evidence of a directory at this moment.
    pub fn picture(&self, directory: &DirectoryId) -> Picture {
        let book = self.book(directory);
        book.map_or_else(Picture::default, |book| book.now.clone())
    }

    /// How a lane of a directory fares.
    pub fn lane_health(&self, directory: &DirectoryId, lane: Lane) -> LaneHealth {
        let book = self.book(directory);
        book.map_or_else(LaneHealth::default, |book| book.now.health(lane).clone())
    }

    pub(super) fn book(&self, directory: &DirectoryId) -> Option<MutexGuard<'_, Book>> {
        let book = self.books.get(directory)?;
        Some(book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
