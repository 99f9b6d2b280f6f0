//! Keycloak through its admin REST API: users and the tree of groups, with a service account of a client.

mod check;
mod config;
mod full;
mod groups;
mod list;
mod members;
mod realm;
mod source;
mod users;

pub use config::{GroupNames, KeycloakConfig};
pub use source::Keycloak;
