//! SCIM resources as records (RFC 7643), read liberally: for whatever tells its people so.

mod attribute;
mod group;
mod user;

pub(crate) use attribute::last_login;
pub(super) use attribute::{attribute, login_time, moment};
pub(super) use group::{GroupRow, Member};
pub(crate) use user::UserRows;
pub(super) use user::{id, text};

/// A resource as it was parsed.
pub(super) type Resource = serde_json::Map<String, serde_json::Value>;

/// What an extension attribute's name begins with in SCIM's own extension for companies.
#[cfg(test)]
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
