//! JSON web tokens that prove who asks (RFC 7515, RFC 7523): signed with the cryptography that TLS has anyway.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, Value, json};

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// RSA-PSS, as Entra wants it.
    Ps256,
    /// RSA PKCS#1, as most others want it.
    Rs256,
}

/// An RSA key that signs.
pub(crate) struct RsaKey(RsaKeyPair);

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RsaKey(…)")
    }
}

impl RsaKey {
    /// The first private key of a PEM text, PKCS#8 or PKCS#1.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            "there is no unencrypted private key in it; hint: it begins with `-----BEGIN PRIVATE KEY-----`"
                .to_owned()
        })?;
        let pair = match &key {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => {
                return Err(
                    "its private key is none of RSA; hint: use RSA with 2048 to 4096 bits".to_owned(),
                );
            }
        };
        pair.map(Self).map_err(|error| {
            format!("its private key cannot be used: {error}; hint: use RSA with 2048 to 4096 bits")
        })
    }

    /// The claims, signed. `header` has what the receiver wants besides the algorithm.
    pub(crate) fn sign(
        &self,
        algorithm: Algorithm,
        header: Map<String, Value>,
        claims: &Value,
    ) -> Result<String, String> {
        let (name, encoding): (_, &dyn RsaEncoding) = match algorithm {
            Algorithm::Ps256 => ("PS256", &RSA_PSS_SHA256),
            Algorithm::Rs256 => ("RS256", &RSA_PKCS1_SHA256),
        };
        let open = unsigned(name, header, claims);
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(encoding, &SystemRandom::new(), open.as_bytes(), &mut signature)
            .map_err(|_| "a token cannot be signed with this key".to_owned())?;
        Ok(format!("{open}.{}", base64url(&signature)))
    }
}

/// A fresh elliptic key that lives as long as the process (RFC 9449).
pub(crate) struct EcKey(EcdsaKeyPair);

impl std::fmt::Debug for EcKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EcKey(…)")
    }
}

impl EcKey {
    /// A new one.
    pub(crate) fn generate() -> Result<Self, String> {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let pair = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
            .ok()
            .and_then(|der| EcdsaKeyPair::from_pkcs8(algorithm, der.as_ref(), &random).ok());
        pair.map(Self)
            .ok_or_else(|| "no key can be made on this machine".to_owned())
    }

    /// The public half as a JSON web key.
    fn public(&self) -> Value {
        // An uncompressed point: 4, x, y.
        let point = self.0.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
        json!({ "kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y) })
    }

    /// The claims, signed; the header carries the public key.
    pub(crate) fn sign(&self, kind: &str, claims: &Value) -> Result<String, String> {
        let header = Map::from_iter([("typ".to_owned(), json!(kind)), ("jwk".to_owned(), self.public())]);
        let open = unsigned("ES256", header, claims);
        let signature = self.0.sign(&SystemRandom::new(), open.as_bytes());
        let signature = signature.map_err(|_| "a token cannot be signed on this machine".to_owned())?;
        Ok(format!("{open}.{}", base64url(signature.as_ref())))
    }
}

fn unsigned(algorithm: &str, mut header: Map<String, Value>, claims: &Value) -> String {
    header.insert("alg".to_owned(), json!(algorithm));
    header.entry("typ").or_insert_with(|| json!("JWT"));
    let header = Value::Object(header).to_string();
    format!(
        "{}.{}",
        base64url(header.as_bytes()),
        base64url(claims.to_string().as_bytes())
    )
}

/// As tokens write bytes.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A name that no other token has.
pub(crate) fn fresh_id() -> Result<String, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("this machine has no randomness: {error}"))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
        VerificationAlgorithm,
    };

    use super::*;

    const KEY: &[u8] = include_bytes!("../../fixtures/keys/client.pem");

    fn verifies(algorithm: &'static dyn VerificationAlgorithm, public: &[u8], token: &str) -> bool {
        let (open, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let key = UnparsedPublicKey::new(algorithm, public);
        key.verify(open.as_bytes(), &signature).is_ok()
    }

    fn part(token: &str, at: usize) -> Value {
        let part = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap();
        serde_json::from_slice(&part).unwrap()
    }

    #[test]
    fn what_is_signed_can_be_verified() {
        let key = RsaKey::from_pem(KEY).unwrap();
        let public = key.0.public_key().as_ref().to_vec();
        let claims = json!({ "sub": "me" });
        let header = || Map::from_iter([("kid".to_owned(), json!("k"))]);
        let token = key.sign(Algorithm::Ps256, header(), &claims).unwrap();
        assert!(verifies(&RSA_PSS_2048_8192_SHA256, &public, &token));
        assert!(!verifies(&RSA_PKCS1_2048_8192_SHA256, &public, &token));
        assert_eq!(
            part(&token, 0),
            json!({ "kid": "k", "alg": "PS256", "typ": "JWT" })
        );
        assert_eq!(part(&token, 1), claims);
        let token = key.sign(Algorithm::Rs256, header(), &claims).unwrap();
        assert!(verifies(&RSA_PKCS1_2048_8192_SHA256, &public, &token));
    }

    #[test]
    fn a_proof_carries_the_key_that_verifies_it() {
        let token = EcKey::generate().unwrap().sign("dpop+jwt", &json!({})).unwrap();
        let jwk = &part(&token, 0)["jwk"];
        let half = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        let (x, y) = (half("x"), half("y"));
        assert_eq!((x.len(), y.len()), (32, 32));
        let point = [&[4][..], &x, &y].concat();
        assert!(verifies(&ECDSA_P256_SHA256_FIXED, &point, &token));
    }

    #[test]
    fn what_is_no_key_is_said() {
        for (text, word) in [
            ("", "no unencrypted private key"),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                "cannot be used",
            ),
            (
                "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
                "none of RSA",
            ),
        ] {
            let why = RsaKey::from_pem(text.as_bytes()).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
