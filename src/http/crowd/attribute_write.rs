//! `/user/attribute` and `/group/attribute`: custom attributes written and deleted.

use axum::extract::{Request, State};
use axum::http::StatusCode;

use super::call::Call;
use super::error::Refusal;
use super::seen::tells_of_logins;
use super::state::CrowdState;
use super::write::writing;
use crate::protocol::crowd::input;

type Answer = Result<StatusCode, Refusal>;

/// `POST /user/attribute?username=`: 204. The named ones get these values, others stay.
pub(super) async fn set_of_user(State(state): State<CrowdState>, request: Request) -> Answer {
    let (call, sent, writes) = writing(&state, request).await?;
    let name = call.query.need("username")?;
    let attributes = input::attributes(&sent.bytes, sent.format)?;
    if tells_of_logins(&attributes) {
        writes.note_user_attributes(name, attributes.clone()).await?;
    } else {
        writes.set_user_attributes(name, attributes.clone()).await?;
    }
    state.wrote(&call, name, &attributes);
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /user/attribute?username=&attributename=`: 204, also where it was not there.
pub(super) async fn delete_of_user(State(state): State<CrowdState>, call: Call) -> Answer {
    let writes = state.writes(&call)?;
    let (name, attribute) = (call.query.need("username")?, call.query.need("attributename")?);
    writes.delete_user_attribute(name, attribute).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /group/attribute?groupname=`: as of a user.
pub(super) async fn set_of_group(State(state): State<CrowdState>, request: Request) -> Answer {
    let (call, sent, writes) = writing(&state, request).await?;
    let name = call.query.need("groupname")?;
    let attributes = input::attributes(&sent.bytes, sent.format)?;
    writes.set_group_attributes(name, attributes).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /group/attribute?groupname=&attributename=`: as of a user.
pub(super) async fn delete_of_group(State(state): State<CrowdState>, call: Call) -> Answer {
    let writes = state.writes(&call)?;
    let (name, attribute) = (call.query.need("groupname")?, call.query.need("attributename")?);
    writes.delete_group_attribute(name, attribute).await?;
    Ok(StatusCode::NO_CONTENT)
}
