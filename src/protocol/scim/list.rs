//! The answer to a search.

use serde_json::{Map, Value, json};

/// The URN of a list.
pub const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Where a page of a list stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// All that match; left out where it is not known.
    pub total: Option<usize>,
    /// Of the first shown, from 1; left out of pages by cursor.
    pub start_index: Option<usize>,
    /// Where the walk continues.
    pub next_cursor: Option<String>,
}

/// A list, always with its `Resources`, even if there are none: Okta and Entra read them.
pub fn list_response(page: &Page, resources: Vec<Value>) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    put("schemas", json!([LIST_URN]));
    if let Some(total) = page.total {
        put("totalResults", json!(total));
    }
    if let Some(start) = page.start_index {
        put("startIndex", json!(start));
    }
    put("itemsPerPage", json!(resources.len()));
    if let Some(cursor) = &page.next_cursor {
        put("nextCursor", json!(cursor));
    }
    put("Resources", Value::Array(resources));
    Value::Object(body)
}
