//! A resource as a client sends it, read as its type.

use serde_json::{Map, Value, json};

use super::coerce;
use super::error::ScimError;
use super::json::take;
use super::members::{self, MemberRef};
use super::schema::{Attribute, Mutability, ResourceType};
use super::tolerances::Tolerances;

/// A resource as wished: attributes of the type's schemas in their own spelling, nothing that is ours to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Wished {
    /// The attributes, `schemas` with the URNs of what is there.
    pub attributes: Map<String, Value>,
    /// A group's members; `None` where the body has no such key.
    pub members: Option<Vec<MemberRef>>,
}

/// Reads the body of a POST or PUT. What is ours to say (`id`, `meta`, a user's `groups`) is left out: Okta and OneLogin send
/// back what they read.
///
/// # Errors
/// `invalidValue` or `invalidSyntax`, naming the attribute.
pub fn resource(
    kind: &ResourceType,
    mut body: Map<String, Value>,
    tolerances: Tolerances,
) -> Result<Wished, ScimError> {
    check_schemas(kind, take(&mut body, "schemas"), tolerances)?;
    let mut wished = Wished {
        attributes: Map::new(),
        members: None,
    };
    for (name, value) in body {
        if let Some(attribute) = kind.own(&name) {
            if attribute.name == "members" {
                wished.members = Some(members::refs(value, tolerances)?);
            } else {
                put(&mut wished.attributes, attribute, value, tolerances)?;
            }
        } else if let Some(schema) = kind.extension(&name) {
            let below = extension(&schema.attributes, &schema.urn, value, tolerances)?;
            if !below.is_empty() {
                wished.attributes.insert(schema.urn.clone(), Value::Object(below));
            }
        } else if !tolerances.unknown_attributes {
            return Err(coerce::unknown(&name));
        }
    }
    finish(kind, &mut wished.attributes)?;
    Ok(wished)
}

/// What stands below an extension's URN.
pub(super) fn extension(
    attributes: &[Attribute],
    urn: &str,
    value: Value,
    tolerances: Tolerances,
) -> Result<Map<String, Value>, ScimError> {
    let below = match value {
        Value::Null => Map::new(),
        Value::Object(below) => below,
        _ => return Err(ScimError::value(format!("extension `{urn}` must be an object"))),
    };
    let mut kept = Map::new();
    for (name, value) in below {
        let known = attributes
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(&name));
        match known {
            Some(attribute) => put(&mut kept, attribute, value, tolerances)?,
            None if tolerances.unknown_attributes => {}
            None => return Err(coerce::unknown(&format!("{urn}:{name}"))),
        }
    }
    Ok(kept)
}

fn put(
    kept: &mut Map<String, Value>,
    attribute: &Attribute,
    value: Value,
    tolerances: Tolerances,
) -> Result<(), ScimError> {
    if attribute.mutability == Mutability::ReadOnly {
        return Ok(());
    }
    if let Some(value) = coerce::attribute(attribute, value, tolerances)? {
        kept.insert(attribute.name.clone(), value);
    }
    Ok(())
}

/// Says in `schemas` what is there, and looks for what must be.
pub(super) fn finish(kind: &ResourceType, attributes: &mut Map<String, Value>) -> Result<(), ScimError> {
    let lacks = |name: &str| {
        ScimError::value(format!(
            "attribute `{name}` is missing; hint: every {} needs one",
            kind.name
        ))
    };
    let is_there = |level: Option<&Map<String, Value>>, attribute: &Attribute| {
        let value = level.and_then(|level| level.get(&attribute.name));
        value.is_some_and(|value| value.as_str().is_none_or(|text| !text.trim().is_empty()))
    };
    for attribute in kind
        .schema
        .attributes
        .iter()
        .filter(|attribute| attribute.required)
    {
        if !is_there(Some(attributes), attribute) {
            return Err(lacks(&attribute.name));
        }
    }
    let mut schemas = vec![json!(kind.schema.urn)];
    for extension in &kind.extensions {
        let urn = &extension.schema.urn;
        let below = attributes.get(urn).and_then(Value::as_object);
        if below.is_none() && !extension.required {
            continue;
        }
        let required = extension
            .schema
            .attributes
            .iter()
            .filter(|attribute| attribute.required);
        for attribute in required {
            if !is_there(below, attribute) {
                return Err(lacks(&format!("{urn}:{}", attribute.name)));
            }
        }
        schemas.push(json!(urn));
    }
    attributes.insert("schemas".to_owned(), Value::Array(schemas));
    Ok(())
}

/// `schemas` must name the type's own and none that is not known, unless loose ones are tolerated.
fn check_schemas(
    kind: &ResourceType,
    schemas: Option<Value>,
    tolerances: Tolerances,
) -> Result<(), ScimError> {
    if tolerances.loose_schemas {
        return Ok(());
    }
    let Some(Value::Array(urns)) = schemas else {
        return Err(ScimError::syntax(
            "attribute `schemas` must be a list of URNs; hint: every SCIM body begins with it",
        ));
    };
    let own = |urn: &Value| {
        urn.as_str()
            .is_some_and(|urn| urn.eq_ignore_ascii_case(&kind.schema.urn))
    };
    if !urns.iter().any(own) {
        return Err(ScimError::syntax(format!(
            "attribute `schemas` does not name `{}`; hint: it says what the body is",
            kind.schema.urn
        )));
    }
    let known = |urn: &Value| own(urn) || urn.as_str().is_some_and(|urn| kind.extension(urn).is_some());
    match urns.iter().find(|urn| !known(urn)) {
        None => Ok(()),
        Some(urn) => Err(ScimError::syntax(format!(
            "schema {urn} is not known; hint: `/ResourceTypes/{}` lists those that are",
            kind.name
        ))),
    }
}

/// Whether every attribute that is set once has kept its value.
///
/// # Errors
/// `mutability`, naming the attribute.
pub fn check_immutable(
    kind: &ResourceType,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<(), ScimError> {
    compare_immutable(&kind.schema.attributes, Some(before), Some(after))?;
    for extension in &kind.extensions {
        let below = |resource: &Map<String, Value>| {
            resource
                .get(&extension.schema.urn)
                .and_then(Value::as_object)
                .cloned()
        };
        let (before, after) = (below(before), below(after));
        compare_immutable(&extension.schema.attributes, before.as_ref(), after.as_ref())?;
    }
    Ok(())
}

fn compare_immutable(
    attributes: &[Attribute],
    before: Option<&Map<String, Value>>,
    after: Option<&Map<String, Value>>,
) -> Result<(), ScimError> {
    let once = attributes
        .iter()
        .filter(|attribute| attribute.mutability == Mutability::Immutable);
    for attribute in once {
        let had = before.and_then(|level| level.get(&attribute.name));
        let has = after.and_then(|level| level.get(&attribute.name));
        if had.is_some() && had != has {
            return Err(ScimError::mutability(format!(
                "attribute `{}` is set once; hint: leave it as it is",
                attribute.name
            )));
        }
    }
    Ok(())
}
