//! How the simulated application proves itself: secret, certificate, token of another issuer; and what is wrong with each.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The longest life of an assertion, in seconds.
const LIFE: i64 = 600;
/// How far clocks may differ, in seconds.
const SKEW: i64 = 300;

/// What the application has registered besides its secret.
#[derive(Debug, Default)]
pub(crate) struct SignIn {
    pub(crate) certificate: Option<CertificateDer<'static>>,
    pub(crate) federated: Option<String>,
    /// Secret and certificate have expired.
    pub(crate) expired: bool,
    /// Why the account is not let in, as Active Directory says it: `533`, …
    pub(crate) account_end: Option<&'static str>,
}

/// A refusal: its AADSTS code and text.
pub(crate) type Refusal = (u32, String);

impl SignIn {
    /// Registers the first certificate of a PEM text.
    pub(crate) fn register(&mut self, pem: &str) {
        self.certificate = CertificateDer::from_pem_slice(pem.as_bytes()).ok();
    }

    /// Whether the assertion proves the client; `now` in seconds since 1970.
    pub(crate) fn judge(
        &self,
        assertion: &str,
        client: &str,
        audience: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        let header = assertion.split('.').next().and_then(json);
        let Some(thumbprint) = header.as_ref().and_then(|header| header["x5t#S256"].as_str()) else {
            return if self.federated.as_deref() == Some(assertion) {
                Ok(())
            } else {
                let text = "No matching federated identity record found for presented assertion subject. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.";
                Err((700_213, text.to_owned()))
            };
        };
        let key = |reason: &str| {
            let text = format!(
                "Client assertion failed signature validation. [Reason - {reason}, Thumbprint of key used by client: '{thumbprint}']"
            );
            Err((700_027, text))
        };
        let Some(certificate) = self.certificate.as_ref().filter(|der| thumb(der) == thumbprint) else {
            return key("The key was not found.");
        };
        if self.expired {
            return key("The key used is expired.");
        }
        let alg = header.as_ref().and_then(|header| header["alg"].as_str());
        let algorithm = webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY;
        if alg != Some("PS256") || !signed(assertion, certificate, algorithm) {
            return key("The provided signature value did not match the expected signature value.");
        }
        let claims = assertion.split('.').nth(1).and_then(json).unwrap_or_default();
        claimed(&claims, client, audience, now)
    }
}

fn claimed(claims: &Value, client: &str, audience: &str, now: i64) -> Result<(), Refusal> {
    let time = |name: &str| claims[name].as_i64();
    let (Some(from), Some(until)) = (time("nbf"), time("exp")) else {
        return Err((50_027, "JWT token is invalid or malformed.".to_owned()));
    };
    if from > now + SKEW || until < now - SKEW || until - from > LIFE {
        let text = format!(
            "Client assertion is not within its valid time range. Current time: {now}, expiry time of assertion {until}."
        );
        return Err((700_024, text));
    }
    let is = |name: &str, wanted: &str| claims[name].as_str() == Some(wanted);
    let whole = is("iss", client) && is("sub", client) && claims["jti"].is_string();
    // The real one takes several spellings of the audience; the path is what matters.
    let ours = claims["aud"]
        .as_str()
        .is_some_and(|named| named.ends_with(audience));
    if whole && ours {
        Ok(())
    } else {
        Err((50_027, "JWT token is invalid or malformed.".to_owned()))
    }
}

fn thumb(certificate: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(certificate))
}

/// A part of a token.
pub(crate) fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Whether the certificate's key signed the token.
pub(crate) fn signed(
    token: &str,
    certificate: &CertificateDer<'_>,
    algorithm: &dyn rustls::pki_types::SignatureVerificationAlgorithm,
) -> bool {
    let Some((open, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let (Ok(signature), Ok(certificate)) = (
        URL_SAFE_NO_PAD.decode(signature),
        webpki::EndEntityCert::try_from(certificate),
    ) else {
        return false;
    };
    certificate
        .verify_signature(algorithm, open.as_bytes(), &signature)
        .is_ok()
}
