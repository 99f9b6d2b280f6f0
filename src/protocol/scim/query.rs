//! What a search asks, from an address or from a body (RFC 7644 §3.4.2 and §3.4.3, RFC 9865).

use serde_json::{Map, Value};

use super::error::{ScimError, ScimType};
use super::json::take;
use super::tolerances::Tolerances;

/// The URN of a search as a body.
pub const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The most names in `attributes` or `excludedAttributes`.
const MAX_NAMES: usize = 200;

/// A search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What matches.
    pub filter: Option<String>,
    /// What is shown, nothing else.
    pub attributes: Vec<String>,
    /// What is not shown.
    pub excluded: Vec<String>,
    /// What is sorted by.
    pub sort_by: Option<String>,
    /// The last first.
    pub descending: bool,
    /// The first one shown, from 1.
    pub start_index: Option<usize>,
    /// How many at most.
    pub count: Option<usize>,
    /// Where a walk continues; empty: it begins.
    pub cursor: Option<String>,
}

impl Query {
    /// Reads the query of an address, decoded. Keys that are none of these are nobody's: Entra's tenant addresses carry flags.
    ///
    /// # Errors
    /// `invalidValue` for a number that is none.
    pub fn from_pairs<'q>(pairs: impl Iterator<Item = (&'q str, &'q str)>) -> Result<Self, ScimError> {
        let mut query = Self::default();
        for (key, value) in pairs {
            match key.to_ascii_lowercase().as_str() {
                "filter" => query.filter = filled(value),
                "attributes" => query.attributes = names(value)?,
                "excludedattributes" => query.excluded = names(value)?,
                "sortby" => query.sort_by = filled(value),
                "sortorder" => query.descending = descending(value)?,
                "startindex" => query.start_index = Some(number(key, value)?.max(1)),
                "count" => query.count = Some(number(key, value)?),
                "cursor" => query.cursor = Some(value.to_owned()),
                _ => {}
            }
        }
        Ok(query)
    }

    /// Reads the body of a `.search`.
    ///
    /// # Errors
    /// `invalidSyntax` when it is none, `invalidValue` for a value that does not fit.
    pub fn from_body(mut body: Map<String, Value>, tolerances: Tolerances) -> Result<Self, ScimError> {
        let schemas = take(&mut body, "schemas");
        let named = schemas
            .as_ref()
            .and_then(Value::as_array)
            .is_some_and(|urns| urns.iter().any(|urn| *urn == SEARCH_URN));
        if !named && !tolerances.loose_schemas {
            return Err(ScimError::syntax(format!(
                "attribute `schemas` does not name `{SEARCH_URN}`"
            )));
        }
        let mut query = Self {
            filter: text(&mut body, "filter")?.and_then(|text| filled(&text)),
            sort_by: text(&mut body, "sortBy")?.and_then(|text| filled(&text)),
            cursor: text(&mut body, "cursor")?,
            attributes: list(&mut body, "attributes")?,
            excluded: list(&mut body, "excludedAttributes")?,
            ..Self::default()
        };
        if let Some(order) = text(&mut body, "sortOrder")? {
            query.descending = descending(&order)?;
        }
        let mut number_of = |name: &str| match take(&mut body, name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => number(name, &text).map(Some),
            Some(other) => number(name, &other.to_string()).map(Some),
        };
        query.start_index = number_of("startIndex")?.map(|index| index.max(1));
        query.count = number_of("count")?;
        Ok(query)
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

fn descending(order: &str) -> Result<bool, ScimError> {
    match order {
        _ if order.eq_ignore_ascii_case("descending") => Ok(true),
        _ if order.eq_ignore_ascii_case("ascending") || order.is_empty() => Ok(false),
        _ => Err(ScimError::value("`sortOrder` is not `ascending` or `descending`")),
    }
}

/// A whole number; what is below zero is zero.
fn number(key: &str, text: &str) -> Result<usize, ScimError> {
    let wrong = || ScimError::value(format!("`{key}` is no whole number"));
    let number: i64 = text.trim().parse().map_err(|_| wrong())?;
    usize::try_from(number.max(0)).map_err(|_| wrong())
}

fn names(text: &str) -> Result<Vec<String>, ScimError> {
    let names: Vec<String> = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    few(names)
}

fn few(names: Vec<String>) -> Result<Vec<String>, ScimError> {
    if names.len() <= MAX_NAMES {
        return Ok(names);
    }
    let detail = format!("more than {MAX_NAMES} attributes are named; hint: name none to have all");
    Err(ScimError::new(ScimType::TooMany, detail))
}

fn text(body: &mut Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match take(body, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ScimError::value(format!("`{name}` is no text"))),
    }
}

/// A list of names; a text with commas is one as well.
fn list(body: &mut Map<String, Value>, name: &str) -> Result<Vec<String>, ScimError> {
    let wrong = || ScimError::value(format!("`{name}` is no list of names"));
    match take(body, name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => names(&text),
        Some(Value::Array(items)) => {
            let items: Option<Vec<String>> = items
                .into_iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect();
            few(items.ok_or_else(wrong)?)
        }
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_clamped_and_flags_ignored() {
        let pairs = [
            ("startIndex", "-3"),
            ("count", "-1"),
            ("aadOptscim062020", ""),
            ("cursor", ""),
        ];
        let query = Query::from_pairs(pairs.into_iter()).unwrap();
        assert_eq!((query.start_index, query.count), (Some(1), Some(0)));
        assert_eq!(query.cursor.as_deref(), Some(""));
        let wrong = Query::from_pairs([("count", "many")].into_iter()).unwrap_err();
        assert_eq!(wrong.kind, ScimType::InvalidValue);
    }

    #[test]
    fn a_body_asks_what_an_address_asks() {
        let body = json!({
            "schemas": [SEARCH_URN], "filter": "userName pr", "attributes": ["id", "userName"],
            "excludedAttributes": null, "sortBy": "userName", "sortOrder": "Descending", "startIndex": 2, "count": 5,
        });
        let from_body = Query::from_body(body.as_object().unwrap().clone(), Tolerances::none()).unwrap();
        let pairs = [
            ("filter", "userName pr"),
            ("attributes", "id, userName"),
            ("sortBy", "userName"),
            ("sortOrder", "descending"),
            ("startIndex", "2"),
            ("count", "5"),
        ];
        assert_eq!(Ok(from_body), Query::from_pairs(pairs.into_iter()));
        for wrong in [
            json!({ "schemas": [SEARCH_URN], "filter": 7 }),
            json!({ "schemas": [SEARCH_URN], "count": 1.5 }),
            json!({ "schemas": [SEARCH_URN], "attributes": [7] }),
            json!({ "schemas": [SEARCH_URN], "sortOrder": "random" }),
            json!({ "filter": "userName pr" }),
        ] {
            let wrong = wrong.as_object().unwrap().clone();
            assert!(
                Query::from_body(wrong.clone(), Tolerances::none()).is_err(),
                "{wrong:?}"
            );
        }
    }
}
