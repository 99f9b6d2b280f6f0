//! The embedded store: sled behind a wrapper that makes it durable and honest.

pub(crate) mod codec;
