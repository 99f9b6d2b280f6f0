//! The configuration of a Keycloak realm as a source.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::secret::SecretSource;

/// What groups are called.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum GroupNames {
    /// By their names, which are unique among siblings only.
    #[default]
    Name,
    /// By their paths, `/parent/child`.
    Path,
}

/// `[directory.source]` with `kind = "keycloak"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeycloakConfig {
    /// Where Keycloak is. An `/auth` of old versions is found without being told.
    pub url: String,
    /// The realm whose users and groups are read.
    pub realm: String,
    /// The id of a client of that realm with a service account.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretSource,
    /// What groups are called.
    #[serde(default)]
    pub group_names: GroupNames,
    /// Whether a list that is shorter than Keycloak's own count is incomplete. Federated users who were never imported are counted,
    /// but not listed.
    #[serde(default = "yes")]
    pub trust_counts: bool,
    /// Whether admin events are asked what changed (role `view-events`), between full reads. Without them every read is a full one.
    #[serde(default = "yes")]
    pub change_hints: bool,
    /// How many objects are asked for at once.
    #[serde(default = "usual_page")]
    #[schemars(range(min = 1, max = 10_000))]
    pub page_size: u32,
    /// The certificate authority of a private server, as a PEM file: no other is trusted then.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn yes() -> bool {
    true
}

fn usual_page() -> u32 {
    1000
}

impl KeycloakConfig {
    /// Whether all can be used.
    ///
    /// # Errors
    /// A sentence.
    pub fn verify(&self) -> Result<(), &'static str> {
        if !(1..=10_000).contains(&self.page_size) {
            return Err("`page_size` must be between 1 and 10000");
        }
        if self.realm.is_empty() {
            return Err("a Keycloak source needs its `realm`");
        }
        Ok(())
    }
}
