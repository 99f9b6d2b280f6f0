//! Operations on an attribute that is a list.

use serde_json::{Map, Value};

use super::super::coerce::{self, MAX_ITEMS, is_hollow, is_primary};
use super::super::error::{ScimError, ScimType};
use super::super::filter::Filter;
use super::super::schema::Attribute;
use super::super::tolerances::Tolerances;
use super::element;
use super::engine::merged;
use super::operation::Op;

/// A list attribute, as one operation names it.
pub(super) struct List<'l> {
    pub(super) attribute: &'l Attribute,
    pub(super) path: &'l str,
    pub(super) tolerances: Tolerances,
}

impl List<'_> {
    /// The elements after the operation.
    pub(super) fn changed(
        &self,
        items: Vec<Value>,
        op: Op,
        filter: Option<&Filter>,
        part: Option<&Attribute>,
        value: Value,
    ) -> Result<Vec<Value>, ScimError> {
        match (filter, part) {
            (None, None) => self.whole(items, op, value),
            (None, Some(part)) => {
                let all: Vec<usize> = (0..items.len()).collect();
                self.some(items, &all, op, Some(part), None, value)
            }
            (Some(filter), part) => {
                let bound = filter.bind_element(self.attribute, self.tolerances)?;
                let matched: Vec<usize> = (0..items.len())
                    .filter(|index| bound.matches_element(&items[*index]))
                    .collect();
                self.some(items, &matched, op, part, Some(filter), value)
            }
        }
    }

    fn whole(&self, mut items: Vec<Value>, op: Op, value: Value) -> Result<Vec<Value>, ScimError> {
        if op == Op::Remove {
            return match value {
                Value::Null => Ok(Vec::new()),
                value if self.tolerances.remove_by_value => self.without(items, value),
                _ => Err(ScimError::syntax(format!(
                    "the removal of `{}` has a `value`; hint: name the elements in brackets",
                    self.path
                ))),
            };
        }
        let told = match coerce::attribute(self.attribute, value, self.tolerances)? {
            Some(Value::Array(told)) => told,
            _ => Vec::new(),
        };
        if op == Op::Replace {
            return Ok(told);
        }
        let mut touched = Vec::new();
        for item in told {
            if !items.contains(&item) {
                touched.push(items.len());
                items.push(item);
            }
        }
        self.settled(items, &touched)
    }

    /// Elements named by brackets, or all of them.
    fn some(
        &self,
        mut items: Vec<Value>,
        matched: &[usize],
        op: Op,
        part: Option<&Attribute>,
        filter: Option<&Filter>,
        value: Value,
    ) -> Result<Vec<Value>, ScimError> {
        if matched.is_empty() {
            if op == Op::Remove {
                return if filter.is_some() {
                    Err(self.nothing())
                } else {
                    Ok(items)
                };
            }
            let made = filter.and_then(|filter| element::vocabulary(self.attribute, filter, self.tolerances));
            let base = made.ok_or_else(|| self.nothing())?;
            let told = self.told(part, value)?;
            let item = merged(self.attribute, base, told, self.tolerances)?;
            let Some(item) = item.filter(|item| !is_hollow(item)) else {
                return Ok(items);
            };
            items.push(item);
            let last = items.len() - 1;
            return self.settled(items, &[last]);
        }
        if op == Op::Remove && part.is_none() {
            let mut index = 0;
            items.retain(|_| {
                index += 1;
                matched.binary_search(&(index - 1)).is_err()
            });
            return Ok(items);
        }
        let value = if op == Op::Remove { Value::Null } else { value };
        let told = self.told(part, value)?;
        for index in matched {
            let base = match (op, part, &items[*index]) {
                // A whole element is replaced, but stays what the brackets said it is.
                (Op::Replace, None, _) => filter
                    .and_then(|filter| element::vocabulary(self.attribute, filter, self.tolerances))
                    .unwrap_or_default(),
                (_, _, Value::Object(parts)) => parts.clone(),
                _ => Map::new(),
            };
            let item = merged(self.attribute, base, told.clone(), self.tolerances)?;
            items[*index] = item.unwrap_or_default();
        }
        self.settled(items, matched)
    }

    /// The told parts of an element.
    fn told(&self, part: Option<&Attribute>, value: Value) -> Result<Map<String, Value>, ScimError> {
        if let Some(part) = part {
            return Ok(Map::from_iter([(part.name.clone(), value)]));
        }
        match value {
            Value::Object(parts) => Ok(parts),
            value => match coerce::one(self.attribute, value, self.tolerances)? {
                Some(Value::Object(parts)) => Ok(parts),
                _ => Err(ScimError::value(format!(
                    "the value for `{}` must be an object",
                    self.path
                ))),
            },
        }
    }

    /// Without the elements that a removal names by their values (Entra's way).
    fn without(&self, mut items: Vec<Value>, value: Value) -> Result<Vec<Value>, ScimError> {
        let named = match value {
            Value::Array(named) => named,
            one => vec![one],
        };
        for named in named {
            let named = coerce::one(self.attribute, named, self.tolerances)?;
            items.retain(|item| !named.as_ref().is_some_and(|named| element::is_named(item, named)));
        }
        Ok(items)
    }

    /// What is left when hollow elements and doubles are gone, and one element at most is primary: the one just made so.
    fn settled(&self, mut items: Vec<Value>, touched: &[usize]) -> Result<Vec<Value>, ScimError> {
        if let Some(chosen) = touched.iter().rev().find(|index| is_primary(&items[**index])) {
            for (index, item) in items.iter_mut().enumerate() {
                if index != *chosen && is_primary(item) {
                    item["primary"] = Value::Bool(false);
                }
            }
        }
        if items.len() > MAX_ITEMS {
            return Err(ScimError::value(format!(
                "attribute `{}` must be a list of at most {MAX_ITEMS}",
                self.attribute.name
            )));
        }
        let mut kept: Vec<Value> = Vec::with_capacity(items.len());
        for item in items {
            if !item.is_null() && !is_hollow(&item) && !kept.contains(&item) {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    fn nothing(&self) -> ScimError {
        ScimError::new(
            ScimType::NoTarget,
            format!(
                "path `{}` reaches no element; hint: add the element first",
                self.path
            ),
        )
    }
}
