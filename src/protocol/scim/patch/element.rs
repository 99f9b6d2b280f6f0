//! Elements of a list by what a filter or a removal says of them.

use serde_json::{Map, Value};

use super::super::coerce;
use super::super::filter::{Filter, Literal, Operator, truth};
use super::super::schema::Attribute;
use super::super::tolerances::Tolerances;

/// The element that `emails[type eq "work"]` asks to make where there is none.
///
/// RFC 7644 §3.5.2.3 says `noTarget`, Entra expects the element. Both have their way: an element is made only by a chain
/// of `eq` whose `type` is one that the schema names (or, of roles and entitlements, whose `primary` is true).
pub(super) fn vocabulary(
    attribute: &Attribute,
    filter: &Filter,
    tolerances: Tolerances,
) -> Option<Map<String, Value>> {
    if !tolerances.create_by_path {
        return None;
    }
    let chain = match filter {
        Filter::And(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let (mut made, mut known) = (Map::new(), false);
    for link in chain {
        let Filter::Compare(name, Operator::Eq, literal) = link else {
            return None;
        };
        let part = attribute.sub(name)?;
        let value = match literal {
            Literal::Text(text) | Literal::Bare(text) => Value::String(text.clone()),
            Literal::Bool(flag) => Value::Bool(*flag),
            Literal::Number(_) | Literal::Null => return None,
        };
        match (part.name.as_str(), &value) {
            ("type", Value::String(text)) if attribute.sub("type")?.is_canonical(text) => known = true,
            ("type", _) => return None,
            ("primary", Value::Bool(true)) => known |= has_one_primary(attribute),
            ("primary", Value::String(text)) if truth(text) == Some(true) => {
                known |= has_one_primary(attribute);
            }
            _ => {}
        }
        let value = coerce::one(part, value, tolerances).ok()??;
        made.insert(part.name.clone(), value);
    }
    known.then_some(made)
}

/// Entra keeps a user's app role as the primary one.
fn has_one_primary(attribute: &Attribute) -> bool {
    matches!(attribute.name.as_str(), "roles" | "entitlements")
}

/// Whether a removal's value names an element: by `value`, or by all that it says.
pub(super) fn is_named(item: &Value, named: &Value) -> bool {
    match (item, named) {
        (Value::Object(item), Value::Object(named)) => match (item.get("value"), named.get("value")) {
            (Some(item), Some(named)) => item == named,
            _ => named.iter().all(|(part, value)| item.get(part) == Some(value)),
        },
        (item, named) => item == named,
    }
}
