//! The configuration's sections of the Crowd face.

use std::net::SocketAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::clock::Span;
use crate::directory::session::SessionSettings;
use crate::http::address::Network;
use crate::http::origin::Origin;
use crate::model::name::{clean, fold};
use crate::model::{Application, DirectoryId};
use crate::secret::SecretSource;

/// `[crowd]`: where applications reach the directory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CrowdConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The path before `/rest/usermanagement`; empty for none.
    pub context_path: String,
    /// The URL that links begin with, context path included; from `listen` when absent.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Single sign-on.
    pub sso: SsoConfig,
}

impl Default for CrowdConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8095)),
            context_path: "/crowd".to_owned(),
            public_url: None,
            trusted_proxies: Vec::new(),
            sso: SsoConfig::default(),
        }
    }
}

impl CrowdConfig {
    /// The context path with one slash before it and none after it; empty for none.
    pub fn context(&self) -> String {
        let path = self.context_path.trim_matches('/');
        if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        }
    }

    /// The URL that links begin with.
    pub fn url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}{}", self.listen, self.context()),
        }
    }
}

/// `[crowd.sso]`: how single sign-on cookies are set, how sessions live.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SsoConfig {
    /// The cookie's name.
    pub cookie_name: String,
    /// The cookie's domain; empty for the application's own host.
    pub cookie_domain: String,
    /// Whether the cookie travels by https only.
    pub secure_cookie: bool,
    /// Whether a session belongs to one client address. Off, a stolen cookie works from anywhere; on, a user whose
    /// address changes (a phone between networks, a proxy that is not in `trusted_proxies`) has to sign in again.
    pub require_consistent_client_ip: bool,
    /// How long an unused session lives, such as `30m`.
    pub session_timeout: Span,
}

impl Default for SsoConfig {
    fn default() -> Self {
        Self {
            cookie_name: "crowd.token_key".to_owned(),
            cookie_domain: String::new(),
            secure_cookie: true,
            require_consistent_client_ip: true,
            session_timeout: Span(Duration::from_mins(30)),
        }
    }
}

impl SsoConfig {
    /// How sessions live.
    pub fn sessions(&self) -> SessionSettings {
        SessionSettings {
            timeout: self.session_timeout.0,
            consistent_address: self.require_consistent_client_ip,
        }
    }
}

/// `[[application]]`: a client of the Crowd face.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationConfig {
    /// Its name, the user of its Basic authentication.
    pub name: String,
    /// Its password.
    pub password: Option<SecretSource>,
    /// Or its password's hash, as `throng hash` prints it: `$argon2id$…`, or `sha256:…` of a generated token.
    pub hash: Option<String>,
    /// The directories it sees, in order of precedence.
    #[serde(default)]
    pub directories: Vec<String>,
    /// Where its requests come from: addresses, networks, patterns such as `192.168.*.*`, host names.
    #[serde(default = "loopback")]
    pub allow_from: Vec<Origin>,
    /// What it may do.
    #[serde(default)]
    pub permission: Permission,
    /// Whether groups in groups are expanded for it.
    #[serde(default = "yes")]
    pub nested_groups: bool,
    /// Whether whoever is in a group at any depth is served as its direct member, and no group as one: for applications
    /// that do not follow groups in groups themselves.
    #[serde(default)]
    pub flatten_groups: bool,
    /// Whether names are served in lower case.
    #[serde(default)]
    pub lower_case: bool,
    /// Whom it sees.
    #[serde(default)]
    pub access: AccessConfig,
}

impl ApplicationConfig {
    /// What it sees, for the directory.
    pub fn application(&self) -> Application {
        Application {
            name: self.name.as_str().into(),
            directories: self
                .directories
                .iter()
                .map(|id| DirectoryId::from(id.as_str()))
                .collect(),
            nested_groups: self.nested_groups,
            flatten_groups: self.flatten_groups,
            lower_case: self.lower_case,
            access: self
                .access
                .groups
                .iter()
                .map(|name| fold(&clean(name)).into())
                .collect(),
        }
    }
}

/// What an application may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Read.
    #[default]
    ReadOnly,
    /// Also write to directories that take writes.
    ReadWrite,
}

/// Whom an application sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccessConfig {
    /// Only members of these groups, with the groups they are in; empty for everybody.
    pub groups: Vec<String>,
}

fn loopback() -> Vec<Origin> {
    ["127.0.0.1", "::1"]
        .into_iter()
        .filter_map(|address| address.parse().ok())
        .collect()
}

fn yes() -> bool {
    true
}
