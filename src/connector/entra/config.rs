//! The configuration of an Entra source.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::secret::SecretSource;

/// Which Microsoft cloud.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// The global one.
    #[default]
    Global,
    /// US Government L4.
    UsGov,
    /// US Government L5.
    UsDod,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// The hosts for sign-in and for Graph.
    pub fn hosts(self) -> (&'static str, &'static str) {
        match self {
            Self::Global => ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
            Self::UsGov => ("https://login.microsoftonline.us", "https://graph.microsoft.us"),
            Self::UsDod => (
                "https://login.microsoftonline.us",
                "https://dod-graph.microsoft.us",
            ),
            Self::China => (
                "https://login.partner.microsoftonline.cn",
                "https://microsoftgraph.chinacloudapi.cn",
            ),
        }
    }
}

/// `[directory.source]` with `kind = "entra"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntraConfig {
    /// The tenant's id or domain.
    pub tenant: String,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: SecretSource,
    /// Which cloud.
    #[serde(default)]
    pub cloud: Cloud,
    /// Another sign-in host, for tests and private links: scheme, host, port.
    #[serde(default)]
    pub login_url: String,
    /// Another Graph host, for tests and private links: scheme, host, port.
    #[serde(default)]
    pub graph_url: String,
}
