//! From a client's value to one of the schema: kinds checked, names in their own spelling, nothing unassigned kept.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Map, Value};

use super::error::ScimError;
use super::filter::{instant, truth};
use super::schema::{Attribute, Kind, Mutability};
use super::tolerances::Tolerances;

/// The most elements of one list. Members of groups are not kept in lists, and have no such cap.
pub(super) const MAX_ITEMS: usize = 500;

/// An attribute's value as it is kept; `None` where it is unassigned: absent, null and `[]` are the same
/// (RFC 7643 §2.5). A list comes back as one, without equal elements.
///
/// # Errors
/// `invalidValue`, naming the attribute and what its values are.
pub(super) fn attribute(
    attribute: &Attribute,
    value: Value,
    tolerances: Tolerances,
) -> Result<Option<Value>, ScimError> {
    if !attribute.multi_valued {
        return one(attribute, value, tolerances);
    }
    let items = match value {
        Value::Array(items) => items,
        Value::Null => return Ok(None),
        single if tolerances.plain_values => vec![single],
        _ => return Err(misfit(attribute, "a list")),
    };
    if items.len() > MAX_ITEMS {
        return Err(misfit(attribute, &format!("a list of at most {MAX_ITEMS}")));
    }
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        let item = one(attribute, item, tolerances)?;
        if let Some(item) = item.filter(|item| !is_hollow(item) && !kept.contains(item)) {
            kept.push(item);
        }
    }
    if kept.iter().filter(|item| is_primary(item)).count() > 1 {
        return Err(ScimError::value(format!(
            "attribute `{}` has several primary elements; hint: one at most may be primary",
            attribute.name
        )));
    }
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

/// The value of one element, or of an attribute that has only one.
pub(super) fn one(
    attribute: &Attribute,
    value: Value,
    tolerances: Tolerances,
) -> Result<Option<Value>, ScimError> {
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Complex, value) => complex(attribute, value, tolerances),
        (kind, Value::Array(mut items)) if tolerances.plain_values && items.len() <= 1 => match items.pop() {
            None => Ok(None),
            Some(Value::Array(_)) => Err(misfit(attribute, word(kind))),
            Some(item) => one(attribute, item, tolerances),
        },
        (kind, value) => simple(kind, value, tolerances)
            .map(Some)
            .ok_or_else(|| misfit(attribute, word(kind))),
    }
}

fn simple(kind: Kind, value: Value, tolerances: Tolerances) -> Option<Value> {
    match (kind, value) {
        (Kind::String | Kind::Reference, Value::String(text)) => Some(Value::String(text)),
        (Kind::String, Value::Number(number)) if tolerances.numbers_as_text => {
            Some(Value::String(number.to_string()))
        }
        (Kind::Boolean, Value::Bool(flag)) => Some(Value::Bool(flag)),
        (Kind::Boolean, Value::String(text)) if tolerances.string_booleans => truth(&text).map(Value::Bool),
        (Kind::Decimal, Value::Number(number)) => Some(Value::Number(number)),
        (Kind::Integer, Value::Number(number)) if !number.is_f64() => Some(Value::Number(number)),
        (Kind::DateTime, Value::String(text)) if instant(&text).is_some() => Some(Value::String(text)),
        (Kind::Binary, Value::String(text)) => {
            let read = STANDARD.decode(&text).or_else(|_| URL_SAFE.decode(&text));
            read.is_ok().then_some(Value::String(text))
        }
        _ => None,
    }
}

fn complex(attribute: &Attribute, value: Value, tolerances: Tolerances) -> Result<Option<Value>, ScimError> {
    let object = match value {
        Value::Object(members) => members,
        // Entra's validator sets `manager` so, and takes it away with an empty text.
        Value::String(text) if tolerances.plain_values && attribute.sub("value").is_some() => {
            if text.is_empty() {
                return Ok(None);
            }
            Map::from_iter([("value".to_owned(), Value::String(text))])
        }
        Value::Array(mut items) if tolerances.plain_values && items.len() <= 1 => match items.pop() {
            None => return Ok(None),
            Some(Value::Array(_)) => return Err(misfit(attribute, "an object")),
            Some(item) => return one(attribute, item, tolerances),
        },
        _ => return Err(misfit(attribute, "an object")),
    };
    let kept = parts(attribute, object, tolerances)?;
    let missing = attribute
        .sub_attributes
        .iter()
        .find(|part| part.required && !kept.contains_key(&part.name));
    match missing {
        _ if kept.is_empty() => Ok(None),
        None => Ok(Some(Value::Object(kept))),
        Some(part) => Err(ScimError::value(format!(
            "attribute `{}` lacks its part `{}`; hint: it is required",
            attribute.name, part.name
        ))),
    }
}

/// The parts of a complex value, those left out that are ours alone.
pub(super) fn parts(
    attribute: &Attribute,
    object: Map<String, Value>,
    tolerances: Tolerances,
) -> Result<Map<String, Value>, ScimError> {
    let mut kept = Map::new();
    for (name, value) in object {
        let Some(part) = attribute.sub(&name) else {
            if tolerances.unknown_attributes {
                continue;
            }
            return Err(unknown(&format!("{}.{name}", attribute.name)));
        };
        if part.mutability == Mutability::ReadOnly {
            continue;
        }
        if let Some(value) = self::attribute(part, value, tolerances)? {
            kept.insert(part.name.clone(), value);
        }
    }
    Ok(kept)
}

/// An element that says what it is for, and nothing else.
pub(super) fn is_hollow(item: &Value) -> bool {
    let parts = item.as_object();
    parts.is_some_and(|parts| {
        parts
            .keys()
            .all(|part| matches!(part.as_str(), "type" | "primary"))
    })
}

/// Whether an element is the preferred one of its list.
pub(super) fn is_primary(item: &Value) -> bool {
    item.get("primary") == Some(&Value::Bool(true))
}

/// An attribute that no schema has.
pub(super) fn unknown(name: &str) -> ScimError {
    ScimError::value(format!(
        "attribute `{name}` is not known; hint: `/Schemas` lists what this directory keeps"
    ))
}

fn misfit(attribute: &Attribute, what: &str) -> ScimError {
    ScimError::value(format!("attribute `{}` must be {what}", attribute.name))
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "a text",
        Kind::Boolean => "true or false",
        Kind::Decimal => "a number",
        Kind::Integer => "a whole number",
        Kind::DateTime => "a date such as `2026-01-31T12:00:00Z`",
        Kind::Binary => "base64",
        Kind::Reference => "a URI",
        Kind::Complex => "an object",
    }
}
