//! PATCH (RFC 7644 §3.5.2): read, applied to a copy, whole or not at all.

mod element;
mod engine;
mod list;
mod membership;
mod operation;
#[cfg(test)]
mod tests;

pub use engine::{MAX_OPERATIONS, Patched, apply};
pub use operation::{Op, Operation, PATCH_URN, read};
