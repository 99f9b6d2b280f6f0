//! The tree of groups, out of a company whose groups may be in several.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::simulator::entra::world::{Node, World, slot};

/// Which group is within which, by slot.
#[derive(Debug, Default)]
pub(super) struct Tree {
    parents: BTreeMap<u32, u32>,
    children: BTreeMap<u32, Vec<u32>>,
    /// Groups in no other.
    pub(super) top: Vec<u32>,
}

impl Tree {
    /// The oldest group that contains one and is older is its parent: so there are no circles.
    pub(super) fn of(world: &World) -> Self {
        let mut tree = Self::default();
        for slot in (0..slot(world.groups.len())).filter(|slot| world.live(Node::Group(*slot))) {
            let containers = world
                .group(slot)
                .map(|group| group.groups.as_slice())
                .unwrap_or_default();
            let older = containers
                .iter()
                .filter(|above| **above < slot && world.live(Node::Group(**above)));
            match older.min() {
                Some(parent) => {
                    tree.parents.insert(slot, *parent);
                    tree.children.entry(*parent).or_default().push(slot);
                }
                None => tree.top.push(slot),
            }
        }
        tree
    }

    /// The group that it is within.
    pub(super) fn parent(&self, slot: u32) -> Option<u32> {
        self.parents.get(&slot).copied()
    }

    /// The groups within one.
    pub(super) fn children(&self, slot: u32) -> &[u32] {
        self.children.get(&slot).map(Vec::as_slice).unwrap_or_default()
    }

    /// `/parent/child`.
    pub(super) fn path(&self, world: &World, slot: u32) -> String {
        let above = self.parents.get(&slot).map(|parent| self.path(world, *parent));
        let name = world.group(slot).map_or("", |group| &group.display);
        format!("{}/{name}", above.unwrap_or_default())
    }

    /// All pairs of parent and child, by id.
    pub(super) fn edges(&self, world: &World) -> BTreeSet<(Arc<str>, Arc<str>)> {
        let id = |slot: u32| Arc::from(world.id(Node::Group(slot)));
        self.parents
            .iter()
            .map(|(child, parent)| (id(*parent), id(*child)))
            .collect()
    }
}
