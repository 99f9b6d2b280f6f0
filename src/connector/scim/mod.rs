//! A SCIM 2.0 server, read as a client (RFC 7644), by index or by cursors (RFC 9865).

mod abilities;
mod changes;
mod check;
mod config;
mod full;
mod mark;
mod members;
mod memory;
mod page;
mod pass;
mod seen;
mod source;
mod whole;

pub use config::{Credentials, OAuthConfig, Paging, ScimSourceConfig};
pub use source::Scim;
