//! From a session's id to its token, from a token to what is stored of it.

use std::fmt::{self, Write as _};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::secret::hmac_sha256;

/// The longest text that may be a token; ours have 43 characters.
const LONGEST: usize = 64;

/// What all tokens of one installation are made with.
#[derive(Clone)]
pub struct SessionKey([u8; 64]);

/// The hash of a token: what sessions are found and stored by.
pub(super) type Hash = [u8; 32];

impl SessionKey {
    /// The key of a file.
    pub fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// A key that nobody has.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The key as a file keeps it.
    pub fn expose(&self) -> &[u8; 64] {
        &self.0
    }

    /// The token of a session's id; 256 bits, of which nothing can be told without the key.
    pub(super) fn token(&self, id: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac_sha256(&self.0, id.as_bytes()))
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

/// The hash of a text that may be a token.
pub(super) fn hash(token: &str) -> Option<Hash> {
    (token.len() <= LONGEST).then(|| Sha256::digest(token).into())
}

/// Sixteen random bytes in hexadecimal digits.
pub(super) fn random_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}"); // to a string: cannot fail
        text
    })
}
