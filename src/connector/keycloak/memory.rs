//! What a read found: who is there, and which group is within which; what admin events name is held against it.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::connector::memory::Found;
use crate::model::ExternalId;

/// Where the next read goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Which memory it is of.
    pub(super) memory: String,
    /// When admin events were asked for last, by Keycloak's clock; milliseconds since 1970.
    pub(super) since: i64,
    /// When parts were verified in turn last, by ours.
    pub(super) verified_at: i64,
    /// After which group that goes on.
    pub(super) group: Option<String>,
    /// At which place of the list of users.
    pub(super) user: u64,
}

/// What a read found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) users: HashSet<ExternalId>,
    pub(super) groups: BTreeMap<ExternalId, Within>,
    /// Hashes of the events that were followed.
    pub(super) events: HashSet<u64>,
    /// By how many Keycloak's count of users is more than it lists, and that of groups.
    pub(super) uncounted: (i64, i64),
}

/// Which groups a group is within: one, or none; several while they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Within {
    pub(super) parents: Vec<ExternalId>,
    /// Somebody may have been told otherwise.
    pub(super) doubted: bool,
}

impl Within {
    /// Exactly this one.
    pub(super) fn of(parent: Option<ExternalId>) -> Self {
        Self {
            parents: parent.into_iter().collect(),
            doubted: false,
        }
    }
}

impl Found for State {
    /// Whom only one of them found may be there, and a group may be where either saw it.
    fn doubt(&mut self, other: &Self) {
        self.users.extend(other.users.iter().cloned());
        for (id, theirs) in &other.groups {
            let ours = self.groups.get(id);
            if ours == Some(theirs) {
                continue;
            }
            let mut parents: Vec<_> = ours
                .map_or(&[][..], |ours| &ours.parents)
                .iter()
                .chain(&theirs.parents)
                .cloned()
                .collect();
            parents.sort();
            parents.dedup();
            let doubted = true;
            self.groups.insert(id.clone(), Within { parents, doubted });
        }
    }
}

/// Of numbers that are never as large.
pub(super) fn more(counted: u64, told: usize) -> i64 {
    i64::try_from(counted)
        .unwrap_or(i64::MAX)
        .saturating_sub(i64::try_from(told).unwrap_or(i64::MAX))
}

impl State {
    /// The groups directly within one.
    pub(super) fn children<'a>(&'a self, of: &'a ExternalId) -> impl Iterator<Item = &'a ExternalId> {
        let within = |(id, within): (&'a ExternalId, &'a Within)| within.parents.contains(of).then_some(id);
        self.groups.iter().filter_map(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_two_reads_saw_elsewhere_is_told_again_wherever_it_is() {
        let state = |parent: &str, user: &str| State {
            users: HashSet::from([user.into()]),
            groups: [
                ("g".into(), Within::of(Some(parent.into()))),
                ("top".into(), Within::of(None)),
            ]
            .into(),
            ..State::default()
        };
        let mut one = state("a", "ann");
        one.doubt(&state("b", "bob"));
        assert_eq!(one.users.len(), 2);
        assert_eq!(one.groups["g"].parents, ["a".into(), "b".into()]);
        assert!(one.groups["g"].doubted && !one.groups["top"].doubted);
        assert_eq!(
            one.children(&"b".into()).collect::<Vec<_>>(),
            [&ExternalId::from("g")]
        );
    }
}
