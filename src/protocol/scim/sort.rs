//! The order that `sortBy` asks for (RFC 7644 §3.4.2.3).

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::coerce::is_primary;
use super::error::ScimError;
use super::filter::{compare, instant};
use super::schema::{Found, Kind, Located, ResourceType, Returned};
use crate::model::name::fold;

/// What a list is sorted by.
#[derive(Clone, Copy, Debug)]
pub struct Sorting<'s>(Located<'s>);

/// Where one resource stands; what has no value comes last.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    /// No, then yes.
    Flag(bool),
    /// By size.
    Number(Number),
    /// Earlier first.
    Instant(i64),
    /// By letters, folded where case does not count.
    Text(String),
    /// No value.
    Absent,
}

impl<'s> Sorting<'s> {
    /// Looks the attribute up; `None` where the type lacks it (then the order stays).
    ///
    /// # Errors
    /// `invalidValue` when it is never shown.
    pub fn new(kind: &'s ResourceType, name: &str) -> Result<Option<Self>, ScimError> {
        let Some(Found::Attribute(located)) = kind.find(name) else {
            return Ok(None);
        };
        if located.leaf().returned == Returned::Never {
            return Err(ScimError::value(format!("nothing is sorted by `{name}`")));
        }
        let whole = located.attribute.kind == Kind::Complex && located.part.is_none();
        let leaf = if whole {
            located.part("value").unwrap_or(located)
        } else {
            located
        };
        Ok(Some(Self(leaf)))
    }

    /// Whether it has to see an attribute of the type's own.
    pub fn reads(&self, attribute: &str) -> bool {
        self.0.is(attribute)
    }

    /// Where a resource stands: of a list the primary element counts, else the first.
    pub fn key(&self, resource: &Map<String, Value>) -> SortKey {
        let value = match self.0.value(resource) {
            Some(Value::Array(items)) => items.iter().find(|item| is_primary(item)).or(items.first()),
            other => other,
        };
        let value = match (value, self.0.part) {
            (Some(Value::Object(parts)), Some(part)) => parts.get(&part.name),
            (other, _) => other,
        };
        let leaf = self.0.leaf();
        match value {
            Some(Value::Bool(flag)) => SortKey::Flag(*flag),
            Some(Value::Number(number)) => SortKey::Number(number.clone()),
            Some(Value::String(text)) if leaf.kind == Kind::DateTime => {
                instant(text).map_or(SortKey::Absent, SortKey::Instant)
            }
            Some(Value::String(text)) if leaf.case_exact => SortKey::Text(text.clone()),
            Some(Value::String(text)) => SortKey::Text(fold(text)),
            _ => SortKey::Absent,
        }
    }
}

impl SortKey {
    /// The order of two; descending is ascending turned round, so that what has no value then comes first.
    pub fn order(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Flag(left), Self::Flag(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => compare(left, right).unwrap_or(Ordering::Equal),
            (Self::Instant(left), Self::Instant(right)) => left.cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (left, right) => left.rank().cmp(&right.rank()),
        };
        if descending { order.reverse() } else { order }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Number(_) => 1,
            Self::Instant(_) => 2,
            Self::Text(_) => 3,
            Self::Absent => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sorted(by: &str, descending: bool) -> String {
        let kind = ResourceType::user(Vec::new());
        let sorting = Sorting::new(&kind, by).unwrap().unwrap();
        let mut users = [
            json!({ "id": "1", "userName": "b", "active": true, "meta": { "created": "2026-01-01T10:00:00Z" } }),
            json!({ "id": "2", "userName": "A", "active": false, "meta": { "created": "2026-01-01T10:30:00+02:00" } }),
            json!({ "id": "3", "userName": "c", "emails": [{ "value": "z@x" }, { "value": "b@x", "primary": true }] }),
            json!({ "id": "4", "userName": "d", "emails": [{ "value": "C@x" }] }),
        ];
        let key = |user: &Value| sorting.key(user.as_object().unwrap());
        users.sort_by(|left, right| key(left).order(&key(right), descending));
        users.iter().map(|user| user["id"].as_str().unwrap()).collect()
    }

    #[test]
    fn what_has_no_value_is_last_and_lists_stand_by_their_primary() {
        assert_eq!(sorted("userName", false), "2134");
        assert_eq!(sorted("emails", false), "3412");
        assert_eq!(sorted("emails.value", true), "1243");
        assert_eq!(sorted("active", false), "2134");
        assert_eq!(sorted("meta.created", false), "2134");
        assert_eq!(sorted("id", true), "4321");
    }

    #[test]
    fn nobody_learns_of_passwords_by_sorting() {
        let kind = ResourceType::user(Vec::new());
        assert!(Sorting::new(&kind, "password").is_err());
        assert!(Sorting::new(&kind, "shoe").unwrap().is_none());
    }
}
