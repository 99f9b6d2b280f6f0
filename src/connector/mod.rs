//! SOURCES: the Connector seam with one folder per kind of source.
//!
//! A connector reads; it never writes, never judges. *Add a connector:* one folder, one enum variant, one `build` arm.

pub mod api;
#[doc(hidden)]
pub mod conformance;
mod denial;
pub mod entra;
pub mod file;
pub mod google;
mod jwt;
pub mod keycloak;
pub mod ldap;
mod memory;
pub mod okta;
pub(crate) mod resource;
mod rest;
mod rounds;
mod row;
pub mod scim;
mod stream;
pub mod tally;

pub use crate::client::Meter;
pub use api::{Connector, ConnectorError, Result};
pub use denial::Denial;
