//! What a read found, as hashes: Google has no list of changes, so the next read tells what differs from it and who is gone.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::connector::memory::Found;
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

impl Found for State {
    /// What was found otherwise is told again; whom only one of them found may be there.
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
    use crate::connector::memory::Memory;

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
}
