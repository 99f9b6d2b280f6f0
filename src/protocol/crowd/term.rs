//! One property restriction, from what was sent to a filter's term.

use super::body::BodyError;
use super::date;
use crate::model::filter::{Filter, Match, Property, Value};
use crate::model::name::fold;

/// Comparisons of one entity; an *any of* with equal values is one for each property.
const MAX_COMPARISONS: usize = 1_000;

/// A property restriction as it was sent.
pub(super) struct Raw<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) kind: Option<&'a str>,
    pub(super) mode: Option<&'a str>,
    pub(super) value: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Bool,
    Date,
}

/// The filter of a property restriction.
pub(super) fn term(raw: &Raw<'_>) -> Result<Filter, BodyError> {
    let Some(name) = raw.name.filter(|name| !name.is_empty()) else {
        return Err(BodyError::NotUnderstood(
            "a property restriction has no property name".to_owned(),
        ));
    };
    let (property, natural) = property(name);
    let kind = match raw.kind.map(str::to_ascii_uppercase).as_deref() {
        None => natural,
        Some("STRING") => Kind::Text,
        Some("BOOLEAN") => Kind::Bool,
        Some("DATE") => Kind::Date,
        Some(other) => return Err(unknown("property type", other)),
    };
    let by = mode(raw.mode.unwrap_or("EXACTLY_MATCHES"))?;
    // A flag or a date that a client declares as text is still compared as what it is; custom attributes are texts.
    let is_attribute = matches!(property, Property::Attribute(_));
    let kind = if natural == Kind::Text && !is_attribute {
        kind
    } else {
        natural
    };
    let value = if by == Match::Null {
        Value::Text(String::new())
    } else {
        value(kind, raw.value, name)?
    };
    Ok(Filter::Term { property, by, value })
}

fn property(name: &str) -> (Property, Kind) {
    match name {
        "name" => (Property::Name, Kind::Text),
        "email" => (Property::Email, Kind::Text),
        "firstName" => (Property::FirstName, Kind::Text),
        "lastName" => (Property::LastName, Kind::Text),
        "displayName" => (Property::DisplayName, Kind::Text),
        "description" => (Property::Description, Kind::Text),
        "externalId" | "key" => (Property::ExternalId, Kind::Text),
        "active" => (Property::Active, Kind::Bool),
        "local" => (Property::Local, Kind::Bool),
        "createdDate" => (Property::CreatedDate, Kind::Date),
        "updatedDate" => (Property::UpdatedDate, Kind::Date),
        other => (Property::Attribute(other.to_owned()), Kind::Text),
    }
}

fn mode(mode: &str) -> Result<Match, BodyError> {
    Ok(match mode.to_ascii_uppercase().as_str() {
        "EXACTLY_MATCHES" => Match::Exact,
        "STARTS_WITH" => Match::StartsWith,
        "ENDS_WITH" => Match::EndsWith,
        "CONTAINS" => Match::Contains,
        "LESS_THAN" => Match::LessThan,
        "GREATER_THAN" => Match::GreaterThan,
        "NULL" => Match::Null,
        other => return Err(unknown("match mode", other)),
    })
}

fn value(kind: Kind, raw: Option<&str>, name: &str) -> Result<Value, BodyError> {
    let Some(raw) = raw else {
        return Err(BodyError::NotUnderstood(format!(
            "the restriction of property `{name}` has no value"
        )));
    };
    match kind {
        Kind::Text => Ok(Value::Text(fold(raw))),
        Kind::Bool => Ok(Value::Bool(raw.trim().eq_ignore_ascii_case("true"))),
        Kind::Date => date::millis(raw.trim())
            .map(Value::Date)
            .ok_or_else(|| unknown("date", raw)),
    }
}

/// The filter, unless it costs too much: each comparison may be made with a hundred thousand users.
pub(super) fn bounded(filter: Filter) -> Result<Filter, BodyError> {
    if filter.cost() > MAX_COMPARISONS {
        return Err(BodyError::TooComplex);
    }
    Ok(filter)
}

/// Something named that does not exist.
pub(super) fn unknown(what: &str, given: &str) -> BodyError {
    let given: String = given.chars().take(60).collect();
    BodyError::NotUnderstood(format!("{what} `{given}` is not known"))
}
