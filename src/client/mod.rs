//! OUTGOING HTTP: deadlines, caps, limits, retries, TLS.

mod api;
mod broken;
mod budget;
mod capped;
mod limiter;
mod links;
mod meter;
mod pace;
mod retry;
mod signals;
mod spacing;
mod tls;
mod tokens;

use std::path::Path;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

pub use api::{Answer, Api, CallError};
pub use broken::Broken;
pub use capped::{BodyError, read_capped};
pub use limiter::{Limiter, Limiters, Ticket};
pub use links::{LinkError, Trail, check_origin};
pub use meter::Meter;
pub use retry::{Retry, hasty, parse_seconds, retry_after};
pub use signals::server_time;
pub use tls::plain as tls;
pub use tokens::{Token, Tokens};

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a peer may be silent within an answer.
const SILENCE: Duration = Duration::from_mins(1);
/// How long one request may take in all.
const TOTAL: Duration = Duration::from_mins(5);

/// Why no client can be made, or an address cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS set-up failed.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// An address that may not be asked.
    #[error("`{url}` cannot be used: {why}; hint: use https, or http to 127.0.0.1 or localhost")]
    Url {
        /// The address.
        url: String,
        /// Why not.
        why: String,
    },
}

impl ClientError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tls(_) => "CLIENT_TLS",
            Self::Url { .. } => "CLIENT_URL",
        }
    }
}

/// What differs between clients.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The only certificate authorities that are trusted, as PEM; empty: the web's and this machine's.
    pub authorities: Vec<u8>,
}

impl Settings {
    /// Those of a peer that presents a certificate of the authorities in this file, and of no others: who names a file has a
    /// private authority, for which no public one may vouch.
    ///
    /// # Errors
    /// `Tls` when the file cannot be read.
    pub fn trusting(file: Option<&Path>) -> Result<Self, ClientError> {
        let Some(file) = file else {
            return Ok(Self::default());
        };
        let unread = |why: &dyn std::fmt::Display| {
            ClientError::Tls(format!("`{}` cannot be used as `ca_file`: {why}", file.display()))
        };
        let authorities = std::fs::read(file).map_err(|error| unread(&error))?;
        if CertificateDer::pem_slice_iter(&authorities).next().is_none() {
            return Err(unread(&"it holds no certificate; hint: it is to be PEM"));
        }
        Ok(Self { authorities })
    }
}

/// The one way to make an HTTP client: with deadlines, rustls, no redirects. Proxies come from the environment.
///
/// # Errors
/// `Tls` when no client can be made.
pub fn build() -> Result<reqwest::Client, ClientError> {
    finish(builder(&Settings::default())?)
}

/// The same for this machine's own addresses: a proxy of the environment must never see what is sent to them.
///
/// # Errors
/// As [`build`].
pub fn build_direct() -> Result<reqwest::Client, ClientError> {
    finish(builder(&Settings::default())?.no_proxy())
}

/// A client for one address, direct where it is one of this machine.
///
/// # Errors
/// As [`build`].
pub fn build_for(url: &url::Url, settings: &Settings) -> Result<reqwest::Client, ClientError> {
    let builder = builder(settings)?;
    finish(if is_loopback(url) {
        builder.no_proxy()
    } else {
        builder
    })
}

fn builder(settings: &Settings) -> Result<reqwest::ClientBuilder, ClientError> {
    Ok(reqwest::Client::builder()
        .user_agent(concat!("throng/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .timeout(TOTAL)
        // A redirect would carry credentials to a host that nobody configured.
        .redirect(reqwest::redirect::Policy::none())
        .tls_backend_preconfigured(tls::config(&settings.authorities)?))
}

fn finish(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, ClientError> {
    builder
        .build()
        .map_err(|error| ClientError::Tls(error.to_string()))
}

/// Checks an address of the configuration: `https`, or `http` to loopback only, without a path.
///
/// # Errors
/// `Url` with the reason.
pub fn check_url(text: &str) -> Result<url::Url, ClientError> {
    let refuse = |why: &str| ClientError::Url {
        url: text.to_owned(),
        why: why.to_owned(),
    };
    let url = url::Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if url.host().is_none() {
        return Err(refuse("it names no host"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(refuse("plain http would show credentials to the network")),
        _ => Err(refuse("only http and https are spoken")),
    }
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(check_url("http://127.0.0.1:8099").is_ok());
        assert!(check_url("http://[::1]:8099").is_ok());
        assert!(check_url("https://graph.microsoft.com").is_ok());
        for bad in [
            "http://graph.microsoft.com",
            "ftp://x",
            "nonsense",
            "http://127.0.0.1.evil.example",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_client_can_be_made_without_a_certificate_store() {
        assert!(build().is_ok());
    }
}
