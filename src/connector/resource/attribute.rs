//! One attribute of a resource, by its SCIM name, as text.
//!
//! | name | what it is |
//! |---|---|
//! | `userName`, `title` | a simple attribute |
//! | `name.givenName` | a part of a complex one |
//! | `emails` | of several values the primary one, else the one of type `work`, else the first |
//! | `emails.work`, `emails.primary` | the one of a type, the primary one |
//! | `addresses.work.locality` | a part of one of several |
//! | `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department` | of an extension |
//!
//! Names are compared without case (RFC 7643 §2.1).

use std::sync::Arc;

use chrono::DateTime;
use serde_json::Value;

use super::Resource;

/// The attribute's text; absent, null and empty are the same.
pub(in crate::connector) fn attribute(resource: &Resource, name: &str) -> Option<Arc<str>> {
    if name
        .get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
    {
        return extension(resource, name);
    }
    walk(resource, name)
}

/// A moment as RFC 3339 writes it, in milliseconds since 1970; anything unreadable is unknown.
pub(in crate::connector) fn moment(resource: &Resource, name: &str) -> Option<i64> {
    let date = DateTime::parse_from_rfc3339(&attribute(resource, name)?).ok()?;
    Some(date.timestamp_millis())
}

/// When a user last logged in, in milliseconds since 1970: as RFC 3339 or as such a number. Servers write the beginning of
/// their calendars (1601, 1970) for "never".
pub(crate) fn last_login(resource: &Resource, name: &str) -> Option<i64> {
    login_time(&attribute(resource, name)?)
}

/// The same of the attribute's text.
pub(in crate::connector) fn login_time(text: &str) -> Option<i64> {
    let date = || DateTime::parse_from_rfc3339(text.trim()).ok();
    let at = text.trim().parse().ok();
    at.or_else(|| Some(date()?.timestamp_millis()))
        .filter(|at| *at > 0)
}

/// URNs have dots and colons in them: the schema is the longest key that the name begins with.
fn extension(resource: &Resource, name: &str) -> Option<Arc<str>> {
    let fits = |key: &str| {
        let begins = name
            .get(..key.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(key));
        begins && name[key.len()..].starts_with(':')
    };
    let found = resource.iter().filter(|(key, _)| fits(key));
    let (key, value) = found.max_by_key(|(key, _)| key.len())?;
    walk(value.as_object()?, &name[key.len() + 1..])
}

/// What stands under a name.
pub(super) fn member<'a>(object: &'a Resource, name: &str) -> Option<&'a Value> {
    let exact = object.get(name);
    exact.or_else(|| {
        let mut entries = object.iter();
        let found = entries.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    })
}

fn walk(object: &Resource, path: &str) -> Option<Arc<str>> {
    let (name, rest) = split(path);
    below(member(object, name)?, rest)
}

fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('.')
        .map_or((path, None), |(name, rest)| (name, Some(rest)))
}

fn below(value: &Value, rest: Option<&str>) -> Option<Arc<str>> {
    match (value, rest) {
        (Value::Object(object), Some(rest)) => walk(object, rest),
        (Value::Object(object), None) => plain(member(object, "value")?),
        (Value::Array(values), rest) => several(values, rest),
        (value, None) => plain(value),
        (_, Some(_)) => None,
    }
}

/// A choice among several values: by type where one is named, else the usual one.
fn several(values: &[Value], rest: Option<&str>) -> Option<Arc<str>> {
    let Some(rest) = rest else {
        return below(usual(values.iter())?, None);
    };
    let (kind, part) = split(rest);
    let wanted = values.iter().filter(|value| match kind {
        "primary" => is_primary(value),
        kind => is_of(value, kind),
    });
    match usual(wanted) {
        Some(chosen) => below(chosen, part),
        // Not a type: a part of the usual one.
        None => below(
            usual(values.iter())?
                .as_object()
                .and_then(|chosen| member(chosen, kind))?,
            part,
        ),
    }
}

fn usual<'a>(values: impl Iterator<Item = &'a Value>) -> Option<&'a Value> {
    let values: Vec<&Value> = values.collect();
    let primary = values.iter().find(|value| is_primary(value));
    let work = || values.iter().find(|value| is_of(value, "work"));
    primary.or_else(work).or_else(|| values.first()).copied()
}

fn is_of(value: &Value, kind: &str) -> bool {
    let told = value.as_object().and_then(|value| member(value, "type"));
    told.and_then(Value::as_str)
        .is_some_and(|told| told.eq_ignore_ascii_case(kind))
}

fn is_primary(value: &Value) -> bool {
    let told = value.as_object().and_then(|value| member(value, "primary"));
    told.is_some_and(|told| match told {
        Value::Bool(primary) => *primary,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    })
}

fn plain(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.as_str().into()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ENTERPRISE;
    use super::*;

    fn zoe() -> Resource {
        let resource = serde_json::json!({
            "userName": "zoe", "Title": "", "nickName": null, "age": 44,
            "name": { "givenName": "Zoë", "familyName": "Berg" },
            "emails": [
                { "value": "zoe@home.example", "type": "home", "primary": "True" },
                { "value": "zoe@corp.example", "type": "Work" },
            ],
            "addresses": [{ "type": "work", "locality": "Bergen" }],
            "phoneNumbers": ["1", { "value": "2" }],
            (ENTERPRISE): { "department": "R&D", "manager": { "value": "m1" } },
        });
        resource.as_object().unwrap().clone()
    }

    #[test]
    fn attributes_are_found_by_their_scim_names() {
        let zoe = zoe();
        let told = |name: &str| attribute(&zoe, name).map(|text| text.to_string());
        for (name, expected) in [
            ("USERNAME", "zoe"),
            ("age", "44"),
            ("name.givenName", "Zoë"),
            ("emails", "zoe@home.example"),
            ("emails.work", "zoe@corp.example"),
            ("emails.primary", "zoe@home.example"),
            ("emails.work.value", "zoe@corp.example"),
            ("emails.type", "home"),
            ("addresses.work.locality", "Bergen"),
            ("addresses.locality", "Bergen"),
            ("phoneNumbers", "1"),
            (&format!("{ENTERPRISE}:department"), "R&D"),
            (&format!("{}:manager", ENTERPRISE.to_uppercase()), "m1"),
            (&format!("{ENTERPRISE}:manager.value"), "m1"),
        ] {
            assert_eq!(told(name).as_deref(), Some(expected), "{name}");
        }
        for absent in [
            "title",
            "nickName",
            "name.middleName",
            "emails.other",
            "userName.x",
            "urn:x:y",
            "urn:",
            "",
            ".",
        ] {
            assert_eq!(told(absent), None, "{absent}");
        }
    }

    #[test]
    fn last_log_ins_are_dates_or_milliseconds_and_never_is_none() {
        let of = |value: Value| {
            let resource = serde_json::json!({ "urn:x:User": { "lastLogin": value } });
            last_login(resource.as_object().unwrap(), "urn:x:User:lastLogin")
        };
        assert_eq!(of("2027-01-15T08:00:00+00:00".into()), Some(1_800_000_000_000));
        assert_eq!(of(1_800_000_000_000_i64.into()), Some(1_800_000_000_000));
        assert_eq!(of("1800000000000".into()), Some(1_800_000_000_000));
        for never in [
            Value::Null,
            "".into(),
            "never".into(),
            0.into(),
            "1970-01-01T00:00:00Z".into(),
            "1601-01-01T00:00:00Z".into(),
        ] {
            assert_eq!(of(never.clone()), None, "{never}");
        }
    }

    #[test]
    fn moments_are_read_or_unknown() {
        let of = |text: &str| {
            let resource = serde_json::json!({ "meta": { "created": text } });
            moment(resource.as_object().unwrap(), "meta.created")
        };
        assert_eq!(of("1970-01-01T00:00:01.5+00:00"), Some(1500));
        assert_eq!(of("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(of("yesterday"), None);
    }
}
