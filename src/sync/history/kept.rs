//! The kept history: heads of past plans in memory, their changes in the store, within bounds of age and room.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::past::{Past, PastDetail};
use super::undone::Undone;
use crate::clock::Clock;
use crate::model::DirectoryId;
use crate::model::commit::EntryWrite;
use crate::model::facts::Difference;
use crate::store::{self, Store};
use crate::sync::entries::{delete, read, write};
use crate::sync::ids::{PlanId, RunId};

/// The spaces of the store's entries.
const PASTS: &str = "past";
const CHANGES: &str = "past-changes";
const LAST: &str = "past-last";
const UNDONE: &str = "undone";

/// How long an applied plan is kept, and what is remembered of an undone one.
pub(super) const KEEP_MILLIS: i64 = 90 * 24 * 3_600_000;
/// How many plans of one directory are kept at the most, and how much room their changes may take.
const KEEP_PLANS: usize = 10_000;
const KEEP_BYTES: u64 = 128 * 1024 * 1024;

/// Past plans, by id: the newest are the last.
pub(in crate::sync) struct History {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    pasts: BTreeMap<PlanId, Past>,
    /// The last run of each directory that changed it.
    last: BTreeMap<DirectoryId, RunId>,
}

impl History {
    /// Reads the heads that were kept.
    pub(in crate::sync) async fn open(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> store::Result<Self> {
        let now = clock.now();
        let mut books = Books::default();
        for entry in store.entries(PASTS, now).await? {
            if let Some(past) = read::<Past>(PASTS, &entry.key, &entry.value) {
                books.pasts.insert(past.id.clone(), past);
            }
        }
        for entry in store.entries(LAST, now).await? {
            if let Some(run) = read::<RunId>(LAST, &entry.key, &entry.value) {
                books.last.insert(entry.key.as_str().into(), run);
            }
        }
        Ok(Self {
            store,
            clock,
            books: Mutex::new(books),
        })
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A past plan.
    pub(in crate::sync) fn past(&self, id: &PlanId) -> Option<Past> {
        let now = self.clock.now();
        let books = self.books();
        books.pasts.get(id).filter(|past| past.lives(now)).cloned()
    }

    /// The past plans of a directory, the newest run first.
    pub(in crate::sync) fn of(&self, directory: &DirectoryId) -> Vec<Past> {
        let now = self.clock.now();
        let books = self.books();
        let of = books.pasts.values();
        let of = of.filter(|past| past.directory == *directory && past.lives(now));
        let mut found: Vec<Past> = of.cloned().collect();
        // An approved plan has the id that it was held under, which may be older than plans before it.
        found.sort_by(|one, other| other.run.cmp(&one.run));
        found
    }

    /// The last run that changed a directory, if known.
    pub(in crate::sync) fn last(&self, directory: &DirectoryId) -> Option<RunId> {
        self.books().last.get(directory).cloned()
    }

    /// A past plan with its changes.
    pub(in crate::sync) async fn detail(&self, id: &PlanId) -> store::Result<Option<PastDetail>> {
        let Some(past) = self.past(id) else {
            return Ok(None);
        };
        let entry = self.store.entry(CHANGES, id.as_str(), self.clock.now()).await?;
        let changes = entry.and_then(|entry| read::<Difference>(CHANGES, &entry.key, &entry.value));
        Ok(changes.map(|changes| PastDetail { past, changes }))
    }

    /// What is remembered of undone plans.
    pub(in crate::sync) async fn undone(&self, directory: &DirectoryId) -> store::Result<Undone> {
        let now = self.clock.now();
        let entry = self.store.entry(UNDONE, directory.as_str(), now).await?;
        let undone = entry.and_then(|entry| read::<Undone>(UNDONE, &entry.key, &entry.value));
        Ok(undone.unwrap_or_default().since(now.saturating_sub(KEEP_MILLIS)))
    }

    /// What is written of what is remembered.
    pub(in crate::sync) fn undone_entry(directory: &DirectoryId, undone: &Undone) -> EntryWrite {
        if undone.is_empty() {
            return delete(UNDONE, directory.as_str());
        }
        write(UNDONE, directory.as_str(), undone, None)
    }

    /// What is written when a run has changed a directory: nothing else may change what the source owns.
    pub(in crate::sync) fn last_entry(directory: &DirectoryId, run: &RunId) -> EntryWrite {
        write(LAST, directory.as_str(), run, None)
    }

    /// What is written of an applied plan; with it go those that are too many. Completes what the plan's head says.
    pub(in crate::sync) fn entries(&self, past: &mut Past, changes: &Difference) -> Vec<EntryWrite> {
        past.expires = past.at.map(|at| at.saturating_add(KEEP_MILLIS));
        past.previous = self.last(&past.directory);
        let changes = write(CHANGES, past.id.as_str(), changes, past.expires);
        past.bytes = changes.value.as_ref().map_or(0, Vec::len) as u64;
        let mut writes = vec![write(PASTS, past.id.as_str(), past, past.expires), changes];
        for id in self.surplus(past) {
            writes.extend([delete(PASTS, id.as_str()), delete(CHANGES, id.as_str())]);
        }
        writes
    }

    /// Takes over what has become durable.
    pub(in crate::sync) fn publish(&self, directory: &DirectoryId, run: &RunId, past: Option<Past>) {
        let surplus = past.as_ref().map(|past| self.surplus(past)).unwrap_or_default();
        let mut books = self.books();
        for id in surplus {
            books.pasts.remove(&id);
        }
        books.last.insert(directory.clone(), run.clone());
        if let Some(past) = past {
            books.pasts.insert(past.id.clone(), past);
        }
    }

    /// The oldest of a directory that one more leaves no room for.
    fn surplus(&self, newest: &Past) -> Vec<PlanId> {
        let mut room = KEEP_BYTES.saturating_sub(newest.bytes);
        let mut left = KEEP_PLANS - 1;
        let mut surplus = Vec::new();
        for past in self.of(&newest.directory) {
            if past.id == newest.id {
                continue;
            }
            // Whatever is older than one that goes must go too: there is no way past a gap.
            if past.bytes > room || left == 0 {
                (room, left) = (0, 0);
                surplus.push(past.id);
            } else {
                room -= past.bytes;
                left -= 1;
            }
        }
        surplus
    }
}

impl Past {
    fn lives(&self, now: i64) -> bool {
        self.expires.is_none_or(|at| at > now)
    }
}
