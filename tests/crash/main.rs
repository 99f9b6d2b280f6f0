//! The store under kills, damage and a full disk: the embedded backend's own promises.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::allow_attributes,
    clippy::print_stderr,
    reason = "tests"
)]

mod child;
mod damage;
mod disk;
mod formats;
mod kills;
mod order;
mod records;
mod size;
mod steps;
mod syscalls;
mod work;
