//! Users and groups as Keycloak represents them.

use serde_json::{Value, json};

use super::tree::Tree;
use crate::simulator::built;
use crate::simulator::entra::world::{Node, World};

/// A user; only the brief ones are without attributes.
pub(super) fn user(world: &World, slot: u32, brief: bool) -> Value {
    built::row();
    let Some(user) = world.user(slot) else {
        return Value::Null;
    };
    let mut row = json!({
        "id": &*user.id, "username": user.upn.to_lowercase(), "enabled": user.enabled, "emailVerified": false,
        "createdTimestamp": (1_546_300_800 + i64::from(slot) * 600) * 1000,
    });
    let parts = [
        ("firstName", &user.given),
        ("lastName", &user.surname),
        ("email", &user.mail),
    ];
    for (name, text) in parts {
        if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
            row[name] = json!(text);
        }
    }
    if let (false, Some(department)) = (brief, user.department.as_deref()) {
        row["attributes"] = json!({ "department": [department] });
    }
    row
}

/// A group; old versions tell the groups within it.
pub(super) fn group(tree: Tree<'_>, slot: u32, old: bool) -> Value {
    built::row();
    let Some(group) = tree.0.group(slot) else {
        return Value::Null;
    };
    let children = tree.children(slot);
    let mut row = json!({
        "id": &*group.id, "name": group.display, "path": tree.path(slot), "subGroups": [],
    });
    if let Some(description) = group.description.as_deref().filter(|text| !text.is_empty()) {
        row["description"] = json!(description);
    }
    if old {
        row["subGroups"] = children.map(|child| self::group(tree, child, old)).collect();
    } else {
        row["subGroupCount"] = json!(children.count());
    }
    row
}

/// The members of a group that are there, users only.
pub(super) fn members(world: &World, slot: u32) -> impl Iterator<Item = u32> + '_ {
    let members = world.group(slot).map(|group| &group.members);
    members.into_iter().flatten().filter_map(|member| match member {
        Node::User(slot) if world.live(*member) => Some(*slot),
        _ => None,
    })
}

/// The groups that a user is directly in.
pub(super) fn groups_of(world: &World, slot: u32) -> Vec<u32> {
    let groups = world.user(slot).map(|user| user.groups.as_slice());
    let live = groups.unwrap_or_default().iter().copied();
    live.filter(|group| world.live(Node::Group(*group))).collect()
}
