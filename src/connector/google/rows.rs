//! Google's JSON as records.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use chrono::DateTime;
use serde_json::Value;

use crate::connector::rest::RestError;
use crate::model::record::{SourceGroup, SourceUser};
use crate::model::{ExternalId, MemberKind};

/// What is always read of a user, whatever the mapping wants.
const CORE: [&str; 4] = [
    "primaryEmail",
    "name.fullName",
    "name.givenName",
    "name.familyName",
];
/// What tells guests from others, under the name that scopes know.
const USER_TYPE: &str = "userType";

/// Reads users: knows which attributes are wanted, as `name.givenName`.
#[derive(Clone, Debug)]
pub(super) struct UserRows {
    pub(super) attributes: Arc<[Arc<str>]>,
}

/// A member as told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) id: ExternalId,
    pub(super) what: What,
}

/// What Google says that a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Kind(MemberKind),
    /// Everybody in the customer.
    Everybody,
    /// Something else, of another organisation perhaps.
    Unknown,
}

pub(super) fn id(row: &Value) -> Result<ExternalId, RestError> {
    let id = row["id"].as_str().filter(|id| !id.is_empty());
    id.map(ExternalId::from)
        .ok_or_else(|| RestError::Malformed("Google answered an object without `id`".to_owned()))
}

/// Milliseconds since 1970. Google writes 1970 itself for never; anything unreadable is unknown.
pub(super) fn moment(row: &Value, name: &str) -> Option<i64> {
    let moment = DateTime::parse_from_rfc3339(row[name].as_str()?).ok()?;
    Some(moment.timestamp_millis()).filter(|moment| *moment > 0)
}

impl UserRows {
    pub(super) fn new<'a>(wanted: impl IntoIterator<Item = &'a str>) -> Self {
        let all: BTreeSet<&str> = CORE.into_iter().chain(wanted).collect();
        Self {
            attributes: all.into_iter().map(Arc::from).collect(),
        }
    }

    /// The fields to be asked for.
    pub(super) fn fields(&self) -> String {
        let own = ["id", "suspended", "archived", "creationTime"].into_iter();
        let wanted = self.attributes.iter().map(|name| match &**name {
            USER_TYPE => "isGuestUser",
            name => name.split('.').next().unwrap_or(name),
        });
        let all: BTreeSet<&str> = own.chain(wanted).collect();
        all.into_iter().collect::<Vec<_>>().join(",")
    }

    /// `full` where an attribute is of the customer's own schema.
    pub(super) fn projection(&self) -> &'static str {
        let own = |name: &Arc<str>| name.starts_with("customSchemas.");
        if self.attributes.iter().any(own) {
            "full"
        } else {
            "basic"
        }
    }

    pub(super) fn user(&self, row: &Value) -> Result<SourceUser, RestError> {
        // A guess would let somebody in, or lock somebody out.
        let suspended = row["suspended"]
            .as_bool()
            .ok_or_else(|| RestError::Malformed("Google answered a user without `suspended`".to_owned()))?;
        let archived = row["archived"].as_bool().unwrap_or(false);
        let mut attributes: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        for name in self.attributes.iter() {
            let found = if &**name == USER_TYPE {
                row["isGuestUser"]
                    .as_bool()
                    .filter(|guest| *guest)
                    .map(|_| "Guest".to_owned())
            } else {
                name.split('.')
                    .try_fold(row, |value, part| Some(&one(value)?[part]))
                    .and_then(text)
            };
            if let Some(text) = found {
                attributes.insert(Arc::clone(name), text.into());
            }
        }
        if !attributes.contains_key("name.fullName") {
            let part = |name: &str| text(&row["name"][name]).unwrap_or_default();
            let full = format!("{} {}", part("givenName"), part("familyName"));
            if !full.trim().is_empty() {
                attributes.insert("name.fullName".into(), full.trim().into());
            }
        }
        Ok(SourceUser {
            id: id(row)?,
            active: !suspended && !archived,
            created_at: moment(row, "creationTime"),
            attributes,
        })
    }
}

/// Of a list the primary element, else the first.
fn one(value: &Value) -> Option<&Value> {
    let Value::Array(list) = value else {
        return Some(value);
    };
    list.iter()
        .find(|one| one["primary"] == true)
        .or_else(|| list.first())
}

/// People with one name have a space of no width for the other.
fn text(value: &Value) -> Option<String> {
    match one(value)? {
        Value::String(text) => {
            let text = text.trim_matches(|one: char| one.is_whitespace() || one == '\u{200b}');
            (!text.is_empty()).then(|| text.to_owned())
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        object @ Value::Object(_) => ["address", "value"]
            .into_iter()
            .find_map(|name| object[name].as_str().filter(|text| !text.is_empty()))
            .map(str::to_owned),
        _ => None,
    }
}

/// The group's name is not unique; its address is, and tells namesakes apart.
pub(super) fn group(row: &Value) -> Result<SourceGroup, RestError> {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let address = text("email");
    let local = address.split('@').next().unwrap_or_default();
    let name = if text("name").is_empty() {
        address
    } else {
        text("name")
    };
    Ok(SourceGroup {
        id: id(row)?,
        name: name.into(),
        nickname: local.into(),
        description: text("description").into(),
        created_at: None,
    })
}

/// A member; `None` for one without an id, whom nobody here can be.
pub(super) fn member(row: &Value) -> Option<Member> {
    let what = match row["type"].as_str() {
        Some("USER") => What::Kind(MemberKind::User),
        Some("GROUP") => What::Kind(MemberKind::Group),
        Some("CUSTOMER") => What::Everybody,
        _ => What::Unknown,
    };
    Some(Member {
        id: id(row).ok()?,
        what,
    })
}

/// A hash of what is told of a user.
pub(super) fn digest_of_user(user: &SourceUser) -> u64 {
    let mut hash = DefaultHasher::new();
    (user.active, user.created_at, &user.attributes).hash(&mut hash);
    hash.finish()
}

/// A hash of what is told of a group.
pub(super) fn digest_of_group(group: &SourceGroup) -> u64 {
    let mut hash = DefaultHasher::new();
    (&group.name, &group.nickname, &group.description).hash(&mut hash);
    hash.finish()
}

/// A hash of what moves with a group's members, as far as Google lets it.
pub(super) fn hint_of_group(row: &Value) -> u64 {
    let mut hash = DefaultHasher::new();
    (row["etag"].as_str(), row["directMembersCount"].as_str()).hash(&mut hash);
    hash.finish()
}

/// How many members it is said to have: a number as text, and of users only.
pub(super) fn members_of_group(row: &Value) -> u64 {
    let told = &row["directMembersCount"];
    told.as_str()
        .and_then(|text| text.parse().ok())
        .or(told.as_u64())
        .unwrap_or(0)
}

/// A hash of members, whatever their order.
pub(super) fn digest_of_members(members: &[Member]) -> u64 {
    let one = |member: &Member| {
        let mut hash = DefaultHasher::new();
        (&member.id, member.what).hash(&mut hash);
        hash.finish()
    };
    let sum = |sum: u64, member: &Member| sum.wrapping_add(one(member));
    members.iter().fold(members.len() as u64, sum)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(mut row: Value) -> SourceUser {
        row["id"] = json!("1");
        if row["suspended"].is_null() {
            row["suspended"] = json!(false);
        }
        let rows = UserRows::new([
            "organizations.department",
            "emails",
            "userType",
            "customSchemas.hr.grade",
        ]);
        rows.user(&row).unwrap()
    }

    #[test]
    fn suspended_and_archived_are_two_ways_to_be_inactive() {
        assert!(user(json!({})).active);
        assert!(!user(json!({ "suspended": true })).active);
        assert!(!user(json!({ "archived": true })).active);
        let rows = UserRows::new([]);
        assert!(rows.user(&json!({ "id": "1" })).is_err(), "a guess");
    }

    #[test]
    fn of_a_list_the_primary_one_counts() {
        let told = user(json!({
            "organizations": [{ "department": "Old" }, { "department": "New", "primary": true }],
            "emails": [{ "address": "a@b" }], "isGuestUser": true, "customSchemas": { "hr": { "grade": 7 } },
        }));
        let of = |name: &str| told.attributes.get(name).map(ToString::to_string);
        assert_eq!(of("organizations.department").as_deref(), Some("New"));
        assert_eq!(of("emails").as_deref(), Some("a@b"));
        assert_eq!(of("userType").as_deref(), Some("Guest"));
        assert_eq!(of("customSchemas.hr.grade").as_deref(), Some("7"));
        assert_eq!(of("name.fullName"), None);
    }

    #[test]
    fn people_with_one_name_have_no_other() {
        let told = user(json!({ "name": { "givenName": "Plato", "familyName": "\u{200b}" } }));
        assert!(!told.attributes.contains_key("name.familyName"));
        assert_eq!(&*told.attributes["name.fullName"], "Plato");
    }

    #[test]
    fn never_is_no_moment() {
        let of = |text: &str| moment(&json!({ "at": text }), "at");
        assert_eq!(of("1970-01-01T00:00:00.000Z"), None);
        assert_eq!(of("1970-01-01T00:00:01.500+00:00"), Some(1500));
        assert_eq!(of("soon"), None);
    }

    #[test]
    fn members_are_the_same_in_any_order() {
        let member = |id: &str, kind: &str| member(&json!({ "id": id, "type": kind })).unwrap();
        let (a, b) = (member("a", "USER"), member("b", "GROUP"));
        let (there, back) = ([a.clone(), b.clone()], [b, a.clone()]);
        assert_eq!(digest_of_members(&there), digest_of_members(&back));
        assert_ne!(
            digest_of_members(&there),
            digest_of_members(std::slice::from_ref(&a))
        );
        assert_ne!(
            digest_of_members(&[a]),
            digest_of_members(&[member("a", "GROUP")])
        );
        assert_eq!(super::member(&json!({ "type": "EXTERNAL" })), None);
        assert_eq!(member("x", "EXTERNAL").what, What::Unknown);
    }

    #[test]
    fn only_what_is_wanted_is_asked_for() {
        let rows = UserRows::new(["organizations.department", "organizations.title"]);
        assert_eq!(
            rows.fields(),
            "archived,creationTime,id,name,organizations,primaryEmail,suspended"
        );
        assert_eq!(rows.projection(), "basic");
        assert_eq!(UserRows::new(["customSchemas.hr.grade"]).projection(), "full");
    }
}
