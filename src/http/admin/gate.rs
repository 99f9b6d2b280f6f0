//! The gate of the admin face: whose bearer token it is.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::config::{AdminConfig, Scope};
use super::error::Refusal;

/// The least length of a token: what a guesser would have to try.
const SHORTEST: usize = 16;

/// Why the gate cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdminGateError {
    /// The secret could not be read.
    #[error("admin token `{token}`: {message}")]
    Secret {
        /// Which.
        token: String,
        /// What is wrong.
        message: String,
    },
    /// The secret is too short to be safe.
    #[error(
        "admin token `{token}` has fewer than {SHORTEST} characters; hint: make one with `throng hash --token`"
    )]
    Short {
        /// Which.
        token: String,
    },
}

impl AdminGateError {
    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Secret { .. } => "ADMIN_SECRET_UNREADABLE",
            Self::Short { .. } => "ADMIN_TOKEN_SHORT",
        }
    }
}

/// Knows every operator's token, hashed.
pub struct AdminGate(Vec<Known>);

struct Known {
    name: String,
    digest: [u8; 32],
    scopes: Vec<Scope>,
}

impl AdminGate {
    /// Reads the tokens.
    ///
    /// # Errors
    /// When one is missing or too short.
    pub fn new(config: &AdminConfig) -> Result<Self, AdminGateError> {
        let mut known = Vec::with_capacity(config.tokens.len());
        for entry in &config.tokens {
            let token = entry.name.clone();
            let secret = entry.secret.read().map_err(|message| AdminGateError::Secret {
                token: token.clone(),
                message,
            })?;
            if secret.expose().chars().count() < SHORTEST {
                return Err(AdminGateError::Short { token });
            }
            known.push(Known {
                name: token,
                digest: Sha256::digest(secret.expose()).into(),
                scopes: entry.scopes.clone(),
            });
        }
        Ok(Self(known))
    }

    /// The name of the operator who asks, if the token may do what is `wanted`.
    pub(super) fn admit(&self, headers: &HeaderMap, wanted: Scope) -> Result<String, Refusal> {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(Refusal::Unauthenticated)?;
        let given: [u8; 32] = Sha256::digest(token).into();
        // Every token is compared, so that the time tells nothing of which was close.
        let found = self.0.iter().fold(None, |found, known| {
            if bool::from(known.digest.ct_eq(&given)) {
                Some(known)
            } else {
                found
            }
        });
        let known = found.ok_or(Refusal::Unauthenticated)?;
        if known.scopes.iter().any(|scope| scope.allows(wanted)) {
            Ok(known.name.clone())
        } else {
            Err(Refusal::Forbidden {
                token: known.name.clone(),
                scope: wanted.name(),
            })
        }
    }
}
