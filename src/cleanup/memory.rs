//! What a policy remembers between its runs: what was reported, whom it holds, who was released; since when lanes listen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lanes::{Health, Lane};
use crate::directory::Snapshot;
use crate::directory::activity::{Picture, SKEW};
use crate::model::ExternalId;

/// The spaces of the store's entries.
pub(super) const POLICIES: &str = "cleanup-policy";
pub(super) const HOLDINGS: &str = "cleanup-held";
pub(super) const LANES: &str = "cleanup-lanes";

/// A lane that was silent for longer did not listen meanwhile.
const LONGEST_SILENCE: i64 = 7 * 86_400_000;

/// What was reported of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Reported {
    /// The hash of the policy's text, once a run with healthy evidence has reported what it would do.
    pub(super) hash: Option<String>,
    /// The hash of the last evidence pack, for the next one's chain.
    pub(super) pack: Option<String>,
}

/// Whom a policy holds in one directory, and who was released by somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Holdings {
    held: BTreeMap<ExternalId, i64>,
    /// When it was noticed. It counts as being seen, or the next run would hold again whom a person has just released.
    pub(super) released: BTreeMap<ExternalId, i64>,
}

impl Holdings {
    /// Compares with what is there. Releases older than `keep` are forgotten. Answers whether anything changed.
    pub(super) fn meet(&mut self, snapshot: &Snapshot, policy: &str, now: i64, keep: i64) -> bool {
        let before = self.clone();
        let mut held = BTreeMap::new();
        for row in snapshot.users() {
            let mine = snapshot.live_user(row.id).and_then(|live| live.hold.as_ref());
            if let Some(mine) = mine.filter(|hold| hold.policy.as_deref() == Some(policy)) {
                held.insert(row.external_id.clone(), mine.since);
            }
        }
        for (user, since) in &self.held {
            let removed = snapshot
                .user_id(user)
                .is_none_or(|id| snapshot.user(id).is_none());
            if removed {
                held.insert(user.clone(), *since); // its hold waits beside the tombstone
            } else if !held.contains_key(user) {
                self.released.insert(user.clone(), now);
            }
        }
        self.released
            .retain(|user, at| !held.contains_key(user) && now.saturating_sub(*at) <= keep);
        self.held = held;
        *self != before
    }

    /// These are held from now on.
    pub(super) fn hold(&mut self, users: impl IntoIterator<Item = ExternalId>, since: i64) {
        for user in users {
            self.released.remove(&user);
            self.held.insert(user, since);
        }
    }

    /// These were released now.
    pub(super) fn release(&mut self, users: impl IntoIterator<Item = ExternalId>, now: i64) {
        for user in users {
            self.held.remove(&user);
            self.released.insert(user, now);
        }
    }
}

/// Since when each lane of a directory listens without a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Listening(BTreeMap<Lane, i64>);

impl Listening {
    /// Takes note of the lanes as they are. Answers whether anything changed.
    pub(super) fn note(&mut self, picture: &Picture, now: i64) -> bool {
        let newest = |lane| picture.health(lane).newest;
        // While the clock is doubtful nothing is learned from it.
        if Lane::ALL
            .into_iter()
            .any(|lane| newest(lane).is_some_and(|at| at > now.saturating_add(SKEW)))
        {
            return false;
        }
        let before = self.clone();
        for lane in Lane::ALL {
            if picture.health(lane).is_fresh(now, LONGEST_SILENCE) {
                self.0.entry(lane).or_insert(now);
            } else {
                self.0.remove(&lane);
            }
        }
        *self != before
    }

    /// The lanes as they are judged.
    pub(super) fn healths(&self, picture: &Picture) -> Vec<Health> {
        let health = |lane| {
            let told = picture.health(lane);
            let failing = told.last_failure.as_ref().filter(|_| told.failing);
            Health {
                lane,
                newest: told.newest,
                failing: failing.map(|failure| failure.words.clone()),
                // A source tells when each of its users last signed in, however long ago.
                since: if lane == Lane::Source {
                    Some(0)
                } else {
                    self.0.get(&lane).copied()
                },
            }
        };
        Lane::ALL.into_iter().map(health).collect()
    }
}
