//! The sessions in memory: by token, by user, by end. Bounded; knows neither store nor time.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::explained::{Difference, Ended, Why};
use super::key::{Hash, hash};
use super::record::Record;
use crate::model::{DirectoryId, ExternalId};

/// How many sessions there may be; beyond that, the one that was unused for longest gives way.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Of one user: more are those of a client that forgets them.
    pub(super) per_user: usize,
    /// In all: these take some 150 MB.
    pub(super) in_all: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            per_user: 50,
            in_all: 250_000,
        }
    }
}

/// How many ended sessions are remembered, for whoever asks why.
const REMEMBERED: usize = 1_000;
/// How many expired sessions go at each beginning or use of another.
const SWEPT: usize = 16;

type User = (DirectoryId, ExternalId);

/// A session with what is known of it here only.
pub(super) struct Kept {
    pub(super) record: Record,
    pub(super) difference: Option<Difference>,
}

/// All living sessions.
#[derive(Default)]
pub(super) struct Book {
    bounds: Bounds,
    kept: HashMap<Hash, Kept>,
    by_user: HashMap<User, Vec<Hash>>,
    by_end: BTreeSet<(i64, Hash)>,
    ended: VecDeque<(Hash, Ended)>,
    /// What the store does not know yet: sessions used since.
    used: HashSet<Hash>,
    /// What the store does not know yet: sessions that ended.
    gone: Vec<Hash>,
}

impl Book {
    #[cfg(test)]
    pub(super) fn bounded(bounds: Bounds) -> Self {
        Self {
            bounds,
            ..Self::default()
        }
    }

    pub(super) fn get(&self, hash: &Hash, now: i64) -> Option<&Kept> {
        self.kept.get(hash).filter(|kept| kept.record.expires_at() > now)
    }

    pub(super) fn get_mut(&mut self, hash: &Hash) -> Option<&mut Kept> {
        self.kept.get_mut(hash)
    }

    /// The sessions of a user that live.
    pub(super) fn of<'a>(
        &'a self,
        user: &User,
        now: i64,
    ) -> impl Iterator<Item = (&'a Hash, &'a Kept)> + use<'a> {
        let hashes = self.by_user.get(user).into_iter().flatten();
        hashes.filter_map(move |hash| Some((hash, self.get(hash, now)?)))
    }

    /// Adds a session; the user's or anybody's that were unused for longest give way where there are too many.
    pub(super) fn add(&mut self, hash: Hash, record: Record, now: i64) {
        self.sweep(now);
        let user = (record.directory.clone(), record.user.clone());
        self.by_end.insert((record.expires_at(), hash));
        self.kept.insert(
            hash,
            Kept {
                record,
                difference: None,
            },
        );
        let own = self.by_user.entry(user).or_default();
        own.push(hash);
        if own.len() > self.bounds.per_user {
            let end = |hash: &Hash| self.kept.get(hash).map(|kept| kept.record.expires_at());
            if let Some(first) = own.iter().copied().filter(|own| *own != hash).min_by_key(end) {
                self.displace(&first, now);
            }
        }
        while self.kept.len() > self.bounds.in_all
            && let Some((_, first)) = self.by_end.first().copied()
        {
            self.displace(&first, now);
        }
    }

    fn displace(&mut self, hash: &Hash, now: i64) {
        if self.end(hash, Why::Displaced, now) {
            self.gone.push(*hash);
        }
    }

    /// The session was used, and may live on for `lifetime`.
    pub(super) fn slide(&mut self, hash: &Hash, lifetime: Option<i64>, now: i64) {
        self.sweep(now);
        let Some(kept) = self.kept.get_mut(hash) else {
            return;
        };
        self.by_end.remove(&(kept.record.expires_at(), *hash));
        // A clock that is set back must not shorten anybody's session.
        kept.record.used_at = kept.record.used_at.max(now);
        kept.record.lifetime = lifetime.unwrap_or(kept.record.lifetime);
        self.by_end.insert((kept.record.expires_at(), *hash));
        self.used.insert(*hash);
    }

    /// Takes a session out; whether it was there. The store still has to be told.
    pub(super) fn end(&mut self, hash: &Hash, why: Why, at: i64) -> bool {
        let Some(Kept { record, .. }) = self.kept.remove(hash) else {
            return false;
        };
        self.by_end.remove(&(record.expires_at(), *hash));
        self.used.remove(hash);
        let user = (record.directory.clone(), record.user);
        if let Some(own) = self.by_user.get_mut(&user) {
            own.retain(|own| own != hash);
            if own.is_empty() {
                self.by_user.remove(&user);
            }
        }
        let ended = Ended {
            id: record.id,
            directory: record.directory,
            at,
            why,
        };
        self.ended.push_back((*hash, ended));
        if self.ended.len() > REMEMBERED {
            self.ended.pop_front();
        }
        true
    }

    /// Ends all sessions of users who have left; the store is told with the next uses. How many there were.
    pub(super) fn leave(&mut self, users: impl Iterator<Item = User>, now: i64) -> usize {
        let before = self.kept.len();
        for user in users {
            for hash in self.by_user.get(&user).cloned().unwrap_or_default() {
                if self.end(&hash, Why::UserLeft, now) {
                    self.gone.push(hash);
                }
            }
        }
        before - self.kept.len()
    }

    /// The users of a directory who have sessions.
    pub(super) fn users_of(&self, directory: &DirectoryId) -> Vec<ExternalId> {
        let here = self.by_user.keys().filter(|(of, _)| of == directory);
        here.map(|(_, user)| user.clone()).collect()
    }

    /// Lets go some that have expired. Their entries expire of themselves.
    fn sweep(&mut self, now: i64) {
        for _ in 0..SWEPT {
            let Some((_, hash)) = self.by_end.first().copied().filter(|(end, _)| *end <= now) else {
                return;
            };
            self.end(&hash, Why::Unused, now);
        }
    }

    /// What the store does not know yet; it counts as told.
    pub(super) fn untold(&mut self) -> (Vec<(Hash, Record)>, Vec<Hash>) {
        let used = std::mem::take(&mut self.used).into_iter();
        let used = used.filter_map(|hash| Some((hash, self.kept.get(&hash)?.record.clone())));
        (used.collect(), std::mem::take(&mut self.gone))
    }

    /// The session of a token or an id, dead or alive.
    pub(super) fn find(&self, text: &str) -> Option<Result<&Kept, &Ended>> {
        let by_token = hash(text).and_then(|hash| self.kept.get(&hash));
        // An operator's question is rare: no index by id.
        let living = by_token.or_else(|| self.kept.values().find(|kept| kept.record.id == text));
        if let Some(kept) = living {
            return Some(Ok(kept));
        }
        let asked = hash(text);
        let ended = self.ended.iter().rev();
        let mut found = ended.filter(|(hash, ended)| Some(*hash) == asked || ended.id == text);
        found.next().map(|(_, ended)| Err(ended))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
}
