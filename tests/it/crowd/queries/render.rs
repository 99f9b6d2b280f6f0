//! A query in its three forms.

use chrono::{DateTime, FixedOffset, Utc};
use serde_json::{Value as Json, json};
use throng::protocol::crowd::escape_attribute;

use super::tree::{Query, Term, Value};

/// In XML; the other spelling has everything in lower case, and `and` left out.
pub(super) fn xml(query: &Query, other_spelling: bool) -> String {
    let word = |word: &str| {
        if other_spelling {
            word.to_lowercase()
        } else {
            word.to_owned()
        }
    };
    let several = |logic: &str, parts: &[Query]| {
        let parts: String = parts.iter().map(|part| xml(part, other_spelling)).collect();
        let logic = if other_spelling && logic == "AND" {
            String::new()
        } else {
            format!(" boolean-logic=\"{}\"", word(logic))
        };
        format!(
            "<boolean-search-restriction{logic}><restrictions>{parts}</restrictions></boolean-search-restriction>"
        )
    };
    match query {
        Query::And(parts) => several("AND", parts),
        Query::Or(parts) => several("OR", parts),
        Query::Term(term) => {
            let value = if term.mode == "NULL" {
                String::new()
            } else {
                format!(
                    "<value>{}</value>",
                    escape_attribute(&value(term, other_spelling))
                )
            };
            format!(
                "<property-search-restriction><property><name>{}</name><type>{}</type></property>\
                 <match-mode>{}</match-mode>{value}</property-search-restriction>",
                escape_attribute(term.property),
                word(kind(term)),
                word(term.mode)
            )
        }
    }
}

/// In JSON; the other spelling has its names in camel case.
pub(super) fn json(query: &Query, other_spelling: bool) -> Json {
    let name = |usual: &str, other: &str| if other_spelling { other } else { usual }.to_owned();
    let kind_name = name("restriction-type", "restrictionType");
    let several = |logic: &str, parts: &[Query]| {
        let parts: Vec<_> = parts.iter().map(|part| json(part, other_spelling)).collect();
        json!({
            (kind_name.clone()): "boolean-search-restriction",
            (name("boolean-logic", "booleanLogic")): logic,
            "restrictions": parts,
        })
    };
    match query {
        Query::And(parts) => several("and", parts),
        Query::Or(parts) => several("or", parts),
        Query::Term(term) => {
            let value = match (&term.value, term.mode) {
                (_, "NULL") => Json::Null,
                (Value::Bool(value), _) if other_spelling => (*value).into(),
                _ => value(term, other_spelling).into(),
            };
            json!({
                (kind_name): "property-search-restriction",
                "property": { "name": term.property, "type": kind(term) },
                (name("match-mode", "matchMode")): term.mode,
                "value": value,
            })
        }
    }
}

/// In the query language, where that has words for it.
pub(super) fn query_language(query: &Query, kind: &str) -> Option<String> {
    let several = |word: &str, parts: &[Query]| {
        let parts: Option<Vec<_>> = parts
            .iter()
            .map(|part| Some(format!("({})", query_language(part, kind)?)))
            .collect();
        Some(parts?.join(word))
    };
    match query {
        Query::And(parts) => several(" and ", parts),
        Query::Or(parts) => several(" OR ", parts),
        Query::Term(term) => comparison(term, kind),
    }
}

fn comparison(term: &Term, kind: &str) -> Option<String> {
    let known = match kind {
        "user" => [
            "name",
            "email",
            "firstName",
            "lastName",
            "displayName",
            "active",
            "createdDate",
            "updatedDate",
        ]
        .as_slice(),
        _ => &[
            "name",
            "description",
            "active",
            "local",
            "createdDate",
            "updatedDate",
        ],
    };
    if !known.contains(&term.property) {
        return None;
    }
    let text = value(term, false);
    // A star at an end is a pattern there.
    let is_plain = !text.starts_with('*') && !text.ends_with('*');
    let is_text = matches!(term.value, Value::Text(_));
    let (operator, text) = match term.mode {
        "EXACTLY_MATCHES" if is_plain => ('=', text),
        "STARTS_WITH" if is_plain && is_text => ('=', format!("{text}*")),
        "CONTAINS" if is_plain && is_text => ('=', format!("*{text}*")),
        "LESS_THAN" => ('<', text),
        "GREATER_THAN" => ('>', text),
        _ => return None,
    };
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    Some(format!("{}{operator} \"{quoted}\"", term.property))
}

fn kind(term: &Term) -> &'static str {
    match term.value {
        Value::Text(_) => "STRING",
        Value::Bool(_) => "BOOLEAN",
        Value::Date(_) => "DATE",
    }
}

fn value(term: &Term, other_spelling: bool) -> String {
    match term.value {
        Value::Text(text) => text.to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Date(millis) => {
            let moment: DateTime<Utc> = DateTime::from_timestamp_millis(millis).unwrap();
            if other_spelling {
                return moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            }
            // As the Java client writes it: no colon in the offset.
            let east = FixedOffset::east_opt(5 * 3600 + 1800).unwrap();
            moment
                .with_timezone(&east)
                .format("%Y-%m-%dT%H:%M:%S%.3f%z")
                .to_string()
        }
    }
}
