//! Search restrictions, from XML or JSON to filters.

use serde_json::{Map, Value as Json};

use super::body::{self, BodyError};
use super::term::{Raw, bounded, term, unknown};
use super::tree::{self, MAX_DEPTH, Node};
use super::wire::Format;
use crate::model::filter::Filter;

/// Reads a search restriction. An empty body wants everything.
///
/// # Errors
/// When the body is malformed, or names a mode, type or element that does not exist.
pub fn restriction(body: &[u8], format: Format) -> Result<Filter, BodyError> {
    let text = body::text(body)?;
    if text.trim().is_empty() {
        return Ok(Filter::All);
    }
    bounded(match format {
        Format::Xml => from_node(&tree::parse(text)?)?,
        Format::Json => match body::json(text)? {
            // `atlassian-python-api` sends an empty object for "everything".
            Json::Object(members) if members.is_empty() => Filter::All,
            Json::Object(members) => from_object(&members, 0)?,
            _ => return Err(unknown("restriction", "")),
        },
    })
}

fn from_node(node: &Node) -> Result<Filter, BodyError> {
    match node.name.as_str() {
        "null-search-restriction" => Ok(Filter::All),
        "property-search-restriction" => {
            let property = node.child("property");
            let part = |name| {
                property
                    .and_then(|property| property.child(name))
                    .map(|part| part.text.trim())
            };
            term(&Raw {
                name: part("name"),
                kind: part("type"),
                mode: node.child("match-mode").map(|mode| mode.text.trim()),
                value: node.child("value").map(|value| value.text.as_str()),
            })
        }
        "boolean-search-restriction" => {
            let parts = node
                .child("restrictions")
                .map_or(&[][..], |parts| parts.children.as_slice());
            combine(
                node.logic.as_deref(),
                parts.iter().map(from_node).collect::<Result<_, _>>()?,
            )
        }
        other => Err(unknown("restriction", other)),
    }
}

fn from_object(object: &Map<String, Json>, depth: usize) -> Result<Filter, BodyError> {
    if depth >= MAX_DEPTH {
        return Err(BodyError::TooComplex);
    }
    let text = |names: &[&str]| names.iter().find_map(|name| object.get(*name)?.as_str());
    match text(&["restriction-type", "restrictionType"]).unwrap_or_default() {
        "null-search-restriction" => Ok(Filter::All),
        "property-search-restriction" => {
            let part = |name| object.get("property")?.get(name)?.as_str();
            let value = object.get("value").and_then(scalar);
            term(&Raw {
                name: part("name"),
                kind: part("type"),
                mode: text(&["match-mode", "matchMode"]),
                value: value.as_deref(),
            })
        }
        "boolean-search-restriction" => {
            let parts = object.get("restrictions").and_then(Json::as_array);
            let parts = parts.into_iter().flatten().map(|part| match part {
                Json::Object(part) => from_object(part, depth + 1),
                _ => Err(unknown("restriction", "not an object")),
            });
            combine(
                text(&["boolean-logic", "booleanLogic"]),
                parts.collect::<Result<_, _>>()?,
            )
        }
        other => Err(unknown("restriction", other)),
    }
}

fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn combine(logic: Option<&str>, parts: Vec<Filter>) -> Result<Filter, BodyError> {
    match logic.unwrap_or("AND").to_ascii_uppercase().as_str() {
        // Nothing to choose from is no restriction, for either logic.
        "AND" | "OR" if parts.is_empty() => Ok(Filter::All),
        "AND" => Ok(Filter::And(parts)),
        "OR" => Ok(Filter::Or(parts)),
        other => Err(unknown("boolean logic", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::filter::{Match, Property, Value};

    fn xml(body: &str) -> Result<Filter, BodyError> {
        restriction(body.as_bytes(), Format::Xml)
    }

    fn json(body: &str) -> Result<Filter, BodyError> {
        restriction(body.as_bytes(), Format::Json)
    }

    fn name(by: Match, value: &str) -> Filter {
        Filter::Term {
            property: Property::Name,
            by,
            value: Value::Text(value.to_owned()),
        }
    }

    const TEST_SETTINGS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><property-search-restriction>\
        <match-mode>NULL</match-mode><property><name>name</name><type>STRING</type></property></property-search-restriction>";

    #[test]
    fn jiras_two_searches_are_understood() {
        assert_eq!(xml("<null-search-restriction/>"), Ok(Filter::All));
        assert_eq!(xml(TEST_SETTINGS), Ok(name(Match::Null, "")));
        assert_eq!(xml(""), Ok(Filter::All));
    }

    #[test]
    fn logic_nests_and_words_have_no_case() {
        let body = "<boolean-search-restriction boolean-logic='or'><restrictions>\
            <property-search-restriction><property><name>name</name><type>string</type></property><match-mode>starts_with</match-mode><value>ÄB</value></property-search-restriction>\
            <boolean-search-restriction boolean-logic='AND'><restrictions>\
            <property-search-restriction><property><name>active</name><type>BOOLEAN</type></property><match-mode>EXACTLY_MATCHES</match-mode><value>true</value></property-search-restriction>\
            </restrictions></boolean-search-restriction></restrictions></boolean-search-restriction>";
        let active = Filter::Term {
            property: Property::Active,
            by: Match::Exact,
            value: Value::Bool(true),
        };
        let wanted = Filter::Or(vec![name(Match::StartsWith, "äb"), Filter::And(vec![active])]);
        assert_eq!(xml(body), Ok(wanted.clone()));
        let body = r#"{"restriction-type":"boolean-search-restriction","boolean-logic":"or","restrictions":[
            {"restriction-type":"property-search-restriction","property":{"name":"name","type":"STRING"},"matchMode":"STARTS_WITH","value":"ÄB"},
            {"restriction-type":"boolean-search-restriction","boolean-logic":"and","restrictions":[
            {"restriction-type":"property-search-restriction","property":{"name":"active","type":"BOOLEAN"},"match-mode":"EXACTLY_MATCHES","value":true}]}]}"#;
        assert_eq!(json(body), Ok(wanted));
        assert_eq!(
            json(r#"{"restriction-type":"null-search-restriction"}"#),
            Ok(Filter::All)
        );
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let term = |mode: &str, kind: &str| {
            format!(
                "<property-search-restriction><property><name>createdDate</name><type>{kind}</type></property><match-mode>{mode}</match-mode><value>x</value></property-search-restriction>"
            )
        };
        let words = |body: &str| xml(body).unwrap_err().to_string();
        assert_eq!(
            words(&term("SOUNDS_LIKE", "DATE")),
            "match mode `SOUNDS_LIKE` is not known"
        );
        assert_eq!(
            words(&term("LESS_THAN", "INTEGER")),
            "property type `INTEGER` is not known"
        );
        assert_eq!(words(&term("LESS_THAN", "DATE")), "date `x` is not known");
        assert_eq!(
            words("<search-restriction/>"),
            "restriction `search-restriction` is not known"
        );
        assert_eq!(
            words("<property-search-restriction/>"),
            "a property restriction has no property name"
        );
        assert!(json(r#"{"restriction-type":""}"#).is_err());
        assert!(json("{").is_err());
    }
}
