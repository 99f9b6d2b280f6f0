//! One API at one origin: every request within limits, with deadlines, caps and without redirects.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};

use super::broken::Broken;
use super::capped::{BodyError, read_capped};
use super::limiter::{Limiter, Ticket};
use super::links::{LinkError, check_origin};
use super::meter::Meter;
use super::signals::{Signals, server_time};
use super::{ClientError, Settings, build_for, check_url};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The link would not be followed.
    #[error("`{host}` {why}")]
    Link {
        /// Who sent it.
        host: String,
        /// What is wrong with it.
        why: LinkError,
    },
    /// No connection, or none that holds.
    #[error("`{host}` cannot be reached: {why}; hint: {}", .broken.hint())]
    Unreachable {
        /// Who was asked.
        host: String,
        /// What the connection says.
        why: String,
        /// What that means.
        broken: Broken,
    },
    /// The server's certificate cannot be trusted, so nothing was sent.
    #[error("the certificate of `{host}` is not trusted: {why}; hint: {}", .broken.hint())]
    Untrusted {
        /// Who was asked.
        host: String,
        /// What is wrong with the certificate.
        why: String,
        /// What that means.
        broken: Broken,
    },
    /// The answer is longer than any should be.
    #[error("`{host}` answered more than {cap} bytes")]
    TooLong {
        /// Who was asked.
        host: String,
        /// What would have been read.
        cap: usize,
    },
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
    /// When its request began, for what the body says about the pace.
    pub begun: Ticket,
}

/// One API.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    origin: url::Origin,
    limiter: Arc<Limiter>,
    cap: usize,
    /// The peer's own time by its last answer that told it; zero before.
    told: Arc<AtomicI64>,
}

impl Api {
    /// The API at this base address, which comes from the configuration. No answer is read beyond `cap` bytes.
    ///
    /// # Errors
    /// Where the address cannot be used, or no client can be made.
    pub fn new(
        base: &str,
        limiter: Arc<Limiter>,
        cap: usize,
        settings: &Settings,
    ) -> Result<Self, ClientError> {
        let base = base.trim_end_matches('/');
        let url = check_url(base)?;
        Ok(Self {
            http: build_for(&url, settings)?,
            base: base.to_owned(),
            origin: url.origin(),
            limiter,
            cap,
            told: Arc::default(),
        })
    }

    /// The peer's own time when it last told it, milliseconds since 1970.
    pub fn server_time(&self) -> Option<i64> {
        Some(self.told.load(Ordering::Relaxed)).filter(|told| *told != 0)
    }

    /// The base address, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The address of a path below the base.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The limiter of this API.
    pub fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// Whether a link may be followed.
    ///
    /// # Errors
    /// `Link` if it leads elsewhere.
    pub fn check(&self, link: &str) -> Result<(), CallError> {
        check_origin(link, &self.origin).map_err(|why| self.refuse(why))
    }

    /// The refusal to follow a link of this API.
    pub fn refuse(&self, why: LinkError) -> CallError {
        CallError::Link {
            host: self.host(),
            why,
        }
    }

    /// Begins a request to an address of this API, a link of an answer perhaps.
    ///
    /// # Errors
    /// `Link` where it leads elsewhere.
    pub fn request(&self, method: Method, link: &str) -> Result<RequestBuilder, CallError> {
        self.check(link)?;
        Ok(self.http.request(method, link))
    }

    /// Sends it as soon as the limiter lets it. `counter` names which of the peer's counters it falls under.
    ///
    /// # Errors
    /// Where there is no answer; one with a bad status is an answer.
    pub async fn send(&self, request: RequestBuilder, counter: &'static str) -> Result<Answer, CallError> {
        let permit = self.limiter.enter(counter).await;
        let _under_way = Meter::request();
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        permit.learn(Signals::of(status, &headers));
        if let Some(told) = server_time(&headers) {
            self.told.store(told, Ordering::Relaxed);
        }
        let body = match read_capped(response, self.cap).await {
            Ok(body) => body,
            Err(BodyError::TooLong(cap)) => {
                return Err(CallError::TooLong {
                    host: self.host(),
                    cap,
                });
            }
            Err(BodyError::Broken(error)) => return Err(self.unreachable(error)),
        };
        Ok(Answer {
            status,
            headers,
            body,
            begun: permit.ticket(),
        })
    }

    fn host(&self) -> String {
        self.origin.ascii_serialization()
    }

    fn unreachable(&self, error: reqwest::Error) -> CallError {
        let (host, error) = (self.host(), error.without_url());
        let (broken, why) = (Broken::of(&error), innermost(&error));
        match broken {
            Broken::Expired | Broken::Untrusted => CallError::Untrusted { host, why, broken },
            _ => CallError::Unreachable { host, why, broken },
        }
    }
}

/// What is really wrong: the outer errors say only that sending failed.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() {
        return format!("it took too long ({cause})");
    }
    cause.to_string()
}
