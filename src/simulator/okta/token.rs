//! The token service of Okta: assertions of a service app, bound tokens, and who is let in.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::simulator::entra::reply::Reply;
use crate::simulator::entra::signin::{json as part, signed};
use crate::simulator::serve::Heard;

/// How far clocks may differ, in seconds.
const SKEW: i64 = 300;
/// The nonce that a proof for a token must repeat.
const NONCE: &str = "simulated-nonce";

/// Credentials and tokens.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// The API token that is let in.
    pub(super) token: String,
    pub(super) client_id: String,
    /// The service app's key, by its certificate.
    pub(super) certificate: Option<CertificateDer<'static>>,
    /// Tokens must be bound to a key.
    pub(super) binding: bool,
    /// Scopes that were not granted.
    pub(super) withheld: BTreeSet<String>,
    /// Access tokens, each with the thumbprint of the key that it is bound to.
    pub(super) given: BTreeMap<String, Option<String>>,
}

fn refuse(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        json!({ "error": error, "error_description": description }).to_string(),
    )
}

impl Doors {
    /// Makes every token void.
    pub(super) fn revoke(&mut self) {
        self.given.clear();
    }

    /// Answers `POST /oauth2/v1/token`; `now` in seconds since 1970.
    pub(super) fn grant(&mut self, heard: &Heard, now: i64) -> Reply {
        if let Err(description) = self.prove(&heard.field("client_assertion"), heard, now) {
            return refuse(401, "invalid_client", description);
        }
        let scopes = heard.field("scope");
        if scopes.split(' ').any(|scope| self.withheld.contains(scope)) {
            return refuse(
                400,
                "invalid_scope",
                "One or more scopes are not configured for the authorization server resource.",
            );
        }
        let thumbprint = if heard.proof.is_empty() {
            if self.binding {
                return refuse(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.");
            }
            None
        } else {
            match proven(heard, None) {
                Ok((_, nonce)) if nonce != NONCE => {
                    let reply = refuse(
                        400,
                        "use_dpop_nonce",
                        "Authorization server requires nonce in DPoP proof.",
                    );
                    return reply.with("dpop-nonce", NONCE.to_owned());
                }
                Ok((thumbprint, _)) => Some(thumbprint),
                Err(description) => return refuse(400, "invalid_dpop_proof", description),
            }
        };
        let kind = if thumbprint.is_some() { "DPoP" } else { "Bearer" };
        let token = format!("simulated.okta.{}", self.given.len());
        self.given.insert(token.clone(), thumbprint);
        let body = json!({ "token_type": kind, "expires_in": 3600, "access_token": token, "scope": scopes });
        Reply::json(200, body.to_string())
    }

    fn prove(&self, assertion: &str, heard: &Heard, now: i64) -> Result<(), &'static str> {
        let claims = assertion.split('.').nth(1).and_then(part).unwrap_or_default();
        if claims["sub"].as_str() != Some(&self.client_id) || claims["iss"] != claims["sub"] {
            return Err("Invalid value for 'client_id' parameter.");
        }
        let certificate = self.certificate.as_ref().ok_or("No keys are registered.")?;
        if !signed(assertion, certificate, webpki::ring::RSA_PKCS1_2048_8192_SHA256) {
            return Err("The client_assertion signature is invalid.");
        }
        let time = |name: &str| claims[name].as_i64().unwrap_or_default();
        if time("iat") > now + SKEW || time("exp") < now - SKEW || time("exp") > now + 3600 + SKEW {
            return Err("The client_assertion token is expired, or issued in the future.");
        }
        let ours = format!("{}{}", heard.origin, heard.path);
        if claims["aud"].as_str() != Some(&ours) {
            return Err(
                "The audience claim for client_assertion must be the endpoint invoked for the request.",
            );
        }
        Ok(())
    }

    /// Whether a request may pass.
    pub(super) fn lets_in(&self, heard: &Heard) -> bool {
        let Some((scheme, token)) = heard.authorization.split_once(' ') else {
            return false;
        };
        match (scheme, self.given.get(token)) {
            ("SSWS", _) => !self.token.is_empty() && token == self.token,
            ("Bearer", Some(None)) => true,
            ("DPoP", Some(Some(bound))) => {
                let proof = proven(heard, Some(token));
                proof.is_ok_and(|(thumbprint, _)| thumbprint == *bound)
            }
            _ => false,
        }
    }
}

/// Verifies a proof of this request; answers the key's thumbprint, and the nonce.
fn proven(heard: &Heard, token: Option<&str>) -> Result<(String, String), &'static str> {
    let mut parts = heard.proof.split('.');
    let header = parts.next().and_then(part).ok_or("The proof has no header.")?;
    let claims = parts.next().and_then(part).ok_or("The proof has no claims.")?;
    let (open, signature) = heard.proof.rsplit_once('.').ok_or("The proof is not signed.")?;
    let half = |name: &str| {
        let text = header["jwk"][name].as_str().unwrap_or_default();
        URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
    };
    let (x, y) = (half("x"), half("y"));
    let point = [&[4][..], &x, &y].concat();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point);
    if header["typ"] != "dpop+jwt" || key.verify(open.as_bytes(), &signature).is_err() {
        return Err("The proof's signature is invalid.");
    }
    let text = |claims: &Value, name: &str| claims[name].as_str().unwrap_or_default().to_owned();
    if text(&claims, "htm") != heard.method
        || text(&claims, "htu") != format!("{}{}", heard.origin, heard.path)
    {
        return Err("The proof is of another request.");
    }
    let hash = token.map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
    if hash.is_some_and(|hash| hash != text(&claims, "ath")) {
        return Err("The proof is of another token.");
    }
    Ok((
        URL_SAFE_NO_PAD.encode(Sha256::digest(&point)),
        text(&claims, "nonce"),
    ))
}
