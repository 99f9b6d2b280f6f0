//! The immutable picture of one directory that all reads are answered from.
//!
//! Outer maps are persistent, member lists are `Arc` slices: a new snapshot shares what did not change.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use imbl::{HashMap, OrdMap, Vector};

use super::details::Details;
pub use super::live::{LiveGroup, LiveUser, Slot};
use crate::model::commit::Cursor;
use crate::model::group::GroupRow;
use crate::model::name::fold;
use crate::model::row::FormerName;
use crate::model::row::Tombstone;
use crate::model::user::UserRow;
use crate::model::{DirectoryId, ExternalId, GroupId, MemberKind, Owner, Seq, UserId};

/// Row ids, sorted.
pub type Ids = Arc<[u32]>;

/// One directory at one [`Seq`].
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) directory: DirectoryId,
    pub(super) seq: Seq,
    pub(super) cursor: Option<Cursor>,
    pub(super) users: Vector<Slot<LiveUser>>,
    pub(super) groups: Vector<Slot<LiveGroup>>,
    pub(super) user_ids: HashMap<ExternalId, u32>,
    pub(super) group_ids: HashMap<ExternalId, u32>,
    pub(super) user_names: OrdMap<Arc<str>, u32>,
    pub(super) group_names: OrdMap<Arc<str>, u32>,
    /// The last commit that took each name (folded) from its bearer: tombstones outlive the name's reuse (feed R7).
    pub(super) ended_users: HashMap<Arc<str>, Seq>,
    pub(super) members: HashMap<(u32, MemberKind, Owner), Ids>,
    pub(super) user_groups: Vector<Ids>,
    pub(super) group_parents: Vector<Ids>,
    /// Group-in-group edges (parent, child) that ended, with their last end: what feeds of scoped views ask for.
    pub(super) ended_edges: HashMap<(u32, u32), Seq>,
    pub(super) memberships: usize,
    pub(super) details: Details,
    /// The names of the default groups, as configured: not stored, told by whoever opens the directory.
    pub(super) defaults: Arc<[Arc<str>]>,
    /// The folded names of users whom nobody holds: not stored either.
    pub(super) protected: Arc<BTreeSet<String>>,
}

impl Snapshot {
    /// A directory before its first commit.
    pub fn empty(directory: DirectoryId) -> Self {
        Self {
            directory,
            seq: Seq(0),
            cursor: None,
            users: Vector::new(),
            groups: Vector::new(),
            user_ids: HashMap::new(),
            group_ids: HashMap::new(),
            user_names: OrdMap::new(),
            group_names: OrdMap::new(),
            ended_users: HashMap::new(),
            members: HashMap::new(),
            user_groups: Vector::new(),
            group_parents: Vector::new(),
            ended_edges: HashMap::new(),
            memberships: 0,
            details: Details::default(),
            defaults: Arc::from([]),
            protected: Arc::default(),
        }
    }

    /// Whose picture this is.
    pub fn directory(&self) -> &DirectoryId {
        &self.directory
    }

    /// The commit it shows.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Where the source's next read goes on. Its presence means that one complete read has been committed.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// The row id of a user's external id: of a row, a reference or a tombstone.
    pub fn user_id(&self, external: &ExternalId) -> Option<UserId> {
        self.user_ids.get(external).copied().map(UserId)
    }

    /// The row id of a group's external id: of a row, a reference or a tombstone.
    pub fn group_id(&self, external: &ExternalId) -> Option<GroupId> {
        self.group_ids.get(external).copied().map(GroupId)
    }

    /// A user by row id.
    pub fn live_user(&self, id: UserId) -> Option<&Arc<LiveUser>> {
        self.users.get(id.0 as usize)?.live()
    }

    /// A group by row id.
    pub fn live_group(&self, id: GroupId) -> Option<&Arc<LiveGroup>> {
        self.groups.get(id.0 as usize)?.live()
    }

    /// A user's row by row id.
    pub fn user(&self, id: UserId) -> Option<&Arc<UserRow>> {
        self.live_user(id).map(|live| &live.row)
    }

    /// A group's row by row id.
    pub fn group(&self, id: GroupId) -> Option<&Arc<GroupRow>> {
        self.live_group(id).map(|live| &live.row)
    }

    /// The user of a folded name.
    pub fn user_named(&self, folded: &str) -> Option<&Arc<UserRow>> {
        self.user_names.get(folded).and_then(|id| self.user(UserId(*id)))
    }

    /// The group of a folded name.
    pub fn group_named(&self, folded: &str) -> Option<&Arc<GroupRow>> {
        self.group_names
            .get(folded)
            .and_then(|id| self.group(GroupId(*id)))
    }

    /// All users, by row id.
    pub fn users(&self) -> impl Iterator<Item = &Arc<UserRow>> {
        self.users
            .iter()
            .filter_map(|slot| slot.live().map(|live| &live.row))
    }

    /// Whether a user had this folded name and has it no longer.
    pub fn had_user_named(&self, folded: &str) -> bool {
        self.ended_users.contains_key(folded)
    }

    /// What is left of removed users, by row id.
    pub fn removed_users(&self) -> impl Iterator<Item = &Arc<Tombstone>> {
        self.users.iter().filter_map(|slot| match slot {
            Slot::Gone(tombstone) => Some(tombstone),
            Slot::Live(_) | Slot::Reference(_) => None,
        })
    }

    /// All groups, by row id.
    pub fn groups(&self) -> impl Iterator<Item = &Arc<GroupRow>> {
        self.groups
            .iter()
            .filter_map(|slot| slot.live().map(|live| &live.row))
    }

    /// Users in the order of their folded names, after one.
    pub fn users_by_name(&self, after: Option<&str>) -> impl Iterator<Item = &Arc<UserRow>> + use<'_> {
        later(&self.user_names, after).filter_map(|id| self.user(UserId(id)))
    }

    /// Groups in the order of their folded names, after one.
    pub fn groups_by_name(&self, after: Option<&str>) -> impl Iterator<Item = &Arc<GroupRow>> + use<'_> {
        later(&self.group_names, after).filter_map(|id| self.group(GroupId(id)))
    }

    /// The direct members of one kind and owner.
    pub fn members(&self, group: GroupId, kind: MemberKind, owner: Owner) -> &[u32] {
        self.members.get(&(group.0, kind, owner)).map_or(&[], |ids| ids)
    }

    /// The direct members of one kind, whoever owns the edges.
    pub fn all_members(&self, group: GroupId, kind: MemberKind) -> Ids {
        let mut found: Option<Ids> = None;
        for owner in [Owner::Source, Owner::Local, Owner::Rule] {
            let Some(ids) = self.members.get(&(group.0, kind, owner)) else {
                continue;
            };
            found = Some(match found {
                None => Arc::clone(ids),
                Some(before) => super::rules::membership::union(&before, ids),
            });
        }
        found.unwrap_or_else(|| Arc::from([]))
    }

    /// The groups that a user is directly in, read or not.
    pub fn groups_of(&self, user: UserId) -> &[u32] {
        self.user_groups.get(user.0 as usize).map_or(&[], |ids| ids)
    }

    /// The groups that a group is directly in, read or not.
    pub fn parents_of(&self, group: GroupId) -> &[u32] {
        self.group_parents.get(group.0 as usize).map_or(&[], |ids| ids)
    }

    /// A user's external id, also of a reference or a tombstone.
    pub fn user_external(&self, id: UserId) -> Option<&ExternalId> {
        Some(match self.users.get(id.0 as usize)? {
            Slot::Live(live) => &live.row.external_id,
            Slot::Reference(external) => external,
            Slot::Gone(tombstone) => &tombstone.external_id,
        })
    }

    /// A group's external id, also of a reference or a tombstone.
    pub fn group_external(&self, id: GroupId) -> Option<&ExternalId> {
        Some(match self.groups.get(id.0 as usize)? {
            Slot::Live(live) => &live.row.external_id,
            Slot::Reference(external) => external,
            Slot::Gone(tombstone) => &tombstone.external_id,
        })
    }

    /// Whether of a user only edges were ever seen.
    pub fn only_seen(&self, id: UserId) -> bool {
        matches!(self.users.get(id.0 as usize), Some(Slot::Reference(_)))
    }

    /// Whether of a group only edges were ever seen.
    pub fn group_only_seen(&self, id: GroupId) -> bool {
        matches!(self.groups.get(id.0 as usize), Some(Slot::Reference(_)))
    }

    /// Who bore these names (folded) and does not any more, of users: those renamed since and those removed.
    pub fn former_bearers(&self, names: &BTreeSet<String>) -> Vec<(String, ExternalId)> {
        let mut found = Vec::new();
        for slot in &self.users {
            let (external, former): (_, &[FormerName]) = match slot {
                Slot::Live(live) => (&live.row.external_id, &live.row.former),
                Slot::Gone(tombstone) => (&tombstone.external_id, &tombstone.former),
                Slot::Reference(_) => continue,
            };
            let bore = former
                .iter()
                .map(|former| fold(&former.name))
                .filter(|name| names.contains(name));
            found.extend(bore.map(|name| (name, external.clone())));
        }
        found.sort();
        found.dedup();
        found
    }

    /// Whether the configuration keeps the user of this name from being held.
    pub fn protects(&self, name: &str) -> bool {
        !self.protected.is_empty() && self.protected.contains(&fold(name))
    }

    /// What is kept beside the rows.
    pub fn details(&self) -> &Details {
        &self.details
    }

    /// How many users there are.
    pub fn user_count(&self) -> usize {
        self.user_names.len()
    }

    /// How many groups there are.
    pub fn group_count(&self) -> usize {
        self.group_names.len()
    }

    /// How many direct memberships there are, of users and of groups, references included.
    pub fn membership_count(&self) -> usize {
        self.memberships
    }
}

fn later<'a>(names: &'a OrdMap<Arc<str>, u32>, after: Option<&str>) -> impl Iterator<Item = u32> + use<'a> {
    let start = after.map_or(Bound::Unbounded, |name| Bound::Excluded(Arc::from(name)));
    names.range((start, Bound::Unbounded)).map(|(_, id)| *id)
}
