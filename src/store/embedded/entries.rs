//! Entries on the writer's thread: versions, expectations, what may wait, the sweep of expired ones.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::codec::keys;
use super::codec::records::StoredEntry;
use super::codec::{Flaw, frame};
use super::files::damaged;
use super::group::Group;
use super::request::{Reply, Request, answer};
use super::staging::Staging;
use super::writer::Writer;
use crate::model::commit::{Entry, EntryWrite};
use crate::store::api::{Durability, Result, StoreError};

/// How long a write may wait for a commit to ride with.
const SOON: Duration = Duration::from_millis(500);
/// How often expired entries are looked for, and how many values at a time.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
const SWEEP_VALUES: usize = 2_000;

/// A space and a key.
pub(crate) type Place = (String, String);

/// Entries that are visible and not yet in the engine.
#[derive(Default)]
pub(crate) struct Soon {
    writes: BTreeMap<Place, Option<StoredEntry>>,
    since: Option<Instant>,
}

impl Soon {
    pub(crate) fn take(&mut self) -> BTreeMap<Place, Option<StoredEntry>> {
        self.since = None;
        std::mem::take(&mut self.writes)
    }

    /// How long the oldest may still wait; `None` when there is none.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.since.map(|since| SOON.saturating_sub(since.elapsed()))
    }

    pub(crate) fn get(&self, place: &Place) -> Option<&Option<StoredEntry>> {
        self.writes.get(place)
    }

    /// Those of a space.
    pub(crate) fn of<'a>(
        &'a self,
        space: &'a str,
    ) -> impl Iterator<Item = (String, Option<StoredEntry>)> + 'a {
        let here = self.writes.iter().filter(move |((of, _), _)| of == space);
        here.map(|((_, key), entry)| (key.clone(), entry.clone()))
    }

    fn add(&mut self, writes: Vec<(Place, Option<StoredEntry>)>) {
        self.writes.extend(writes);
        self.since.get_or_insert_with(Instant::now);
    }
}

/// Where the sweep is.
pub(crate) struct Sweep {
    due: Instant,
    after: Option<Vec<u8>>,
}

impl Sweep {
    pub(crate) fn new() -> Self {
        Self {
            due: Instant::now() + SWEEP_EVERY,
            after: None,
        }
    }

    pub(crate) fn wait(&self) -> Duration {
        self.due.saturating_duration_since(Instant::now())
    }
}

/// Whether an entry is there at a time.
pub(crate) fn living(entry: &Entry, now: i64) -> bool {
    entry.expires_at.is_none_or(|at| at > now)
}

impl Writer {
    /// Whether a fold still has entries to write: until then none may be read or written.
    pub(crate) fn entries_wait(&self) -> bool {
        self.folds.iter().any(super::fold::Fold::has_entries)
    }

    /// Writes entries outside of any commit.
    pub(crate) fn put_entries(
        &mut self,
        writes: Vec<EntryWrite>,
        durability: Durability,
        reply: Reply<()>,
        group: &mut Group,
    ) -> Result<()> {
        if self.entries_wait() {
            self.waiting
                .push_back(Request::PutEntries(writes, durability, reply));
            return Ok(());
        }
        let bytes: usize = writes
            .iter()
            .map(|write| write.value.as_ref().map_or(0, Vec::len))
            .sum();
        let resolved = self.resolve(&writes, group).and_then(|resolved| {
            self.disk.check(bytes as u64)?;
            Ok(resolved)
        });
        let resolved = match resolved {
            Ok(resolved) => resolved,
            Err(refusal) => {
                answer(reply, Err(refusal));
                return Ok(());
            }
        };
        if durability == Durability::Soon && !group.begun {
            self.soon.add(resolved);
            answer(reply, Ok(()));
            return Ok(());
        }
        self.begin(group)?;
        for ((space, key), entry) in resolved {
            let body = entry.map(|entry| entry.encode());
            self.stage(group, &keys::entry(&space, &key), body.as_deref(), None)?;
        }
        group.entries.push(reply);
        Ok(())
    }

    /// Checks every expectation, then gives versions; nothing is written yet.
    pub(crate) fn resolve(
        &self,
        writes: &[EntryWrite],
        group: &Group,
    ) -> Result<Vec<(Place, Option<StoredEntry>)>> {
        let now = self.clock.now();
        let mut versions: BTreeMap<Place, u64> = BTreeMap::new();
        for write in writes {
            let place = (write.space.clone(), write.key.clone());
            let version = self
                .current(&place, &group.staging)?
                .filter(|stored| living(&stored.entry, now));
            let version = version.map_or(0, |stored| stored.entry.version);
            if write.expect.is_some_and(|expected| expected != version) {
                return Err(StoreError::EntryConflict {
                    space: place.0,
                    key: place.1,
                });
            }
            versions.insert(place, version);
        }
        let mut resolved = Vec::with_capacity(writes.len());
        for write in writes {
            let place = (write.space.clone(), write.key.clone());
            let version = versions.entry(place.clone()).or_default();
            *version = if write.value.is_some() { *version + 1 } else { 0 };
            let entry = write.value.as_ref().map(|value| StoredEntry {
                space: write.space.clone(),
                entry: Entry {
                    key: write.key.clone(),
                    value: value.clone(),
                    version: *version,
                    expires_at: write.expires_at,
                },
            });
            super::encode::fits(write.value.as_ref().map_or(0, Vec::len), &write.space)?;
            resolved.push((place, entry));
        }
        Ok(resolved)
    }

    /// An entry as the next write finds it.
    pub(crate) fn current(&self, place: &Place, staging: &Staging) -> Result<Option<StoredEntry>> {
        if let Some(pending) = self.soon.get(place) {
            return Ok(pending.clone());
        }
        let body = staging.body(&self.engine, &keys::entry(&place.0, &place.1))?;
        let entry = body.map(|body| StoredEntry::decode(&body)).transpose();
        entry.map_err(|flaw| self.damaged_entry(flaw))
    }

    /// Whether entries that wait must wait no longer.
    pub(crate) fn flush_soon(&mut self, group: &mut Group) -> Result<()> {
        let due = self.soon.wait().is_some_and(|left| left.is_zero());
        if due && !self.entries_wait() {
            self.begin(group)
        } else {
            Ok(())
        }
    }

    /// Deletes expired entries, some values at a time.
    pub(crate) fn sweep(&mut self, group: &mut Group) -> Result<()> {
        if !self.sweep.wait().is_zero() || self.entries_wait() {
            return Ok(());
        }
        let pairs = self
            .engine
            .scan(keys::ENTRIES, self.sweep.after.as_deref(), SWEEP_VALUES)?;
        let complete = pairs.len() < SWEEP_VALUES;
        let next = if complete { SWEEP_EVERY } else { Duration::ZERO };
        self.sweep.due = Instant::now() + next;
        let now = self.clock.now();
        for (part_key, value) in &pairs {
            let part = frame::open(part_key, value).map_err(|flaw| self.damaged_entry(flaw))?;
            if part.count.is_none() {
                continue; // not a record's first part
            }
            let body = group.staging.body(&self.engine, part.key)?.unwrap_or_default();
            let stored = StoredEntry::decode(&body).map_err(|flaw| self.damaged_entry(flaw))?;
            let place = (stored.space, stored.entry.key);
            let current = self.current(&place, &group.staging)?;
            if current.is_some_and(|stored| !living(&stored.entry, now)) {
                self.begin(group)?;
                self.stage(group, part.key, None, None)?;
            }
        }
        self.sweep.after = pairs.last().filter(|_| !complete).map(|(key, _)| key.to_vec());
        Ok(())
    }

    /// An entry that cannot be read.
    pub(crate) fn damaged_entry(&self, flaw: Flaw) -> StoreError {
        damaged(self.engine.file(), format!("an entry that {flaw}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::StoppedClock;
    use crate::store::embedded::Options;
    use crate::store::embedded::open::open;

    #[test]
    fn the_sweep_deletes_what_has_expired_and_only_that() {
        let home = tempfile::tempdir().unwrap();
        let clock = StoppedClock::at(0);
        let options = Options::new(std::sync::Arc::<StoppedClock>::clone(&clock));
        let mut writer = open(home.path(), options, std::sync::Arc::default()).unwrap();
        let mut group = Group::default();
        for (key, expires_at, length) in [
            ("a", Some(10), 1),
            ("b", None, 1),
            ("c", Some(10), 20_000),
            ("d", Some(99), 1),
        ] {
            let value = Some(vec![7; length]);
            let write = EntryWrite {
                space: "s".to_owned(),
                key: key.to_owned(),
                value,
                expires_at,
                expect: None,
            };
            let (reply, _) = tokio::sync::oneshot::channel();
            writer
                .put_entries(vec![write], Durability::Now, reply, &mut group)
                .unwrap();
        }
        writer.land(group).unwrap();
        clock.advance(10);
        writer.sweep.due = Instant::now();
        let mut group = Group::default();
        writer.sweep(&mut group).unwrap();
        writer.land(group).unwrap();
        assert_eq!(
            writer.engine.scan(keys::ENTRIES, None, 100).unwrap().len(),
            2,
            "every part of `a` and `c` went"
        );
        assert!(!writer.sweep.wait().is_zero(), "the next one comes later");
    }
}
