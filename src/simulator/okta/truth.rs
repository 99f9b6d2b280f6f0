//! What a complete, correct reader would see.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rows::status;
use crate::simulator::entra;
use crate::simulator::entra::world::{Node, State, World, slot};

/// Users, groups, memberships.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// By id: whether it may sign in, its login.
    pub users: BTreeMap<String, (bool, String)>,
    /// By id: the name.
    pub groups: BTreeMap<String, String>,
    /// Group and user.
    pub members: BTreeSet<(String, String)>,
}

/// Who is assigned to the app, directly or by a group.
pub(super) fn app_users(world: &World) -> BTreeSet<u32> {
    let mut users = BTreeSet::new();
    for node in &world.assigned {
        match node {
            Node::User(slot) => drop(users.insert(*slot)),
            Node::Group(slot) if world.live(*node) => {
                let group = world.group(*slot);
                users.extend(
                    group
                        .into_iter()
                        .flat_map(|group| group.members.iter().copied())
                        .filter_map(user),
                );
            }
            Node::Group(_) => {}
        }
    }
    users.retain(|slot| status(world, *slot).is_some());
    users
}

fn user(node: Node) -> Option<u32> {
    match node {
        Node::User(slot) => Some(slot),
        Node::Group(_) => None,
    }
}

/// The whole organisation in the words of the simulated Entra ID.
pub(super) fn whole(world: &World) -> entra::Truth {
    let mut whole = world.truth();
    whole.nested.clear();
    for (at, user) in (0..)
        .zip(&world.users)
        .filter(|(_, user)| user.state == State::Soft)
    {
        let mut row = world.true_user(at, user);
        row.enabled = false;
        whole.users.insert(Arc::clone(&user.id), row);
        let groups = user.groups.iter().filter_map(|group| world.group(*group));
        let live = groups.filter(|group| group.state == State::Live);
        whole
            .members
            .extend(live.map(|group| (Arc::clone(&group.id), Arc::clone(&user.id))));
    }
    whole
}

/// The whole organisation, or the app's part of it.
pub(super) fn truth(world: &World, app: bool) -> Truth {
    let mut truth = Truth::default();
    let slots: Vec<u32> = if app {
        app_users(world).into_iter().collect()
    } else {
        (0..slot(world.users.len())).collect()
    };
    for slot in slots {
        if let (Some(status), Some(user)) = (status(world, slot), world.user(slot)) {
            let active = matches!(status, "ACTIVE" | "PASSWORD_EXPIRED");
            truth
                .users
                .insert(user.id.to_string(), (active, user.upn.to_string()));
        }
    }
    for (at, group) in (0..).zip(&world.groups) {
        if !world.live(Node::Group(at)) || (app && !world.assigned.contains(&Node::Group(at))) {
            continue;
        }
        truth
            .groups
            .insert(group.id.to_string(), group.display.to_string());
        let there = group
            .members
            .iter()
            .copied()
            .filter_map(user)
            .filter(|slot| status(world, *slot).is_some());
        for slot in there {
            truth
                .members
                .insert((group.id.to_string(), world.id(Node::User(slot)).to_owned()));
        }
    }
    truth
}
