//! The outbox: notices kept in the store until their receiver has them or they are given up.
//!
//! Nobody waits for a delivery. An id that has ended is remembered without its body, so the same is never told twice; only
//! where an answer was lost may a receiver hear of an id again.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::letter::{Ended, Letter};
use super::signed::Target;
use crate::clock::Clock;
use crate::model::commit::EntryWrite;
use crate::store::api::Durability;
use crate::store::json::{read, write};
use crate::store::{self, Store};

/// The space of the entries.
pub const NOTICES: &str = "notice";
/// So many go out at once.
const AT_ONCE: usize = 4;
/// So many may wait; more are not taken.
const MOST: usize = 10_000;
/// The longest sleep: a clock that was set is noticed after so long.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

struct State {
    letter: Letter,
    on_its_way: bool,
}

/// All notices.
pub struct Outbox {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    targets: HashMap<String, Target>,
    all: Mutex<BTreeMap<String, State>>,
    changed: Notify,
}

impl Outbox {
    /// Reads what former processes left; `targets` by name.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        targets: HashMap<String, Target>,
    ) -> store::Result<Arc<Self>> {
        let mut all = BTreeMap::new();
        for entry in store.entries(NOTICES, clock.now()).await? {
            if let Some(letter) = read::<Letter>(NOTICES, &entry.key, &entry.value) {
                all.insert(
                    letter.key(),
                    State {
                        letter,
                        on_its_way: false,
                    },
                );
            }
        }
        Ok(Arc::new(Self {
            store,
            clock,
            targets,
            all: Mutex::new(all),
            changed: Notify::new(),
        }))
    }

    /// A letter with its entry, to be written with what it tells of and then [`Self::take`]n; `None` where there is no such target,
    /// where it was told of this id before, or where too many letters wait.
    pub fn letter(
        &self,
        target: &str,
        id: &str,
        body: impl FnOnce() -> String,
    ) -> Option<(Letter, EntryWrite)> {
        if !self.targets.contains_key(target) {
            return None;
        }
        {
            let all = self.all();
            if all.contains_key(&format!("{target}/{id}")) {
                return None;
            }
            if all.values().filter(|state| state.letter.ended.is_none()).count() >= MOST {
                tracing::warn!(
                    target_name = target,
                    id,
                    "a notice is not sent: {MOST} others wait"
                );
                return None;
            }
        }
        let letter = Letter::new(target, id, body(), self.clock.now());
        let entry = entry(&letter);
        Some((letter, entry))
    }

    /// Takes a letter over whose entry has been written.
    pub fn take(&self, letter: Letter) {
        self.all().insert(
            letter.key(),
            State {
                letter,
                on_its_way: false,
            },
        );
        self.changed.notify_one();
    }

    /// Sends what is due, until `stop`.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut running = FuturesUnordered::new();
        loop {
            for letter in self.due(AT_ONCE - running.len()) {
                let outbox = Arc::clone(&self);
                running.push(async move {
                    let sent = outbox.send(&letter).await;
                    outbox.settle(&letter, sent).await;
                });
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(()) = running.next() => {}
                () = self.changed.notified() => {}
                () = tokio::time::sleep(self.sleep()) => {}
            }
        }
    }

    async fn send(&self, letter: &Letter) -> Result<(), (String, Option<i64>)> {
        match self.targets.get(&letter.target) {
            Some(target) => target.send(letter, self.clock.now()).await,
            None => Ok(()), // its target is not configured any more; `due` leaves it out
        }
    }

    /// The letters to send now; they count as on their way. One whose target is not configured any more is left.
    fn due(&self, most: usize) -> Vec<Letter> {
        let now = self.clock.now();
        let mut all = self.all();
        all.retain(|_, state| state.letter.expires() > now);
        let mut due = Vec::new();
        for state in all.values_mut() {
            let letter = &state.letter;
            let waits = letter.ended.is_none() && !state.on_its_way && letter.next_at <= now;
            if due.len() == most || !waits || !self.targets.contains_key(&letter.target) {
                continue;
            }
            state.on_its_way = true;
            due.push(state.letter.clone());
        }
        due
    }

    /// Writes down what a delivery came to.
    async fn settle(&self, letter: &Letter, sent: Result<(), (String, Option<i64>)>) {
        let mut settled = letter.clone();
        let random = getrandom::u32().unwrap_or_default();
        let why = sent.as_ref().err().map(|(why, _)| why.clone());
        settled.settle(sent.map_err(|(_, asked)| asked), self.clock.now(), random);
        let (target, id) = (&settled.target, &settled.id);
        match (settled.ended, why) {
            (Some(Ended::GivenUp), why) => {
                tracing::error!(policy = target, id, why, "a notice was given up after three days");
            }
            (None, Some(why)) if settled.failures == 1 => {
                tracing::warn!(
                    policy = target,
                    id,
                    why,
                    "a notice could not be delivered: it is tried again"
                );
            }
            _ => {}
        }
        let written = self
            .store
            .put_entries(vec![entry(&settled)], Durability::Now)
            .await;
        if let Err(error) = written {
            tracing::warn!(id, code = error.code(), %error, "the state of a notice was not written down");
        }
        let key = settled.key();
        self.all().insert(
            key,
            State {
                letter: settled,
                on_its_way: false,
            },
        );
    }

    fn sleep(&self) -> Duration {
        let now = self.clock.now();
        let all = self.all();
        let waiting = all
            .values()
            .filter(|state| state.letter.ended.is_none() && !state.on_its_way && state.letter.next_at > now);
        let first = waiting.map(|state| state.letter.next_at - now).min();
        first.map_or(LONGEST_SLEEP, |wait| {
            Duration::from_millis(wait.unsigned_abs()).min(LONGEST_SLEEP)
        })
    }

    /// How many letters wait for their receivers.
    pub fn waiting(&self) -> usize {
        self.all()
            .values()
            .filter(|state| state.letter.ended.is_none())
            .count()
    }

    /// Looks at once whether anything is due: for tests, whose clock is moved by hand.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(letter: &Letter) -> EntryWrite {
    write(NOTICES, &letter.key(), letter, Some(letter.expires()))
}
