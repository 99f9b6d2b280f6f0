//! Bulk requests (RFC 7644 §3.7).

mod plan;
mod request;

pub use plan::Step;
pub use request::{BULK_RESPONSE_URN, BULK_URN, BulkOperation, BulkRequest, Method, leave_out, resolve};
