//! PATCH: one commit, whole or not at all.

use serde_json::{Map, Value};

use super::push::Asking;
use super::{password, taken};
use crate::directory::{Edit, Snapshot};
use crate::http::scim::answer::Answer;
use crate::http::scim::error::Refusal;
use crate::http::scim::held::Held;
use crate::model::{GroupId, MemberKind};
use crate::protocol::scim::{MemberOp, patch as protocol};

/// Changes a user or a group.
pub(in crate::http::scim) async fn patch(
    asking: Asking,
    id: String,
    body: Map<String, Value>,
) -> Result<Answer, Refusal> {
    let realm = &asking.realm;
    let has_password = asking.keeps_passwords() && password::mentions(&body);
    let operations = protocol::read(body, realm.tolerances)?;
    let (mut asked, target) = (asking.clone(), id.clone());
    if has_password {
        // It takes too long for the writer: what the patch makes of it is found out before.
        let snapshot = realm.directory.snapshot();
        let before = asked.target(&snapshot, &id)?.attributes(realm);
        let kind = realm.kind(asked.of);
        let done = protocol::apply(kind, &id, &before, operations.clone(), realm.tolerances)?;
        asked = asked.with_password(&done.attributes.unwrap_or_default()).await?;
    }
    let decide = move |snapshot: &Snapshot| {
        let realm = &asked.realm;
        let held = asked.target(snapshot, &target)?;
        let attributes = held.attributes(realm);
        let kind = realm.kind(asked.of);
        let done = protocol::apply(kind, &target, &attributes, operations, realm.tolerances)?;
        let before = Before { held, attributes };
        let after = done.attributes.unwrap_or_else(|| before.attributes.clone());
        Ok((edited(&asked, snapshot, &before, after, done.members)?, ()))
    };
    realm.brake.edit(decide).await?;
    asking.outcome(&id, false)
}

/// A resource as it is before a write.
pub(super) struct Before<'s> {
    pub(super) held: Held<'s>,
    pub(super) attributes: Map<String, Value>,
}

/// The edit that makes a resource say `after`, and does these things to its members. What stays as it is is not written,
/// so that nothing gets a new version.
pub(super) fn edited(
    asking: &Asking,
    snapshot: &Snapshot,
    before: &Before<'_>,
    mut after: Map<String, Value>,
    members: Vec<MemberOp>,
) -> Result<Edit, Refusal> {
    let held = &before.held;
    after.shift_remove("password");
    let mut edit = Edit::default();
    if after != before.attributes {
        let action = action(asking.of, &before.attributes, &after);
        let name = after.get(taken::name_of(asking.of)).and_then(Value::as_str);
        let reason = match name {
            Some(name) if name != held.name && !held.is_forgotten(snapshot) => {
                format!("pushed as `{name}`")
            }
            _ => "pushed".to_owned(),
        };
        edit.changes = asking.put(snapshot, Some(held.row), held.id, after)?;
        if !edit.changes.is_empty() {
            edit.audit.push(asking.trail().record(action, held.name, reason));
        }
    }
    if !held.is_forgotten(snapshot) {
        asking.set_password(held.id, held.name, &mut edit);
    }
    if !members.is_empty() {
        let group = (Some(GroupId(held.row)), held.id, held.name);
        asking.change_members(snapshot, group, members, &mut edit)?;
    }
    Ok(edit)
}

fn action(of: MemberKind, before: &Map<String, Value>, after: &Map<String, Value>) -> &'static str {
    let active = |attributes: &Map<String, Value>| attributes.get("active") != Some(&Value::Bool(false));
    let name = taken::name_of(of);
    match of {
        MemberKind::Group if before.get(name) != after.get(name) => "group renamed",
        MemberKind::Group => "group updated",
        MemberKind::User => match (active(before), active(after)) {
            (true, false) => "user deactivated",
            (false, true) => "user reactivated",
            _ => "user updated",
        },
    }
}
