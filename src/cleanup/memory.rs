//! What a policy remembers between its runs: what was reported, whom it holds, who was released; since when lanes listen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::lanes::{Health, Lane};
use super::policy::hex;
use super::warning::{Told, Warned};
use crate::directory::Snapshot;
use crate::directory::activity::{Picture, SKEW};
use crate::model::{DirectoryId, ExternalId};
use crate::notify::{Ended, Fate};

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
    /// Who was told of a hold to come.
    warned: BTreeMap<ExternalId, Written>,
}

/// A warning as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Written {
    at: i64,
    until: i64,
    /// When the mail server took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<i64>,
    /// Whether there turned out to be no such address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unreachable: bool,
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
        self.warned.retain(|user, _| {
            let there = snapshot
                .user_id(user)
                .is_some_and(|id| snapshot.user(id).is_some());
            there && !held.contains_key(user)
        });
        self.held = held;
        *self != before
    }

    /// Takes note of what has become of the warnings. One that was lost is as if it had never been.
    pub(super) fn hear(&mut self, fate: impl Fn(&ExternalId, i64) -> Fate) {
        self.warned.retain(|user, warned| {
            if warned.sent.is_some() || warned.unreachable {
                return true;
            }
            match fate(user, warned.at) {
                Fate::Waiting => {}
                Fate::Ended(Ended::Delivered, at) => warned.sent = Some(at),
                Fate::Ended(Ended::NoMailbox, _) => warned.unreachable = true,
                // After a restore nobody knows whether it was sent.
                Fate::Ended(..) | Fate::Unknown => return false,
            }
            true
        });
    }

    /// What a user was told.
    pub(super) fn warned(&self, user: &ExternalId) -> Option<Warned> {
        let written = self.warned.get(user)?;
        let told = match written.sent {
            Some(sent) => Told::Sent(sent),
            None if written.unreachable => Told::Unreachable,
            None => Told::Waiting,
        };
        Some(Warned {
            at: written.at,
            until: written.until,
            told,
        })
    }

    /// This user is told now of a hold on that day.
    pub(super) fn warn(&mut self, user: &ExternalId, at: i64, until: i64) {
        let written = Written {
            at,
            until,
            sent: None,
            unreachable: false,
        };
        self.warned.insert(user.clone(), written);
    }

    /// What this user was told is no longer so. Answers when it was written.
    pub(super) fn withdraw(&mut self, user: &ExternalId) -> Option<i64> {
        self.warned.remove(user).map(|written| written.at)
    }

    /// These are held from now on.
    pub(super) fn hold(&mut self, users: impl IntoIterator<Item = ExternalId>, since: i64) {
        for user in users {
            self.warned.remove(&user);
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

/// The id of the mail that warns a user: another one for each warning.
pub(super) fn warning_id(policy: &str, directory: &DirectoryId, user: &ExternalId, at: i64) -> String {
    let of = format!("{policy}\0{directory}\0{user}\0{at}");
    format!("warning-{}", &hex(&Sha256::digest(of.as_bytes()))[..32])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_of_whose_mail_nobody_knows_is_as_if_it_had_never_been() {
        let mut holdings = Holdings::default();
        let users = ["sent", "waits", "refused", "nobody", "restored"].map(ExternalId::from);
        for user in &users {
            holdings.warn(user, 1, 9);
        }
        holdings.hear(|user, at| {
            assert_eq!(at, 1);
            match user.as_str() {
                "sent" => Fate::Ended(Ended::Delivered, 3),
                "waits" => Fate::Waiting,
                "refused" => Fate::Ended(Ended::Refused, 3),
                "nobody" => Fate::Ended(Ended::NoMailbox, 3),
                _ => Fate::Unknown,
            }
        });
        let told = |holdings: &Holdings| {
            users
                .each_ref()
                .map(|user| holdings.warned(user).map(|warned| warned.told))
        };
        let (sent, nobody) = (Some(Told::Sent(3)), Some(Told::Unreachable));
        assert_eq!(told(&holdings), [sent, Some(Told::Waiting), None, nobody, None]);
        // What a run has found out it remembers, whatever the outbox forgets, also in a backup.
        let kept = serde_json::to_string(&holdings).unwrap();
        let mut holdings: Holdings = serde_json::from_str(&kept).unwrap();
        holdings.hear(|_, _| Fate::Unknown);
        assert_eq!(told(&holdings), [sent, None, None, nobody, None]);
        holdings.hold([users[0].clone()], 10);
        assert_eq!(holdings.warned(&users[0]), None, "the hold has come");
    }

    #[test]
    fn each_warning_has_an_id_of_its_own() {
        let id = |policy: &str, user: &str, at| warning_id(policy, &"corp".into(), &user.into(), at);
        let all = [id("p", "a", 1), id("p", "a", 2), id("p", "b", 1), id("q", "a", 1)];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!((different.len(), all[0].len()), (4, 40));
    }
}
