//! POST.

use serde_json::{Map, Value};

use super::push::Asking;
use super::{taken, uuid};
use crate::directory::{Edit, Snapshot};
use crate::http::scim::answer::Answer;
use crate::http::scim::config::OnExisting;
use crate::http::scim::error::Refusal;
use crate::http::scim::held::Held;
use crate::http::scim::nameless;
use crate::model::name::fold;
use crate::model::{ExternalId, GroupId, MemberKind};
use crate::protocol::scim::{MemberOp, Wished, resource};

/// Makes a user or a group, or takes over one that is there where the directory says so.
pub(in crate::http::scim) async fn create(
    asking: Asking,
    body: Map<String, Value>,
) -> Result<Answer, Refusal> {
    let realm = &asking.realm;
    let wished = resource(realm.kind(asking.of), body, realm.tolerances)?;
    let fresh = ExternalId::from(uuid::random()?);
    let asked = asking.clone().with_password(&wished.attributes).await?;
    let decide = move |snapshot: &Snapshot| decided(&asked, snapshot, wished, fresh);
    let (_, id) = realm.brake.edit(decide).await?;
    asking.outcome(id.as_str(), true)
}

fn decided(
    asking: &Asking,
    snapshot: &Snapshot,
    wished: Wished,
    fresh: ExternalId,
) -> Result<(Edit, ExternalId), Refusal> {
    let there = existing(asking, snapshot, &wished.attributes)?;
    let own = there.as_ref().map(|held| held.row);
    let id = match &there {
        Some(held) => held.id.clone(),
        None => returning(asking.of, snapshot, &wished.attributes).unwrap_or(fresh),
    };
    let name = wished
        .attributes
        .get(taken::name_of(asking.of))
        .and_then(Value::as_str);
    let is_forgotten = asking.is_forgotten(snapshot, &id);
    let name = match &there {
        Some(held) if is_forgotten => held.name,
        None if is_forgotten => id.as_str(),
        _ => name.unwrap_or_default(),
    };
    let name = name.to_owned();
    let action = match (asking.of, own) {
        (MemberKind::User, None) => "user added",
        (MemberKind::User, Some(_)) => "user updated",
        (MemberKind::Group, None) => "group added",
        (MemberKind::Group, Some(_)) => "group updated",
    };
    let reason = if own.is_some() {
        "pushed again, linked"
    } else {
        "pushed"
    };
    let mut edit = Edit {
        changes: asking.put(snapshot, own, &id, wished.attributes)?,
        audit: vec![asking.trail().record(action, &name, reason)],
        ..Edit::default()
    };
    if !is_forgotten {
        asking.set_password(&id, &name, &mut edit);
    }
    if let Some(members) = wished.members {
        let group = (own.map(GroupId), &id, name.as_str());
        let operation = if own.is_some() {
            MemberOp::Set(members)
        } else {
            MemberOp::Add(members)
        };
        asking.change_members(snapshot, group, vec![operation], &mut edit)?;
    }
    Ok((edit, id))
}

/// The id of a held user that was deleted.
fn returning(of: MemberKind, snapshot: &Snapshot, attributes: &Map<String, Value>) -> Option<ExternalId> {
    let is_user = of == MemberKind::User;
    is_user
        .then(|| nameless::returning(snapshot, attributes))
        .flatten()
}

/// Whoever is taken over: of the same `externalId`, else of the same name unless that one has another `externalId`.
///
/// Without leave to link, a user of the same `externalId` is a refusal, as one of the same name will be: a client that
/// repeats a creation must learn that it was done.
fn existing<'s>(
    asking: &Asking,
    snapshot: &'s Snapshot,
    attributes: &Map<String, Value>,
) -> Result<Option<Held<'s>>, Refusal> {
    let (realm, of) = (&asking.realm, asking.of);
    let external = attributes.get("externalId").and_then(Value::as_str);
    let known = external.and_then(|external| {
        let mut rows = snapshot.details().of_external(of, external);
        let forgotten = || nameless::of(snapshot, of, "externalId", external);
        rows.find_map(|row| Held::of_row(snapshot, of, row))
            .or_else(forgotten)
    });
    let attribute = taken::name_of(of);
    let name = attributes.get(attribute).and_then(Value::as_str);
    // Its name is free for another person: one of another `externalId`.
    let forgotten = name
        .and_then(|name| nameless::of(snapshot, of, attribute, &fold(name)))
        .filter(|held| {
            held.without_person()
                .is_some_and(|left| left.external_id.is_none())
                || external.is_none()
        });
    if realm.on_existing == OnExisting::Refuse {
        let (told, text) = match (&known, external, name) {
            (Some(_), Some(external), _) => ("externalId", external),
            (_, _, name) => (attribute, name.unwrap_or_default()),
        };
        return match known.or(forgotten) {
            Some(held) if of == MemberKind::User => Err(Refusal::taken(format!(
                "`{told}` `{text}` is taken by user `{}`; hint: change that one, or set `on_existing` of the directory to `link`",
                held.id
            ))),
            _ => Ok(None),
        };
    }
    if known.is_some() {
        return Ok(known);
    }
    let held = name.and_then(|name| taken::holder(realm, snapshot, of, name));
    let held = held.filter(|held| {
        let theirs = held.attributes(realm);
        let theirs = theirs.get("externalId").and_then(Value::as_str);
        theirs.is_none() || external.is_none() || theirs == external
    });
    Ok(held.or(forgotten))
}
