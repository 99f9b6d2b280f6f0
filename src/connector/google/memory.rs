//! What the connector remembers from read to read, until the process ends: nothing that a full read would not find again.
//!
//! Google has no list of changes. What a read found is kept as hashes, so that the next one tells what differs and who is gone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::ExternalId;

/// Where the next read goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Which memory it is of.
    pub(super) memory: String,
    /// When the audit log was asked last, by Google's clock; milliseconds since 1970.
    pub(super) since: i64,
    /// When groups were verified in turn last, by ours.
    pub(super) verified_at: i64,
    /// After which group that goes on.
    pub(super) verified: Option<String>,
}

/// What a read found.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// A hash of each user.
    pub(super) users: HashMap<ExternalId, u64>,
    pub(super) groups: BTreeMap<ExternalId, Known>,
    /// Hashes of the audit log's events that were followed.
    pub(super) events: HashSet<u64>,
}

/// What is known of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// A hash of what is told of it.
    pub(super) row: u64,
    /// A hash of what may move with its members.
    pub(super) hint: u64,
    /// A hash of its members, once they are read.
    pub(super) members: Option<u64>,
    /// Everybody is in it.
    pub(super) everybody: bool,
}

/// How many reads are remembered: that of the last committed cursor, and those that began there without a commit.
const READS: usize = 4;

/// The memory, oldest read first.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Vec<(String, Arc<State>)>>);

impl Memory {
    /// What the read with this name found; those older than it are forgotten. Of what later reads found otherwise nothing is
    /// known for sure: they may have been committed or not.
    pub(super) fn recall(&self, name: &str) -> Option<Arc<State>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(of, _)| of == name)?;
        kept.drain(..at);
        let (first, later) = kept.split_first()?;
        let mut found = Arc::clone(&first.1);
        for (_, state) in later {
            Arc::make_mut(&mut found).doubt(state);
        }
        Some(found)
    }

    /// Keeps what a read found.
    pub(super) fn keep(&self, name: String, state: State) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == READS {
            kept.clear();
        }
        kept.push((name, Arc::new(state)));
    }

    /// What the last read found.
    pub(super) fn latest(&self) -> Option<Arc<State>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last().map(|(_, state)| Arc::clone(state))
    }
}

impl State {
    /// Forgets what another read found otherwise, so that it is told again; whom only one of them found may be there.
    fn doubt(&mut self, other: &Self) {
        let ids: HashSet<ExternalId> = self.users.keys().chain(other.users.keys()).cloned().collect();
        for id in ids {
            if self.users.get(&id) != other.users.get(&id) {
                self.users.insert(id, 0);
            }
        }
        let ids: HashSet<ExternalId> = self.groups.keys().chain(other.groups.keys()).cloned().collect();
        for id in ids {
            if self.groups.get(&id) != other.groups.get(&id) {
                self.groups.insert(id, Known::default());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(users: &[(&str, u64)], groups: &[(&str, u64)]) -> State {
        let known = |row| Known {
            row,
            members: Some(7),
            ..Known::default()
        };
        State {
            users: users.iter().map(|(id, digest)| ((*id).into(), *digest)).collect(),
            groups: groups
                .iter()
                .map(|(id, row)| ((*id).into(), known(*row)))
                .collect(),
            ..State::default()
        }
    }

    #[test]
    fn what_a_read_without_a_commit_found_otherwise_is_told_again() {
        let memory = Memory::default();
        memory.keep(
            "a".to_owned(),
            state(&[("same", 1), ("other", 2), ("left", 3)], &[("g", 1), ("h", 1)]),
        );
        memory.keep(
            "b".to_owned(),
            state(&[("same", 1), ("other", 9), ("came", 4)], &[("g", 1), ("h", 2)]),
        );
        let known = memory.recall("a").unwrap();
        let expected = [("came", 0), ("left", 0), ("other", 0), ("same", 1)];
        let mut users: Vec<_> = known
            .users
            .iter()
            .map(|(id, digest)| (id.as_str(), *digest))
            .collect();
        users.sort_unstable();
        assert_eq!(users, expected);
        assert_eq!(
            (known.groups["g"].members, known.groups["h"].members),
            (Some(7), None)
        );
        assert_eq!(memory.recall("b").unwrap().users["other"], 9);
        assert!(
            memory.recall("a").is_none(),
            "what is older than the committed read is forgotten"
        );
    }

    #[test]
    fn a_memory_of_too_many_attempts_is_none() {
        let memory = Memory::default();
        for name in ["a", "b", "c", "d", "e"] {
            memory.keep(name.to_owned(), State::default());
        }
        assert!(memory.recall("a").is_none());
        assert!(memory.recall("e").is_some());
    }
}
