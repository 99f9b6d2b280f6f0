//! Memberships written from one user or one group.

use axum::extract::{Request, State};
use axum::http::StatusCode;

use super::call::{Call, Sent};
use super::error::Refusal;
use super::state::CrowdState;
use super::write::{of_body, writing};
use super::{group, user};
use crate::directory::writes::Writes;
use crate::protocol::crowd::input;

type Answer = Result<StatusCode, Refusal>;

/// `POST /user/group/direct?username=`: 201; the group in the body, 400 where it does not exist.
pub(super) async fn add_group_of_user(State(state): State<CrowdState>, request: Request) -> Answer {
    let (call, sent, writes) = writing(&state, request).await?;
    // `atlassian-python-api` names the group here, the user in the body.
    if let (None, Some(group)) = (call.query.get("username"), call.query.get("groupname")) {
        return add_named_user(&call, &sent, &writes, group).await;
    }
    let name = call.query.need("username")?;
    let group = input::member(&sent.bytes, sent.format, "group")?;
    user::named(&call, name)?;
    writes.add_user(name, &group).await.map_err(of_body)?;
    Ok(StatusCode::CREATED)
}

/// Puts the user in the body into a group.
async fn add_named_user(call: &Call, sent: &Sent, writes: &Writes, name: &str) -> Answer {
    let user = input::member(&sent.bytes, sent.format, "user")?;
    group::named(call, name)?;
    writes.add_user(&user, name).await.map_err(of_body)?;
    Ok(StatusCode::CREATED)
}

/// `POST /group/user/direct?groupname=`: 201; the user in the body, 400 where it does not exist.
pub(super) async fn add_user_of_group(State(state): State<CrowdState>, request: Request) -> Answer {
    let (call, sent, writes) = writing(&state, request).await?;
    add_named_user(&call, &sent, &writes, call.query.need("groupname")?).await
}

/// `DELETE /user/group/direct?username=&groupname=` and `DELETE /group/user/direct?groupname=&username=`: 204.
pub(super) async fn remove_user(State(state): State<CrowdState>, call: Call) -> Answer {
    let writes = state.writes(&call)?;
    let (user, group) = (call.query.need("username")?, call.query.need("groupname")?);
    writes.remove_user_from(user, group).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /group/child-group/direct?groupname=`: 201; the child in the body.
pub(super) async fn add_child(State(state): State<CrowdState>, request: Request) -> Answer {
    nest(&state, request, |own, other| (other, own)).await
}

/// `POST /group/parent-group/direct?groupname=`: 201; the parent in the body.
pub(super) async fn add_parent(State(state): State<CrowdState>, request: Request) -> Answer {
    nest(&state, request, |own, other| (own, other)).await
}

/// `DELETE /group/child-group/direct?groupname=&child-groupname=`: 204.
pub(super) async fn remove_child(State(state): State<CrowdState>, call: Call) -> Answer {
    let writes = state.writes(&call)?;
    let (parent, child) = (call.query.need("groupname")?, call.query.need("child-groupname")?);
    writes.remove_group_from(child, parent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts one group into another; `pair` tells which is the child, which the parent.
async fn nest(
    state: &CrowdState,
    request: Request,
    pair: for<'a> fn(&'a str, &'a str) -> (&'a str, &'a str),
) -> Answer {
    let (call, sent, _) = writing(state, request).await?;
    let own = call.query.need("groupname")?;
    let other = input::member(&sent.bytes, sent.format, "group")?;
    group::named(&call, own)?;
    // One at a time, on a picture taken then: two could close a circle that runs through several directories.
    let _turn = state.nesting.lock().await;
    let (child, parent) = pair(own, &other);
    state
        .writes(&call)?
        .add_group(child, parent)
        .await
        .map_err(of_body)?;
    Ok(StatusCode::CREATED)
}
