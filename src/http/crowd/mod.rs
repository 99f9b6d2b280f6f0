//! THE CROWD FACE: what Jira, Confluence, Bitbucket, Bamboo and other Crowd clients talk to.

mod adapter;
mod attribute_write;
mod authentication;
mod call;
pub mod config;
mod error;
mod event;
mod factors;
mod found;
mod front;
mod gate;
mod group;
mod group_write;
mod hash;
mod hashing;
mod listing;
mod login;
mod mark;
mod membership;
mod membership_write;
mod negotiate;
pub mod password;
mod password_write;
mod query;
mod routes;
mod search;
mod session;
mod state;
mod user;
mod user_write;
mod webhook;
mod write;

pub use config::{AccessConfig, ApplicationConfig, CrowdConfig, Permission, SsoConfig};
pub use front::router;
pub use gate::{Gate, GateError};
pub use state::CrowdState;
