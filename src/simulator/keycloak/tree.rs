//! The tree of groups, out of a company whose groups may be in several.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::simulator::entra::world::{Node, World, slot};

/// Which group is within which, by slot: found where it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tree<'a>(pub(super) &'a World);

impl<'a> Tree<'a> {
    /// The oldest group that contains one and is older is its parent: so there are no circles.
    pub(super) fn parent(self, slot: u32) -> Option<u32> {
        let containers = &self.0.group(slot)?.groups;
        let older = containers
            .iter()
            .filter(|above| **above < slot && self.0.live(Node::Group(**above)));
        older.min().copied()
    }

    fn all(self) -> impl Iterator<Item = u32> + 'a {
        let there = move |slot: &u32| self.0.live(Node::Group(*slot));
        (0..slot(self.0.groups.len())).filter(there)
    }

    /// Groups in no other.
    pub(super) fn top(self) -> impl Iterator<Item = u32> + 'a {
        self.all().filter(move |slot| self.parent(*slot).is_none())
    }

    /// The groups within one.
    pub(super) fn children(self, slot: u32) -> impl Iterator<Item = u32> + 'a {
        let members = self.0.group(slot).into_iter().flat_map(|group| &group.members);
        // Groups come before users in the order of members.
        let groups = members.map_while(|member| match member {
            Node::Group(child) => Some(*child),
            Node::User(_) => None,
        });
        groups.filter(move |child| self.0.live(Node::Group(*child)) && self.parent(*child) == Some(slot))
    }

    /// `/parent/child`.
    pub(super) fn path(self, slot: u32) -> String {
        let above = self.parent(slot).map(|parent| self.path(parent));
        let name = self.0.group(slot).map_or("", |group| &group.display);
        format!("{}/{name}", above.unwrap_or_default())
    }

    /// All pairs of parent and child, by id.
    pub(super) fn edges(self) -> BTreeSet<(Arc<str>, Arc<str>)> {
        let id = |slot: u32| Arc::from(self.0.id(Node::Group(slot)));
        let edges = self.all().filter_map(|child| Some((self.parent(child)?, child)));
        edges.map(|(parent, child)| (id(parent), id(child))).collect()
    }
}
