//! The configuration of an Entra source.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::credential::{Certificate, Proof};
use crate::clock::Span;
use crate::secret::SecretSource;

const NONE: &str = "an Entra source needs a credential; hint: name a `client_secret`, a `certificate` or a `federated_token`";

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
    /// The application's certificate with its private key, as PEM.
    #[serde(default)]
    pub certificate: Option<SecretSource>,
    /// A token of another identity provider that the application trusts; read for each use, since it rotates.
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
    /// Whether last sign-ins are read, as evidence of use: needs `AuditLog.Read.All` and Entra ID P1 or P2.
    #[serde(default)]
    pub sign_in_activity: bool,
    /// How long a full read waits between its delta links and its lists, so that a stale replica catches up; `0s` by default.
    #[serde(default = "no_wait")]
    pub settle: Span,
    /// The certificate authority of a private link or of a proxy that looks into TLS, as a PEM file: no other is trusted then.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn no_wait() -> Span {
    Span(Duration::ZERO)
}

impl EntraConfig {
    /// The credential, read from where the configuration says.
    ///
    /// # Errors
    /// A sentence when none is named, several are, or the one named is of no use.
    pub fn proof(&self) -> Result<Proof, String> {
        self.one_credential()?;
        if let Some(token) = &self.federated_token {
            token.read()?; // it is read again for each use
            return Ok(Proof::Federated(token.clone()));
        }
        if let Some(certificate) = &self.certificate {
            return Certificate::from_pem(&certificate.read()?).map(Proof::Certificate);
        }
        let Some(secret) = &self.client_secret else {
            return Err(NONE.to_owned());
        };
        secret.read().map(Proof::Secret)
    }

    /// Whether exactly one credential is named.
    ///
    /// # Errors
    /// A sentence if not.
    pub fn one_credential(&self) -> Result<(), &'static str> {
        let named = [&self.client_secret, &self.certificate, &self.federated_token];
        match named.iter().filter(|source| source.is_some()).count() {
            0 => Err(NONE),
            1 => Ok(()),
            _ => {
                Err("an Entra source needs exactly one of `client_secret`, `certificate`, `federated_token`")
            }
        }
    }

    /// The addresses for sign-in and for Graph.
    pub(super) fn addresses(&self) -> (String, String) {
        let (login, graph) = self.cloud.hosts();
        let pick = |own: &str, usual: &str| if own.is_empty() { usual } else { own }.to_owned();
        (pick(&self.login_url, login), pick(&self.graph_url, graph))
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
        let certificate = "certificate = { file = \"x.pem\" }";
        for one in [secret, certificate, "federated_token = { file = \"token\" }"] {
            assert_eq!(config(one).one_credential(), Ok(()));
        }
        assert!(
            config("")
                .proof()
                .is_err_and(|why| why.contains("`client_secret`"))
        );
        let both = format!("{secret}\n{certificate}");
        assert!(
            config(&both)
                .proof()
                .is_err_and(|why| why.contains("exactly one"))
        );
        assert!(
            config(certificate)
                .proof()
                .is_err_and(|why| why.contains("`x.pem`"))
        );
    }

    #[test]
    fn each_cloud_has_its_own_hosts_unless_others_are_named() {
        let of = |text: &str| config(text).addresses();
        assert_eq!(of("").1, "https://graph.microsoft.com");
        assert_eq!(
            of("cloud = \"us-dod\""),
            (
                "https://login.microsoftonline.us".to_owned(),
                "https://dod-graph.microsoft.us".to_owned()
            )
        );
        assert_eq!(of("cloud = \"us-gov\"").1, "https://graph.microsoft.us");
        assert_eq!(
            of("cloud = \"china\"").1,
            "https://microsoftgraph.chinacloudapi.cn"
        );
        assert_eq!(
            of("cloud = \"china\"\ngraph_url = \"https://private\"").1,
            "https://private"
        );
        assert_eq!(config("settle = \"2m\"").settle.millis(), 120_000);
    }
}
