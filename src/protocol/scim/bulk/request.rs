//! Bulk (RFC 7644 §3.7): the request, and the references in it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::super::error::ScimError;
use super::super::json::take;
use super::super::tolerances::Tolerances;

/// The URN of a bulk request.
pub const BULK_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The URN of its answer.
pub const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
/// What stands before a reference to something that the same request makes.
const PREFIX: &str = "bulkId:";

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Make.
    Post,
    /// Replace.
    Put,
    /// Change.
    Patch,
    /// Remove.
    Delete,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkOperation {
    /// What is done.
    pub method: Method,
    /// To what: `/Users`, `/Users/{id}`, …
    pub path: String,
    /// What the client calls it.
    pub bulk_id: Option<String>,
    /// The tag that it must have.
    pub version: Option<String>,
    /// With what.
    pub data: Map<String, Value>,
}

/// A bulk request.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkRequest {
    /// After how many failures it stops.
    pub fail_on_errors: Option<usize>,
    /// In the client's order.
    pub operations: Vec<BulkOperation>,
}

impl Method {
    /// Its spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl BulkRequest {
    /// Reads the body of a bulk request.
    ///
    /// # Errors
    /// `invalidSyntax` or `invalidValue` when it is none; then nothing of it is done.
    pub fn read(mut body: Map<String, Value>, tolerances: Tolerances) -> Result<Self, ScimError> {
        let schemas = take(&mut body, "schemas");
        let named = schemas
            .as_ref()
            .and_then(Value::as_array)
            .is_some_and(|urns| urns.iter().any(|urn| *urn == BULK_URN));
        if !named && !tolerances.loose_schemas {
            return Err(ScimError::syntax(format!(
                "attribute `schemas` does not name `{BULK_URN}`"
            )));
        }
        let fail_on_errors = match take(&mut body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(told) => {
                let count = told.as_u64().filter(|count| *count > 0);
                let count = count.and_then(|count| usize::try_from(count).ok());
                Some(count.ok_or_else(|| ScimError::value("`failOnErrors` is no number above 0"))?)
            }
        };
        let Some(Value::Array(told)) = take(&mut body, "Operations") else {
            return Err(ScimError::syntax("the request has no `Operations`"));
        };
        let operations: Vec<BulkOperation> = told.into_iter().map(operation).collect::<Result<_, _>>()?;
        let mut ids = HashSet::new();
        let posted = operations
            .iter()
            .filter(|operation| operation.method == Method::Post);
        for id in posted.filter_map(|operation| operation.bulk_id.as_deref()) {
            if !ids.insert(id) {
                return Err(ScimError::value(format!("`bulkId` `{id}` is given twice")));
            }
        }
        Ok(Self {
            fail_on_errors,
            operations,
        })
    }
}

fn operation(told: Value) -> Result<BulkOperation, ScimError> {
    let Value::Object(mut told) = told else {
        return Err(ScimError::syntax("an operation of the request is no object"));
    };
    let mut text = |name: &str| match take(&mut told, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ScimError::syntax(format!("an operation's `{name}` is no text"))),
    };
    let method = match text("method")?.unwrap_or_default().to_ascii_uppercase().as_str() {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => {
            return Err(ScimError::syntax(
                "an operation's `method` is not POST, PUT, PATCH or DELETE",
            ));
        }
    };
    let path = text("path")?.ok_or_else(|| ScimError::syntax("an operation has no `path`"))?;
    let (bulk_id, version) = (text("bulkId")?.filter(|id| !id.is_empty()), text("version")?);
    if method == Method::Post && bulk_id.is_none() {
        return Err(ScimError::value(
            "a POST has no `bulkId`; hint: each needs one of its own",
        ));
    }
    let data = match take(&mut told, "data") {
        Some(Value::Object(data)) => data,
        None | Some(Value::Null) if method == Method::Delete => Map::new(),
        _ => {
            return Err(ScimError::syntax(
                "an operation has no `data`; hint: only DELETE has none",
            ));
        }
    };
    Ok(BulkOperation {
        method,
        path,
        bulk_id,
        version,
        data,
    })
}

/// Puts known ids in the place of `bulkId:…`, in the path and everywhere in the data.
///
/// # Errors
/// The id that is not known.
pub fn resolve(operation: &mut BulkOperation, known: &BTreeMap<String, String>) -> Result<(), String> {
    if let Some(bulk_id) = in_path(&operation.path) {
        let id = known.get(bulk_id).ok_or_else(|| bulk_id.to_owned())?;
        operation.path = operation.path.replace(&format!("{PREFIX}{bulk_id}"), id);
    }
    operation
        .data
        .values_mut()
        .try_for_each(|value| fill(value, known))
}

fn fill(value: &mut Value, known: &BTreeMap<String, String>) -> Result<(), String> {
    match value {
        Value::String(text) => {
            if let Some(bulk_id) = text.strip_prefix(PREFIX) {
                let id = known.get(bulk_id).ok_or_else(|| bulk_id.to_owned())?;
                id.clone_into(text);
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill(item, known)),
        Value::Object(members) => members.values_mut().try_for_each(|member| fill(member, known)),
        _ => Ok(()),
    }
}

/// Takes the members that are named later out of a group's data.
pub fn leave_out(data: &mut Map<String, Value>, later: &[String]) {
    let Some(Value::Array(members)) = data.get_mut("members") else {
        return;
    };
    members.retain(|member| !member_id(member).is_some_and(|id| later.iter().any(|later| later == id)));
}

pub(super) fn in_path(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once(PREFIX)?;
    rest.split(['/', '?']).next()
}

/// Whom a member names that the same request makes.
pub(super) fn member_id(member: &Value) -> Option<&str> {
    let text = member.as_str().or_else(|| member.get("value")?.as_str())?;
    text.strip_prefix(PREFIX)
}

/// Every reference below a value.
pub(super) fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::String(text) => found.extend(text.strip_prefix(PREFIX)),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => members.values().for_each(|member| references(member, found)),
        _ => {}
    }
}
