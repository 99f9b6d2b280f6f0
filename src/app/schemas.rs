//! What the SCIM face serves of itself, for `throng schema`.

pub use crate::http::scim::schemas as scim;
