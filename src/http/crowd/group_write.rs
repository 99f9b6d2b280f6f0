//! `/group`: groups made, changed, removed.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::adapter;
use super::call::{Call, Document};
use super::error::Refusal;
use super::state::CrowdState;
use super::write::{created, writing};
use crate::directory::writes::GroupInput;
use crate::model::name::fold;
use crate::protocol::crowd::{Entity, Reason, SentGroup, input};

/// `POST /group`: 201 with the group.
pub(super) async fn create(State(state): State<CrowdState>, request: Request) -> Result<Response, Refusal> {
    let (call, sent, writes) = writing(&state, request).await?;
    let mut sent = input::group(&sent.bytes, sent.format)?;
    let name = sent.name.take().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::bad(Reason::InvalidGroup, "the group has no name"))?;
    writes.create_group(&name, usable(sent)?).await?;
    let location = state.links.entity(Entity::Group, &name);
    Ok(match document(&state, &call, &name)? {
        Some(document) => created(&location, document),
        None => created(&location, ()),
    })
}

/// `PUT /group?groupname=`: 200 with the group. What is not told stays as it is.
pub(super) async fn update(State(state): State<CrowdState>, request: Request) -> Result<Response, Refusal> {
    let (call, sent, writes) = writing(&state, request).await?;
    let name = call.query.need("groupname")?;
    let sent = input::group(&sent.bytes, sent.format)?;
    if let Some(other) = sent.name.as_deref().filter(|other| fold(other) != fold(name)) {
        let told =
            format!("the group in the body is `{other}`, not `{name}`; hint: groups cannot be renamed");
        return Err(Refusal::bad(Reason::InvalidGroup, told));
    }
    writes.update_group(name, usable(sent)?).await?;
    Ok(match document(&state, &call, name)? {
        Some(document) => document.into_response(),
        None => StatusCode::OK.into_response(),
    })
}

/// `DELETE /group?groupname=`: 204.
pub(super) async fn remove(State(state): State<CrowdState>, call: Call) -> Result<StatusCode, Refusal> {
    let writes = state.writes(&call)?;
    writes.remove_group(call.query.need("groupname")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The group as it is now; `None` where the application does not see it.
fn document(state: &CrowdState, call: &Call, name: &str) -> Result<Option<Document>, Refusal> {
    let view = state.afterwards(call)?;
    let expand = call.query.expand(Entity::Group);
    let group = view.group(name);
    Ok(group
        .map(|group| call.document(|writer, out| writer.group(out, &adapter::asked_group(&group, expand)))))
}

/// Refuses what no group here is: of another kind, or inactive.
fn usable(sent: SentGroup) -> Result<GroupInput, Refusal> {
    if let Some(kind) = sent
        .kind
        .filter(|kind| !kind.trim().eq_ignore_ascii_case("group"))
    {
        let told = format!("groups are of type `GROUP`, not `{kind}`");
        return Err(Refusal::bad(Reason::InvalidGroup, told));
    }
    if sent.active == Some(false) {
        let told = "groups are always active here; hint: take the members out instead";
        return Err(Refusal::bad(Reason::InvalidGroup, told));
    }
    Ok(GroupInput {
        description: sent.description,
        attributes: sent.attributes,
    })
}
