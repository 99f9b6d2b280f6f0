//! The composition root: open, build, wire, drain.

pub mod demo;
mod pull;

pub use pull::sync_once;
