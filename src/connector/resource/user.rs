//! A SCIM user as a record.

use std::sync::Arc;

use serde_json::Value;

use super::attribute::member;
use super::{Resource, attribute, moment};
use crate::model::ExternalId;
use crate::model::record::SourceUser;

/// Reads users: knows which attributes are wanted.
#[derive(Clone, Debug)]
pub(crate) struct UserRows(Arc<[Arc<str>]>);

impl UserRows {
    /// Reads these attributes of each user.
    pub(crate) fn new<'a>(wanted: impl IntoIterator<Item = &'a str>) -> Self {
        Self(wanted.into_iter().map(Arc::from).collect())
    }

    /// The user; the error says which attribute is not what it should be.
    pub(crate) fn user(&self, id: ExternalId, resource: &Resource) -> Result<SourceUser, String> {
        let named = self
            .0
            .iter()
            .filter_map(|name| Some((Arc::clone(name), attribute(resource, name)?)));
        Ok(SourceUser {
            id,
            active: active(resource)?,
            created_at: moment(resource, "meta.created"),
            attributes: named.collect(),
        })
    }
}

/// Absent is active: SCIM does not demand the attribute. Some servers send texts.
fn active(resource: &Resource) -> Result<bool, String> {
    match attribute(resource, "active").as_deref() {
        None => Ok(true),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err("`active` is neither true nor false".to_owned()),
    }
}

/// An immutable id: the first of these attributes that is there.
pub(in crate::connector) fn id(resource: &Resource, names: &[&str]) -> Result<ExternalId, String> {
    for name in names {
        if let Some(id) = text(resource, name)? {
            return Ok(id.into());
        }
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Err(format!("{} is missing", names.join(" or ")))
}

/// A text, where there is one; the error says that it is something else.
pub(in crate::connector) fn text<'a>(resource: &'a Resource, name: &str) -> Result<Option<&'a str>, String> {
    match member(resource, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("`{name}` is no text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(value: Value) -> Resource {
        match value {
            Value::Object(resource) => resource,
            _ => panic!("an object is expected"),
        }
    }

    #[test]
    fn only_what_is_wanted_is_kept() {
        let rows = UserRows::new(["userName", "name.givenName", "title"]);
        let told = resource(serde_json::json!({
            "userName": "ann", "name": { "givenName": "Ann" }, "active": "False", "displayName": "Ann",
            "meta": { "created": "1970-01-01T00:00:00Z" },
        }));
        let user = rows.user("1".into(), &told).unwrap();
        assert_eq!(
            (user.active, user.created_at, user.attributes.len()),
            (false, Some(0), 2)
        );
    }

    #[test]
    fn active_is_true_false_or_absent() {
        let rows = UserRows::new([]);
        let active = |value: Value| {
            let user = rows.user("1".into(), &resource(serde_json::json!({ "active": value })));
            user.map(|user| user.active)
        };
        assert_eq!(active(Value::Null), Ok(true));
        assert_eq!(active("TRUE".into()), Ok(true));
        assert_eq!(active(false.into()), Ok(false));
        assert!(active("no".into()).is_err_and(|why| why.contains("`active`")));
    }

    #[test]
    fn the_first_id_that_is_there_counts() {
        let of = |value: Value| id(&resource(value), &["id", "externalId"]);
        assert_eq!(
            of(serde_json::json!({ "id": "a", "externalId": "b" })),
            Ok("a".into())
        );
        assert_eq!(
            of(serde_json::json!({ "id": "", "externalId": "b" })),
            Ok("b".into())
        );
        assert_eq!(
            of(serde_json::json!({})),
            Err("`id` or `externalId` is missing".to_owned())
        );
        assert_eq!(
            of(serde_json::json!({ "id": 7 })),
            Err("`id` is no text".to_owned())
        );
    }
}
