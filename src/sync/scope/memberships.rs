//! Whom changes of memberships concern, and who of them is in no group afterwards.

use std::collections::HashSet;

use crate::directory::Snapshot;
use crate::model::{ExternalId, GroupId, MemberKind, Owner, UserId};
use crate::sync::stage::{Members, Said, Stage};

/// What a read of changes told of memberships, upon what the directory knows.
pub(super) struct Memberships<'a> {
    snapshot: &'a Snapshot,
    stage: &'a Stage,
    /// Who may be in no group afterwards.
    concerned: HashSet<ExternalId>,
    /// Who is told to be in a group.
    joined: HashSet<ExternalId>,
    /// User and group.
    left: HashSet<(ExternalId, ExternalId)>,
}

impl<'a> Memberships<'a> {
    /// `None` where somebody comes into scope by a membership alone: nothing else was told of them.
    pub(super) fn told(snapshot: &'a Snapshot, stage: &'a Stage) -> Option<Self> {
        let mut memberships = Self {
            snapshot,
            stage,
            concerned: stage.users.present().cloned().collect(),
            joined: HashSet::new(),
            left: HashSet::new(),
        };
        for (place, members) in stage.members() {
            let group = stage.groups.id(place);
            if memberships.there(group) && !memberships.take(group, members) {
                return None;
            }
        }
        for group in stage.groups.ids() {
            if !memberships.there(group) {
                memberships.concerned.extend(users_in(snapshot, group));
            }
        }
        Some(memberships)
    }

    fn take(&mut self, group: &ExternalId, members: &Members) -> bool {
        let mut kept: HashSet<&ExternalId> = HashSet::new();
        for (place, is) in members.users.last() {
            let user = self.stage.users.id(place);
            if is && *self.stage.users.of(user) == Said::Nothing && !self.living(user) {
                return false;
            }
            self.concerned.insert(user.clone());
            if is {
                kept.insert(user);
                self.joined.insert(user.clone());
            } else {
                self.left.insert((user.clone(), group.clone()));
            }
        }
        if members.complete && !members.unknown {
            for user in users_in(self.snapshot, group).filter(|user| !kept.contains(user)) {
                self.concerned.insert(user.clone());
                self.left.insert((user, group.clone()));
            }
        }
        true
    }

    /// Those whom the directory has, or would have, and who are in no group of it.
    pub(super) fn of_nobody(self) -> Vec<ExternalId> {
        let mine = |user: &&ExternalId| match self.stage.users.of(user) {
            Said::There(_) => true,
            Said::Nothing => self.living(user),
            Said::Gone | Said::Out(_) => false,
        };
        let concerned = self.concerned.iter().filter(mine);
        concerned.filter(|user| !self.stays(user)).cloned().collect()
    }

    fn stays(&self, user: &ExternalId) -> bool {
        // Of who waits for a name the directory has the memberships, though no row.
        let known = |user: &ExternalId| self.living(user) || self.stage.remembers(user);
        let known = self.snapshot.user_id(user).filter(|_| known(user));
        let groups = known.map_or(&[][..], |id| self.snapshot.groups_of(id));
        let mut groups = groups
            .iter()
            .filter_map(|id| self.snapshot.group_external(GroupId(*id)));
        let left = |group: &ExternalId| self.left.contains(&(user.clone(), group.clone()));
        self.joined.contains(user) || groups.any(|group| self.there(group) && !left(group))
    }

    fn living(&self, user: &ExternalId) -> bool {
        let row = self.snapshot.user_id(user).and_then(|id| self.snapshot.user(id));
        row.is_some_and(|row| !row.vanished)
    }

    /// Whether a group belongs to the directory after this read.
    fn there(&self, group: &ExternalId) -> bool {
        match self.stage.groups.of(group) {
            Said::There(_) => true,
            Said::Nothing => self
                .snapshot
                .group_id(group)
                .is_some_and(|id| self.snapshot.group(id).is_some()),
            Said::Gone | Said::Out(_) => false,
        }
    }
}

/// The users whom the source has told to be in a group.
pub(super) fn users_in<'a>(
    snapshot: &'a Snapshot,
    group: &ExternalId,
) -> impl Iterator<Item = ExternalId> + use<'a> {
    let ids = snapshot.group_id(group).map_or(&[][..], |id| {
        snapshot.members(id, MemberKind::User, Owner::Source)
    });
    ids.iter()
        .filter_map(|id| snapshot.user_external(UserId(*id)).cloned())
}
