//! Graph's JSON as records.

use std::sync::Arc;

use chrono::DateTime;
use serde_json::Value;

use super::graph::GraphError;
use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::{ExternalId, MemberKind};

/// The `value` list of a page. A page without one is an error, never an empty list.
pub(super) fn list(page: &Value) -> Result<&Vec<Value>, GraphError> {
    page["value"]
        .as_array()
        .ok_or_else(|| GraphError::Malformed("Graph answered a page without `value`".to_owned()))
}

pub(super) fn id(row: &Value) -> Result<ExternalId, GraphError> {
    let id = row["id"].as_str().filter(|id| !id.is_empty());
    id.map(ExternalId::from)
        .ok_or_else(|| GraphError::Malformed("Graph answered an object without `id`".to_owned()))
}

fn text(row: &Value, name: &str) -> Arc<str> {
    row[name].as_str().unwrap_or_default().into()
}

/// Milliseconds since 1970; anything unreadable is unknown.
fn date(row: &Value) -> Option<i64> {
    let date = DateTime::parse_from_rfc3339(row["createdDateTime"].as_str()?).ok()?;
    Some(date.timestamp_millis())
}

pub(super) fn user(row: &Value, attributes: &[Arc<str>]) -> Result<Record, GraphError> {
    let named = attributes.iter().filter_map(|name| {
        let value = row[&**name].as_str().filter(|value| !value.is_empty())?;
        Some((Arc::clone(name), Arc::from(value)))
    });
    // Absent is a property that the tenant does not tell: only an explicit `false` disables.
    let active = row["accountEnabled"].as_bool().unwrap_or(true);
    Ok(Record::User(SourceUser {
        id: id(row)?,
        active,
        created_at: date(row),
        attributes: named.collect(),
    }))
}

pub(super) fn group(row: &Value) -> Result<Record, GraphError> {
    Ok(Record::Group(SourceGroup {
        id: id(row)?,
        name: text(row, "displayName"),
        nickname: text(row, "mailNickname"),
        description: text(row, "description"),
        created_at: date(row),
    }))
}

/// What a member is; devices, service principals, contacts are none of ours.
/// A member without a type occurs in vendor samples: taken for a user (unsure).
pub(super) fn kind(row: &Value) -> Option<MemberKind> {
    match row["@odata.type"].as_str() {
        Some("#microsoft.graph.user") | None => Some(MemberKind::User),
        Some("#microsoft.graph.group") => Some(MemberKind::Group),
        Some(_) => None,
    }
}

/// Whether the members of a group are hidden from us: then an empty list means nothing.
pub(super) fn hidden(row: &Value) -> bool {
    row["visibility"]
        .as_str()
        .is_some_and(|visibility| visibility.eq_ignore_ascii_case("HiddenMembership"))
}

pub(super) fn removed(row: &Value) -> bool {
    row["@removed"].is_object()
}
