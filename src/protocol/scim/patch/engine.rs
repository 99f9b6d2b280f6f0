//! Operations applied in order to a copy of the resource.

use serde_json::{Map, Value};

use super::super::body;
use super::super::coerce;
use super::super::error::{ScimError, ScimType};
use super::super::filter::Path;
use super::super::members::MemberOp;
use super::super::schema::{Attribute, Found, Located, Mutability, ResourceType, Schema};
use super::super::tolerances::Tolerances;
use super::list::List;
use super::membership;
use super::operation::{Op, Operation};

/// The most operations of one patch on anything but members, of which there may be any number.
pub const MAX_OPERATIONS: usize = 1000;

/// What a patch comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// The resource afterwards; `None` where it is as before, so that nothing gets a new version.
    pub attributes: Option<Map<String, Value>>,
    /// What to do to the group's members, in order.
    pub members: Vec<MemberOp>,
}

/// Applies a patch to a resource (without its members) of this id: all of it or nothing.
///
/// # Errors
/// That of the first operation which cannot be done.
pub fn apply(
    kind: &ResourceType,
    id: &str,
    before: &Map<String, Value>,
    operations: Vec<Operation>,
    tolerances: Tolerances,
) -> Result<Patched, ScimError> {
    let mut work = Work {
        kind,
        id,
        tolerances,
        resource: before.clone(),
        members: Vec::new(),
        left: MAX_OPERATIONS,
    };
    for operation in operations {
        work.operation(operation)?;
    }
    body::finish(kind, &mut work.resource)?;
    body::check_immutable(kind, before, &work.resource)?;
    Ok(Patched {
        attributes: (work.resource != *before).then_some(work.resource),
        members: work.members,
    })
}

struct Work<'w> {
    kind: &'w ResourceType,
    id: &'w str,
    tolerances: Tolerances,
    resource: Map<String, Value>,
    members: Vec<MemberOp>,
    left: usize,
}

impl<'w> Work<'w> {
    fn operation(&mut self, operation: Operation) -> Result<(), ScimError> {
        match operation.path {
            None => self.whole(operation.op, operation.value),
            Some(path) => self.by_path(operation.op, &path, operation.value),
        }
    }

    /// Without a path: each key of the value is an attribute, or where tolerated a path of its own.
    fn whole(&mut self, op: Op, value: Value) -> Result<(), ScimError> {
        let Value::Object(value) = value else {
            return Err(ScimError::value(
                "the value of an operation without `path` is no object; hint: its keys name the attributes",
            ));
        };
        for (key, value) in value {
            if key.eq_ignore_ascii_case("schemas") || key.eq_ignore_ascii_case("meta") {
                continue;
            }
            // Okta renames groups with their `id` beside the name.
            if key.eq_ignore_ascii_case("id") && value.as_str() == Some(self.id) {
                continue;
            }
            let plain = self.kind.own(&key).is_some() || self.kind.extension(&key).is_some();
            if plain || (self.tolerances.path_keys && self.is_path(&key)) {
                self.by_path(op, &key, value)?;
            } else if !self.tolerances.unknown_attributes {
                return Err(self.unknown(&key));
            }
        }
        Ok(())
    }

    fn is_path(&self, key: &str) -> bool {
        let known = |path: Path| self.kind.find(&path.name).is_some();
        Path::parse(key).is_ok_and(known)
    }

    fn by_path(&mut self, op: Op, path: &str, value: Value) -> Result<(), ScimError> {
        let parsed = Path::parse(path)?;
        match self.kind.find(&parsed.name) {
            None => Err(self.unknown(path)),
            Some(Found::Attribute(located)) => self.attribute(op, path, &parsed, located, value),
            Some(_) if parsed.filter.is_some() => Err(no_list(path)),
            Some(Found::Core) if op == Op::Remove => Err(ScimError::mutability(
                "the whole resource cannot be removed by a patch",
            )),
            Some(Found::Core) => self.whole(op, value),
            Some(Found::Extension(schema)) => self.extension(op, schema, value),
        }
    }

    fn extension(&mut self, op: Op, schema: &'w Schema, value: Value) -> Result<(), ScimError> {
        let members = match value {
            _ if op == Op::Remove => None,
            Value::Null => None,
            Value::Object(members) => Some(members),
            _ => {
                return Err(ScimError::value(format!(
                    "extension `{}` must be an object",
                    schema.urn
                )));
            }
        };
        let Some(members) = members else {
            self.resource.shift_remove(&schema.urn);
            return Ok(());
        };
        for (key, value) in members {
            if schema
                .attribute(key.split('.').next().unwrap_or_default())
                .is_some()
            {
                self.by_path(op, &format!("{}:{key}", schema.urn), value)?;
            } else if !self.tolerances.unknown_attributes {
                return Err(self.unknown(&format!("{}:{key}", schema.urn)));
            }
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        op: Op,
        path: &str,
        parsed: &Path,
        located: Located<'w>,
        value: Value,
    ) -> Result<(), ScimError> {
        let located = match &parsed.part {
            None => located,
            Some(part) => located.part(part).ok_or_else(|| self.unknown(path))?,
        };
        if located.is("members") {
            return membership::push(
                &mut self.members,
                op,
                located,
                parsed.filter.as_ref(),
                value,
                self.tolerances,
            );
        }
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            let detail =
                format!("the patch changes more than {MAX_OPERATIONS} attributes; hint: send it in parts");
            ScimError::new(ScimType::TooMany, detail)
        })?;
        check_mutable(path, located)?;
        if op == Op::Add && value.is_null() {
            return Ok(());
        }
        let value = if located.attribute.multi_valued {
            let list = List {
                attribute: located.attribute,
                path,
                tolerances: self.tolerances,
            };
            let items = match located.value(&self.resource) {
                Some(Value::Array(items)) => items.clone(),
                _ => Vec::new(),
            };
            let items = list.changed(items, op, parsed.filter.as_ref(), located.part, value)?;
            (!items.is_empty()).then_some(Value::Array(items))
        } else if parsed.filter.is_some() {
            return Err(no_list(path));
        } else {
            let had = located.value(&self.resource).cloned();
            self.single(op, located, had, value)?
        };
        if value.is_none() && located.attribute.required {
            return Err(ScimError::mutability(format!(
                "attribute `{}` is required; hint: replace it instead",
                located.attribute.name
            )));
        }
        located.put(&mut self.resource, value);
        Ok(())
    }

    /// The value of an attribute that has only one.
    fn single(
        &self,
        op: Op,
        located: Located<'_>,
        had: Option<Value>,
        value: Value,
    ) -> Result<Option<Value>, ScimError> {
        let attribute = located.attribute;
        match (located.part, op) {
            (None, Op::Remove) => Ok(None),
            (None, _) => match (had, value) {
                (Some(Value::Object(had)), Value::Object(value)) => {
                    merged(attribute, had, value, self.tolerances)
                }
                (_, value) => coerce::one(attribute, value, self.tolerances),
            },
            (Some(part), op) => {
                let had = match had {
                    Some(Value::Object(parts)) => parts,
                    _ => Map::new(),
                };
                let value = if op == Op::Remove { Value::Null } else { value };
                let told = Map::from_iter([(part.name.clone(), value)]);
                merged(attribute, had, told, self.tolerances)
            }
        }
    }

    fn unknown(&self, path: &str) -> ScimError {
        let detail = format!(
            "path `{path}` is not known; hint: `/Schemas` lists the attributes of a {}",
            self.kind.name
        );
        ScimError::new(ScimType::InvalidPath, detail)
    }
}

/// A complex value with the told parts in the place of its own; what is told as null goes (RFC 7644 §3.5.2.3).
pub(super) fn merged(
    attribute: &Attribute,
    mut parts: Map<String, Value>,
    told: Map<String, Value>,
    tolerances: Tolerances,
) -> Result<Option<Value>, ScimError> {
    for name in told.keys() {
        let part = attribute.sub(name);
        if let Some(part) = part.filter(|part| part.mutability != Mutability::ReadOnly) {
            parts.shift_remove(&part.name);
        }
    }
    parts.extend(coerce::parts(attribute, told, tolerances)?);
    Ok((!parts.is_empty()).then_some(Value::Object(parts)))
}

fn check_mutable(path: &str, located: Located<'_>) -> Result<(), ScimError> {
    let ours = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
    if !ours(located.attribute) && !located.part.is_some_and(ours) {
        return Ok(());
    }
    let hint = if located.is("groups") {
        "; hint: memberships are changed at `/Groups`"
    } else {
        "; hint: leave it out"
    };
    Err(ScimError::mutability(format!(
        "attribute `{path}` is read-only{hint}"
    )))
}

fn no_list(path: &str) -> ScimError {
    ScimError::new(
        ScimType::InvalidPath,
        format!("path `{path}` has brackets behind what is no list"),
    )
}
