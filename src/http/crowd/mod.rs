//! THE CROWD FACE: what Jira, Confluence, Bitbucket, Bamboo and other Crowd clients talk to.

mod adapter;
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
mod hash;
mod listing;
mod mark;
mod membership;
mod negotiate;
pub mod password;
mod query;
mod routes;
mod search;
mod session;
mod state;
mod user;
mod webhook;

pub use config::{AccessConfig, ApplicationConfig, CrowdConfig, Permission, SsoConfig};
pub use front::router;
pub use gate::{Gate, GateError};
pub use state::CrowdState;
