//! The configuration's sections of the SCIM face.

use std::net::SocketAddr;

use chrono::{DateTime, Days, NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::address::Network;
use crate::protocol::scim::schema::{Attribute, Extension, ResourceType, Schema};
use crate::protocol::scim::{Tolerances, schema};
use crate::secret::SecretSource;

/// How many tokens a directory may have.
const TOKENS: usize = 2;

/// `[scim]`: where identity providers push to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScimConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The URL that addresses of resources begin with; from `listen` when absent.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

impl Default for ScimConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8096)),
            public_url: None,
            trusted_proxies: Vec::new(),
        }
    }
}

impl ScimConfig {
    /// The URL that addresses of resources begin with.
    pub fn url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }
}

/// `[directory.source]` of kind `scim-push`: who may push, and how strictly pushes are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PushConfig {
    /// The tokens that are good; two, so that they can be changed without a pause.
    pub tokens: Vec<PushTokenConfig>,
    /// Where requests come from; empty: from anywhere.
    pub allow_from: Vec<Network>,
    /// Where clients may leave the standard.
    pub tolerances: Tolerances,
    /// What a creation does that meets somebody who is there already.
    pub on_existing: OnExisting,
    /// What happens to a member that does not exist.
    pub unknown_members: UnknownMembers,
    /// Whether pushed passwords are kept, for logins at the Crowd face.
    pub accept_passwords: bool,
    /// Attributes beyond those of the standard.
    pub schemas: Vec<PushSchemaConfig>,
    /// The attribute that tells when a user last logged in, as RFC 3339 or milliseconds since 1970 have it: evidence of use.
    pub last_login: Option<String>,
}

/// A token of a pushing client.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PushTokenConfig {
    /// Who it is, for the audit trail.
    pub name: String,
    /// The token.
    pub secret: SecretSource,
    /// The last day on which it is good, in UTC, such as `2027-06-30`.
    #[schemars(with = "Option<String>")]
    pub expires: Option<NaiveDate>,
}

impl PushTokenConfig {
    /// Milliseconds since 1970 from which it is no longer good.
    pub fn ends_at(&self) -> Option<i64> {
        let after = self.expires?.checked_add_days(Days::new(1))?;
        let midnight: DateTime<chrono::Utc> = after.and_time(NaiveTime::MIN).and_utc();
        Some(midnight.timestamp_millis())
    }
}

/// What a creation does that meets somebody of the same `externalId`, or else of the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnExisting {
    /// It takes them over, under the id that they have.
    Link,
    /// It is refused, naming who is there.
    #[default]
    Refuse,
}

/// What happens to a member that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownMembers {
    /// The request is refused.
    #[default]
    Refuse,
    /// It is kept, and served if somebody of this id comes.
    Park,
}

/// `schemas = [{ urn = "urn:…", attributes = […] }]`: attributes beyond those of the standard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PushSchemaConfig {
    /// The URN.
    pub urn: String,
    /// Whose attributes they are.
    #[serde(default)]
    pub resource: Extended,
    /// Its name, for people.
    #[serde(default)]
    pub name: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// Whether every user or group has it.
    #[serde(default)]
    pub required: bool,
    /// The attributes.
    pub attributes: Vec<Attribute>,
}

/// Whose attributes a schema has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Extended {
    /// Users'.
    #[default]
    User,
    /// Groups'.
    Group,
}

impl PushConfig {
    /// Users, as this directory knows them.
    pub fn users(&self) -> ResourceType {
        ResourceType::user(self.extensions(Extended::User))
    }

    /// Groups, as this directory knows them.
    pub fn groups(&self) -> ResourceType {
        ResourceType::group(self.extensions(Extended::Group))
    }

    fn extensions(&self, of: Extended) -> Vec<Extension> {
        let schemas = self.schemas.iter().filter(|schema| schema.resource == of);
        schemas
            .map(|config| Extension {
                schema: Schema {
                    urn: config.urn.clone(),
                    name: config.name.clone(),
                    description: config.description.clone(),
                    attributes: config.attributes.clone(),
                },
                required: config.required,
            })
            .collect()
    }

    /// What is wrong with the tokens or schemas, as a sentence about the section.
    pub fn flaw(&self) -> Option<String> {
        if self.tokens.is_empty() {
            return Some("has no `tokens`; hint: make one with `throng hash --token`".to_owned());
        }
        if self.tokens.len() > TOKENS {
            return Some(format!(
                "has {} `tokens`; hint: two are enough to change one without a pause, take out those that are no longer used",
                self.tokens.len()
            ));
        }
        if let [one, other] = self.tokens.as_slice()
            && one.name == other.name
        {
            return Some(format!(
                "has two tokens `{}`; hint: give each its own `name`",
                one.name
            ));
        }

        self.schemas.iter().find_map(|schema| {
            let own = [schema::USER_URN, schema::GROUP_URN, schema::ENTERPRISE_URN];
            let urn = &schema.urn;
            let begins = urn.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("urn:"));
            if !begins || own.iter().any(|own| own.eq_ignore_ascii_case(urn)) {
                return Some(format!(
                    "cannot have a schema `{urn}`; hint: choose a URN of your own, such as `urn:example:scim:1.0:User`"
                ));
            }
            let flat = |attribute: &Attribute| {
                attribute.name.is_empty() || attribute.sub_attributes.iter().any(|part| !part.sub_attributes.is_empty())
            };
            let wrong = schema.attributes.iter().find(|attribute| flat(attribute))?;
            Some(format!(
                "cannot have the attribute `{}` in `{urn}`; hint: it needs a name, and its parts cannot have parts",
                wrong.name
            ))
        })
    }
}
