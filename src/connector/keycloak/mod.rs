//! Keycloak through its admin REST API: users and the tree of groups, with a service account of a client.

mod changes;
mod check;
mod config;
mod events;
mod full;
mod groups;
mod list;
mod members;
mod memory;
mod named;
mod realm;
mod returning;
mod source;
mod subtree;
mod users;

pub use config::{GroupNames, KeycloakConfig};
pub use source::Keycloak;
