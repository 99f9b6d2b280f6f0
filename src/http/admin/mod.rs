//! THE ADMIN FACE: operators trigger and inspect everything by REST, with bearer tokens.

mod activity;
mod backup;
mod body;
mod cleanup;
pub mod config;
mod directories;
mod error;
mod explain;
mod gate;
mod history;
mod holds;
mod mapping;
mod notices;
mod plans;
mod pushed;
mod retire;
mod routes;
mod runs;
mod sessions;
mod state;
mod status;
mod trials;

pub use backup::Begin;
pub use config::{AdminConfig, Scope, TokenConfig};
pub use gate::{AdminGate, AdminGateError};
pub use pushed::{Pushed, Tells};
pub use routes::router;
pub use state::AdminState;
pub use trials::Try;
