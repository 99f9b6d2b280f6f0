//! The ping of a webhook: an empty POST.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Client;
use reqwest::header::AUTHORIZATION;

use crate::client::{self, ClientError};

/// How long one may take in all: it says nothing, so nothing takes long.
const DEADLINE: Duration = Duration::from_secs(10);

/// Sends pings.
#[derive(Clone)]
pub struct Pinger {
    outside: Client,
    here: Client,
}

impl Pinger {
    /// With the deadlines of all outgoing requests, and without redirects.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new() -> Result<Self, ClientError> {
        Ok(Self {
            outside: client::build()?,
            here: client::build_direct()?,
        })
    }

    /// Tells an endpoint. The answer's body is not looked at.
    ///
    /// # Errors
    /// A sentence, without the address: it may hold what is nobody's business.
    pub async fn ping(&self, endpoint: &str, token: Option<&str>) -> Result<(), String> {
        let url = client::check_url(endpoint).map_err(|_| "its address cannot be used".to_owned())?;
        let http = if url.scheme() == "http" {
            &self.here
        } else {
            &self.outside
        };
        let mut request = http.post(url).timeout(DEADLINE).header("content-length", "0");
        if let Some(token) = token {
            // No public source shows the reference server's header: the token as the credentials of HTTP Basic.
            request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(token)));
        }
        let sent = request.send().await;
        let status = sent.map_err(|error| error.without_url().to_string())?.status();
        if status.is_success() {
            return Ok(());
        }
        Err(format!("it answered {status}"))
    }
}

/// Whether an endpoint may be registered.
///
/// # Errors
/// A sentence that says why not.
pub fn admits(endpoint: &str) -> Result<(), String> {
    let url = client::check_url(endpoint).map_err(|error| error.to_string())?;
    if url.username().is_empty() && url.password().is_none() {
        return Ok(());
    }
    Err("the endpoint holds a password; hint: use the webhook's `token`".to_owned())
}
