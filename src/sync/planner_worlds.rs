//! Small random worlds, and how a source tells them: in full or by changes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::{ExternalId, MemberKind};

/// Ids are small numbers. An edge may point at an id that nobody has (yet).
pub(super) const IDS: u8 = 6;

/// Group and member.
type Pairs = BTreeSet<(u8, u8)>;

/// What a source has.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    /// Name, spelled in capitals or not; active.
    pub(super) users: BTreeMap<u8, (u8, bool, bool)>,
    /// Name (not unique).
    pub(super) groups: BTreeMap<u8, u8>,
    /// Group and user.
    pub(super) users_in: Pairs,
    /// Group and child; cycles happen.
    pub(super) groups_in: Pairs,
}

pub(super) fn world() -> impl Strategy<Value = World> {
    let names = Just((0..IDS + 2).collect::<Vec<u8>>()).prop_shuffle();
    let users = prop::collection::vec(
        prop::option::weighted(0.7, any::<(bool, bool)>()),
        usize::from(IDS),
    );
    let groups = prop::collection::vec(prop::option::weighted(0.7, 0..4u8), usize::from(IDS));
    let pairs = || prop::collection::btree_set((0..IDS, 0..IDS), 0..14);
    (names, users, groups, pairs(), pairs()).prop_map(|(names, users, groups, users_in, groups_in)| World {
        users: (0..)
            .zip(users)
            .filter_map(|(id, user)| {
                user.map(|(capital, active)| (id, (names[usize::from(id)], capital, active)))
            })
            .collect(),
        groups: (0..)
            .zip(groups)
            .filter_map(|(id, name)| Some((id, name?)))
            .collect(),
        users_in,
        groups_in,
    })
}

pub(super) fn user_id(id: u8) -> ExternalId {
    format!("user-{id}").into()
}

pub(super) fn group_id(id: u8) -> ExternalId {
    format!("group-{id}").into()
}

pub(super) fn user_name((name, capital, _): (u8, bool, bool)) -> String {
    format!("{}{name}", if capital { "N" } else { "n" })
}

pub(super) fn user(id: u8, user: (u8, bool, bool)) -> Record {
    Record::User(SourceUser {
        id: user_id(id),
        active: user.2,
        created_at: Some(1),
        attributes: [("userPrincipalName".into(), user_name(user).into())].into(),
    })
}

pub(super) fn group(id: u8, name: u8) -> Record {
    Record::Group(SourceGroup {
        id: group_id(id),
        name: format!("Group {name}").into(),
        nickname: "".into(),
        description: "".into(),
        created_at: Some(1),
    })
}

pub(super) fn edge((group, member): (u8, u8), kind: MemberKind, there: bool) -> Record {
    let group = group_id(group);
    let member = if kind == MemberKind::User {
        user_id(member)
    } else {
        group_id(member)
    };
    if there {
        Record::Member { group, member, kind }
    } else {
        Record::MemberGone { group, member, kind }
    }
}

/// What the directory must show: the world, and what is frozen of those who left it.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) world: World,
    pub(super) known_users: BTreeSet<u8>,
    pub(super) known_groups: BTreeSet<u8>,
    /// Group and user who is away.
    pub(super) frozen: Pairs,
}

impl Model {
    /// A source tells no memberships of what it has no longer, nor of groups that are not there.
    pub(super) fn possible(&self, mut world: World) -> World {
        let user_there = |id: u8| world.users.contains_key(&id) || !self.known_users.contains(&id);
        let group_there = |id: u8| world.groups.contains_key(&id) || !self.known_groups.contains(&id);
        world
            .users_in
            .retain(|(group, user)| world.groups.contains_key(group) && user_there(*user));
        world
            .groups_in
            .retain(|(group, child)| world.groups.contains_key(group) && group_there(*child));
        world
    }

    pub(super) fn become_like(&mut self, world: World) {
        let left = |user: &u8| !world.users.contains_key(user) && self.known_users.contains(user);
        let frozen = self.world.users_in.iter().chain(&self.frozen).copied();
        let frozen = frozen.filter(|(group, user)| left(user) && world.groups.contains_key(group));
        self.frozen = frozen.collect();
        self.known_users.extend(world.users.keys());
        self.known_groups.extend(world.groups.keys());
        self.world = world;
    }
}

pub(super) fn everything(world: &World) -> Vec<Record> {
    let users = world.users.iter().map(|(id, is)| user(*id, *is));
    let groups = world
        .groups
        .iter()
        .flat_map(|(id, name)| [group(*id, *name), Record::MembersComplete(group_id(*id))]);
    let edges = world
        .users_in
        .iter()
        .map(|pair| edge(*pair, MemberKind::User, true));
    let nested = world
        .groups_in
        .iter()
        .map(|pair| edge(*pair, MemberKind::Group, true));
    // Deleted between the list and its members' turn.
    let passing = (0..IDS).filter(|id| !world.groups.contains_key(id));
    let passing = passing.flat_map(|id| {
        let member = edge((id, 1), MemberKind::User, true);
        [group(id, 0), member, Record::GroupGone(group_id(id))]
    });
    users
        .chain(groups)
        .chain(edges)
        .chain(nested)
        .chain(passing)
        .collect()
}

/// What a delta tells: of who returns all memberships.
pub(super) fn changes(model: &Model, world: &World) -> Vec<Record> {
    let before = &model.world;
    let mut records = Vec::new();
    for (id, is) in world
        .users
        .iter()
        .filter(|(id, is)| before.users.get(id) != Some(is))
    {
        records.push(user(*id, *is));
        if model.known_users.contains(id) && !before.users.contains_key(id) {
            let own = world.users_in.iter().filter(|pair| pair.1 == *id);
            records.push(Record::GroupsComplete(user_id(*id)));
            records.extend(own.map(|pair| edge(*pair, MemberKind::User, true)));
        }
    }
    let left = |user: &u8| !world.users.contains_key(user);
    records.extend(
        before
            .users
            .keys()
            .filter(|id| left(id))
            .map(|id| Record::UserGone(user_id(*id))),
    );
    let changed = world
        .groups
        .iter()
        .filter(|(id, name)| before.groups.get(id) != Some(name));
    records.extend(changed.map(|(id, name)| group(*id, *name)));
    let removed = before.groups.keys().filter(|id| !world.groups.contains_key(id));
    records.extend(removed.map(|id| Record::GroupGone(group_id(*id))));
    let away = |user: &u8| model.known_users.contains(user) && left(user);
    edges(
        &mut records,
        world,
        (&before.users_in, &world.users_in),
        MemberKind::User,
        away,
    );
    edges(
        &mut records,
        world,
        (&before.groups_in, &world.groups_in),
        MemberKind::Group,
        |_| false,
    );
    records
}

/// Which edges came and went. Nothing is said of those of groups that are gone, nor of members who are away.
pub(super) fn edges(
    records: &mut Vec<Record>,
    world: &World,
    (before, after): (&Pairs, &Pairs),
    kind: MemberKind,
    away: impl Fn(&u8) -> bool,
) {
    let gone = before.difference(after);
    let gone = gone.filter(|(group, member)| world.groups.contains_key(group) && !away(member));
    records.extend(gone.map(|pair| edge(*pair, kind, false)));
    records.extend(after.difference(before).map(|pair| edge(*pair, kind, true)));
}
