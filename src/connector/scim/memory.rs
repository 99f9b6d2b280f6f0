//! What the connector remembers from read to read, until the process ends: nothing that a full read would not find again.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::members::Told;
use crate::model::ExternalId;

/// When each group was changed last, with a hash of its members.
type Dates = HashMap<ExternalId, (Option<i64>, u64)>;

/// The memory.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    /// Which ids are groups; `None` before the first full read.
    groups: Option<HashSet<ExternalId>>,
    dates: Dates,
    /// Who came by what the last increment told of creation.
    arrived: HashSet<ExternalId>,
    /// A group's members changed and its date did not.
    dates_stand: bool,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A full read found these groups.
    pub(super) fn remember(&self, groups: HashSet<ExternalId>) {
        self.lock().groups = Some(groups);
    }

    /// An increment found these groups.
    pub(super) fn learn(&self, groups: impl Iterator<Item = ExternalId>) {
        if let Some(known) = self.lock().groups.as_mut() {
            known.extend(groups);
        }
    }

    /// An increment counted these as new.
    pub(super) fn count(&self, arrived: HashSet<ExternalId>) {
        self.lock().arrived = arrived;
    }

    /// Whether the last increment counted it as new.
    pub(super) fn counted(&self, id: &ExternalId) -> bool {
        self.lock().arrived.contains(id)
    }

    /// Whether an id is a group's, if that is known.
    pub(super) fn is_group(&self, id: &str) -> Option<bool> {
        self.lock().groups.as_ref().map(|groups| groups.contains(id))
    }

    /// Compares groups with those of the full read before: whether a group's date moves with its members, as far as can be told.
    pub(super) fn dates_move(
        &self,
        dates: impl Iterator<Item = (ExternalId, Option<i64>)>,
        told: &Told,
    ) -> bool {
        let now: Dates = dates
            .map(|(id, date)| {
                let members = told.get(&id).map_or(0, |members| hash_of(members.as_deref()));
                (id, (date, members))
            })
            .collect();
        let mut inside = self.lock();
        let stands = |(id, (date, members)): (&ExternalId, &(Option<i64>, u64))| {
            let before = inside.dates.get(id);
            before.is_some_and(|before| before.0 == *date && before.1 != *members)
        };
        let stood = now.iter().any(stands);
        inside.dates_stand |= stood;
        inside.dates = now;
        !inside.dates_stand
    }
}

/// A hash of the members, whatever their order.
fn hash_of(members: Option<&[crate::connector::resource::Member]>) -> u64 {
    let one = |id: &str| {
        let mut hash = DefaultHasher::new();
        id.hash(&mut hash);
        hash.finish()
    };
    let members = members.unwrap_or_default().iter();
    members.fold(0, |sum, member| sum.wrapping_add(one(&member.id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::resource::Member;

    fn move_with(memory: &Memory, date: i64, members: &[&str]) -> bool {
        let members = members.iter().map(|id| Member {
            id: (*id).to_owned(),
            kind: None,
        });
        let told = Told::from([("g".into(), Some(members.collect()))]);
        memory.dates_move([("g".into(), Some(date))].into_iter(), &told)
    }

    #[test]
    fn members_that_change_under_one_date_are_noticed_for_ever() {
        let memory = Memory::default();
        assert!(move_with(&memory, 1, &["a", "b"]));
        assert!(move_with(&memory, 1, &["b", "a"]));
        assert!(move_with(&memory, 2, &["b"]));
        assert!(!move_with(&memory, 2, &["c"]));
        assert!(!move_with(&memory, 3, &["c"]));
    }

    #[test]
    fn which_ids_are_groups_is_known_after_a_full_read() {
        let memory = Memory::default();
        memory.learn(["x".into()].into_iter());
        assert_eq!(memory.is_group("x"), None);
        memory.remember(["g".into()].into());
        memory.learn(["h".into()].into_iter());
        assert_eq!(
            ["g", "h", "x"].map(|id| memory.is_group(id)),
            [Some(true), Some(true), Some(false)]
        );
    }
}
