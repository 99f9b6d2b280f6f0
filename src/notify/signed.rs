//! A signed POST: a JSON document to a receiver who can tell that it is ours, and of now.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;

use super::letter::Letter;
use super::target::Unsent;
use crate::client::{self, ClientError};
use crate::secret::{Secret, hmac_sha256};

/// How long one may take in all.
const DEADLINE: Duration = Duration::from_secs(20);

/// An address of the web, with the key that signs what is sent to it.
pub struct Signed {
    url: url::Url,
    http: Client,
    key: Option<[u8; 64]>,
}

impl Signed {
    /// The receiver at this address.
    ///
    /// # Errors
    /// Where the address cannot be used, or no client can be made.
    pub fn new(address: &str, secret: Option<&Secret>) -> Result<Self, ClientError> {
        let url = client::check_url(address)?;
        let http = client::build_for(&url, &client::Settings::default())?;
        Ok(Self {
            url,
            http,
            key: secret.map(signing_key),
        })
    }

    /// Sends a letter; `now` is milliseconds since 1970. The answer's body is not looked at.
    ///
    /// # Errors
    /// A sentence without the address, which may hold what is nobody's business; with the wait that the receiver asked for.
    pub(super) async fn send(&self, letter: &Letter, now: i64) -> Result<(), Unsent> {
        let mut request = self
            .http
            .post(self.url.clone())
            .timeout(DEADLINE)
            .header(CONTENT_TYPE, "application/json")
            .header("x-throng-event", &letter.id);
        if let Some(key) = &self.key {
            request = request.header("x-throng-signature", signature(key, &letter.body, now));
        }
        let sent = request.body(letter.body.clone()).send().await;
        let response = sent.map_err(|error| Unsent::Later(error.without_url().to_string(), None))?;
        if response.status().is_success() {
            return Ok(());
        }
        let asked = client::retry_after(response.headers());
        let asked = asked.and_then(|wait| i64::try_from(wait.as_millis()).ok());
        Err(Unsent::Later(format!("it answered {}", response.status()), asked))
    }
}

/// The key of exactly one block that RFC 2104 §2 makes of a secret of any length.
fn signing_key(secret: &Secret) -> [u8; 64] {
    use sha2::{Digest, Sha256};
    let bytes = secret.expose().as_bytes();
    let mut key = [0; 64];
    if bytes.len() <= key.len() {
        key[..bytes.len()].copy_from_slice(bytes);
    } else {
        key[..32].copy_from_slice(&Sha256::digest(bytes));
    }
    key
}

/// `t=SECONDS,v1=HEX`: the HMAC-SHA-256 of `SECONDS.BODY`. The time is signed, so that nobody sends an old one again.
fn signature(key: &[u8; 64], body: &str, now: i64) -> String {
    use std::fmt::Write;
    let seconds = now.div_euclid(1_000);
    let mut text = format!("t={seconds},v1=");
    for byte in hmac_sha256(key, format!("{seconds}.{body}").as_bytes()) {
        write!(text, "{byte:02x}").expect("a string takes what is written to it");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_any_length_is_a_key_as_the_standard_says() {
        // RFC 4231 §4.3.
        let key = signing_key(&Secret::new("Jefe"));
        let mac = hmac_sha256(&key, b"what do ya want for nothing?").map(|byte| format!("{byte:02x}"));
        assert_eq!(
            mac.concat(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        // RFC 2104 §2: a longer one than a block is hashed first.
        let hashed = <sha2::Sha256 as sha2::Digest>::digest("k".repeat(65));
        let key = signing_key(&Secret::new("k".repeat(65)));
        assert_eq!((&key[..32], &key[32..]), (hashed.as_slice(), &[0; 32][..]));
    }

    #[test]
    fn the_signature_is_that_of_any_other_tool() {
        // printf '1.{}' | openssl dgst -sha256 -hmac secret
        let signed = signature(&signing_key(&Secret::new("secret")), "{}", 1_999);
        assert_eq!(
            signed,
            "t=1,v1=1122767b193110cfec322b6f199b599edbf608ed087f2d27afb0b97d99523908"
        );
    }
}
