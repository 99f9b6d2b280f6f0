//! Google Workspace through the Admin SDK's Directory API.

mod api;
mod changes;
mod check;
mod config;
mod credential;
mod error;
mod federated;
mod full;
mod hints;
mod lists;
mod members;
mod memory;
#[doc(hidden)]
pub mod pages;
mod rows;
mod source;
mod token;
mod twins;

pub use config::GoogleConfig;
pub use credential::Credential;
pub use source::{GoogleSource, PER_MINUTE};
