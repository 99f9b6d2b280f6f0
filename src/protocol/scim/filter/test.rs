//! One comparison: what is asked of an attribute's values.

use std::cmp::Ordering;

use chrono::DateTime;
use serde_json::{Number, Value};

use super::tree::Operator;
use crate::model::name::fold;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// It has a value that is not empty.
    Present,
    /// It has none.
    Absent,
    /// One of its values compares thus; `ne`: none is equal, so that what has no value is not equal either.
    Compare(Operator, Operand),
}

/// What is compared with, of the attribute's kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    /// Text that case tells apart.
    Exact(String),
    /// Text as folded.
    Folded(String),
    /// A number.
    Number(Number),
    /// Truth.
    Bool(bool),
    /// Milliseconds since 1970.
    Instant(i64),
}

impl Test {
    /// Whether values, lists flattened, pass.
    pub(super) fn holds<'v>(&self, mut values: impl Iterator<Item = &'v Value>) -> bool {
        match self {
            Self::Present => values.any(is_present),
            Self::Absent => !values.any(is_present),
            Self::Compare(Operator::Ne, operand) => !values.any(|value| operand.is(Operator::Eq, value)),
            Self::Compare(operator, operand) => values.any(|value| operand.is(*operator, value)),
        }
    }
}

/// Whether a value is one (RFC 7643 §2.5: null and empty lists are none; `pr` also wants texts that are not empty).
pub(in crate::protocol::scim) fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(is_present),
        Value::Object(members) => members.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

impl Operand {
    fn is(&self, operator: Operator, value: &Value) -> bool {
        match (self, value) {
            (Self::Exact(wanted), Value::String(text)) => text_is(text, operator, wanted),
            (Self::Folded(wanted), Value::String(text)) if operator == Operator::Eq && text.is_ascii() => {
                text.eq_ignore_ascii_case(wanted)
            }
            (Self::Folded(wanted), Value::String(text)) => text_is(&fold(text), operator, wanted),
            (Self::Number(wanted), Value::Number(number)) => {
                compare(number, wanted).is_some_and(|order| order_is(order, operator))
            }
            (Self::Bool(wanted), Value::Bool(flag)) => operator == Operator::Eq && flag == wanted,
            (Self::Instant(wanted), Value::String(text)) => {
                instant(text).is_some_and(|instant| order_is(instant.cmp(wanted), operator))
            }
            _ => false,
        }
    }
}

fn text_is(text: &str, operator: Operator, wanted: &str) -> bool {
    match operator {
        Operator::Co => text.contains(wanted),
        Operator::Sw => text.starts_with(wanted),
        Operator::Ew => text.ends_with(wanted),
        _ => order_is(text.cmp(wanted), operator),
    }
}

fn order_is(order: Ordering, operator: Operator) -> bool {
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Gt => order.is_gt(),
        Operator::Ge => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
        Operator::Ne | Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

/// The order of two numbers; whole ones exactly.
pub(in crate::protocol::scim) fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// An RFC 3339 date in milliseconds since 1970.
pub(in crate::protocol::scim) fn instant(text: &str) -> Option<i64> {
    let date = DateTime::parse_from_rfc3339(text).ok()?;
    Some(date.timestamp_millis())
}
