//! `/group`: one group.

use super::adapter;
use super::call::{Call, Document};
use super::error::Refusal;
use crate::directory::GroupRef;
use crate::protocol::crowd::Entity;

/// `GET /group?groupname=`.
pub(super) async fn group(call: Call) -> Result<Document, Refusal> {
    let group = named(&call, call.query.need("groupname")?)?;
    Ok(call.document(|writer, out| writer.group(out, &adapter::group(&group))))
}

/// `GET /group/attribute?groupname=`: no group has any in this version.
pub(super) async fn attributes(call: Call) -> Result<Document, Refusal> {
    let group = named(&call, call.query.need("groupname")?)?;
    Ok(call.document(|writer, out| writer.no_attributes(out, Entity::Group, &group.name())))
}

pub(super) fn named<'a>(call: &'a Call, name: &str) -> Result<GroupRef<'a>, Refusal> {
    call.view.group(name).ok_or_else(|| Refusal::no_group(name))
}
