//! The simulated tenant's state: users, groups, direct memberships.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::journal::{Journal, Touch};
use super::prng;
use crate::simulator::time::Time;

/// The domain of the simulated company.
pub(crate) const DOMAIN: &str = "corp.example";

/// Whether an object is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is there.
    Live,
    /// It is in the bin, from which it can return.
    Soft,
    /// It is gone for good; its slot stays, so that deltas can tell.
    Gone,
}

/// A property that can be missing: `None` was never set, the empty text was cleared.
pub(crate) type Maybe = Option<Box<str>>;

/// One user. Its slot is its place in [`World::users`], never used twice.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) id: Arc<str>,
    pub(crate) upn: Box<str>,
    pub(crate) display: Box<str>,
    pub(crate) mail: Maybe,
    pub(crate) given: Maybe,
    pub(crate) surname: Maybe,
    pub(crate) department: Maybe,
    pub(crate) enabled: bool,
    pub(crate) guest: bool,
    pub(crate) state: State,
    /// The journal's length after its last change; 0 for a generated one.
    pub(crate) touched: u64,
    /// Slots of the groups that directly contain it.
    pub(crate) groups: Vec<u32>,
}

/// One group. Its slot is its place in [`World::groups`], never used twice.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: Arc<str>,
    pub(crate) display: Box<str>,
    pub(crate) nickname: Box<str>,
    pub(crate) description: Maybe,
    /// A Microsoft 365 group, which can be restored; a security group cannot.
    pub(crate) unified: bool,
    pub(crate) hidden: bool,
    pub(crate) state: State,
    pub(crate) touched: u64,
    pub(crate) members: Members,
    /// Slots of the groups that directly contain it.
    pub(crate) groups: Vec<u32>,
}

/// The direct members of a group, in the order in which they are listed.
pub(crate) type Members = BTreeSet<Node>;

/// A user or a group by its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Node {
    /// A group.
    Group(u32),
    /// A user.
    User(u32),
}

/// Everything.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<Group>,
    pub(crate) ids: HashMap<Arc<str>, Node>,
    /// Sign-in names of live users, in lower case.
    pub(crate) upns: HashMap<Box<str>, u32>,
    pub(crate) journal: Journal,
    /// Who is assigned to the application.
    pub(crate) assigned: Vec<Node>,
    /// Nobody consented to the application: the tenant does not know it.
    pub(crate) unconsented: bool,
    /// The application is shown the members of groups that hide them.
    pub(crate) shows_hidden: bool,
    /// Last successful sign-ins that differ from the generated ones, by slot.
    pub(crate) seen: HashMap<u32, Box<str>>,
    /// When it is.
    pub(crate) time: Time,
}

/// A slot as an index.
pub(crate) fn at(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

/// An index as a slot.
pub(crate) fn slot(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl World {
    /// A tenant without anybody.
    pub(crate) fn empty(seed: u64) -> Self {
        Self {
            seed,
            users: Vec::new(),
            groups: Vec::new(),
            ids: HashMap::new(),
            upns: HashMap::new(),
            journal: Journal::default(),
            assigned: Vec::new(),
            unconsented: false,
            shows_hidden: false,
            seen: HashMap::new(),
            time: Time::default(),
        }
    }

    /// Adds a user, without a journal entry.
    pub(crate) fn add_user(&mut self, make: impl FnOnce(Arc<str>) -> User) -> u32 {
        let slot = slot(self.users.len());
        let id: Arc<str> = prng::guid(self.seed, 1, u64::from(slot)).into();
        let user = make(Arc::clone(&id));
        self.ids.insert(id, Node::User(slot));
        self.upns.insert(user.upn.to_lowercase().into(), slot);
        self.users.push(user);
        slot
    }

    /// Adds a group, without a journal entry.
    pub(crate) fn add_group(&mut self, make: impl FnOnce(Arc<str>) -> Group) -> u32 {
        let slot = slot(self.groups.len());
        let id: Arc<str> = prng::guid(self.seed, 2, u64::from(slot)).into();
        let group = make(Arc::clone(&id));
        self.ids.insert(id, Node::Group(slot));
        self.groups.push(group);
        slot
    }

    pub(crate) fn user(&self, slot: u32) -> Option<&User> {
        self.users.get(at(slot))
    }

    pub(crate) fn group(&self, slot: u32) -> Option<&Group> {
        self.groups.get(at(slot))
    }

    /// The live user of this id or sign-in name.
    pub(crate) fn find_user(&self, id_or_upn: &str) -> Option<u32> {
        let key = id_or_upn.to_lowercase();
        let slot = match self.ids.get(key.as_str()) {
            Some(Node::User(slot)) => *slot,
            _ => *self.upns.get(key.as_str())?,
        };
        self.live(Node::User(slot)).then_some(slot)
    }

    /// The live group of this id.
    pub(crate) fn find_group(&self, id: &str) -> Option<u32> {
        match self.ids.get(id.to_lowercase().as_str()) {
            Some(node @ Node::Group(slot)) if self.live(*node) => Some(*slot),
            _ => None,
        }
    }

    /// Whether it is there, neither in the bin nor gone.
    pub(crate) fn live(&self, node: Node) -> bool {
        self.state(node) == State::Live
    }

    /// Where it is.
    pub(crate) fn state(&self, node: Node) -> State {
        match node {
            Node::User(slot) => self.user(slot).map_or(State::Gone, |user| user.state),
            Node::Group(slot) => self.group(slot).map_or(State::Gone, |group| group.state),
        }
    }

    /// Its id; empty for a slot that never was.
    pub(crate) fn id(&self, node: Node) -> &str {
        match node {
            Node::User(slot) => self.user(slot).map_or("", |user| &user.id),
            Node::Group(slot) => self.group(slot).map_or("", |group| &group.id),
        }
    }

    /// Whether the application is not shown who is in a group.
    pub(crate) fn hides(&self, group: &Group) -> bool {
        group.hidden && !self.shows_hidden
    }

    /// Writes into the journal that it changed.
    pub(crate) fn touch(&mut self, node: Node) {
        let now = self.journal.push(Touch::Object(node));
        match node {
            Node::User(slot) => {
                if let Some(user) = self.users.get_mut(at(slot)) {
                    user.touched = now;
                }
            }
            Node::Group(slot) => {
                if let Some(group) = self.groups.get_mut(at(slot)) {
                    group.touched = now;
                }
            }
        }
    }

    /// Adds a direct membership; false when it was there.
    pub(crate) fn link(&mut self, group: u32, member: Node) -> bool {
        let Some(row) = self.groups.get_mut(at(group)) else {
            return false;
        };
        if !row.members.insert(member) {
            return false;
        }
        if let Some(back) = self.containers(member) {
            back.push(group);
        }
        true
    }

    /// Takes a direct membership away; false when it was not there.
    pub(crate) fn unlink(&mut self, group: u32, member: Node) -> bool {
        let Some(row) = self.groups.get_mut(at(group)) else {
            return false;
        };
        if !row.members.remove(&member) {
            return false;
        }
        if let Some(back) = self.containers(member) {
            back.retain(|container| *container != group);
        }
        true
    }

    fn containers(&mut self, member: Node) -> Option<&mut Vec<u32>> {
        match member {
            Node::User(slot) => self.users.get_mut(at(slot)).map(|user| &mut user.groups),
            Node::Group(slot) => self.groups.get_mut(at(slot)).map(|group| &mut group.groups),
        }
    }

    /// Forgets every membership of something that is gone for good, without journal entries.
    pub(crate) fn forget(&mut self, node: Node) {
        let containers = self.containers(node).map(std::mem::take).unwrap_or_default();
        for group in containers {
            if let Some(row) = self.groups.get_mut(at(group)) {
                row.members.remove(&node);
            }
        }
        let Node::Group(slot) = node else { return };
        let members = self
            .groups
            .get_mut(at(slot))
            .map(|group| std::mem::take(&mut group.members));
        for member in members.unwrap_or_default() {
            if let Some(back) = self.containers(member) {
                back.retain(|container| *container != slot);
            }
        }
    }
}
