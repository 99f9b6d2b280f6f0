//! The configuration's section of the admin face.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::secret::SecretSource;

/// `[admin]`: where operators reach throng.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Who may ask; none: only `/livez` and `/readyz` answer.
    pub tokens: Vec<TokenConfig>,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8097)),
            tokens: Vec::new(),
        }
    }
}

/// One operator's token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenConfig {
    /// Who it is, for the audit trail.
    pub name: String,
    /// The token.
    pub secret: SecretSource,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Scope {
    /// Everything.
    #[serde(rename = "*")]
    All,
    /// Read status, directories, runs, plans.
    #[serde(rename = "read")]
    Read,
    /// Also start synchronisations.
    #[serde(rename = "sync")]
    Sync,
    /// Also approve and reject held plans.
    #[serde(rename = "approve")]
    Approve,
    /// Report when users were last seen, and nothing else: for a script beside an application.
    #[serde(rename = "activity")]
    Activity,
}

impl Scope {
    /// Its spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "*",
            Self::Read => "read",
            Self::Sync => "sync",
            Self::Approve => "approve",
            Self::Activity => "activity",
        }
    }

    /// Whether a token with this scope may do what `wanted` names; each scope but `activity` includes `read`.
    pub fn allows(self, wanted: Self) -> bool {
        self == Self::All || self == wanted || (wanted == Self::Read && self != Self::Activity)
    }
}
