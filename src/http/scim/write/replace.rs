//! PUT: the whole resource; what is ours to say in it is left out.

use serde_json::{Map, Value};

use super::patch::{Before, edited};
use super::push::Asking;
use crate::directory::{Edit, Snapshot};
use crate::http::scim::answer::Answer;
use crate::http::scim::error::Refusal;
use crate::protocol::scim::body::check_immutable;
use crate::protocol::scim::{MemberOp, Wished, resource};

/// Replaces a user or a group.
pub(in crate::http::scim) async fn replace(
    asking: Asking,
    id: String,
    body: Map<String, Value>,
) -> Result<Answer, Refusal> {
    let realm = &asking.realm;
    let wished = resource(realm.kind(asking.of), body, realm.tolerances)?;
    let asked = asking.clone().with_password(&wished.attributes).await?;
    let target = id.clone();
    let decide = move |snapshot: &Snapshot| decided(&asked, snapshot, &target, wished);
    realm.brake.edit(decide).await?;
    asking.outcome(&id, false)
}

fn decided(asking: &Asking, snapshot: &Snapshot, id: &str, wished: Wished) -> Result<(Edit, ()), Refusal> {
    let realm = &asking.realm;
    let held = asking.target(snapshot, id)?;
    let before = held.attributes(realm);
    let mut after = wished.attributes;
    // Whoever says nothing of `active` does not mean to bring anybody back.
    if let (None, Some(active)) = (after.get("active"), before.get("active")) {
        after.insert("active".to_owned(), active.clone());
    }
    check_immutable(realm.kind(asking.of), &before, &after)?;
    let members = match wished.members {
        Some(members) => vec![MemberOp::Set(members)],
        None if realm.tolerances.put_keeps_members => Vec::new(),
        None => vec![MemberOp::Set(Vec::new())],
    };
    let before = Before {
        held,
        attributes: before,
    };
    Ok((edited(asking, snapshot, &before, after, members)?, ()))
}
