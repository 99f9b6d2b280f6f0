//! Where an attribute stands in a resource.

use std::fmt;

use serde_json::{Map, Value};

use super::attribute::Attribute;
use super::resource_type::Schema;

/// What a name means.
#[derive(Clone, Copy, Debug)]
pub enum Found<'s> {
    /// The resource itself, by its schema's URN.
    Core,
    /// A whole extension.
    Extension(&'s Schema),
    /// An attribute or a sub-attribute.
    Attribute(Located<'s>),
}

/// An attribute, or one of its parts, with the extension that it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Located<'s> {
    /// The extension, if it is not the type's own attribute.
    pub extension: Option<&'s Schema>,
    /// The attribute.
    pub attribute: &'s Attribute,
    /// The part of it.
    pub part: Option<&'s Attribute>,
}

impl<'s> Located<'s> {
    pub(super) fn own(attribute: &'s Attribute) -> Self {
        Self {
            extension: None,
            attribute,
            part: None,
        }
    }

    pub(super) fn below(schema: &'s Schema, attribute: &'s Attribute) -> Self {
        Self {
            extension: Some(schema),
            attribute,
            part: None,
        }
    }

    /// A part of it, by name.
    pub fn part(self, name: &str) -> Option<Self> {
        let part = Some(self.attribute.sub(name)?);
        self.part.is_none().then_some(Self { part, ..self })
    }

    /// What values are: of the part, where there is one.
    pub fn leaf(&self) -> &'s Attribute {
        self.part.unwrap_or(self.attribute)
    }

    /// Whether it is the type's own attribute of this name.
    pub fn is(&self, name: &str) -> bool {
        self.extension.is_none() && self.attribute.name == name
    }

    /// The value of the attribute (not of the part).
    pub fn value<'v>(&self, resource: &'v Map<String, Value>) -> Option<&'v Value> {
        let level = match self.extension {
            None => Some(resource),
            Some(schema) => resource.get(&schema.urn).and_then(Value::as_object),
        };
        level?.get(&self.attribute.name)
    }

    /// Puts the attribute's value, or takes it away; an extension left empty goes with it.
    pub fn put(&self, resource: &mut Map<String, Value>, value: Option<Value>) {
        let name = &self.attribute.name;
        let Some(schema) = self.extension else {
            place(resource, name, value);
            return;
        };
        let mut below = match resource.remove(&schema.urn) {
            Some(Value::Object(below)) => below,
            _ => Map::new(),
        };
        place(&mut below, name, value);
        if !below.is_empty() {
            resource.insert(schema.urn.clone(), Value::Object(below));
        }
    }
}

/// Puts or takes away one member of an object.
pub(crate) fn place(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(object.insert(name.to_owned(), value)),
        None => drop(object.shift_remove(name)),
    }
}

impl fmt::Display for Located<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = self.extension {
            write!(f, "{}:", schema.urn)?;
        }
        f.write_str(&self.attribute.name)?;
        match self.part {
            Some(part) => write!(f, ".{}", part.name),
            None => Ok(()),
        }
    }
}
