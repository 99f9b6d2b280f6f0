//! The whole configuration: each room's own section.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{ConfigError, Problem};
use crate::cleanup::PolicyConfig;
use crate::connector::entra::EntraConfig;
use crate::connector::file::FileConfig;
use crate::connector::google::GoogleConfig;
use crate::connector::keycloak::KeycloakConfig;
use crate::connector::ldap::LdapConfig;
use crate::connector::okta::OktaConfig;
use crate::connector::scim::ScimSourceConfig;
use crate::http::admin::AdminConfig;
use crate::http::crowd::{ApplicationConfig, CrowdConfig};
use crate::http::scim::{PushConfig, ScimConfig};
use crate::model::DirectoryId;
use crate::notify::{NotifyConfig, SmtpConfig};
use crate::store::StoreConfig;
use crate::sync::config::{
    ActivityConfig, GroupsConfig, LimitsConfig, LinkedConfig, MappingConfig, MissingConfig, ProtectConfig,
    ScopeConfig, SyncConfig,
};

/// A configuration without contradictions.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Config {
    /// The file it came from; nothing but messages depends on it.
    #[schemars(skip)]
    pub file: PathBuf,
    /// Where the directories are kept.
    #[schemars(default)]
    pub store: StoreConfig,
    /// The face of the applications.
    #[schemars(default)]
    pub crowd: CrowdConfig,
    /// The face of the identity providers that push.
    #[schemars(default)]
    pub scim: ScimConfig,
    /// The face of the operators.
    #[schemars(default)]
    pub admin: AdminConfig,
    /// When users were last seen.
    #[schemars(default)]
    pub activity: ActivityConfig,
    /// Who is touched by no plan, whatever a source says.
    #[schemars(default)]
    pub protect: ProtectConfig,
    /// The mail server that takes what is to be mailed.
    pub smtp: Option<SmtpConfig>,
    /// Whom throng tells, where nothing else says otherwise.
    #[schemars(default)]
    pub notify: NotifyConfig,
    /// The policies of the cleanup.
    #[schemars(default)]
    pub cleanup: Vec<PolicyConfig>,
    /// The directories; their order is the precedence where names collide in an application.
    #[schemars(default, rename = "directory")]
    pub directories: Vec<DirectoryConfig>,
    /// The applications.
    #[schemars(default, rename = "application")]
    pub applications: Vec<ApplicationConfig>,
    /// Directories that applications name and no section has. The store may have one, which is then served on.
    #[schemars(skip)]
    pub missing: Vec<Missing>,
}

/// A directory that an application names and no section has.
#[derive(Clone, Debug)]
pub struct Missing {
    /// Its id.
    pub id: String,
    /// What is wrong, unless the store has it.
    pub problem: Problem,
}

impl Config {
    /// Refuses applications' directories that are neither configured nor known otherwise.
    ///
    /// # Errors
    /// Each of them, with its line.
    pub fn missing_but(&self, known: impl Fn(&str) -> bool) -> Result<(), ConfigError> {
        let unknown = self.missing.iter().filter(|missing| !known(&missing.id));
        let problems: Vec<Problem> = unknown.map(|missing| missing.problem.clone()).collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(ConfigError::new(&self.file, problems))
    }
}

/// `[[directory]]`: one source with what becomes of it.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DirectoryConfig {
    /// Its id; part of every Crowd key, so it must never change.
    pub id: String,
    /// Where its users and groups come from.
    pub source: SourceConfig,
    /// Whether users of the source may also have a password kept here; a key of `[directory.source]`.
    #[schemars(skip)]
    pub local_passwords: bool,
    /// When it is read; absent: only when asked.
    pub sync: Option<SyncConfig>,
    /// What of the source is wanted.
    #[schemars(default)]
    pub scope: ScopeConfig,
    /// From the source's attributes to the applications' fields.
    #[schemars(default)]
    pub mapping: MappingConfig,
    /// What becomes of users whom the source no longer has.
    #[schemars(default)]
    pub missing: MissingConfig,
    /// How much a plan may take away before a person is asked.
    #[schemars(default)]
    pub limits: LimitsConfig,
    /// Groups made here.
    #[schemars(default)]
    pub groups: GroupsConfig,
}

impl DirectoryConfig {
    /// The id as the directory knows it.
    pub fn directory_id(&self) -> DirectoryId {
        self.id.as_str().into()
    }
}

/// `[directory.source]`, by its `kind`.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(tag = "kind", rename_all = "kebab-case", transform = with_local_passwords)]
pub enum SourceConfig {
    /// Microsoft Entra ID.
    Entra(Box<EntraConfig>),
    /// Google Workspace.
    Google(Box<GoogleConfig>),
    /// Okta.
    Okta(Box<OktaConfig>),
    /// A folder of files.
    File(FileConfig),
    /// A Keycloak realm.
    Keycloak(Box<KeycloakConfig>),
    /// Other directories of this file, in which one person may be several users.
    Linked(LinkedConfig),
    /// Active Directory, or another LDAP directory.
    Ldap(Box<LdapConfig>),
    /// A SCIM server, read as a client.
    Scim(Box<ScimSourceConfig>),
    /// None: its users and groups are managed through the Crowd protocol.
    Local(LocalConfig),
    /// None: an identity provider pushes, by SCIM.
    ScimPush(Box<PushConfig>),
}

impl SourceConfig {
    /// Whether anything is read from it. What is not read is complete from its first start on.
    pub fn is_read(&self) -> bool {
        !matches!(self, Self::Local(_) | Self::ScimPush(_))
    }
}

/// The keys of `kind = "local"`: none.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct LocalConfig {}

/// Adds the key that every kind has to the schema of each.
fn with_local_passwords(schema: &mut schemars::Schema) {
    let kinds = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for kind in kinds.into_iter().flatten() {
        kind["properties"]["local_passwords"] = json!({
            "description": "Whether users of the source may also have a password kept here.",
            "type": "boolean",
            "default": false,
        });
    }
}
