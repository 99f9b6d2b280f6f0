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
    let expand = call.query.expand(Entity::User);
    Ok(call.document(|writer, out| writer.user(out, &adapter::asked_user(&user, expand))))
}

/// `GET /user/attribute?username=`.
pub(super) async fn attributes(call: Call) -> Result<Document, Refusal> {
    let user = named(&call, call.query.need("username")?)?;
    let attributes = user.attributes();
    Ok(call.document(|writer, out| writer.attributes(out, Entity::User, &user.name(), &attributes)))
}

/// `GET /user/avatar?username=[&s=]`: nobody has a picture here.
///
/// The reference server redirects to a picture service; that would tell a third party who works here, and clients show
/// a picture of their own after a 404.
pub(super) async fn avatar(call: Call) -> Refusal {
    let user = call.query.need("username").and_then(|name| named(&call, name));
    match user {
        Ok(user) => Refusal::NoAvatar {
            user: user.name().into_owned(),
        },
        Err(refusal) => refusal,
    }
}

pub(super) fn named<'a>(call: &'a Call, name: &str) -> Result<UserRef<'a>, Refusal> {
    call.view.user(name).ok_or_else(|| Refusal::no_user(name))
}
