//! The body of a PATCH.

use serde_json::{Map, Value};

use super::super::error::{ScimError, ScimType};
use super::super::json::take;
use super::super::tolerances::Tolerances;

/// The URN of a patch.
pub const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Add to what is there.
    Add,
    /// Take away.
    Remove,
    /// Put in the place of what is there.
    Replace,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What to do.
    pub op: Op,
    /// To what; none: to the resource.
    pub path: Option<String>,
    /// With what; null and absent are the same to a removal.
    pub value: Value,
}

/// Reads the body of a PATCH. Names and `op` have no case: Entra writes `Replace`, others `operations`.
///
/// # Errors
/// `invalidSyntax` when it is no patch, `noTarget` when a removal names nothing.
pub fn read(mut body: Map<String, Value>, tolerances: Tolerances) -> Result<Vec<Operation>, ScimError> {
    let schemas = take(&mut body, "schemas");
    if !tolerances.loose_schemas {
        let named = schemas.as_ref().and_then(Value::as_array).is_some_and(|urns| {
            let mut urns = urns.iter().filter_map(Value::as_str);
            urns.any(|urn| urn.eq_ignore_ascii_case(PATCH_URN))
        });
        if !named {
            return Err(ScimError::syntax(format!(
                "attribute `schemas` does not name `{PATCH_URN}`"
            )));
        }
    }
    let operations = match take(&mut body, "Operations") {
        Some(Value::Array(operations)) if !operations.is_empty() => operations,
        _ => {
            return Err(ScimError::syntax(
                "the patch has no `Operations`; hint: they are a list with one element at least",
            ));
        }
    };
    operations.into_iter().map(operation).collect()
}

fn operation(told: Value) -> Result<Operation, ScimError> {
    let Value::Object(mut told) = told else {
        return Err(ScimError::syntax("an operation of the patch is no object"));
    };
    let op = match take(&mut told, "op") {
        Some(Value::String(op)) if op.eq_ignore_ascii_case("add") => Op::Add,
        Some(Value::String(op)) if op.eq_ignore_ascii_case("remove") => Op::Remove,
        Some(Value::String(op)) if op.eq_ignore_ascii_case("replace") => Op::Replace,
        _ => {
            return Err(ScimError::syntax(
                "an operation's `op` is not `add`, `remove` or `replace`",
            ));
        }
    };
    let path = match take(&mut told, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) if path.is_empty() => None,
        Some(Value::String(path)) => Some(path),
        Some(_) => {
            return Err(ScimError::new(
                ScimType::InvalidPath,
                "an operation's `path` is no text",
            ));
        }
    };
    let value = take(&mut told, "value");
    match (op, &path, value) {
        (Op::Remove, None, _) => Err(ScimError::new(
            ScimType::NoTarget,
            "a removal has no `path`; hint: name the attribute that is to go",
        )),
        (Op::Add | Op::Replace, _, None) => Err(ScimError::value("an operation has no `value`")),
        (_, _, value) => Ok(Operation {
            op,
            path,
            value: value.unwrap_or_default(),
        }),
    }
}
