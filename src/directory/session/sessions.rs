//! The sessions: begun, validated, ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, RwLock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::book::Book;
use super::factors::Factors;
use super::keeper;
use super::key::{SessionKey, hash, hex, random_id};
use super::record::{Record, SPACE};
use super::terms::{Begin, BeginError, Invalid, Session, SessionSettings};
use crate::clock::Clock;
use crate::directory::Directory;
use crate::model::{DirectoryId, ExternalId};
use crate::store::api::Durability;
use crate::store::{self, Store};

/// All sessions of an installation.
pub struct Sessions {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) directories: HashMap<DirectoryId, Arc<Directory>>,
    pub(super) book: Mutex<Book>,
    /// Uses are written while nobody deletes: a deleted entry must not come back.
    pub(super) writing: RwLock<()>,
    /// Told when the store has something to learn.
    pub(super) untold: Notify,
    key: SessionKey,
    settings: SessionSettings,
}

impl Sessions {
    /// Reads what the store has; keeps it up to date on `tasks` until `stop`.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(
        key: SessionKey,
        settings: SessionSettings,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        directories: &[Arc<Directory>],
        (tasks, stop): (TaskTracker, CancellationToken),
    ) -> store::Result<Arc<Self>> {
        // First the ears, then the look: nobody leaves unheard.
        let departures: Vec<_> = directories
            .iter()
            .map(|directory| (directory.id().clone(), directory.departures()))
            .collect();
        let by_id = directories
            .iter()
            .map(|directory| (directory.id().clone(), Arc::clone(directory)));
        let sessions = Arc::new(Self {
            store,
            clock,
            directories: by_id.collect(),
            book: Mutex::default(),
            writing: RwLock::default(),
            untold: Notify::new(),
            key,
            settings,
        });
        sessions.load().await?;
        for (directory, heard) in departures {
            tasks.spawn(keeper::departures(
                Arc::clone(&sessions),
                directory,
                heard,
                stop.clone(),
            ));
        }
        tasks.spawn(keeper::keep(Arc::clone(&sessions), stop));
        Ok(sessions)
    }

    async fn load(&self) -> store::Result<()> {
        let now = self.clock.now();
        for entry in self.store.entries(SPACE, now).await? {
            let read = serde_json::from_slice::<Record>(&entry.value)
                .inspect_err(|error| tracing::warn!(key = entry.key, %error, "a kept session cannot be read: it is ignored"));
            let Ok(record) = read else { continue };
            // Made with another key file: nobody has a token for it.
            let Some(hash) = hash(&self.key.token(&record.id)).filter(|hash| hex(hash) == entry.key) else {
                continue;
            };
            let (directory, user) = (record.directory.clone(), record.user.clone());
            let mut book = self.book();
            book.add(hash, record, now);
            if !self.is_active(&directory, &user) {
                book.leave(std::iter::once((directory, user)), now);
            }
        }
        self.untold.notify_one();
        Ok(())
    }

    /// Begins a session, or gives the one again that the user has with these factors.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn begin(&self, begin: Begin<'_>) -> Result<Session, BeginError> {
        let longest = self.settings.timeout;
        let lifetime = begin.duration.map_or(longest, |duration| duration.min(longest));
        let lifetime = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        let again = self.again(&mut self.book(), &begin, lifetime);
        if let Some(session) = again {
            self.untold.notify_one();
            return Ok(session);
        }
        let now = self.clock.now();
        let record = Record {
            id: random_id().map_err(BeginError::Random)?,
            directory: begin.directory.clone(),
            user: begin.user.clone(),
            application: begin.application.to_owned(),
            created_at: now,
            used_at: now,
            lifetime,
            factors: begin.factors.clone(),
        };
        let token = self.key.token(&record.id);
        let hash = hash(&token).expect("a token is short");
        // Told to nobody before it is durable.
        self.store
            .put_entries(vec![record.write(&hash)], Durability::Now)
            .await?;
        let session = self.session(&record);
        let faster = {
            let mut book = self.book();
            let faster = self.again(&mut book, &begin, lifetime);
            if faster.is_none() {
                book.add(hash, record, now);
            }
            faster
        };
        self.untold.notify_one();
        if let Some(other) = faster {
            self.forget(vec![hash]).await?;
            return Ok(other);
        }
        if !self.is_active(begin.directory, begin.user) {
            // Deactivated meanwhile: whoever heard of it may have looked before this one was there.
            self.left(begin.directory, std::slice::from_ref(begin.user));
        }
        Ok(session)
    }

    /// The session that the user has with these factors, used by this.
    fn again(&self, book: &mut Book, begin: &Begin<'_>, lifetime: i64) -> Option<Session> {
        let now = self.clock.now();
        let user = (begin.directory.clone(), begin.user.clone());
        let (hash, _) = book
            .of(&user, now)
            .find(|(_, kept)| self.same(&kept.record.factors, &begin.factors))?;
        let hash = *hash;
        book.slide(&hash, Some(lifetime), now);
        book.get(&hash, now).map(|kept| self.session(&kept.record))
    }

    /// The session of a token, if it lives and its user is active.
    pub fn find(&self, token: &str) -> Option<Session> {
        let session = {
            let book = self.book();
            self.session(&book.get(&hash(token)?, self.clock.now())?.record)
        };
        if self.is_active(&session.directory, &session.user) {
            return Some(session);
        }
        self.left(&session.directory, std::slice::from_ref(&session.user));
        None
    }

    /// Checks a session's factors; a valid one lives on for its whole time.
    ///
    /// # Errors
    /// Why it is not valid.
    pub fn validate(&self, token: &str, factors: &Factors, application: &str) -> Result<Session, Invalid> {
        self.find(token).ok_or(Invalid::Unknown)?;
        let hash = hash(token).ok_or(Invalid::Unknown)?;
        let now = self.clock.now();
        let mut book = self.book();
        let kept = book.get(&hash, now).ok_or(Invalid::Unknown)?;
        if !self.same(&kept.record.factors, factors) {
            if let Some(kept) = book.get_mut(&hash) {
                let told = kept.difference.take();
                kept.difference = Some(self.differs(&kept.record, told, factors, application));
            }
            return Err(Invalid::Differs);
        }
        book.slide(&hash, None, now);
        self.untold.notify_one();
        let kept = book.get(&hash, now).ok_or(Invalid::Unknown)?;
        Ok(self.session(&kept.record))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.book().len()
    }

    pub(super) fn is_active(&self, directory: &DirectoryId, user: &ExternalId) -> bool {
        let Some(directory) = self.directories.get(directory) else {
            return false;
        };
        let snapshot = directory.snapshot();
        let live = snapshot.user_id(user).and_then(|id| snapshot.live_user(id));
        live.is_some_and(|live| live.active)
    }

    fn same(&self, kept: &Factors, given: &Factors) -> bool {
        kept.same(given, self.settings.consistent_address)
    }

    fn session(&self, record: &Record) -> Session {
        Session {
            token: self.key.token(&record.id),
            directory: record.directory.clone(),
            user: record.user.clone(),
            created_at: record.created_at,
            expires_at: record.expires_at(),
        }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
