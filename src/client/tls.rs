//! TLS set-up: rustls with the web's roots beside the system's own, or with a private authority alone.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, crypto};

use super::ClientError;

/// For protocols other than HTTP: trusts this authority (PEM) alone, where there is one; else the web's and this machine's.
///
/// # Errors
/// `Tls` where the authority cannot be used.
pub fn plain(only: Option<&[u8]>) -> Result<Arc<ClientConfig>, ClientError> {
    let named = only.map(named).transpose()?;
    if named.as_ref().is_some_and(RootCertStore::is_empty) {
        let what = "the file of a certificate authority has no certificate in it";
        return Err(ClientError::Tls(what.to_owned()));
    }
    over(named.unwrap_or_else(usual)).map(Arc::new)
}

/// Trusts these authorities, or where there are none the web's and those of this machine (a company's own). Speaks HTTP/2 where the
/// peer does.
pub(super) fn config(authorities: &[u8]) -> Result<ClientConfig, ClientError> {
    let roots = if authorities.is_empty() {
        usual()
    } else {
        named(authorities)?
    };
    let mut config = over(roots)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn over(roots: RootCertStore) -> Result<ClientConfig, ClientError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError::Tls(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Whom everybody trusts, and whom this machine trusts. One without a certificate store is no error: the web's roots are built in.
fn usual() -> RootCertStore {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let (_, unusable) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if unusable > 0 {
        tracing::debug!(unusable, "some of the system's certificates cannot be used");
    }
    roots
}

/// Those named, each of which must be of use.
fn named(authorities: &[u8]) -> Result<RootCertStore, ClientError> {
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(authorities) {
        let added = authority
            .map_err(|error| error.to_string())
            .and_then(|authority| roots.add(authority).map_err(|error| error.to_string()));
        added
            .map_err(|error| ClientError::Tls(format!("a certificate authority cannot be used: {error}")))?;
    }
    Ok(roots)
}
