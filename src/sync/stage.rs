//! The stage: what one pull reported, mapped, the last record per id or edge.
//!
//! Ids are interned and an edge is four bytes, so that a million of them cost a few megabytes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::carried::{Carried, CarriedEdges, CarriedUser, Gone};
use super::mapping::Mapping;
use super::near::Unseen;
use super::scope::Why;
use super::terms::Rules;
use crate::model::change::{GroupWish, UserWish};
use crate::model::plan::Refused;
use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::{Attributes, ExternalId, MemberKind};

/// Of how many users whom the source may not speak for it is told by name.
const FOREIGN: usize = 500;

/// What was said of one user or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said<T> {
    /// Nothing: its id was seen in an edge only.
    Nothing,
    /// It is there, thus.
    There(T),
    /// It is gone.
    Gone,
    /// It is there and does not belong to this directory.
    Out(Why),
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

    pub(super) fn say(&mut self, id: ExternalId, said: Said<T>) -> u32 {
        let at = self.place(id);
        let place = at as usize;
        self.there += u64::from(matches!(said, Said::There(_)));
        self.there -= u64::from(matches!(self.said[place], Said::There(_)));
        self.said[place] = said;
        at
    }

    /// How many are there.
    pub(super) fn there(&self) -> u64 {
        self.there
    }

    /// What was said of the id at a place.
    pub(super) fn at(&self, place: u32) -> &Said<T> {
        &self.said[place as usize]
    }

    /// The id of a place.
    pub(super) fn id(&self, place: u32) -> &ExternalId {
        &self.ids[place as usize]
    }

    /// All ids, in the order of their places.
    pub(super) fn ids(&self) -> &[ExternalId] {
        &self.ids
    }

    /// The place of an id, if it was ever told.
    pub(super) fn place_of(&self, id: &ExternalId) -> Option<u32> {
        self.places.get(id).copied()
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
            Said::Nothing | Said::Gone | Said::Out(_) => None,
        })
    }

    /// The places of all that is there, with what it is.
    pub(super) fn placed(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.said).filter_map(|(place, said)| match said {
            Said::There(wish) => Some((place, wish)),
            Said::Nothing | Said::Gone | Said::Out(_) => None,
        })
    }

    /// How many are out of scope.
    pub(super) fn left_out(&self) -> usize {
        self.said
            .iter()
            .filter(|said| matches!(said, Said::Out(_)))
            .count()
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

    pub(super) fn is_empty(&self) -> bool {
        self.said.is_empty() && self.unsaid.is_empty()
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
    rules: Arc<Rules>,
    pub(super) users: Told<UserWish>,
    pub(super) groups: Told<GroupWish>,
    members: HashMap<u32, Members>,
    /// Custom attributes, by the user's place, where any are mapped.
    custom: HashMap<u32, Attributes>,
    /// Groups that are not included by themselves.
    unselected: HashSet<u32>,
    /// Who was carried as gone.
    returned_users: HashSet<ExternalId>,
    returned_groups: HashSet<ExternalId>,
    /// Who was recalled as waiting for a name and not told since, by place.
    remembered: HashSet<u32>,
    /// Users whom the source may not speak for, by place.
    foreign: BTreeMap<u32, Refused>,
    /// Attributes that the mapping wants and nobody has.
    unseen: Unseen,
    /// Users whose groups were told completely.
    whole_users: Vec<u32>,
    records: u64,
    edges: u64,
}

impl Stage {
    /// An empty stage whose records are mapped thus; all of them belong to the directory.
    pub fn new(mapping: Mapping) -> Self {
        Self::of(mapping, Arc::default())
    }

    /// An empty stage whose records are mapped thus, and narrowed by the rules of the directory.
    pub fn of(mapping: Mapping, rules: Arc<Rules>) -> Self {
        Self {
            unseen: Unseen::new(mapping.attributes()),
            mapping,
            rules,
            users: Told::default(),
            groups: Told::default(),
            members: HashMap::new(),
            custom: HashMap::new(),
            unselected: HashSet::new(),
            returned_users: HashSet::new(),
            returned_groups: HashSet::new(),
            remembered: HashSet::new(),
            foreign: BTreeMap::new(),
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
            Record::User(user) => self.user(&user),
            Record::UserGone(id) => drop(self.say_user(id, Said::Gone)),
            Record::UserJoined(id) => drop(self.say_user(id, Said::Out(Why::Joined))),
            Record::Group(group) => self.group(&group),
            Record::GroupGone(id) => drop(self.groups.say(id, Said::Gone)),
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

    fn user(&mut self, user: &SourceUser) {
        self.unseen.look(user);
        let wish = self.mapping.user(user);
        let id = user.id.clone();
        let Some(why) = self.rules.scope.user(user, &wish) else {
            let place = self.say_user(id, Said::There(wish));
            if !self.mapping.attributes.is_empty() {
                self.custom.insert(place, self.mapping.custom(user));
            }
            return;
        };
        let place = self.say_user(id, Said::Out(why));
        if why == Why::Domain && self.foreign.len() < FOREIGN {
            let reason = "its source may not speak for its mail domain; hint: see `directory.scope.domains`";
            let what = format!("user `{}`", wish.name);
            self.foreign.insert(
                place,
                Refused {
                    what,
                    reason: reason.to_owned(),
                },
            );
        }
    }

    /// What the source says of a user now.
    fn say_user(&mut self, id: ExternalId, said: Said<UserWish>) -> u32 {
        let place = self.users.say(id, said);
        self.remembered.remove(&place);
        place
    }

    /// What an earlier read said of a user, until this one says something.
    pub(super) fn remember(&mut self, id: ExternalId, said: Said<UserWish>, custom: Option<Attributes>) {
        let place = self.users.say(id, said);
        self.remembered.insert(place);
        self.custom.extend(custom.map(|custom| (place, custom)));
    }

    /// Whether all that is known of a user was said by an earlier read.
    pub(super) fn remembers(&self, id: &ExternalId) -> bool {
        self.users
            .place_of(id)
            .is_some_and(|place| self.remembered.contains(&place))
    }

    /// How many users this read told to be there.
    pub(super) fn told_users(&self) -> u64 {
        let all = self.remembered.iter();
        let there = all.filter(|place| matches!(self.users.at(**place), Said::There(_)));
        self.users.there() - there.count() as u64
    }

    fn group(&mut self, group: &SourceGroup) {
        let wish = self.mapping.group(group);
        let id = group.id.clone();
        match self.rules.scope.group(group, &wish) {
            Some(Why::NotIncluded) if self.rules.nested => {
                let place = self.groups.say(id, Said::There(wish));
                self.unselected.insert(place);
            }
            Some(why) => drop(self.groups.say(id, Said::Out(why))),
            None => {
                let place = self.groups.say(id, Said::There(wish));
                self.unselected.remove(&place);
            }
        }
    }

    /// What is probably misspelled in the mapping.
    pub(super) fn hints(&self) -> Vec<String> {
        self.unseen.hints()
    }

    /// What the directory's configuration says of its plans.
    pub(super) fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// How the records are mapped.
    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// A user's custom attributes as mapped.
    pub(super) fn custom(&self, place: u32) -> Option<&Attributes> {
        self.custom.get(&place)
    }

    /// Users whom the source may not speak for; of very many the first.
    pub(super) fn foreign(&self) -> impl Iterator<Item = &Refused> {
        let still = |place: u32| *self.users.of(self.users.id(place)) == Said::Out(Why::Domain);
        self.foreign
            .iter()
            .filter(move |(place, _)| still(**place))
            .map(|(_, told)| told)
    }

    /// The places of the users that are there.
    pub(super) fn places_of_users(&self) -> Vec<u32> {
        self.users.placed().map(|(place, _)| place).collect()
    }

    /// The places of the groups that are there.
    pub(super) fn places_of_groups(&self) -> Vec<u32> {
        self.groups.placed().map(|(place, _)| place).collect()
    }

    /// Whether a group that is there belongs to the directory by itself.
    pub(super) fn selected(&self, place: u32) -> bool {
        !self.unselected.contains(&place)
    }

    /// The same, by its id.
    pub(super) fn selected_id(&self, id: &ExternalId) -> bool {
        self.groups
            .places
            .get(id)
            .is_none_or(|place| self.selected(*place))
    }

    /// The groups that are there and in another.
    pub(super) fn children(&self, place: u32) -> Vec<u32> {
        let edges = self.members.get(&place).map(|members| members.groups.last());
        let there = edges
            .into_iter()
            .flatten()
            .filter(|(_, there)| *there)
            .map(|(child, _)| child);
        there
            .filter(|child| matches!(self.groups.said[*child as usize], Said::There(_)))
            .collect()
    }

    /// Begins with what is carried: whatever is taken later is a later word.
    pub(super) fn recall(&mut self, carried: Carried) {
        for Gone { id, out } in carried.users_gone {
            self.returned_users.insert(id.clone());
            self.users.say(id, out.map_or(Said::Gone, Said::Out));
        }
        for CarriedUser { wish, custom } in carried.users {
            let place = self.users.say(wish.external_id.clone(), Said::There(wish));
            self.custom.extend(custom.map(|custom| (place, custom)));
        }
        for Gone { id, out } in carried.groups_gone {
            self.returned_groups.insert(id.clone());
            self.groups.say(id, out.map_or(Said::Gone, Said::Out));
        }
        for wish in carried.groups {
            self.groups.say(wish.external_id.clone(), Said::There(wish));
        }
        for carried in carried.edges {
            let CarriedEdges {
                group, users, groups, ..
            } = carried;
            for (there, users, groups) in [
                (false, users, groups),
                (true, carried.add_users, carried.add_groups),
            ] {
                for user in users {
                    self.edge(group.clone(), user, MemberKind::User, there);
                }
                for child in groups {
                    self.edge(group.clone(), child, MemberKind::Group, there);
                }
            }
        }
    }

    /// Whether a user that is there was carried as gone: what happened to its memberships meanwhile was not told.
    pub(super) fn user_returned(&self, id: &ExternalId) -> bool {
        self.returned_users.contains(id)
    }

    /// The same of a group.
    pub(super) fn group_returned(&self, id: &ExternalId) -> bool {
        self.returned_groups.contains(id)
    }

    fn members_of(&mut self, group: ExternalId) -> &mut Members {
        let group = self.groups.place(group);
        self.members.entry(group).or_default()
    }

    fn edge(&mut self, group: ExternalId, member: ExternalId, kind: MemberKind, there: bool) {
        if kind == MemberKind::Group && !self.rules.nested {
            return; // this directory has no groups in groups
        }
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

    /// The places of the users that are gone.
    pub(super) fn gone_users(&self) -> Vec<u32> {
        let all = (0..).zip(&self.users.said);
        all.filter(|(_, said)| matches!(said, Said::Gone))
            .map(|(place, _)| place)
            .collect()
    }

    /// A user is not in this group, unless something was said, or nobody can see who is.
    pub(super) fn presume_gone(&mut self, group: &ExternalId, user: u32) {
        let members = self.members_of(group.clone());
        if !members.unknown {
            members.users.unsaid.push(user << 1);
        }
    }

    /// A group is not in this group, unless something was said, or nobody can see who is.
    pub(super) fn presume_child_gone(&mut self, group: &ExternalId, child: u32) {
        let members = self.members_of(group.clone());
        if !members.unknown {
            members.groups.unsaid.push(child << 1);
        }
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
