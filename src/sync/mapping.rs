//! Mapping: from a source's attributes to the fields that applications know.

use crate::model::Owner;
use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::config::MappingConfig;
use crate::model::change::{GroupWish, UserWish};
use crate::model::record::{SourceGroup, SourceUser};

/// A change of a value's text.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// What is before the last `@`.
    StripDomain,
    /// In lower case.
    Lower,
    /// In upper case.
    Upper,
    /// Without blanks at the ends.
    Trim,
}

impl Transform {
    fn apply(self, text: &str) -> Arc<str> {
        match self {
            Self::StripDomain => text.rsplit_once('@').map_or(text, |(local, _)| local).into(),
            Self::Lower => text.to_lowercase().into(),
            Self::Upper => text.to_uppercase().into(),
            Self::Trim => text.trim().into(),
        }
    }
}

/// One field: the first attribute that is not empty, transformed.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// Attribute names of the source, in order of preference.
    #[serde(deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub from: Vec<String>,
    /// Applied in order.
    #[serde(default)]
    pub transform: Vec<Transform>,
}

fn some<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    if names.is_empty() {
        return Err(serde::de::Error::custom(
            "`from` is empty; hint: name at least one attribute of the source",
        ));
    }
    Ok(names)
}

/// Whether a group has an attribute of this name.
pub(super) fn known_group_attribute(name: &str) -> bool {
    ["displayName", "mailNickname", "description"].contains(&name)
}

impl RuleConfig {
    fn of(from: &[&str]) -> Self {
        Self {
            from: from.iter().map(|name| (*name).to_owned()).collect(),
            transform: Vec::new(),
        }
    }

    fn read<'a>(&self, attribute: impl Fn(&str) -> Option<&'a Arc<str>>) -> Arc<str> {
        let found = self
            .from
            .iter()
            .find_map(|name| attribute(name).filter(|text| !text.is_empty()));
        let Some(found) = found else { return "".into() };
        let transforms = self.transform.iter();
        transforms.fold(Arc::clone(found), |text, transform| transform.apply(&text))
    }
}

/// How a directory's users and groups are mapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The username.
    pub username: RuleConfig,
    /// The name to show.
    pub display_name: RuleConfig,
    /// E-mail address.
    pub email: RuleConfig,
    /// A group's name.
    pub group_name: RuleConfig,
    /// The given name; by the kind of source.
    pub first_name: RuleConfig,
    /// The family name; by the kind of source.
    pub last_name: RuleConfig,
}

impl Mapping {
    /// What Entra's users are by default: the username is `userPrincipalName`, verbatim.
    pub fn entra() -> Self {
        Self {
            username: RuleConfig::of(&["userPrincipalName"]),
            display_name: RuleConfig::of(&["displayName"]),
            email: RuleConfig::of(&["mail"]),
            group_name: RuleConfig::of(&["displayName"]),
            first_name: RuleConfig::of(&["givenName"]),
            last_name: RuleConfig::of(&["surname"]),
        }
    }

    /// What SCIM's users are by default: the username is `userName`, verbatim.
    pub fn scim() -> Self {
        Self {
            username: RuleConfig::of(&["userName"]),
            display_name: RuleConfig::of(&["displayName", "name.formatted"]),
            email: RuleConfig::of(&["emails"]),
            group_name: RuleConfig::of(&["displayName"]),
            first_name: RuleConfig::of(&["name.givenName"]),
            last_name: RuleConfig::of(&["name.familyName"]),
        }
    }

    /// The configured rules, where there are any; else those of the kind of source.
    #[must_use]
    pub fn from_config(config: &MappingConfig, defaults: Self) -> Self {
        Self {
            username: config.username.clone().unwrap_or(defaults.username),
            display_name: config.display_name.clone().unwrap_or(defaults.display_name),
            email: config.email.clone().unwrap_or(defaults.email),
            group_name: config.group_name.clone().unwrap_or(defaults.group_name),
            first_name: defaults.first_name,
            last_name: defaults.last_name,
        }
    }

    /// The attributes of a user that the connector must select.
    pub fn attributes(&self) -> BTreeSet<String> {
        let names = [&self.first_name, &self.last_name];
        let rules = [&self.username, &self.display_name, &self.email];
        let rules = rules.into_iter().chain(names);
        rules.flat_map(|rule| &rule.from).cloned().collect()
    }

    /// A user as wished.
    pub fn user(&self, user: &SourceUser) -> UserWish {
        let attribute = |name: &str| user.attributes.get(name);
        UserWish {
            owner: Owner::Source,
            external_id: user.id.clone(),
            name: self.username.read(attribute),
            first_name: self.first_name.read(attribute),
            last_name: self.last_name.read(attribute),
            display_name: self.display_name.read(attribute),
            email: self.email.read(attribute),
            active: user.active,
            created_at: user.created_at,
        }
    }

    /// A group as wished.
    pub fn group(&self, group: &SourceGroup) -> GroupWish {
        let attribute = |name: &str| match name {
            "displayName" => Some(&group.name),
            "mailNickname" => Some(&group.nickname),
            "description" => Some(&group.description),
            _ => None,
        };
        GroupWish {
            owner: Owner::Source,
            external_id: group.id.clone(),
            name: self.group_name.read(attribute),
            nickname: Arc::clone(&group.nickname),
            description: Arc::clone(&group.description),
            created_at: group.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(text: serde_json::Value) -> Mapping {
        Mapping::from_config(&serde_json::from_value(text).unwrap(), Mapping::entra())
    }

    #[test]
    fn the_first_filled_attribute_is_transformed() {
        let attributes = [("mail", ""), ("userPrincipalName", " Zoe@Corp.example")];
        let attributes = attributes
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let user = SourceUser {
            id: "1".into(),
            active: true,
            created_at: None,
            attributes,
        };
        let username = serde_json::json!({ "from": ["mail", "userPrincipalName"], "transform": ["strip_domain", "upper", "trim"] });
        let mapping = mapping(serde_json::json!({ "username": username }));
        assert_eq!(&*mapping.user(&user).name, "ZOE");
        let expected = ["displayName", "givenName", "mail", "surname", "userPrincipalName"];
        assert_eq!(
            mapping
                .attributes()
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
            expected
        );
    }

    #[test]
    fn a_group_may_be_named_by_its_nickname() {
        let group = SourceGroup {
            id: "g".into(),
            name: "All Staff".into(),
            nickname: "Staff".into(),
            description: "".into(),
            created_at: None,
        };
        let rule = serde_json::json!({ "from": ["mailNickname"], "transform": ["lower"] });
        assert_eq!(
            &*mapping(serde_json::json!({ "group_name": rule }))
                .group(&group)
                .name,
            "staff"
        );
        assert_eq!(&*Mapping::entra().group(&group).name, "All Staff");
    }

    #[test]
    fn an_unknown_transform_or_no_attribute_at_all_is_an_error() {
        for rule in [
            serde_json::json!({ "from": ["mail"], "transform": ["reverse"] }),
            serde_json::json!({ "from": [] }),
        ] {
            let config = serde_json::json!({ "email": rule });
            assert!(serde_json::from_value::<MappingConfig>(config).is_err());
        }
        let foreign = serde_json::json!({ "group_name": { "from": ["extension_7"] } });
        let config: MappingConfig = serde_json::from_value(foreign).unwrap();
        assert_eq!(config.unsupported(), Some("group_name.from"));
    }
}
