//! The gate of one pushed directory: whose bearer token it is, from where.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::config::PushConfig;
use super::error::Refusal;
use super::tokens::Uses;
use crate::http::address::Network;

/// The least length of a token: what a guesser would have to try.
const SHORTEST: usize = 16;

/// Why the gate cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScimGateError {
    /// The secret could not be read.
    #[error("token `{token}` of directory `{directory}`: {message}")]
    Secret {
        /// Whose.
        directory: String,
        /// Which.
        token: String,
        /// What is wrong.
        message: String,
    },
    /// The secret is too short to be safe.
    #[error(
        "token `{token}` of directory `{directory}` has fewer than {SHORTEST} characters; hint: make one with `throng hash --token`"
    )]
    Short {
        /// Whose.
        directory: String,
        /// Which.
        token: String,
    },
}

impl ScimGateError {
    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Secret { .. } => "SCIM_TOKEN_UNREADABLE",
            Self::Short { .. } => "SCIM_TOKEN_SHORT",
        }
    }
}

/// Knows the tokens of one directory, hashed.
pub struct ScimGate {
    known: Vec<Known>,
    allow_from: Vec<Network>,
}

/// A token.
pub(super) struct Known {
    pub(super) name: Arc<str>,
    digest: [u8; 32],
    pub(super) ends_at: Option<i64>,
    pub(super) uses: Uses,
}

impl ScimGate {
    /// Reads the tokens.
    ///
    /// # Errors
    /// When one is missing or too short.
    pub fn new(directory: &str, config: &PushConfig) -> Result<Self, ScimGateError> {
        let mut known = Vec::with_capacity(config.tokens.len());
        for entry in &config.tokens {
            let (directory, token) = (directory.to_owned(), entry.name.clone());
            let secret = match entry.secret.read() {
                Ok(secret) => secret,
                Err(message) => {
                    return Err(ScimGateError::Secret {
                        directory,
                        token,
                        message,
                    });
                }
            };
            if secret.expose().chars().count() < SHORTEST {
                return Err(ScimGateError::Short { directory, token });
            }
            known.push(Known {
                name: token.into(),
                digest: Sha256::digest(secret.expose()).into(),
                ends_at: entry.ends_at(),
                uses: Uses::default(),
            });
        }
        Ok(Self {
            known,
            allow_from: config.allow_from.clone(),
        })
    }

    pub(super) fn known(&self) -> &[Known] {
        &self.known
    }

    /// The name of the token that the request has, at `now` milliseconds since 1970.
    pub(super) fn admit(
        &self,
        address: Option<IpAddr>,
        headers: &HeaderMap,
        now: i64,
    ) -> Result<Arc<str>, Refusal> {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(Refusal::Unauthenticated)?;
        let given: [u8; 32] = Sha256::digest(token).into();
        // Every token is compared, so that the time tells nothing of which was close.
        let found = self.known.iter().fold(None, |found, known| {
            if bool::from(known.digest.ct_eq(&given)) {
                Some(known)
            } else {
                found
            }
        });
        let known = found.ok_or(Refusal::Unauthenticated)?;
        if known.ends_at.is_some_and(|end| end <= now) {
            tracing::warn!(token = %known.name, "a push came with the expired token `{}`", known.name);
            return Err(Refusal::Unauthenticated);
        }
        let welcome = |address| self.allow_from.iter().any(|network| network.contains(address));
        if self.allow_from.is_empty() || address.is_some_and(welcome) {
            return Ok(Arc::clone(&known.name));
        }
        let address = address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
        tracing::warn!(
            token = %known.name, %address,
            "refused a push from `{address}`; hint: add the address to `allow_from`"
        );
        Err(Refusal::ForeignAddress { address })
    }
}
