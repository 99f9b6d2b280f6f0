//! Whole listings of a view: merged once per snapshot set.

use std::collections::HashSet;
use std::sync::Arc;

use super::seen::Seen;
use super::snapshot::Snapshot;
use super::view::ViewData;
use crate::model::{GroupId, UserId};

/// Where a user of a view is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserAt {
    pub(super) directory: usize,
    pub(super) id: UserId,
}

/// Where a group of a view is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupAt {
    pub(super) directory: usize,
    pub(super) id: GroupId,
}

impl ViewData {
    /// Every visible user, sorted by name; of namesakes the one in the first directory.
    pub fn users(&self) -> Arc<[UserAt]> {
        Arc::clone(self.users.get_or_init(|| {
            let at = |directory, id: &u32| UserAt {
                directory,
                id: UserId(*id),
            };
            let all = merge(&self.snapshots, told_users, at);
            self.visible(all, |seen, at| seen.users.has((at.directory, at.id.0)))
        }))
    }

    /// Every visible group, sorted by name; of namesakes the one in the first directory.
    pub fn groups(&self) -> Arc<[GroupAt]> {
        Arc::clone(self.groups.get_or_init(|| {
            let at = |directory, id: &u32| GroupAt {
                directory,
                id: GroupId(*id),
            };
            let all = merge(&self.snapshots, |snapshot| snapshot.group_names.iter(), at);
            self.visible(all, |seen, at| seen.groups.has((at.directory, at.id.0)))
        }))
    }

    fn visible<T: Copy>(&self, all: Arc<[T]>, is_seen: impl Fn(&Seen, &T) -> bool) -> Arc<[T]> {
        if !self.is_scoped() {
            return all;
        }
        let seen = self.seen();
        all.iter().filter(|at| is_seen(seen, at)).copied().collect()
    }
}

/// The users' names of a directory, without those whom no application is told of.
fn told_users(snapshot: &Snapshot) -> impl Iterator<Item = (&Arc<str>, &u32)> {
    let names = snapshot.user_names.iter();
    names.filter(|(_, id)| !snapshot.is_hidden(UserId(**id)))
}

fn merge<'a, I, T>(
    snapshots: &'a [Arc<Snapshot>],
    names: impl Fn(&'a Snapshot) -> I,
    at: impl Fn(usize, &u32) -> T,
) -> Arc<[T]>
where
    I: Iterator<Item = (&'a Arc<str>, &'a u32)>,
{
    if let [only] = snapshots {
        return names(only).map(|(_, id)| at(0, id)).collect();
    }
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for (directory, snapshot) in snapshots.iter().enumerate() {
        for (name, id) in names(snapshot) {
            if seen.insert(name) {
                all.push((name, at(directory, id)));
            }
        }
    }
    all.sort_by_key(|(name, _)| *name);
    all.into_iter().map(|(_, at)| at).collect()
}
