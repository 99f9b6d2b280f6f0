//! Memberships seen from one user or one group.

use axum::response::{IntoResponse, Response};

use super::adapter;
use super::call::Call;
use super::error::Refusal;
use super::listing::{self, Entries};
use super::{group, user};
use crate::directory::{GroupRef, UserRef};
use crate::protocol::crowd::Entity;

type Answer = Result<Response, Refusal>;

/// `GET /user/group/direct?username=[&groupname=]`.
pub(super) async fn groups_of_user(call: Call) -> Answer {
    groups_of(call, false).await
}

/// `GET /user/group/nested?username=[&groupname=]`.
pub(super) async fn nested_groups_of_user(call: Call) -> Answer {
    groups_of(call, true).await
}

/// `GET /group/user/direct?groupname=[&username=]`.
pub(super) async fn users_of_group(call: Call) -> Answer {
    users_of(call, false).await
}

/// `GET /group/user/nested?groupname=[&username=]`.
pub(super) async fn nested_users_of_group(call: Call) -> Answer {
    users_of(call, true).await
}

/// `GET /group/parent-group/direct?groupname=[&child-groupname=]`.
pub(super) async fn parents(call: Call) -> Answer {
    parents_of(call, false).await
}

/// `GET /group/parent-group/nested?groupname=[&parent-groupname=]`.
pub(super) async fn nested_parents(call: Call) -> Answer {
    parents_of(call, true).await
}

/// `GET /group/child-group/direct?groupname=[&child-groupname=]`.
pub(super) async fn children(call: Call) -> Answer {
    children_of(call, false).await
}

/// `GET /group/child-group/nested?groupname=[&child-groupname=]`.
pub(super) async fn nested_children(call: Call) -> Answer {
    children_of(call, true).await
}

async fn groups_of(call: Call, nested: bool) -> Answer {
    let name = call.query.need("username")?;
    if let Some(wanted) = call.query.get("groupname") {
        let found = membership(&call, name, wanted, nested).ok_or_else(|| no_membership(name, wanted))?;
        return Ok(one_group(&call, &found.1));
    }
    listing::answer(call, move |call| {
        let user = user::named(call, call.query.need("username")?)?;
        Ok(of_groups(&call.view.groups_of(&user, nested)))
    })
    .await
}

async fn users_of(call: Call, nested: bool) -> Answer {
    let name = call.query.need("groupname")?;
    if let Some(wanted) = call.query.get("username") {
        let found = membership(&call, wanted, name, nested).ok_or_else(|| no_membership(wanted, name))?;
        return Ok(one_user(&call, &found.0));
    }
    listing::answer(call, move |call| {
        let group = group::named(call, call.query.need("groupname")?)?;
        let users = call.view.users_of(&group, nested);
        Ok(Entries::Users(users.iter().map(UserRef::at).collect()))
    })
    .await
}

async fn parents_of(call: Call, nested: bool) -> Answer {
    let name = call.query.need("groupname")?;
    // The direct form names the parent `child-groupname`, as the reference server does.
    let wanted = call.query.get("parent-groupname");
    if let Some(wanted) = wanted.or_else(|| call.query.get("child-groupname")) {
        let found = nesting(&call, name, wanted, nested).ok_or_else(|| no_membership(name, wanted))?;
        return Ok(one_group(&call, &found.1));
    }
    listing::answer(call, move |call| {
        let group = group::named(call, call.query.need("groupname")?)?;
        Ok(of_groups(&call.view.parents_of(&group, nested)))
    })
    .await
}

async fn children_of(call: Call, nested: bool) -> Answer {
    let name = call.query.need("groupname")?;
    if let Some(wanted) = call.query.get("child-groupname") {
        let found = nesting(&call, wanted, name, nested).ok_or_else(|| no_membership(wanted, name))?;
        return Ok(one_group(&call, &found.0));
    }
    listing::answer(call, move |call| {
        let group = group::named(call, call.query.need("groupname")?)?;
        Ok(of_groups(&call.view.children_of(&group, nested)))
    })
    .await
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

fn of_groups(groups: &[GroupRef<'_>]) -> Entries {
    Entries::Groups(groups.iter().map(GroupRef::at).collect())
}

/// The answer to a check: the name alone, unless the client asks for more.
fn one_user(call: &Call, user: &UserRef<'_>) -> Response {
    let expand = call.query.expand(Entity::User);
    let document = call.document(|writer, out| {
        if expand.entity {
            writer.user(out, &adapter::asked_user(user, expand));
        } else {
            writer.minimal(out, Entity::User, &user.name());
        }
    });
    document.into_response()
}

fn one_group(call: &Call, group: &GroupRef<'_>) -> Response {
    let expand = call.query.expand(Entity::Group);
    let document = call.document(|writer, out| {
        if expand.entity {
            writer.group(out, &adapter::asked_group(group, expand));
        } else {
            writer.minimal(out, Entity::Group, &group.name());
        }
    });
    document.into_response()
}
