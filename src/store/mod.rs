//! MEMORY: the Store seam with its backends.
//!
//! A store judges nothing; it is atomic and durable when it answers `Ok`, whatever the size.
//! *Add a store:* one folder, one `open` arm in `app`, one line in the conformance suite.

pub mod api;
pub mod config;
#[doc(hidden)]
pub mod conformance;
pub mod embedded;
pub(crate) mod json;
pub mod memory;

pub use config::StoreConfig;

pub use api::{Result, RowSink, Store, StoreError};
