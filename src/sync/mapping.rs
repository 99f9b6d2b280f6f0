//! Mapping: from a source's attributes to the fields that applications know.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::MappingConfig;
use super::transform::Transform;
use crate::model::change::{GroupWish, UserWish};
use crate::model::name::clean;
use crate::model::record::{SourceGroup, SourceUser};
use crate::model::{Attributes, Owner};

/// One field: the first attribute that is not empty, transformed.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// Attribute names of the source, in order of preference.
    #[serde(deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub from: Vec<String>,
    /// Applied in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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

    /// As `mail or userPrincipalName, then strip_domain, lower`.
    fn in_words(&self) -> String {
        let words: Vec<String> = self.transform.iter().map(Transform::in_words).collect();
        let from = self.from.join(" or ");
        if words.is_empty() {
            return from;
        }
        format!("{from}, then {}", words.join(", "))
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

/// What becomes of a new user whose username another user has.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnCollision {
    /// Left out and reported.
    #[default]
    Refuse,
    /// Served as `name-<first 8 of id>` and reported, until the name is free.
    Suffix,
}

impl OnCollision {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference to the field"
    )]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a directory's users and groups are mapped. Its text, as serialised, tells whether two are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// The username.
    pub username: RuleConfig,
    /// The name to show.
    pub display_name: RuleConfig,
    /// Given name.
    pub first_name: RuleConfig,
    /// Family name.
    pub last_name: RuleConfig,
    /// E-mail address.
    pub email: RuleConfig,
    /// A group's name.
    pub group_name: RuleConfig,
    /// Custom attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, RuleConfig>,
    /// What becomes of namesakes.
    #[serde(skip_serializing_if = "OnCollision::is_default")]
    pub on_collision: OnCollision,
}

impl Mapping {
    /// What Entra's users are by default: the username is `userPrincipalName`, verbatim.
    pub fn entra() -> Self {
        Self {
            username: RuleConfig::of(&["userPrincipalName"]),
            display_name: RuleConfig::of(&["displayName"]),
            first_name: RuleConfig::of(&["givenName"]),
            last_name: RuleConfig::of(&["surname"]),
            email: RuleConfig::of(&["mail"]),
            group_name: RuleConfig::of(&["displayName"]),
            attributes: BTreeMap::new(),
            on_collision: OnCollision::default(),
        }
    }

    /// What Okta's users are by default: the username is `profile.login`, verbatim.
    pub fn okta() -> Self {
        Self {
            username: RuleConfig::of(&["profile.login"]),
            display_name: RuleConfig::of(&["profile.displayName"]),
            first_name: RuleConfig::of(&["profile.firstName"]),
            last_name: RuleConfig::of(&["profile.lastName"]),
            email: RuleConfig::of(&["profile.email"]),
            ..Self::entra()
        }
    }

    /// What Google's users are by default: the username is `primaryEmail`, verbatim.
    pub fn google() -> Self {
        Self {
            username: RuleConfig::of(&["primaryEmail"]),
            display_name: RuleConfig::of(&["name.fullName"]),
            first_name: RuleConfig::of(&["name.givenName"]),
            last_name: RuleConfig::of(&["name.familyName"]),
            email: RuleConfig::of(&["primaryEmail"]),
            ..Self::entra()
        }
    }

    /// What Keycloak's users are by default: the username is `username`, verbatim.
    pub fn keycloak() -> Self {
        Self {
            username: RuleConfig::of(&["username"]),
            first_name: RuleConfig::of(&["firstName"]),
            last_name: RuleConfig::of(&["lastName"]),
            email: RuleConfig::of(&["email"]),
            ..Self::entra()
        }
    }

    /// What Active Directory's users are by default: the username is `sAMAccountName`, verbatim.
    pub fn active_directory() -> Self {
        Self {
            username: RuleConfig::of(&["sAMAccountName"]),
            display_name: RuleConfig::of(&["displayName", "cn"]),
            last_name: RuleConfig::of(&["sn"]),
            ..Self::entra()
        }
    }

    /// What an LDAP directory's users are by default: the username is `uid`, verbatim.
    pub fn ldap() -> Self {
        Self {
            username: RuleConfig::of(&["uid"]),
            ..Self::active_directory()
        }
    }

    /// What SCIM's users are by default: the username is `userName`, verbatim.
    pub fn scim() -> Self {
        Self {
            username: RuleConfig::of(&["userName"]),
            display_name: RuleConfig::of(&["displayName", "name.formatted"]),
            first_name: RuleConfig::of(&["name.givenName"]),
            last_name: RuleConfig::of(&["name.familyName"]),
            email: RuleConfig::of(&["emails"]),
            ..Self::entra()
        }
    }

    /// What the users of linked directories are by default: each field of the first directory that has it, as it is there. `custom`
    /// are the attributes that the directories have.
    pub fn linked<'a>(custom: impl Iterator<Item = &'a str>) -> Self {
        let own = custom.map(|name| (name.to_owned(), RuleConfig::of(&[name])));
        Self {
            username: RuleConfig::of(&["username"]),
            display_name: RuleConfig::of(&["display_name"]),
            first_name: RuleConfig::of(&["first_name"]),
            last_name: RuleConfig::of(&["last_name"]),
            email: RuleConfig::of(&["email"]),
            attributes: own.collect(),
            ..Self::entra()
        }
    }

    /// The same where a configuration has its own rules; attributes are added to those that there are.
    #[must_use]
    pub fn with_config(self, config: &MappingConfig) -> Self {
        let mut attributes = self.attributes.clone();
        let mut mapping = Self::from_config(config, self);
        attributes.append(&mut mapping.attributes);
        mapping.attributes = attributes;
        mapping
    }

    /// The configured rules, where there are any; else those of the kind of source.
    #[must_use]
    pub fn from_config(config: &MappingConfig, defaults: Self) -> Self {
        let rule = |own: &Option<RuleConfig>, default: RuleConfig| own.clone().unwrap_or(default);
        Self {
            username: rule(&config.username, defaults.username),
            display_name: rule(&config.display_name, defaults.display_name),
            first_name: rule(&config.first_name, defaults.first_name),
            last_name: rule(&config.last_name, defaults.last_name),
            email: rule(&config.email, defaults.email),
            group_name: rule(&config.group_name, defaults.group_name),
            attributes: config.attributes.clone(),
            on_collision: config.on_collision,
        }
    }

    /// The rules of users, each with its field's name.
    fn user_rules(&self) -> impl Iterator<Item = &RuleConfig> {
        let fields = [
            &self.username,
            &self.display_name,
            &self.first_name,
            &self.last_name,
            &self.email,
        ];
        fields.into_iter().chain(self.attributes.values())
    }

    /// The attributes of a user that the connector must select.
    pub fn attributes(&self) -> BTreeSet<String> {
        self.user_rules().flat_map(|rule| &rule.from).cloned().collect()
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

    /// A user's custom attributes; those without a value are absent.
    pub fn custom(&self, user: &SourceUser) -> Attributes {
        let read = |(name, rule): (&String, &RuleConfig)| {
            let value = rule.read(|from| user.attributes.get(from));
            let value = clean(&value);
            (!value.is_empty()).then(|| (Arc::from(name.as_str()), vec![Arc::from(&*value)]))
        };
        Attributes(self.attributes.iter().filter_map(read).collect())
    }

    /// What a user's fields are made of, in words.
    pub fn in_words(&self) -> BTreeMap<&'static str, String> {
        let fields = [
            ("username", &self.username),
            ("display_name", &self.display_name),
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
            ("email", &self.email),
        ];
        fields.map(|(field, rule)| (field, rule.in_words())).into()
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

    #[test]
    fn custom_attributes_are_read_as_fields_are_and_selected_at_the_source() {
        let mapping = mapping(serde_json::json!({
            "last_name": { "from": ["displayName"], "transform": [{ "name_part": "last" }] },
            "attributes": { "phone": { "from": ["mobilePhone", "businessPhones"] }, "room": { "from": ["officeLocation"] } },
        }));
        assert!(
            mapping.attributes().contains("mobilePhone") && mapping.attributes().contains("officeLocation")
        );
        let attributes = [("displayName", "Zoe Berg"), ("mobilePhone", " +47 1 ")];
        let attributes = attributes.map(|(name, value)| (name.into(), value.into()));
        let user = SourceUser {
            id: "1".into(),
            active: true,
            created_at: None,
            attributes: attributes.into(),
        };
        let custom = mapping.custom(&user);
        assert_eq!(custom.values("phone"), ["+47 1".into()]);
        assert_eq!((custom.0.len(), &*mapping.user(&user).last_name), (1, "Berg"));
    }
}
