//! A stand-in for Jira's embedded Crowd client: it asks as Jira asks, in Jira's order, and keeps what Jira would keep.

mod apply;
mod cache;
mod client;
mod error;
mod tree;
mod wire;

pub use cache::{Cache, CachedUser};
pub use client::{Jira, Synced};
pub use error::JiraError;
pub use tree::Element;
