//! Graph's pages: a list under `value`, and where it goes on.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::graph::GraphError;
use super::rows::{kind_of, no_id};
use crate::model::MemberKind;

/// What a chain of pages needs to know of each.
pub(super) trait Page: DeserializeOwned {
    /// An error where the page has no `value`: never an empty list.
    fn check(&self) -> Result<(), GraphError>;
    /// The link to the next page.
    fn next(&self) -> Option<&str>;
}

fn no_value() -> GraphError {
    GraphError::Malformed("Graph answered a page without `value`".to_owned())
}

/// A page of any list: its rows as they stand, to be read one by one.
#[derive(Debug, Deserialize)]
pub(super) struct ListPage {
    value: Option<Vec<Box<RawValue>>>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(super) delta: Option<String>,
}

impl ListPage {
    /// The rows. A page without a list is an error, never an empty one.
    pub(super) fn rows(&self) -> Result<&[Box<RawValue>], GraphError> {
        self.value.as_deref().ok_or_else(no_value)
    }
}

impl Page for ListPage {
    fn check(&self) -> Result<(), GraphError> {
        self.rows().map(drop)
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// A page of members, of which the same three words are wanted of each: a batch has up to 20 of 999 rows.
#[derive(Debug, Deserialize)]
pub(super) struct MembersPage {
    value: Option<Vec<Member>>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Member {
    id: Option<String>,
    #[serde(rename = "@odata.type")]
    kind: Option<String>,
}

impl MembersPage {
    /// How many members it tells, whatever they are.
    pub(super) fn rows(&self) -> usize {
        self.value.as_ref().map_or(0, Vec::len)
    }

    /// Each member that is a user or a group.
    pub(super) fn members(&self) -> Result<Vec<(&str, MemberKind)>, GraphError> {
        let mut found = Vec::new();
        for row in self.value.iter().flatten() {
            let id = row.id.as_deref().filter(|id| !id.is_empty()).ok_or_else(no_id)?;
            found.extend(kind_of(row.kind.as_deref()).map(|kind| (id, kind)));
        }
        Ok(found)
    }

    /// Each group, of a page that tells where something is in: roles and administrative units are none of ours.
    pub(super) fn groups(&self) -> Result<Vec<&str>, GraphError> {
        let mut found = Vec::new();
        for row in self.value.iter().flatten() {
            let id = row.id.as_deref().filter(|id| !id.is_empty()).ok_or_else(no_id)?;
            if matches!(row.kind.as_deref(), None | Some("#microsoft.graph.group")) {
                found.push(id);
            }
        }
        Ok(found)
    }
}

impl Page for MembersPage {
    fn check(&self) -> Result<(), GraphError> {
        self.value.as_ref().map(drop).ok_or_else(no_value)
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_a_list_is_never_an_empty_one() {
        let page = |text: &str| serde_json::from_str::<ListPage>(text).is_ok_and(|page| page.check().is_ok());
        assert!(page(r#"{"value":[]}"#) && page(r#"{"x":1,"value":[{"id":"u"},3]}"#));
        for other in [
            "{}",
            r#"{"value":null}"#,
            r#"{"value":{}}"#,
            r#"{"Value":[]}"#,
            "[]",
            "3",
        ] {
            assert!(!page(other), "{other}");
        }
    }
}
