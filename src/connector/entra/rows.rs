//! Graph's rows as records: of each row what is wanted, without a tree of values.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;
use serde_json::value::RawValue;

use super::graph::GraphError;
use crate::connector::row::{Garbled, fields, is_object, list, text, truth};
use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::{ExternalId, MemberKind};

pub(super) fn no_id() -> GraphError {
    GraphError::Malformed("Graph answered an object without `id`".to_owned())
}

impl From<Garbled> for GraphError {
    fn from(_: Garbled) -> Self {
        Self::Malformed("Graph answered a text that is no Unicode".to_owned())
    }
}

/// What the reading of a row's fields found, each as it stands.
type Found<'a> = Option<&'a RawValue>;

fn words(found: Found<'_>) -> Result<Arc<str>, GraphError> {
    let text = found.map(text).transpose()?.flatten();
    Ok(text.unwrap_or_default().as_ref().into())
}

fn id_of(found: Found<'_>) -> Result<ExternalId, GraphError> {
    let text = found.map(text).transpose()?.flatten();
    let id = text.filter(|id| !id.is_empty()).ok_or_else(no_id)?;
    Ok(id.as_ref().into())
}

/// Milliseconds since 1970; anything unreadable is unknown.
fn date(found: Found<'_>) -> Result<Option<i64>, GraphError> {
    let text = found.map(text).transpose()?.flatten();
    let date = text.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    Ok(date.map(|date| date.timestamp_millis()))
}

pub(super) fn id(row: &RawValue) -> Result<ExternalId, GraphError> {
    id_of(crate::connector::row::field(row, "id")?)
}

/// Reads users: knows which attributes are wanted, in order.
#[derive(Clone, Debug)]
pub(super) struct UserRows(pub(super) Arc<[Arc<str>]>);

impl UserRows {
    pub(super) fn user(&self, row: &RawValue) -> Result<SourceUser, GraphError> {
        Ok(self.read(row)?.0)
    }

    /// A row of a users' delta.
    pub(super) fn changed_user(&self, row: &RawValue, records: &mut Vec<Record>) -> Result<(), GraphError> {
        let (user, removed) = self.read(row)?;
        records.push(if removed {
            Record::UserGone(user.id)
        } else {
            Record::User(user)
        });
        Ok(())
    }

    /// The user, and whether the row says that it is gone.
    fn read(&self, row: &RawValue) -> Result<(SourceUser, bool), GraphError> {
        let (mut id, mut enabled, mut created, mut removed) = (None, None, None, None);
        let mut wanted: Vec<Found<'_>> = vec![None; self.0.len()];
        fields(row, |name, value| {
            match name {
                "id" => id = Some(value),
                "accountEnabled" => enabled = Some(value),
                "createdDateTime" => created = Some(value),
                "@removed" => removed = Some(value),
                _ => {}
            }
            if let Ok(at) = self.0.binary_search_by(|one| (**one).cmp(name)) {
                wanted[at] = Some(value);
            }
        })?;
        let mut attributes = BTreeMap::new();
        for (name, found) in self.0.iter().zip(wanted) {
            let value = words(found)?;
            if !value.is_empty() {
                attributes.insert(Arc::clone(name), value);
            }
        }
        let user = SourceUser {
            id: id_of(id)?,
            // Absent is a property that the tenant does not tell: only an explicit `false` disables.
            active: enabled.and_then(truth).unwrap_or(true),
            created_at: date(created)?,
            attributes,
        };
        Ok((user, removed.is_some_and(is_object)))
    }
}

/// A row of a list of groups, or of their delta.
pub(super) struct GroupRow<'a> {
    pub(super) group: SourceGroup,
    /// Whether its members are hidden from who has not the permission: then an empty list means nothing.
    pub(super) hidden: bool,
    removed: bool,
    members: Found<'a>,
}

impl<'a> GroupRow<'a> {
    pub(super) fn read(row: &'a RawValue) -> Result<Self, GraphError> {
        const NAMES: [&str; 8] = [
            "id",
            "displayName",
            "mailNickname",
            "description",
            "createdDateTime",
            "visibility",
            "@removed",
            "members@delta",
        ];
        let mut found: [Found<'a>; NAMES.len()] = [None; NAMES.len()];
        fields(row, |name, value| {
            if let Some(at) = NAMES.iter().position(|one| *one == name) {
                found[at] = Some(value);
            }
        })?;
        let [
            id,
            name,
            nickname,
            description,
            created,
            visibility,
            removed,
            members,
        ] = found;
        Ok(Self {
            group: SourceGroup {
                id: id_of(id)?,
                name: words(name)?,
                nickname: words(nickname)?,
                description: words(description)?,
                created_at: date(created)?,
            },
            hidden: words(visibility)?.eq_ignore_ascii_case("HiddenMembership"),
            removed: removed.is_some_and(is_object),
            members,
        })
    }
}

/// A row of a groups' delta, with the memberships that it tells.
pub(super) fn changed_group(row: &RawValue, records: &mut Vec<Record>) -> Result<(), GraphError> {
    let GroupRow {
        group,
        removed,
        members,
        ..
    } = GroupRow::read(row)?;
    let id = group.id.clone();
    if removed {
        records.push(Record::GroupGone(id));
        return Ok(());
    }
    records.push(Record::Group(group));
    for edge in members.map(list).unwrap_or_default() {
        records.extend(changed_edge(&id, edge)?);
    }
    Ok(())
}

/// A membership that came or went; none of ours where the member is neither a user nor a group.
fn changed_edge(group: &ExternalId, edge: &RawValue) -> Result<Option<Record>, GraphError> {
    let (mut id, mut named, mut removed) = (None, None, None);
    fields(edge, |name, value| match name {
        "id" => id = Some(value),
        "@odata.type" => named = Some(value),
        "@removed" => removed = Some(value),
        _ => {}
    })?;
    let (group, member) = (group.clone(), id_of(id)?);
    let named = named.map(text).transpose()?.flatten();
    let Some(kind) = kind_of(named.as_deref()) else {
        return Ok(None);
    };
    Ok(Some(if removed.is_some_and(is_object) {
        Record::MemberGone { group, member, kind }
    } else {
        Record::Member { group, member, kind }
    }))
}

/// What a member is; devices, service principals, contacts are none of ours.
/// A member without a type occurs in vendor samples: taken for a user (unsure).
pub(super) fn kind_of(named: Option<&str>) -> Option<MemberKind> {
    match named {
        Some("#microsoft.graph.user") | None => Some(MemberKind::User),
        Some("#microsoft.graph.group") => Some(MemberKind::Group),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn of_a_user_what_the_mapping_wants_is_kept_and_other_shapes_are_absent() {
        let rows = UserRows(
            ["accountEnabled", "extension_1", "mail", "surname"]
                .map(Arc::from)
                .into(),
        );
        let row = raw(
            r#"{"@odata.id":"x","id":"u","mail":"a@b","surname":7,"extension_1":"own","other":{"mail":"no"},"accountEnabled":"no","createdDateTime":"2026-01-02T03:04:05.1234567Z"}"#,
        );
        let user = rows.user(&row).unwrap();
        let told: Vec<_> = user
            .attributes
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(
            told,
            [("accountEnabled", "no"), ("extension_1", "own"), ("mail", "a@b")]
        );
        assert_eq!((user.active, user.created_at), (true, Some(1_767_323_045_123)));
        let off = rows
            .user(&raw(r#"{"id":"u","accountEnabled":false,"createdDateTime":3}"#))
            .unwrap();
        assert_eq!((off.active, off.created_at), (false, None));
        for nobody in [
            r#"{"id":""}"#,
            r#"{"id":7}"#,
            "{}",
            "[]",
            "null",
            r#"{"id":"\udc00"}"#,
        ] {
            assert!(rows.user(&raw(nobody)).is_err(), "{nobody}");
        }
    }

    #[test]
    fn only_an_object_says_that_something_is_gone() {
        let rows = UserRows(Arc::default());
        let gone = |removed: &str| {
            let mut records = Vec::new();
            let row = raw(&format!(r#"{{"id":"u","@removed":{removed}}}"#));
            rows.changed_user(&row, &mut records).unwrap();
            matches!(records[..], [Record::UserGone(_)])
        };
        assert!(gone(r#"{"reason":"changed"}"#) && gone("{}"));
        assert!(!gone("null") && !gone("true") && !gone("[]"));
    }
}
