//! `/user`: one user.

use super::adapter;
use super::call::{Call, Document};
use super::error::Refusal;
use crate::directory::UserRef;
use crate::protocol::crowd::Entity;

/// `GET /user?username=` or `?key=`.
pub(super) async fn user(call: Call) -> Result<Document, Refusal> {
    let user = match (call.query.get("username"), call.query.get("key")) {
        (Some(name), _) => named(&call, name)?,
        (None, Some(key)) => call.view.user_by_key(key).ok_or_else(|| Refusal::no_user(key))?,
        (None, None) => return Err(Refusal::missing("username")),
    };
    Ok(call.document(|writer, out| writer.user(out, &adapter::user(&user))))
}

/// `GET /user/attribute?username=`: no user has any in this version.
pub(super) async fn attributes(call: Call) -> Result<Document, Refusal> {
    let user = named(&call, call.query.need("username")?)?;
    Ok(call.document(|writer, out| writer.no_attributes(out, Entity::User, &user.name())))
}

pub(super) fn named<'a>(call: &'a Call, name: &str) -> Result<UserRef<'a>, Refusal> {
    call.view.user(name).ok_or_else(|| Refusal::no_user(name))
}
