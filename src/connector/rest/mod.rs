//! Requests for JSON to a REST API of a source: authorised, retried, bound to one origin.

mod auth;
mod error;
mod get;

pub(super) use auth::{Auth, OAuth};
pub(super) use error::RestError;
pub(super) use get::Rest;
