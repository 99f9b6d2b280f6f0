//! Pushed users whose person is forgotten: their provider finds them, whatever it says of who they are is dropped.
//!
//! A provider that asks by name, `externalId` or address, or creates the user again, gets the same id with the name that
//! tells nothing; its `active` is believed, its memberships too.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::held::Held;
use super::write::resource_emails;
use crate::directory::Snapshot;
use crate::model::change::UserWish;
use crate::model::name::fold;
use crate::model::remnant::digest;
use crate::model::{Change, Detail, DetailKind, ExternalId, MemberKind, Resource, UserId};
use crate::protocol::scim::filter::Lookup;

/// The rows of forgotten users that were pushed with this value of an attribute: folded, where its case does not matter.
pub(super) fn found(snapshot: &Snapshot, lookup: Lookup<'_>) -> Vec<u32> {
    let details = snapshot.details();
    let text = digest(snapshot.directory(), lookup.text);
    match lookup.attribute {
        "userName" => details.of_name(MemberKind::User, &text).collect(),
        "externalId" => details.of_external(MemberKind::User, &text).collect(),
        "emails" => details.users_of_email(&text).map(|user| user.0).collect(),
        _ => Vec::new(),
    }
}

/// The forgotten user that was pushed with this value of an attribute: folded, where its case does not matter.
pub(super) fn of<'s>(
    snapshot: &'s Snapshot,
    of: MemberKind,
    attribute: &str,
    text: &str,
) -> Option<Held<'s>> {
    let lookup = Lookup { attribute, text };
    let rows = match of {
        MemberKind::User => found(snapshot, lookup),
        MemberKind::Group => Vec::new(),
    };
    rows.into_iter().find_map(|row| Held::of_row(snapshot, of, row))
}

/// The id of a held user that was deleted and is created again: its hold goes on.
pub(super) fn returning(snapshot: &Snapshot, attributes: &Map<String, Value>) -> Option<ExternalId> {
    let external = attributes.get("externalId").and_then(Value::as_str)?;
    let text = digest(snapshot.directory(), external);
    let mut rows = snapshot
        .details()
        .of_external(MemberKind::User, &text)
        .map(UserId);
    let gone = rows.find(|row| snapshot.user(*row).is_none() && snapshot.details().hold(*row).is_some())?;
    snapshot.user_external(gone).cloned()
}

/// Lets a forgotten user match what it was found by.
pub(super) fn recall(
    snapshot: &Snapshot,
    held: &Held<'_>,
    lookups: &[Lookup<'_>],
    whole: &mut Map<String, Value>,
) {
    if held.without_person().is_none() {
        return;
    }
    for lookup in lookups {
        if found(snapshot, *lookup).contains(&held.row) {
            let told = match lookup.attribute {
                "emails" => json!([{ "value": lookup.text }]),
                _ => json!(lookup.text),
            };
            whole.insert(lookup.attribute.to_owned(), told);
        }
    }
}

/// The changes that a forgotten user's resource comes to: none, where there is nothing new but who it is.
///
/// `None` where nobody is forgotten, and where the hold has ended and the provider tells the person's name anew.
pub(super) fn changes(
    snapshot: &Snapshot,
    held: &Held<'_>,
    attributes: &Map<String, Value>,
) -> Option<Vec<Change>> {
    let left = held.without_person()?;
    let row = snapshot.user(UserId(held.row))?;
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    let name = text("userName").map(fold).filter(|name| *name != fold(held.name));
    if name.is_some() && !snapshot.has_forgotten(UserId(held.row)) {
        return None;
    }
    let active = attributes.get("active") != Some(&Value::Bool(false));
    let mut changes = Vec::new();
    if active != row.source_active {
        changes.push(Change::PutUser(UserWish {
            external_id: row.external_id.clone(),
            owner: row.owner,
            name: Arc::clone(&row.name),
            first_name: Arc::clone(&row.first_name),
            last_name: Arc::clone(&row.last_name),
            display_name: Arc::clone(&row.display_name),
            email: Arc::clone(&row.email),
            active,
            created_at: None,
        }));
    }
    let of = |text: &str| digest(snapshot.directory(), text);
    let emails = match resource_emails(attributes) {
        emails if emails.is_empty() => left.emails.clone(),
        emails => emails.iter().map(|email| of(email)).collect(),
    };
    let after = Resource {
        external_id: text("externalId").map(of).or_else(|| left.external_id.clone()),
        name: name.map(|name| of(&name)).or_else(|| left.name.clone()),
        emails,
        json: Arc::clone(&left.json),
    };
    if after != *left {
        changes.push(Change::Detail {
            of: MemberKind::User,
            subject: row.external_id.clone(),
            kind: DetailKind::Resource,
            value: Some(Detail::Resource(Arc::new(after))),
        });
    }
    Some(changes)
}
