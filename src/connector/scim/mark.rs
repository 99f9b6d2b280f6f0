//! Where an increment begins: what a cursor keeps of the read before.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::model::ExternalId;

/// Changes are asked for again from so long before the last read: clocks differ, commits overtake each other.
pub(super) const OVERLAP: i64 = 300_000;
/// How many objects of the overlap a cursor can know.
const RECENT: usize = 2_000;

/// A mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// From when on changes are asked for, milliseconds since 1970 of the server's time; `None`: everything is read.
    pub(super) since: Option<i64>,
    /// How many users there were.
    pub(super) users: u64,
    /// How many groups there were.
    pub(super) groups: u64,
    /// What was told of objects changed after `since`: hashes of id and of content.
    recent: Vec<(u64, u64)>,
}

/// Gathers the objects that the next read will be told again.
#[derive(Debug, Default)]
pub(super) struct Recent {
    since: Option<i64>,
    seen: HashMap<u64, u64>,
}

impl Recent {
    /// Of a read that began at this time of the server.
    pub(super) fn since(date: Option<i64>) -> Self {
        Self {
            since: date.map(|date| date - OVERLAP),
            seen: HashMap::new(),
        }
    }

    /// Notes an object.
    pub(super) fn note(&mut self, of: Kind, id: &ExternalId, modified: Option<i64>, content: u64) {
        match (modified, self.since) {
            (Some(modified), Some(since)) if modified < since => {}
            (Some(_), Some(_)) => drop(self.seen.insert(hash(of, id), content)),
            // One object without a date, and no date says anything.
            (None, _) | (_, None) => self.since = None,
        }
    }

    /// Changes cannot be told from this read on.
    pub(super) fn give_up(&mut self) {
        self.since = None;
    }

    /// The mark.
    pub(super) fn mark(self, users: u64, groups: u64) -> Mark {
        let since = self.since.filter(|_| self.seen.len() <= RECENT);
        let mut recent: Vec<(u64, u64)> = self.seen.into_iter().filter(|_| since.is_some()).collect();
        recent.sort_unstable();
        Mark {
            since,
            users,
            groups,
            recent,
        }
    }
}

/// Ids of users and groups may meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    User,
    Group,
}

impl Mark {
    /// What was told of an object, if it was changed shortly before.
    pub(super) fn told(&self, of: Kind, id: &ExternalId) -> Option<u64> {
        let key = hash(of, id);
        let at = self.recent.binary_search_by_key(&key, |(id, _)| *id).ok()?;
        self.recent.get(at).map(|(_, content)| *content)
    }
}

fn hash(of: Kind, id: &ExternalId) -> u64 {
    let mut hash = DefaultHasher::new();
    (of, id).hash(&mut hash);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_shortly_before_is_known_again() {
        let mut recent = Recent::since(Some(1_000_000));
        recent.note(Kind::User, &"old".into(), Some(699_999), 1);
        recent.note(Kind::User, &"new".into(), Some(700_000), 2);
        let mark = recent.mark(2, 0);
        assert_eq!(mark.since, Some(700_000));
        assert_eq!(mark.told(Kind::User, &"new".into()), Some(2));
        assert_eq!(mark.told(Kind::Group, &"new".into()), None);
        assert_eq!(mark.told(Kind::User, &"old".into()), None);
    }

    #[test]
    fn without_dates_or_with_too_many_changes_everything_is_read_again() {
        assert_eq!(Recent::since(None).mark(0, 0).since, None);
        let mut undated = Recent::since(Some(1_000_000));
        undated.note(Kind::User, &"x".into(), None, 1);
        assert_eq!(undated.mark(1, 0).since, None);
        let mut many = Recent::since(Some(1_000_000));
        for number in 0..=RECENT {
            many.note(Kind::User, &number.to_string().into(), Some(1_000_000), 1);
        }
        assert_eq!(
            many.mark(1, 0),
            Mark {
                users: 1,
                ..Mark::default()
            }
        );
    }
}
