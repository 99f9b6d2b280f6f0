//! Which attributes an answer shows: `attributes`, `excludedAttributes`, and what the schemas say (RFC 7644 §3.9).

use serde_json::{Map, Value};

use super::schema::{Attribute, Found, ResourceType, Returned};

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    only: Vec<Place>,
    without: Vec<Place>,
    narrows: bool,
}

/// An attribute, a part of one, or a whole extension.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    extension: Option<String>,
    attribute: Option<String>,
    part: Option<String>,
}

impl Projection {
    /// Looks the names up; those that the type lacks name nothing. `attributes` wins where both are told.
    pub fn new(kind: &ResourceType, attributes: &[String], excluded: &[String]) -> Self {
        let places = |names: &[String]| -> Vec<Place> {
            names.iter().filter_map(|name| place(kind, name.trim())).collect()
        };
        let narrows = attributes.iter().any(|name| !name.trim().is_empty());
        Self {
            only: places(attributes),
            without: if narrows { Vec::new() } else { places(excluded) },
            narrows,
        }
    }

    /// Whether an attribute of the type's own is shown at all: members need not be read where they are not.
    pub fn shows(&self, kind: &ResourceType, name: &str) -> bool {
        let attribute = kind.own(name);
        attribute.is_some_and(|attribute| self.level(None, attribute) != Shown::No)
    }

    /// Whether attributes were named.
    pub fn is_narrow(&self) -> bool {
        self.narrows
    }

    /// The resource as it is shown.
    pub fn apply(&self, kind: &ResourceType, resource: Map<String, Value>) -> Map<String, Value> {
        let mut shown = Map::new();
        for (name, value) in resource {
            if let Some(attribute) = kind.own(&name) {
                if let Some(value) = self.cut(None, attribute, value) {
                    shown.insert(name, value);
                }
            } else if let (Some(schema), Value::Object(below)) = (kind.extension(&name), value) {
                let below: Map<String, Value> = below
                    .into_iter()
                    .filter_map(|(name, value)| {
                        let value = self.cut(Some(&schema.urn), schema.attribute(&name)?, value)?;
                        Some((name, value))
                    })
                    .collect();
                if !below.is_empty() {
                    shown.insert(name, Value::Object(below));
                }
            }
        }
        shown
    }

    fn cut(&self, extension: Option<&str>, attribute: &Attribute, value: Value) -> Option<Value> {
        match self.level(extension, attribute) {
            Shown::No => None,
            Shown::Whole if attribute.sub_attributes.is_empty() => Some(value),
            Shown::Whole => self.parts(extension, attribute, value, false),
            Shown::Parts => self.parts(extension, attribute, value, true),
        }
    }

    /// The parts of a complex value, of each element of a list.
    fn parts(
        &self,
        extension: Option<&str>,
        attribute: &Attribute,
        value: Value,
        named_only: bool,
    ) -> Option<Value> {
        match value {
            Value::Array(items) => {
                let items: Vec<Value> = items
                    .into_iter()
                    .filter_map(|item| self.parts(extension, attribute, item, named_only))
                    .collect();
                (!items.is_empty()).then_some(Value::Array(items))
            }
            Value::Object(mut parts) => {
                parts.retain(|name, _| {
                    attribute
                        .sub(name)
                        .is_some_and(|part| self.shows_part(extension, attribute, part, named_only))
                });
                (!parts.is_empty()).then_some(Value::Object(parts))
            }
            simple => Some(simple),
        }
    }

    fn shows_part(
        &self,
        extension: Option<&str>,
        attribute: &Attribute,
        part: &Attribute,
        named_only: bool,
    ) -> bool {
        let is_part = |place: &&Place| {
            place.is(extension, attribute) && place.part.as_deref() == Some(part.name.as_str())
        };
        let named = self.only.iter().any(|place| is_part(&place));
        match part.returned {
            Returned::Never => false,
            Returned::Always => true,
            Returned::Request => named,
            Returned::Default if named_only => named,
            Returned::Default => !self.without.iter().any(|place| is_part(&place)),
        }
    }

    fn level(&self, extension: Option<&str>, attribute: &Attribute) -> Shown {
        let whole = |place: &Place| place.part.is_none() && place.is(extension, attribute);
        let named = if self.only.iter().any(whole) {
            Shown::Whole
        } else if self.only.iter().any(|place| place.is(extension, attribute)) {
            Shown::Parts
        } else {
            Shown::No
        };
        match attribute.returned {
            Returned::Never => Shown::No,
            Returned::Request => named,
            Returned::Default if self.narrows => named,
            Returned::Default if self.without.iter().any(whole) => Shown::No,
            Returned::Default | Returned::Always => Shown::Whole,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    No,
    Parts,
    Whole,
}

impl Place {
    /// Whether it is this attribute, a part of it, or the whole extension it stands in.
    fn is(&self, extension: Option<&str>, attribute: &Attribute) -> bool {
        self.extension.as_deref() == extension
            && self.attribute.as_ref().is_none_or(|name| *name == attribute.name)
    }
}

fn place(kind: &ResourceType, name: &str) -> Option<Place> {
    match kind.find(name)? {
        Found::Core => None,
        Found::Extension(schema) => Some(Place {
            extension: Some(schema.urn.clone()),
            attribute: None,
            part: None,
        }),
        Found::Attribute(located) => Some(Place {
            extension: located.extension.map(|schema| schema.urn.clone()),
            attribute: Some(located.attribute.name.clone()),
            part: located.part.map(|part| part.name.clone()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::ENTERPRISE_URN;
    use super::*;

    fn shown(attributes: &str, excluded: &str) -> Value {
        let user = json!({
            "schemas": ["s"], "id": "1", "userName": "a", "password": "never",
            "name": { "givenName": "A", "familyName": "B" },
            "emails": [{ "value": "a@x", "type": "work" }],
            ENTERPRISE_URN: { "department": "IT", "division": "D" },
        });
        let kind = ResourceType::user(Vec::new());
        let names = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let projection = Projection::new(&kind, &names(attributes), &names(excluded));
        Value::Object(projection.apply(&kind, user.as_object().unwrap().clone()))
    }

    #[test]
    fn id_and_schemas_stay_and_the_password_goes_whatever_is_asked() {
        assert_eq!(shown("password", ""), json!({ "schemas": ["s"], "id": "1" }));
        assert_eq!(
            shown(
                "",
                "id,schemas,name,emails,USERNAME,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
            ),
            json!({ "schemas": ["s"], "id": "1" })
        );
        assert!(shown("", "").get("password").is_none());
    }

    #[test]
    fn names_may_be_dotted_or_with_urns() {
        let base = |more: Value| {
            let mut all = json!({ "schemas": ["s"], "id": "1" });
            all.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            all
        };
        assert_eq!(
            shown("name.givenName, emails.value", ""),
            base(json!({ "name": { "givenName": "A" }, "emails": [{ "value": "a@x" }] }))
        );
        assert_eq!(
            shown(&format!("{ENTERPRISE_URN}:department"), "userName"),
            base(json!({ ENTERPRISE_URN: { "department": "IT" } }))
        );
        assert_eq!(
            shown(ENTERPRISE_URN, ""),
            base(json!({ ENTERPRISE_URN: { "department": "IT", "division": "D" } }))
        );
        let without = shown("", &format!("emails.type,{ENTERPRISE_URN}:division"));
        assert_eq!(without["emails"], json!([{ "value": "a@x" }]));
        assert_eq!(without[ENTERPRISE_URN], json!({ "department": "IT" }));
        assert_eq!(shown("shoe", ""), base(json!({})));
    }

    #[test]
    fn members_need_not_be_read_where_they_are_not_shown() {
        let kind = ResourceType::group(Vec::new());
        let of = |attributes: &str, excluded: &str| {
            Projection::new(&kind, &[attributes.to_owned()], &[excluded.to_owned()]).shows(&kind, "members")
        };
        assert!(of("", "") && of("members.value", "") && of("", "displayName"));
        assert!(!of("displayName", "") && !of("", "members"));
    }
}
