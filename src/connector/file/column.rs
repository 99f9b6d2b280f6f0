//! A column of a table of users: its header is the SCIM name of an attribute, its cells become a part of a SCIM resource.

use serde_json::{Map, Value, json};

use crate::connector::resource::Resource;

/// Attributes with one value.
const PLAIN: [&str; 11] = [
    "active",
    "displayName",
    "externalId",
    "id",
    "locale",
    "nickName",
    "preferredLanguage",
    "timezone",
    "title",
    "userName",
    "userType",
];
/// Parts of attributes.
const PARTS: [(&str, &str); 7] = [
    ("meta", "created"),
    ("name", "familyName"),
    ("name", "formatted"),
    ("name", "givenName"),
    ("name", "honorificPrefix"),
    ("name", "honorificSuffix"),
    ("name", "middleName"),
];
/// Attributes with several values, each of a type.
const SEVERAL: [&str; 2] = ["emails", "phoneNumbers"];

/// What a header means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Plain(String),
    Part(String, String),
    /// One of several values; the type may be empty.
    Typed(String, String),
    Extension(String, String),
}

impl Column {
    /// Reads a header.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(header: &str) -> Result<Self, String> {
        if header
            .get(..4)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
        {
            let (schema, name) = header.rsplit_once(':').unwrap_or_default();
            return if name.is_empty() || !schema.contains(':') {
                Err(format!("column `{header}` names no attribute"))
            } else {
                Ok(Self::Extension(schema.to_owned(), name.to_owned()))
            };
        }
        let same = |name: &&&str| name.eq_ignore_ascii_case(header);
        if let Some(name) = PLAIN.iter().find(same) {
            return Ok(Self::Plain((*name).to_owned()));
        }
        let (name, part) = header.split_once('.').unwrap_or((header, ""));
        if let Some(name) = SEVERAL.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            return Ok(Self::Typed((*name).to_owned(), part.to_lowercase()));
        }
        let found = PARTS
            .iter()
            .find(|(of, known)| of.eq_ignore_ascii_case(name) && known.eq_ignore_ascii_case(part));
        match found {
            Some((name, part)) => Ok(Self::Part((*name).to_owned(), (*part).to_owned())),
            None => Err(format!(
                "column `{header}` is not known; hint: {}",
                Self::nearest(header)
            )),
        }
    }

    fn nearest(header: &str) -> String {
        let parts = PARTS.iter().map(|(name, part)| format!("{name}.{part}"));
        let several = SEVERAL.iter().map(|name| format!("{name}.work"));
        let plain = PLAIN.iter().map(ToString::to_string);
        let known = plain.chain(parts).chain(several);
        let near =
            known.max_by(|a, b| strsim::jaro_winkler(header, a).total_cmp(&strsim::jaro_winkler(header, b)));
        format!(
            "did you mean `{}`? attributes of extensions are written `urn:…:department`",
            near.unwrap_or_default()
        )
    }

    /// Writes a cell's text into a resource; empty is absent.
    pub(super) fn fill(&self, resource: &mut Resource, text: &str) {
        if text.is_empty() {
            return;
        }
        match self {
            Self::Plain(name) => drop(resource.insert(name.clone(), text.into())),
            Self::Part(name, part) | Self::Extension(name, part) => {
                let whole = resource.entry(name.clone()).or_insert_with(|| Map::new().into());
                if let Value::Object(whole) = whole {
                    whole.insert(part.clone(), text.into());
                }
            }
            Self::Typed(name, kind) => {
                let values = resource.entry(name.clone()).or_insert_with(|| json!([]));
                if let Value::Array(values) = values {
                    values.push(match kind.as_str() {
                        "" => json!({ "value": text }),
                        "primary" => json!({ "value": text, "primary": true }),
                        kind => json!({ "value": text, "type": kind }),
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::resource::attribute;

    #[test]
    fn a_cell_is_found_under_its_headers_name() {
        let headers = [
            "userName",
            "name.givenName",
            "emails.work",
            "emails.home",
            "urn:x:2.0:User:department",
        ];
        let mut resource = Resource::new();
        for header in headers {
            Column::parse(header).unwrap().fill(&mut resource, header);
        }
        for header in headers {
            assert_eq!(attribute(&resource, header).as_deref(), Some(header));
        }
        assert_eq!(attribute(&resource, "emails").as_deref(), Some("emails.work"));
    }

    #[test]
    fn an_unknown_header_is_told_with_a_near_miss() {
        let told = Column::parse("dispayName").unwrap_err();
        assert!(told.contains("did you mean `displayName`?"), "{told}");
        let told = Column::parse("name.givenname2").unwrap_err();
        assert!(told.contains("did you mean `name.givenName`?"), "{told}");
        assert!(Column::parse("urn:department").is_err());
        assert_eq!(
            Column::parse("USERNAME"),
            Ok(Column::Plain("userName".to_owned()))
        );
    }
}
