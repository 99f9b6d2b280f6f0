//! The objects that a search can find: below a base, or one by its name.

use std::collections::HashMap;

use super::Options;
use super::rows::{Object, What, numbers};
use crate::protocol::ldap::dn;
use crate::simulator::entra::world::{Node, World, slot};

/// The company as a reader is shown it.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    world: &'a World,
    numbers: HashMap<Node, u64>,
    /// The group that is a primary one, the user whose account has ended.
    marked: (Option<u32>, Option<u32>),
    /// Deleted objects are shown as well.
    deleted: bool,
    /// Where they are is.
    bin: bool,
}

impl<'a> Tree<'a> {
    /// `deleted` where deleted objects are asked for, `hides` where the reader is not shown where they are.
    pub(super) fn new(world: &'a World, (deleted, hides): (bool, bool), options: &Options) -> Self {
        Self {
            world,
            numbers: numbers(world, options.primary),
            marked: (options.primary, options.ended),
            deleted,
            bin: deleted && !hides,
        }
    }

    /// Everything: users, groups, the bin.
    fn all(&self) -> impl Iterator<Item = Object<'a>> {
        let users = (0..slot(self.world.users.len())).map(Node::User);
        let nodes = users.chain((0..slot(self.world.groups.len())).map(Node::Group));
        let shown = nodes.filter(|node| self.deleted || self.world.live(*node));
        let objects = shown.map(|node| Object::of(self.world, node, &self.numbers, self.marked));
        objects.chain(self.bin.then_some(Object {
            world: self.world,
            what: What::Bin,
            number: 0,
            primary: None,
            ended: None,
        }))
    }

    /// Everything that is the base or below it.
    pub(super) fn below(&self, base: &str) -> impl Iterator<Item = Object<'a>> {
        // Names are compared one by one only where they can differ: in a base that is narrower than what lies together.
        let mut whole: HashMap<String, bool> = HashMap::new();
        self.all().filter(move |object| {
            let container = object.container();
            let is_within = *whole
                .entry(container)
                .or_insert_with_key(|container| dn::is_within(container, base));
            is_within || dn::is_within(&object.dn(), base)
        })
    }

    /// The object of this name.
    pub(super) fn find(&self, name: &str) -> Option<Object<'a>> {
        let key = dn::key(name);
        let is_it = |object: &Object<'a>| dn::key(&object.dn()) == key;
        self.guess(name).filter(is_it).or_else(|| self.all().find(is_it))
    }

    /// What is probably meant by a name that is spelled as ours are.
    fn guess(&self, name: &str) -> Option<Object<'a>> {
        let (_, value) = name.split(',').next()?.split_once('=')?;
        let group = || value.strip_prefix('g')?.parse().ok().map(Node::Group);
        let user = self.world.find_user(value).map(Node::User);
        let node = user.or_else(group).filter(|node| self.world.live(*node))?;
        Some(Object::of(self.world, node, &self.numbers, self.marked))
    }
}
