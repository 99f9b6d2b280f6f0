//! `/group`: one group.

use super::adapter;
use super::call::{Call, Document};
use super::error::Refusal;
use crate::directory::GroupRef;
use crate::protocol::crowd::Entity;

/// `GET /group?groupname=`.
pub(super) async fn group(call: Call) -> Result<Document, Refusal> {
    let group = named(&call, call.query.need("groupname")?)?;
    let expand = call.query.expand(Entity::Group);
    Ok(call.document(|writer, out| writer.group(out, &adapter::asked_group(&group, expand))))
}

/// `GET /group/attribute?groupname=`.
pub(super) async fn attributes(call: Call) -> Result<Document, Refusal> {
    let group = named(&call, call.query.need("groupname")?)?;
    let attributes = group.attributes();
    Ok(call.document(|writer, out| writer.attributes(out, Entity::Group, &group.name(), &attributes)))
}

pub(super) fn named<'a>(call: &'a Call, name: &str) -> Result<GroupRef<'a>, Refusal> {
    call.view.group(name).ok_or_else(|| Refusal::no_group(name))
}
