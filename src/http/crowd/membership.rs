//! Memberships seen from one user or one group.

use super::adapter;
use super::call::{Call, Document};
use super::error::Refusal;
use super::{group, user};
use crate::directory::{GroupRef, UserRef};
use crate::protocol::crowd::{Entity, Writer};

type Answer = Result<Document, Refusal>;

/// `GET /user/group/direct?username=[&groupname=]`.
pub(super) async fn groups_of_user(call: Call) -> Answer {
    groups_of(&call, false)
}

/// `GET /user/group/nested?username=[&groupname=]`.
pub(super) async fn nested_groups_of_user(call: Call) -> Answer {
    groups_of(&call, true)
}

/// `GET /group/user/direct?groupname=[&username=]`.
pub(super) async fn users_of_group(call: Call) -> Answer {
    users_of(&call, false)
}

/// `GET /group/user/nested?groupname=[&username=]`.
pub(super) async fn nested_users_of_group(call: Call) -> Answer {
    users_of(&call, true)
}

/// `GET /group/parent-group/direct?groupname=[&child-groupname=]`.
pub(super) async fn parents(call: Call) -> Answer {
    parents_of(&call, false)
}

/// `GET /group/parent-group/nested?groupname=[&parent-groupname=]`.
pub(super) async fn nested_parents(call: Call) -> Answer {
    parents_of(&call, true)
}

/// `GET /group/child-group/direct?groupname=[&child-groupname=]`.
pub(super) async fn children(call: Call) -> Answer {
    children_of(&call, false)
}

/// `GET /group/child-group/nested?groupname=[&child-groupname=]`.
pub(super) async fn nested_children(call: Call) -> Answer {
    children_of(&call, true)
}

fn groups_of(call: &Call, nested: bool) -> Answer {
    let name = call.query.need("username")?;
    if let Some(wanted) = call.query.get("groupname") {
        let found = membership(call, name, wanted, nested).ok_or_else(|| no_membership(name, wanted))?;
        return Ok(call.document(|writer, out| write_group(call, writer, out, &found.1)));
    }
    let user = user::named(call, name)?;
    group_list(call, call.view.groups_of(&user, nested))
}

fn users_of(call: &Call, nested: bool) -> Answer {
    let name = call.query.need("groupname")?;
    if let Some(wanted) = call.query.get("username") {
        let found = membership(call, wanted, name, nested).ok_or_else(|| no_membership(wanted, name))?;
        return Ok(call.document(|writer, out| write_user(call, writer, out, &found.0)));
    }
    let group = group::named(call, name)?;
    let users = call.query.page()?.of(call.view.users_of(&group, nested));
    Ok(call.document(|writer, out| {
        list(writer, out, Entity::User, &users, |writer, out, user| {
            write_user(call, writer, out, user);
        });
    }))
}

fn parents_of(call: &Call, nested: bool) -> Answer {
    let name = call.query.need("groupname")?;
    // The direct form names the parent `child-groupname`, as the reference server does.
    if let Some(wanted) = call
        .query
        .get("parent-groupname")
        .or_else(|| call.query.get("child-groupname"))
    {
        let found = nesting(call, name, wanted, nested).ok_or_else(|| no_membership(name, wanted))?;
        return Ok(call.document(|writer, out| write_group(call, writer, out, &found.1)));
    }
    let group = group::named(call, name)?;
    group_list(call, call.view.parents_of(&group, nested))
}

fn children_of(call: &Call, nested: bool) -> Answer {
    let name = call.query.need("groupname")?;
    if let Some(wanted) = call.query.get("child-groupname") {
        let found = nesting(call, wanted, name, nested).ok_or_else(|| no_membership(wanted, name))?;
        return Ok(call.document(|writer, out| write_group(call, writer, out, &found.0)));
    }
    let group = group::named(call, name)?;
    group_list(call, call.view.children_of(&group, nested))
}

fn membership<'a>(
    call: &'a Call,
    user: &str,
    group: &str,
    nested: bool,
) -> Option<(UserRef<'a>, GroupRef<'a>)> {
    let (user, group) = (call.view.user(user)?, call.view.group(group)?);
    call.view
        .is_member(&user, &group, nested)
        .then_some((user, group))
}

fn nesting<'a>(
    call: &'a Call,
    child: &str,
    parent: &str,
    nested: bool,
) -> Option<(GroupRef<'a>, GroupRef<'a>)> {
    let (child, parent) = (call.view.group(child)?, call.view.group(parent)?);
    call.view
        .is_child(&child, &parent, nested)
        .then_some((child, parent))
}

fn no_membership(member: &str, group: &str) -> Refusal {
    Refusal::NoMembership {
        member: member.to_owned(),
        group: group.to_owned(),
    }
}

fn group_list(call: &Call, groups: Vec<GroupRef<'_>>) -> Answer {
    let groups = call.query.page()?.of(groups);
    Ok(call.document(|writer, out| {
        list(writer, out, Entity::Group, &groups, |writer, out, group| {
            write_group(call, writer, out, group);
        });
    }))
}

fn list<T>(
    writer: &Writer,
    out: &mut String,
    kind: Entity,
    entries: &[T],
    write: impl Fn(&Writer, &mut String, &T),
) {
    writer.list_start(out, kind);
    for (at, entry) in entries.iter().enumerate() {
        if at > 0 {
            writer.separator(out);
        }
        write(writer, out, entry);
    }
    writer.list_end(out, kind);
}

fn write_user(call: &Call, writer: &Writer, out: &mut String, user: &UserRef<'_>) {
    let expand = call.query.expand(Entity::User);
    if expand.entity {
        writer.user(out, &adapter::asked_user(user, expand));
    } else {
        writer.minimal(out, Entity::User, &user.name());
    }
}

fn write_group(call: &Call, writer: &Writer, out: &mut String, group: &GroupRef<'_>) {
    let expand = call.query.expand(Entity::Group);
    if expand.entity {
        writer.group(out, &adapter::asked_group(group, expand));
    } else {
        writer.minimal(out, Entity::Group, &group.name());
    }
}
