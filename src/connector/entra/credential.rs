//! What proves that we are the application: a secret, a certificate's key, a token of another issuer.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use crate::connector::jwt::{Algorithm, RsaKey, base64url, fresh_id};
use crate::secret::{Secret, SecretSource};

/// How long an assertion is good, in seconds.
const LIFE: i64 = 300;
/// What says that an assertion follows.
const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A credential as it was configured.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The application's secret.
    Secret(Secret),
    /// The application's certificate with its key.
    Certificate(Certificate),
    /// Where the token of another issuer is; it rotates, so it is read for each use.
    Federated(SecretSource),
}

impl From<Secret> for Proof {
    fn from(secret: Secret) -> Self {
        Self::Secret(secret)
    }
}

/// A certificate with its key.
#[derive(Clone, Debug)]
pub struct Certificate {
    key: Arc<RsaKey>,
    thumbprint: String,
}

impl Certificate {
    /// Both from one PEM text, in any order.
    ///
    /// # Errors
    /// A sentence when one of them is missing or of no use.
    pub fn from_pem(pem: &Secret) -> Result<Self, String> {
        let pem = pem.expose().as_bytes();
        let wrong = |why: String| format!("`certificate` cannot be used: {why}");
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|_| {
            wrong(
                "there is no certificate in it; hint: put certificate and private key into one PEM file"
                    .to_owned(),
            )
        })?;
        let key = RsaKey::from_pem(pem).map_err(wrong)?;
        Ok(Self {
            key: Arc::new(key),
            thumbprint: base64url(&Sha256::digest(&certificate)),
        })
    }

    /// An assertion for this receiver, good for minutes from `now` (milliseconds since 1970).
    fn assertion(&self, audience: &str, client_id: &str, now: i64) -> Result<String, String> {
        let header = Map::from_iter([("x5t#S256".to_owned(), json!(self.thumbprint))]);
        let from = now / 1000;
        let claims = json!({
            "aud": audience, "iss": client_id, "sub": client_id, "jti": fresh_id()?,
            "nbf": from, "iat": from, "exp": from + LIFE,
        });
        self.key.sign(Algorithm::Ps256, header, &claims)
    }
}

impl Proof {
    /// The fields of a token request that carry it.
    pub(super) fn fields(
        &self,
        audience: &str,
        client_id: &str,
        now: i64,
    ) -> Result<Vec<(&'static str, Secret)>, String> {
        let assertion = match self {
            Self::Secret(secret) => return Ok(vec![("client_secret", secret.clone())]),
            Self::Certificate(certificate) => Secret::new(certificate.assertion(audience, client_id, now)?),
            Self::Federated(place) => {
                let token = place
                    .read()
                    .map_err(|why| format!("`federated_token` cannot be used: {why}"))?;
                Secret::new(token.expose().trim())
            }
        };
        Ok(vec![
            ("client_assertion_type", Secret::new(BEARER)),
            ("client_assertion", assertion),
        ])
    }

    /// Whether what is configured looks like a secret's id: Entra's secrets never do.
    pub(super) fn is_an_id(&self) -> bool {
        let Self::Secret(secret) = self else { return false };
        let parts: Vec<&str> = secret.expose().trim().split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        lengths == [8, 4, 4, 4, 12] && parts.concat().chars().all(|c| c.is_ascii_hexdigit())
    }

    /// Whether it is good for a while only, by this machine's clock.
    pub(super) fn is_timed(&self) -> bool {
        !matches!(self, Self::Secret(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_needs_its_key_in_the_same_file() {
        let whole = include_str!("../../../fixtures/keys/client.pem");
        assert!(Certificate::from_pem(&Secret::new(whole)).is_ok());
        let at = whole.find("-----BEGIN PRIVATE KEY").unwrap();
        let (certificate, key) = whole.split_at(at);
        let why = |text: &str| Certificate::from_pem(&Secret::new(text)).unwrap_err();
        assert!(why(certificate).contains("no unencrypted private key"));
        assert!(why(key).contains("no certificate in it"));
    }

    #[test]
    fn what_looks_like_a_secrets_id_is_noticed() {
        let is_an_id = |text: &str| Proof::from(Secret::new(text)).is_an_id();
        assert!(is_an_id("0f8fad5b-d9cb-469f-a165-70867728950e"));
        assert!(!is_an_id("Ab8~Q~0f8fad5b.d9cb-469f-a165_70867728950"));
        assert!(!is_an_id("----"));
    }
}
