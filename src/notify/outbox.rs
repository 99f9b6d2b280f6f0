//! The outbox: notices kept in the store until their receiver has them or they are given up.
//!
//! Nobody waits for a delivery. An id that has ended is remembered without its body, so the same is never told twice; only
//! where an answer was lost may a receiver hear of an id again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::kept::Kept;
use super::letter::{Ended, Lane, Letter, MAIL, key};
use super::mail::Mail;
use super::notices::{Notice, NoticeState, Page};
use super::target::{Target, Unsent};
use crate::clock::Clock;
use crate::model::commit::EntryWrite;
use crate::store::api::Durability;
use crate::store::json::{read, write};
use crate::store::{self, Store};

/// The space of the entries.
pub const NOTICES: &str = "notice";
/// So many of one lane go out at once.
const AT_ONCE: usize = 4;
/// So many may wait; more are not taken.
const MOST: usize = 10_000;
/// Of these so many places are kept for others than warnings, which come in masses.
const RESERVED: usize = 1_000;
/// The longest sleep: a clock that was set is noticed after so long.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How often what is over is forgotten, in milliseconds.
const SWEEP: i64 = 3_600_000;

/// What has become of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits, or is on its way.
    Waiting,
    /// It ended then.
    Ended(Ended, i64),
    /// There is none of that id.
    Unknown,
}

/// All notices.
pub struct Outbox {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    targets: HashMap<String, Target>,
    kept: Mutex<Kept>,
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
        let mut kept = Kept::default();
        for entry in store.entries(NOTICES, clock.now()).await? {
            if let Some(letter) = read::<Letter>(NOTICES, &entry.key, &entry.value) {
                // One whose target is not configured any more is left.
                let sendable = targets.contains_key(&letter.target);
                kept.put(letter, sendable);
            }
        }
        Ok(Arc::new(Self {
            store,
            clock,
            targets,
            kept: Mutex::new(kept),
            changed: Notify::new(),
        }))
    }

    /// Whether mails can be sent.
    pub fn mails(&self) -> bool {
        self.targets.contains_key(MAIL)
    }

    /// A letter with its entry, to be written with what it tells of and then [`Self::take`]n; `None` where there is no such target,
    /// where it was told of this id before, or where too many letters wait. `news` are id and event.
    pub fn letter(
        &self,
        target: &str,
        news: (&str, &str),
        body: impl FnOnce() -> String,
    ) -> Option<(Letter, EntryWrite)> {
        let id = news.0;
        if !self.targets.contains_key(target) {
            return None;
        }
        {
            let kept = self.kept();
            if kept.get(&key(target, id)).is_some() {
                return None;
            }
            if kept.waiting() >= MOST {
                tracing::warn!(
                    target_name = target,
                    id,
                    "a notice is not sent: {MOST} others wait"
                );
                return None;
            }
        }
        let letter = Letter::new(target, news, body(), self.clock.now());
        let entry = entry(&letter);
        Some((letter, entry))
    }

    /// The same as a mail.
    pub fn mail(&self, news: (&str, &str), mail: impl FnOnce() -> Mail) -> Option<(Letter, EntryWrite)> {
        let body = || serde_json::to_string(&mail()).expect("a mail has string keys only");
        self.letter(MAIL, news, body)
    }

    /// How many more warnings may wait.
    pub fn room(&self) -> usize {
        (MOST - RESERVED).saturating_sub(self.kept().waiting())
    }

    /// Takes a letter over whose entry has been written.
    pub fn take(&self, letter: Letter) {
        let sendable = self.targets.contains_key(&letter.target);
        self.kept().put(letter, sendable);
        self.changed.notify_one();
    }

    /// What has become of the mail with an id.
    pub fn fate(&self, id: &str) -> Fate {
        let kept = self.kept();
        match kept.get(&key(MAIL, id)) {
            None => Fate::Unknown,
            Some(letter) => match letter.ended {
                None => Fate::Waiting,
                Some(how) => Fate::Ended(how, letter.ended_at.unwrap_or(letter.created)),
            },
        }
    }

    /// Takes a mail back that has not been sent, nor is on its way; answers its entry, to be written.
    pub fn withdraw(&self, id: &str) -> Option<EntryWrite> {
        let taken = self.kept().take_back(&key(MAIL, id), self.clock.now());
        taken.as_ref().map(entry)
    }

    /// Sends what is due, until `stop`.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut running = FuturesUnordered::new();
        let mut busy: HashMap<Lane, usize> = HashMap::new();
        let mut swept = self.clock.now();
        loop {
            let now = self.clock.now();
            if now.saturating_sub(swept) >= SWEEP {
                self.kept().forget(now);
                swept = now;
            }
            let free = |lane: &Lane| AT_ONCE.saturating_sub(busy.get(lane).copied().unwrap_or_default());
            let due = self.kept().due(now, free);
            for letter in due {
                let (outbox, lane) = (Arc::clone(&self), letter.lane());
                *busy.entry(lane.clone()).or_default() += 1;
                running.push(async move {
                    let sent = outbox.send(&letter).await;
                    outbox.settle(letter, sent).await;
                    lane
                });
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(lane) = running.next() => {
                    busy.entry(lane).and_modify(|count| *count -= 1);
                }
                () = self.changed.notified() => {}
                () = tokio::time::sleep(self.sleep()) => {}
            }
        }
    }

    async fn send(&self, letter: &Letter) -> Result<(), Unsent> {
        match self.targets.get(&letter.target) {
            Some(target) => target.send(letter, self.clock.now()).await,
            None => Ok(()), // one without a target is never due
        }
    }

    /// Writes down what a delivery came to.
    async fn settle(&self, mut letter: Letter, sent: Result<(), Unsent>) {
        let random = getrandom::u32().unwrap_or_default();
        letter.settle(sent, self.clock.now(), random);
        tell(&letter);
        let written = self
            .store
            .put_entries(vec![entry(&letter)], Durability::Now)
            .await;
        if let Err(error) = written {
            tracing::warn!(id = letter.id, code = error.code(), %error, "the state of a notice was not written down");
        }
        self.kept().put(letter, true);
    }

    fn sleep(&self) -> Duration {
        let (now, next) = (self.clock.now(), self.kept().next_at());
        next.map_or(LONGEST_SLEEP, |next| {
            // What is due already waits for one that is on its way.
            let wait = next.saturating_sub(now).max(1_000).unsigned_abs();
            Duration::from_millis(wait).min(LONGEST_SLEEP)
        })
    }

    /// How many letters wait for their receivers.
    pub fn waiting(&self) -> usize {
        self.kept().waiting()
    }

    /// The notices of a state, or all, the newest first; no more than `most`, after the one that a former page ended with.
    pub fn notices(&self, state: Option<NoticeState>, after: Option<&str>, most: usize) -> Page {
        let kept = self.kept();
        Page::of(kept.all().map(Notice::of), state, after, most)
    }

    /// Looks at once whether anything is due: for tests, whose clock is moved by hand.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says in the log what a person should know of a delivery.
fn tell(letter: &Letter) {
    let (receiver, id, why) = (&letter.target, &letter.id, &letter.why);
    match letter.ended {
        Some(Ended::GivenUp) => tracing::error!(receiver, id, why, "a notice was given up after three days"),
        Some(Ended::Refused) => tracing::error!(receiver, id, why, "a notice was refused for good"),
        Some(Ended::NoMailbox) => {
            tracing::warn!(receiver, id, why, "a notice was not sent: nobody has its address");
        }
        None if letter.failures == 1 => {
            tracing::warn!(
                receiver,
                id,
                why,
                "a notice could not be delivered: it is tried again"
            );
        }
        _ => {}
    }
}

fn entry(letter: &Letter) -> EntryWrite {
    write(NOTICES, &letter.key(), letter, Some(letter.expires()))
}
