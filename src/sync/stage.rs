//! The stage: what one pull reported, mapped, the last record per id or edge.
//!
//! Ids are interned and an edge is four bytes, so that a million of them cost a few megabytes.

use std::collections::HashMap;

use super::mapping::Mapping;
use crate::model::change::{GroupWish, UserWish};
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// What was said of one user or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said<T> {
    /// Nothing: its id was seen in an edge only.
    Nothing,
    /// It is there, thus.
    There(T),
    /// It is gone.
    Gone,
}

/// What was said of one kind of thing; an id's place is the order of its first sight.
#[derive(Debug)]
pub(super) struct Told<T> {
    places: HashMap<ExternalId, u32>,
    ids: Vec<ExternalId>,
    said: Vec<Said<T>>,
    there: u64,
}

impl<T> Default for Told<T> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            ids: Vec::new(),
            said: Vec::new(),
            there: 0,
        }
    }
}

impl<T> Told<T> {
    fn place(&mut self, id: ExternalId) -> u32 {
        if let Some(place) = self.places.get(&id) {
            return *place;
        }
        // An edge packs a place into 31 bits.
        let place = u32::try_from(self.ids.len())
            .ok()
            .filter(|place| *place < u32::MAX / 2);
        let place = place.expect("two thousand million ids do not fit into memory");
        self.places.insert(id.clone(), place);
        self.ids.push(id);
        self.said.push(Said::Nothing);
        place
    }

    fn say(&mut self, id: ExternalId, said: Said<T>) {
        let place = self.place(id) as usize;
        self.there += u64::from(matches!(said, Said::There(_)));
        self.there -= u64::from(matches!(self.said[place], Said::There(_)));
        self.said[place] = said;
    }

    /// How many are there.
    pub(super) fn there(&self) -> u64 {
        self.there
    }

    /// The id of a place.
    pub(super) fn id(&self, place: u32) -> &ExternalId {
        &self.ids[place as usize]
    }

    /// All ids, in the order of their places.
    pub(super) fn ids(&self) -> &[ExternalId] {
        &self.ids
    }

    /// What was said of an id.
    pub(super) fn of(&self, id: &ExternalId) -> &Said<T> {
        self.places
            .get(id)
            .map_or(&Said::Nothing, |place| &self.said[*place as usize])
    }

    /// The ids of all that is there, in the order of first sight.
    pub(super) fn present(&self) -> impl Iterator<Item = &ExternalId> {
        let all = self.ids.iter().zip(&self.said);
        all.filter(|(_, said)| matches!(said, Said::There(_)))
            .map(|(id, _)| id)
    }

    /// All that is there, in the order of first sight.
    pub(super) fn wishes(&self) -> impl Iterator<Item = &T> {
        self.said.iter().filter_map(|said| match said {
            Said::There(wish) => Some(wish),
            Said::Nothing | Said::Gone => None,
        })
    }
}

/// Edges of one group, of one kind: places of members in the order told, the lowest bit says whether the edge is there.
#[derive(Debug, Default)]
pub(super) struct Edges {
    said: Vec<u32>,
    /// Gone unless something else is said.
    unsaid: Vec<u32>,
}

impl Edges {
    fn say(&mut self, member: u32, there: bool) {
        self.said.push(member << 1 | u32::from(there));
    }

    /// Each member's place once, with what was said last, in the order of places.
    pub(super) fn last(&self) -> Vec<(u32, bool)> {
        let mut said = [self.unsaid.as_slice(), &self.said].concat();
        said.sort_by_key(|edge| edge >> 1); // stable: what was said last stays last
        let mut last: Vec<(u32, bool)> = Vec::with_capacity(said.len());
        for edge in said {
            let (member, there) = (edge >> 1, edge & 1 == 1);
            match last.last_mut() {
                Some(before) if before.0 == member => before.1 = there,
                _ => last.push((member, there)),
            }
        }
        last
    }
}

/// What was said of one group's members.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) users: Edges,
    pub(super) groups: Edges,
    /// Told completely: what was not told is gone.
    pub(super) complete: bool,
    /// Not to be seen: unknown, not empty.
    pub(super) unknown: bool,
}

/// Everything that one pull reported.
#[derive(Debug)]
pub struct Stage {
    mapping: Mapping,
    pub(super) users: Told<UserWish>,
    pub(super) groups: Told<GroupWish>,
    members: HashMap<u32, Members>,
    /// Users whose groups were told completely.
    whole_users: Vec<u32>,
    records: u64,
    edges: u64,
}

impl Stage {
    /// An empty stage whose records are mapped thus.
    pub fn new(mapping: Mapping) -> Self {
        Self {
            mapping,
            users: Told::default(),
            groups: Told::default(),
            members: HashMap::new(),
            whole_users: Vec::new(),
            records: 0,
            edges: 0,
        }
    }

    /// How many records were taken.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// How many memberships were told to be there, repetitions included.
    pub(super) fn edges(&self) -> u64 {
        self.edges
    }

    /// Takes a record; it replaces what an earlier one said.
    pub fn take(&mut self, record: Record) {
        self.records += 1;
        match record {
            Record::User(user) => {
                let wish = self.mapping.user(&user);
                self.users.say(user.id, Said::There(wish));
            }
            Record::UserGone(id) => self.users.say(id, Said::Gone),
            Record::Group(group) => {
                let wish = self.mapping.group(&group);
                self.groups.say(group.id, Said::There(wish));
            }
            Record::GroupGone(id) => self.groups.say(id, Said::Gone),
            Record::Member { group, member, kind } => self.edge(group, member, kind, true),
            Record::MemberGone { group, member, kind } => self.edge(group, member, kind, false),
            Record::MembersComplete(group) => self.members_of(group).complete = true,
            Record::GroupsComplete(user) => {
                let user = self.users.place(user);
                self.whole_users.push(user);
            }
            Record::MembersUnknown(group) => self.members_of(group).unknown = true,
        }
    }

    fn members_of(&mut self, group: ExternalId) -> &mut Members {
        let group = self.groups.place(group);
        self.members.entry(group).or_default()
    }

    fn edge(&mut self, group: ExternalId, member: ExternalId, kind: MemberKind, there: bool) {
        self.edges += u64::from(there);
        match kind {
            MemberKind::User => {
                let member = self.users.place(member);
                self.members_of(group).users.say(member, there);
            }
            MemberKind::Group => {
                let member = self.groups.place(member);
                self.members_of(group).groups.say(member, there);
            }
        }
    }

    /// The users whose groups were told completely; asked for once.
    pub(super) fn take_whole_users(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.whole_users)
    }

    /// A user is not in this group, unless something was said.
    pub(super) fn presume_gone(&mut self, group: &ExternalId, user: u32) {
        self.members_of(group.clone()).users.unsaid.push(user << 1);
    }

    /// The groups of whose members something was said, in the order of first sight.
    pub(super) fn members(&self) -> Vec<(u32, &Members)> {
        let mut all: Vec<_> = self
            .members
            .iter()
            .map(|(group, members)| (*group, members))
            .collect();
        all.sort_unstable_by_key(|(group, _)| *group);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_an_edge_counts() {
        let mut edges = Edges::default();
        for (member, there) in [(3, true), (1, true), (3, false), (1, false), (1, true)] {
            edges.say(member, there);
        }
        edges.unsaid = vec![1 << 1, 2 << 1];
        assert_eq!(edges.last(), [(1, true), (2, false), (3, false)]);
    }

    #[test]
    fn the_last_word_on_a_user_counts() {
        let mut users: Told<u8> = Told::default();
        users.say("a".into(), Said::There(1));
        users.say("a".into(), Said::There(2));
        assert_eq!((users.there(), users.wishes().collect::<Vec<_>>()), (1, vec![&2]));
        users.say("a".into(), Said::Gone);
        assert_eq!((users.there(), users.of(&"a".into())), (0, &Said::Gone));
        assert_eq!(users.of(&"b".into()), &Said::Nothing);
    }
}
