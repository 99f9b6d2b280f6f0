//! `/user`: users made, changed, renamed, removed.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::adapter;
use super::call::{Call, Document};
use super::error::Refusal;
use super::password_write::hashed;
use super::query::Query;
use super::state::CrowdState;
use super::write::{created, writing};
use crate::directory::writes::{NewUser, UserInput};
use crate::model::name::fold;
use crate::protocol::crowd::{Entity, Reason, SentUser, input};

/// `POST /user`: 201 with the user.
pub(super) async fn create(State(state): State<CrowdState>, request: Request) -> Result<Response, Refusal> {
    let (call, sent, writes) = writing(&state, request).await?;
    let mut sent = input::user(&sent.bytes, sent.format)?;
    let name = sent.name.take().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::bad(Reason::InvalidUser, "the user has no name"))?;
    let (password, encrypted) = (sent.password.take(), sent.encrypted_password.take());
    let new = NewUser {
        name: name.clone(),
        attributes: std::mem::take(&mut sent.attributes),
        fields: fields(sent),
        hash: hashed(&state, password, encrypted).await?,
    };
    writes.create_user(new).await?;
    let location = state.links.entity(Entity::User, &name);
    Ok(match document(&state, &call, &name)? {
        Some(document) => created(&location, document),
        None => created(&location, ()),
    })
}

/// `PUT /user?username=`: 204. What is not told stays as it is.
pub(super) async fn update(State(state): State<CrowdState>, request: Request) -> Result<StatusCode, Refusal> {
    let (call, sent, writes) = writing(&state, request).await?;
    let name = call.query.need("username")?;
    let sent = input::user(&sent.bytes, sent.format)?;
    if let Some(other) = sent.name.as_deref().filter(|other| fold(other) != fold(name)) {
        let told =
            format!("the user in the body is `{other}`, not `{name}`; hint: rename users by `/user/rename`");
        return Err(Refusal::bad(Reason::InvalidUser, told));
    }
    writes.update_user(name, fields(sent)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /user?username=`: 204.
pub(super) async fn remove(State(state): State<CrowdState>, call: Call) -> Result<StatusCode, Refusal> {
    let writes = state.writes(&call)?;
    writes.remove_user(call.query.need("username")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /user/rename?username=`: 200 with the user.
pub(super) async fn rename(State(state): State<CrowdState>, request: Request) -> Result<Response, Refusal> {
    let (call, sent, writes) = writing(&state, request).await?;
    let name = call.query.need("username")?;
    let new = input::new_name(&sent.bytes, sent.format)?;
    writes.rename_user(name, &new).await?;
    Ok(match document(&state, &call, &new)? {
        Some(document) => document.into_response(),
        None => StatusCode::OK.into_response(),
    })
}

/// The user as it is now; `None` where the application does not see it.
fn document(state: &CrowdState, call: &Call, name: &str) -> Result<Option<Document>, Refusal> {
    let view = state.afterwards(call)?;
    let expand = Query::expand(&call.query, Entity::User);
    let user = view.user(name);
    Ok(user.map(|user| call.document(|writer, out| writer.user(out, &adapter::asked_user(&user, expand)))))
}

fn fields(sent: SentUser) -> UserInput {
    UserInput {
        first_name: sent.first_name,
        last_name: sent.last_name,
        display_name: sent.display_name,
        email: sent.email,
        active: sent.active,
    }
}
