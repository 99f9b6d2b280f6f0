//! The losses of the last hour, of what was there before it.

use std::collections::HashMap;
use std::sync::Arc;

use super::losses::{Losses, Thing};
use crate::directory::limits::{Limits, WHOLE_GROUP};
use crate::directory::snapshot::Snapshot;
use crate::directory::tally::There;
use crate::model::{GroupId, MemberKind, Owner, UserId};

/// How long a loss counts, and how old must be what is lost.
pub(super) const HOUR: i64 = 3_600_000;
/// How often losses that count no more are put away.
const MINUTE: i64 = 60_000;

/// Losses with the pictures that tell what was there before them.
///
/// A picture shares whatever did not change with the present one, so keeping two costs what the pushes of two hours changed.
pub(super) struct Window {
    /// The directory an hour to two hours ago (or at the start): what is not in it is too young to count.
    before: Arc<Snapshot>,
    /// The picture that will be `before` next.
    next: Arc<Snapshot>,
    next_at: i64,
    /// The last push.
    pushed_at: i64,
    there: Option<There>,
    lost: HashMap<Thing, i64>,
    cleared_at: i64,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    users: u64,
    groups: u64,
    edges: u64,
    /// Of the edges, those of each group.
    of_group: HashMap<u32, usize>,
}

/// What a push added to the window and took out of it, to be undone if the push fails.
#[derive(Default)]
pub(super) struct Charge {
    lost: Vec<Thing>,
    back: Vec<(Thing, i64)>,
}

impl Window {
    pub(super) fn new(snapshot: Arc<Snapshot>, now: i64) -> Self {
        Self {
            before: Arc::clone(&snapshot),
            next: snapshot,
            next_at: now,
            pushed_at: now,
            there: None,
            lost: HashMap::new(),
            cleared_at: now,
            counts: Counts::default(),
        }
    }

    /// Moves on to `now`; `snapshot` is the present picture.
    pub(super) fn move_on(&mut self, snapshot: &Snapshot, now: i64) {
        if now - self.pushed_at >= HOUR {
            // Nothing was pushed meanwhile: the present picture is that of an hour ago.
            self.next = Arc::new(snapshot.clone());
            self.before = Arc::clone(&self.next);
            (self.next_at, self.there) = (now, None);
        } else if now - self.next_at >= HOUR {
            let present = Arc::new(snapshot.clone());
            self.before = std::mem::replace(&mut self.next, present);
            (self.next_at, self.there) = (now, None);
        }
        self.pushed_at = now;
        if now - self.cleared_at >= MINUTE {
            self.cleared_at = now;
            let counts = &mut self.counts;
            self.lost.retain(|thing, at| {
                let counts_still = now - *at < HOUR;
                if !counts_still {
                    counts.take(*thing);
                }
                counts_still
            });
        }
    }

    /// Forgets what was lost.
    pub(super) fn forgive(&mut self) {
        self.lost = HashMap::new();
        self.counts = Counts::default();
    }

    /// Counts a push.
    pub(super) fn charge(&mut self, losses: &Losses, now: i64) -> Charge {
        let mut charge = Charge::default();
        for thing in &losses.lost {
            if self.is_old(*thing, now) && !self.lost.contains_key(thing) {
                self.lost.insert(*thing, now);
                self.counts.add(*thing);
                charge.lost.push(*thing);
            }
        }
        for thing in &losses.back {
            if let Some(at) = self.lost.remove(thing) {
                self.counts.take(*thing);
                charge.back.push((*thing, at));
            }
        }
        charge
    }

    /// Undoes a charge.
    pub(super) fn undo(&mut self, charge: Charge) {
        for thing in charge.lost {
            if self.lost.remove(&thing).is_some() {
                self.counts.take(thing);
            }
        }
        for (thing, at) in charge.back {
            if self.lost.insert(thing, at).is_none() {
                self.counts.add(thing);
            }
        }
    }

    /// Whether any of it was there before the window.
    pub(super) fn costs(&self, losses: &Losses, now: i64) -> bool {
        losses.lost.iter().any(|thing| self.is_old(*thing, now))
    }

    /// Why the losses of the window, those of the present push included, are too many.
    pub(super) fn breach(&mut self, limits: &Limits) -> Option<String> {
        let counts = &self.counts;
        let lost = [counts.users, counts.groups, counts.edges];
        let before = &self.before;
        let there = self.there.get_or_insert_with(|| There::of(before));
        limits.breach("the pushes of an hour remove", lost, there)
    }

    /// Why the losses of a group are too many: nobody is left of those who were in it.
    pub(super) fn emptied(&self, group: GroupId) -> Option<String> {
        let of = |kind| self.before.members(group, kind, Owner::Source).len();
        let before = of(MemberKind::User) + of(MemberKind::Group);
        let lost = self.counts.of_group.get(&group.0).copied().unwrap_or(0);
        let name = &self.before.group(group)?.name;
        (before >= WHOLE_GROUP && lost >= before)
            .then(|| format!("the pushes of an hour remove all {before} members of group `{name}`"))
    }

    /// How many users, groups and memberships were lost.
    pub(super) fn lost(&self) -> [u64; 3] {
        [self.counts.users, self.counts.groups, self.counts.edges]
    }

    /// Whether it was there before the window. After a start the picture knows no ages: the rows do.
    fn is_old(&self, thing: Thing, now: i64) -> bool {
        let user = |id| {
            let row = self.before.user(UserId(id));
            row.is_some_and(|row| now - row.created_at >= HOUR)
        };
        let group = |id| {
            let row = self.before.group(GroupId(id));
            row.is_some_and(|row| now - row.created_at >= HOUR)
        };
        match thing {
            Thing::User(id) => user(id),
            Thing::Group(id) => group(id),
            Thing::Edge(parent, of, member) => {
                let members = self.before.members(GroupId(parent), of, Owner::Source);
                let is_there = members.binary_search(&member).is_ok();
                let is_old = match of {
                    MemberKind::User => user(member),
                    MemberKind::Group => group(member),
                };
                is_there && is_old && group(parent)
            }
        }
    }
}

impl Counts {
    fn add(&mut self, thing: Thing) {
        match thing {
            Thing::User(_) => self.users += 1,
            Thing::Group(_) => self.groups += 1,
            Thing::Edge(group, ..) => {
                self.edges += 1;
                *self.of_group.entry(group).or_default() += 1;
            }
        }
    }

    fn take(&mut self, thing: Thing) {
        match thing {
            Thing::User(_) => self.users -= 1,
            Thing::Group(_) => self.groups -= 1,
            Thing::Edge(group, ..) => {
                self.edges -= 1;
                if let Some(lost) = self.of_group.get_mut(&group) {
                    *lost -= 1;
                    if *lost == 0 {
                        self.of_group.remove(&group);
                    }
                }
            }
        }
    }
}
