//! Graph's JSON as records.

use std::sync::Arc;

use chrono::DateTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::graph::GraphError;
use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::{ExternalId, MemberKind};

/// The `value` list of a page. A page without one is an error, never an empty list.
pub(super) fn list(page: &Value) -> Result<&Vec<Value>, GraphError> {
    page["value"].as_array().ok_or_else(no_value)
}

fn no_value() -> GraphError {
    GraphError::Malformed("Graph answered a page without `value`".to_owned())
}

fn no_id() -> GraphError {
    GraphError::Malformed("Graph answered an object without `id`".to_owned())
}

pub(super) fn id(row: &Value) -> Result<ExternalId, GraphError> {
    let id = row["id"].as_str().filter(|id| !id.is_empty());
    id.map(ExternalId::from).ok_or_else(no_id)
}

/// A page of members, read without a tree of values: a batch has up to 20 of 999 rows.
#[derive(Debug, Deserialize)]
pub(super) struct MembersPage {
    value: Option<Vec<Member>>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Member {
    id: Option<String>,
    #[serde(rename = "@odata.type")]
    kind: Option<String>,
}

impl MembersPage {
    /// How many members it tells, whatever they are.
    pub(super) fn rows(&self) -> usize {
        self.value.as_ref().map_or(0, Vec::len)
    }

    /// Each member that is a user or a group.
    pub(super) fn members(&self) -> Result<Vec<(&str, MemberKind)>, GraphError> {
        let mut found = Vec::new();
        for row in self.value.iter().flatten() {
            let id = row.id.as_deref().filter(|id| !id.is_empty()).ok_or_else(no_id)?;
            found.extend(kind_of(row.kind.as_deref()).map(|kind| (id, kind)));
        }
        Ok(found)
    }
}

impl MembersPage {
    /// Each group, of a page that tells where something is in: roles and administrative units are none of ours.
    pub(super) fn groups(&self) -> Result<Vec<&str>, GraphError> {
        let mut found = Vec::new();
        for row in self.value.iter().flatten() {
            let id = row.id.as_deref().filter(|id| !id.is_empty()).ok_or_else(no_id)?;
            if matches!(row.kind.as_deref(), None | Some("#microsoft.graph.group")) {
                found.push(id);
            }
        }
        Ok(found)
    }
}

/// What a chain of pages needs to know of each.
pub(super) trait Page: DeserializeOwned {
    /// An error where the page has no `value`: never an empty list.
    fn check(&self) -> Result<(), GraphError>;
    /// The link to the next page.
    fn next(&self) -> Option<&str>;
}

impl Page for Value {
    fn check(&self) -> Result<(), GraphError> {
        list(self).map(drop)
    }

    fn next(&self) -> Option<&str> {
        self["@odata.nextLink"].as_str()
    }
}

impl Page for MembersPage {
    fn check(&self) -> Result<(), GraphError> {
        self.value.as_ref().map(drop).ok_or_else(no_value)
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

fn text(row: &Value, name: &str) -> Arc<str> {
    row[name].as_str().unwrap_or_default().into()
}

/// Milliseconds since 1970; anything unreadable is unknown.
fn date(row: &Value) -> Option<i64> {
    let date = DateTime::parse_from_rfc3339(row["createdDateTime"].as_str()?).ok()?;
    Some(date.timestamp_millis())
}

/// Reads users: knows which attributes are wanted.
#[derive(Clone, Debug)]
pub(super) struct UserRows(pub(super) Arc<[Arc<str>]>);

impl UserRows {
    pub(super) fn user(&self, row: &Value) -> Result<SourceUser, GraphError> {
        let named = self.0.iter().filter_map(|name| {
            let value = row[&**name].as_str().filter(|value| !value.is_empty())?;
            Some((Arc::clone(name), Arc::from(value)))
        });
        // Absent is a property that the tenant does not tell: only an explicit `false` disables.
        let active = row["accountEnabled"].as_bool().unwrap_or(true);
        Ok(SourceUser {
            id: id(row)?,
            active,
            created_at: date(row),
            attributes: named.collect(),
        })
    }

    /// A row of a users' delta.
    pub(super) fn changed_user(&self, row: &Value, records: &mut Vec<Record>) -> Result<(), GraphError> {
        records.push(if removed(row) {
            Record::UserGone(id(row)?)
        } else {
            Record::User(self.user(row)?)
        });
        Ok(())
    }
}

/// A row of a groups' delta, with the memberships that it tells.
pub(super) fn changed_group(row: &Value, records: &mut Vec<Record>) -> Result<(), GraphError> {
    let group = id(row)?;
    if removed(row) {
        records.push(Record::GroupGone(group));
        return Ok(());
    }
    records.push(Record::Group(self::group(row)?));
    for edge in row["members@delta"].as_array().into_iter().flatten() {
        let (Some(kind), member) = (kind(edge), id(edge)?) else {
            continue;
        };
        let group = group.clone();
        records.push(if removed(edge) {
            Record::MemberGone { group, member, kind }
        } else {
            Record::Member { group, member, kind }
        });
    }
    Ok(())
}

pub(super) fn group(row: &Value) -> Result<SourceGroup, GraphError> {
    Ok(SourceGroup {
        id: id(row)?,
        name: text(row, "displayName"),
        nickname: text(row, "mailNickname"),
        description: text(row, "description"),
        created_at: date(row),
    })
}

/// What a member is; devices, service principals, contacts are none of ours.
/// A member without a type occurs in vendor samples: taken for a user (unsure).
pub(super) fn kind(row: &Value) -> Option<MemberKind> {
    kind_of(row["@odata.type"].as_str())
}

fn kind_of(named: Option<&str>) -> Option<MemberKind> {
    match named {
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
