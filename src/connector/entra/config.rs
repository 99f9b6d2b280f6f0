//! The configuration of an Entra source.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::clock::Span;
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
    /// The application's secret. One of `client_secret`, `certificate`, `federated_token` is required.
    #[serde(default)]
    pub client_secret: Option<SecretSource>,
    /// The application's certificate with its private key, as PEM. Not in this version.
    #[serde(default)]
    pub certificate: Option<SecretSource>,
    /// A token of another identity provider that the application trusts. Not in this version.
    #[serde(default)]
    pub federated_token: Option<SecretSource>,
    /// Which cloud.
    #[serde(default)]
    pub cloud: Cloud,
    /// Another sign-in host, for tests and private links: scheme, host, port.
    #[serde(default)]
    pub login_url: String,
    /// Another Graph host, for tests and private links: scheme, host, port.
    #[serde(default)]
    pub graph_url: String,
    /// Whether last sign-ins are read, as evidence of use. Not in this version.
    #[serde(default)]
    pub sign_in_activity: bool,
    /// How long a full read waits between its delta links and its lists, so that a stale replica catches up; `0s` by default.
    #[serde(default = "no_wait")]
    pub settle: Span,
}

fn no_wait() -> Span {
    Span(Duration::ZERO)
}

impl EntraConfig {
    /// The first key that asks for something that this version does not have.
    pub fn unsupported(&self) -> Option<&'static str> {
        let keys = [
            ("certificate", self.certificate.is_some()),
            ("federated_token", self.federated_token.is_some()),
            ("sign_in_activity", self.sign_in_activity),
        ];
        keys.into_iter().find(|(_, asked)| *asked).map(|(key, _)| key)
    }

    /// Where the credential is.
    ///
    /// # Errors
    /// A sentence when none is named, several are, or the one named is not in this version.
    pub fn credential(&self) -> Result<&SecretSource, &'static str> {
        let named = [&self.client_secret, &self.certificate, &self.federated_token];
        match (
            named.iter().filter(|source| source.is_some()).count(),
            &self.client_secret,
        ) {
            (0, _) => Err("an Entra source needs a credential; hint: name a `client_secret`"),
            (1, Some(secret)) => Ok(secret),
            (1, None) => Err("this version has no other credential than `client_secret`"),
            _ => {
                Err("an Entra source needs exactly one of `client_secret`, `certificate`, `federated_token`")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str) -> EntraConfig {
        toml::from_str(&format!("tenant = \"t\"\nclient_id = \"c\"\n{more}")).unwrap()
    }

    #[test]
    fn exactly_one_credential_is_needed() {
        let secret = "client_secret = { value = \"s\" }";
        assert!(config(secret).credential().is_ok());
        assert!(
            config("")
                .credential()
                .is_err_and(|why| why.contains("`client_secret`"))
        );
        let certificate = "certificate = { file = \"x.pem\" }";
        assert!(
            config(certificate)
                .credential()
                .is_err_and(|why| why.contains("no other credential than `client_secret`"))
        );
        let both = format!("{secret}\n{certificate}");
        assert!(
            config(&both)
                .credential()
                .is_err_and(|why| why.contains("exactly one"))
        );
    }

    #[test]
    fn what_this_version_lacks_is_said_by_key() {
        assert_eq!(
            config("sign_in_activity = false\nsettle = \"2m\"").unsupported(),
            None
        );
        assert_eq!(config("settle = \"2m\"").settle.millis(), 120_000);
        assert_eq!(config("").settle.millis(), 0);
        for (text, key) in [
            ("sign_in_activity = true", "sign_in_activity"),
            ("certificate = { file = \"x\" }", "certificate"),
            ("federated_token = { file = \"x\" }", "federated_token"),
        ] {
            assert_eq!(config(text).unsupported(), Some(key));
        }
    }
}
