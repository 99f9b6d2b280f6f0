//! Schemas and resource types as `/Schemas` and `/ResourceTypes` show them (RFC 7643 §6 and §7).

use serde_json::{Map, Value, json};

use super::attribute::{Attribute, Kind, Mutability, Returned, Uniqueness};
use super::resource_type::{ResourceType, Schema};

/// The URN of a schema as a resource.
pub const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// The URN of a resource type as a resource.
pub const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

impl Schema {
    /// As `/Schemas/{urn}` shows it, below this base address.
    pub fn render(&self, base: &str) -> Value {
        let attributes: Vec<Value> = self.attributes.iter().map(attribute).collect();
        json!({
            "schemas": [SCHEMA_URN],
            "id": self.urn,
            "name": self.name,
            "description": self.description,
            "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{}", self.urn) },
        })
    }
}

impl ResourceType {
    /// As `/ResourceTypes/{name}` shows it, below this base address.
    pub fn render(&self, base: &str) -> Value {
        let extensions: Vec<Value> = self
            .extensions
            .iter()
            .map(|extension| json!({ "schema": extension.schema.urn, "required": extension.required }))
            .collect();
        json!({
            "schemas": [RESOURCE_TYPE_URN],
            "id": self.name,
            "name": self.name,
            "endpoint": format!("/{}", self.endpoint),
            "description": self.schema.description,
            "schema": self.schema.urn,
            "schemaExtensions": extensions,
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", self.name) },
        })
    }
}

/// One attribute, every characteristic spelled out; nothing is null (Entra asks for that).
fn attribute(attribute: &Attribute) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    put("name", json!(attribute.name));
    put("type", json!(kind(attribute.kind)));
    put("multiValued", json!(attribute.multi_valued));
    put("description", json!(attribute.description));
    put("required", json!(attribute.required));
    if !attribute.canonical_values.is_empty() {
        put("canonicalValues", json!(attribute.canonical_values));
    }
    put("caseExact", json!(attribute.case_exact));
    put("mutability", json!(mutability(attribute.mutability)));
    put("returned", json!(returned(attribute.returned)));
    let unique = attribute.uniqueness == Uniqueness::Server;
    put("uniqueness", json!(if unique { "server" } else { "none" }));
    if !attribute.reference_types.is_empty() {
        put("referenceTypes", json!(attribute.reference_types));
    }
    if attribute.kind == Kind::Complex {
        let parts: Vec<Value> = attribute.sub_attributes.iter().map(self::attribute).collect();
        put("subAttributes", json!(parts));
    }
    Value::Object(shown)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Boolean => "boolean",
        Kind::Decimal => "decimal",
        Kind::Integer => "integer",
        Kind::DateTime => "dateTime",
        Kind::Binary => "binary",
        Kind::Reference => "reference",
        Kind::Complex => "complex",
    }
}

fn mutability(mutability: Mutability) -> &'static str {
    match mutability {
        Mutability::ReadOnly => "readOnly",
        Mutability::ReadWrite => "readWrite",
        Mutability::Immutable => "immutable",
        Mutability::WriteOnly => "writeOnly",
    }
}

fn returned(returned: Returned) -> &'static str {
    match returned {
        Returned::Always => "always",
        Returned::Never => "never",
        Returned::Default => "default",
        Returned::Request => "request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characteristics_are_spelled_out_and_nothing_is_null() {
        let user = ResourceType::user(Vec::new());
        let shown = user.schema.render("https://x/scim/v2/corp");
        assert_eq!(
            shown["meta"]["location"],
            "https://x/scim/v2/corp/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"
        );
        let user_name = &shown["attributes"][0];
        assert_eq!(
            user_name.to_string(),
            r#"{"name":"userName","type":"string","multiValued":false,"description":"The name the user signs in by; unique in the directory, without case.","required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"server"}"#
        );
        assert!(!shown.to_string().contains("null"));
        let shown = user.render("https://x");
        assert_eq!(
            shown["schemaExtensions"],
            json!([{ "schema": super::super::ENTERPRISE_URN, "required": false }])
        );
    }
}
